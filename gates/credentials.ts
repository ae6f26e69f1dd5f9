import * as pulumi from "@pulumi/pulumi";
import type { CredentialsInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<CredentialsInputs, CredentialsInputs> = {
  async check(olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { inputs: { ...news, versions: await kafka.glanceCredentials(news, olds.versions) } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    const { user, ...read } = await kafka.readCredentials(inputs);
    return { id: "credentials", outs: { ...inputs, ...user, ...read } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    const { user, ...read } = await kafka.readCredentials(news);
    return { outs: { ...news, ...user, ...read } };
  },
  async diff(_id, olds, news) {
    const key = ({ userSecret, userKeys, caSecret, clientSecret, versions }: CredentialsInputs): string => {
      const sorted = Object.entries(versions ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
      return JSON.stringify([userSecret, userKeys, caSecret, clientSecret, sorted]);
    };
    return { changes: key(olds) !== key(news) };
  },
};

/**
 * A user and certificates read from Secrets at run time, for a provider that takes them as values. What was read is a
 * Pulumi secret: encrypted in the state, never in a preview, an id or an error. A rotated Secret is a change.
 */
export class Credentials extends pulumi.dynamic.Resource {
  /** PEM; empty where no Secret is named. */
  declare readonly ca: pulumi.Output<string>;
  /** PEM; empty where no Secret is named. */
  declare readonly clientCert: pulumi.Output<string>;
  /** PEM; empty where no Secret is named. */
  declare readonly clientKey: pulumi.Output<string>;

  constructor(name: string, args: CredentialsInputs, opts?: pulumi.CustomResourceOptions) {
    const secrets = [...(args.userKeys ?? ["username", "password"]), "ca", "clientCert", "clientKey"];
    const outputs = Object.fromEntries(secrets.map((key) => [key, undefined]));
    const options = { ...opts, additionalSecretOutputs: secrets };
    super(provider, name, { ...args, ...outputs }, options, "kafka", "Credentials");
  }

  /** What one key of the user's Secret holds. */
  user(key: string): pulumi.Output<string> {
    return this[key as keyof this] as pulumi.Output<string>;
  }
}
