import * as pulumi from "@pulumi/pulumi";
import type { TargetRightsInputs, TargetRightsOutputs } from "@kafka-migration/kafka";

type State = TargetRightsInputs & TargetRightsOutputs;

/** The state keeps the keys of an object in an order of its own. */
const inOrder = (_key: string, value: unknown): unknown =>
  typeof value !== "object" || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

const provider: pulumi.dynamic.ResourceProvider<TargetRightsInputs, State> = {
  async check(olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    const reasons = await kafka.glanceClaimedUsers(news, olds);
    return {
      inputs: { ...news, going: kafka.goingRights(olds, news) },
      failures: reasons.map((reason) => ({ property: "users", reason })),
    };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    return { id: "rights", outs: { ...inputs, going: [], ...(await kafka.keepTargetRights(inputs)) } };
  },
  async update(_id, olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { outs: { ...news, going: [], ...(await kafka.keepTargetRights(news, olds)) } };
  },
  async diff(_id, olds, news) {
    const key = ({ users, acls, further }: TargetRightsInputs): string =>
      JSON.stringify([users, acls, further], inOrder);
    return { changes: key(olds) !== key(news) };
  },
};

/**
 * The rights on the target as one: refuses to overwrite the password of a user that stands, takes away rights that are
 * no longer wanted, and makes what Pulumi's provider cannot. When it leaves the program, every right stays.
 */
export class TargetRights extends pulumi.dynamic.Resource {
  constructor(name: string, args: TargetRightsInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, adopted: undefined }, opts, "kafka", "TargetRights");
  }
}
