import * as pulumi from "@pulumi/pulumi";
import type { StreamSecretInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<StreamSecretInputs, StreamSecretInputs> = {
  async check(olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    const { userSecret, storePasswords: caSecret } = news;
    const read = { userSecret, ...(caSecret && { caSecret }) };
    return { inputs: { ...news, versions: await kafka.glanceCredentials(read, olds.versions) } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.writeStreamSecret(inputs);
    return { id: inputs.name, outs: inputs };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.writeStreamSecret(news);
    return { outs: news };
  },
  async diff(_id, olds, news) {
    const key = ({ userSecret, storePasswords, mechanism, versions }: StreamSecretInputs): string =>
      JSON.stringify([userSecret, storePasswords, mechanism, versions]);
    const replaces = olds.name === news.name ? [] : ["name"];
    return { changes: replaces.length > 0 || key(olds) !== key(news), replaces };
  },
  async delete(_id, olds) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.deleteOwnSecret(olds.kubernetes, olds.name);
  },
};

/** The Secret with the stream's credentials, read by reference when it is written; no password is in the state. */
export class StreamSecret extends pulumi.dynamic.Resource {
  constructor(name: string, args: StreamSecretInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, versions: undefined }, opts, "kafka", "StreamSecret");
  }
}
