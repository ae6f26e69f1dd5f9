import * as pulumi from "@pulumi/pulumi";
import type { ConnectorConfigInputs } from "@kafka-migration/kafka";

type ConnectorConfigState = ConnectorConfigInputs & { sha256: string };

const provider: pulumi.dynamic.ResourceProvider<ConnectorConfigInputs, ConnectorConfigState> = {
  async check(olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { inputs: { ...news, versions: await kafka.glanceClients(news.clients, olds.versions) } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    return { id: inputs.secretName, outs: { ...inputs, ...(await kafka.writeConnectorConfig(inputs)) } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { outs: { ...news, ...(await kafka.writeConnectorConfig(news)) } };
  },
  async diff(_id, olds, news) {
    const replaces = olds.secretName === news.secretName ? [] : ["secretName"];
    const { sha256: _, ...written } = olds;
    const key = (inputs: object): string =>
      JSON.stringify(
        Object.entries(inputs)
          .filter(([name]) => name !== "__provider")
          .sort(),
      );
    return { changes: key(written) !== key(news), replaces };
  },
  async delete(_id, olds) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.deleteOwnSecret(olds.kubernetes, olds.secretName);
  },
};

/**
 * The Secret that holds a connector's properties. Credentials are read by reference when it is written, so that a
 * preview shows every property and neither it nor the state ever holds a password.
 */
export class ConnectorConfig extends pulumi.dynamic.Resource {
  /** Hash of the whole text, credentials included. */
  declare readonly sha256: pulumi.Output<string>;

  constructor(name: string, args: ConnectorConfigInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, sha256: undefined }, opts, "kafka", "ConnectorConfig");
  }
}
