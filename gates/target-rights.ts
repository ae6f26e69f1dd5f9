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
    const { missing, going, refusals } = await kafka.glanceTargetRights(news, olds);
    const failures = refusals.map((reason) => ({ property: "users", reason }));
    return { inputs: { ...news, missing, going }, failures };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    const kept = await kafka.keepTargetRights(inputs);
    return { id: "rights", outs: { ...inputs, missing: [], going: [], ...kept } };
  },
  async update(_id, olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { outs: { ...news, missing: [], going: [], ...(await kafka.keepTargetRights(news, olds)) } };
  },
  async diff(_id, olds, news) {
    const key = ({ users, acls, quotas }: TargetRightsInputs): string => JSON.stringify([users, acls, quotas], inOrder);
    return { changes: key(olds) !== key(news) || (news.missing ?? []).length > 0 };
  },
};

/**
 * Every ACL of the applications on the target, made in a few requests. Gives again what was lost, takes away what is no
 * longer wanted, and refuses to overwrite the password of a user that stands. When it leaves the program, all stays.
 */
export class TargetRights extends pulumi.dynamic.Resource {
  constructor(name: string, args: TargetRightsInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, adopted: undefined }, opts, "kafka", "TargetRights");
  }
}
