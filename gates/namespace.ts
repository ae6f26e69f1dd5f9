import * as pulumi from "@pulumi/pulumi";
import type { NamespaceInputs } from "@kafka-migration/kafka";

type NamespaceState = NamespaceInputs & { found: boolean };

const provider: pulumi.dynamic.ResourceProvider<NamespaceInputs, NamespaceState> = {
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    return { id: inputs.kubernetes.namespace, outs: { ...inputs, ...(await kafka.ensureNamespace(inputs)) } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { outs: { ...news, ...(await kafka.ensureNamespace(news)) } };
  },
  async diff(_id, olds, news) {
    const replaces = olds.kubernetes.namespace === news.kubernetes.namespace ? [] : ["kubernetes"];
    return { changes: replaces.length > 0, replaces };
  },
};

/** A namespace that is made if it is missing; it has no `delete`, whatever lies in it stays. */
export class Namespace extends pulumi.dynamic.Resource {
  constructor(name: string, args: NamespaceInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, found: undefined }, opts, "kafka", "Namespace");
  }
}
