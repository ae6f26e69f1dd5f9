/** Rights on the target beyond what Pulumi's provider does: whose users stand, what is taken away, what it cannot say. */
import { alterClientQuotasV1, createAclsV3, deleteAclsV3, protocolErrorsCodesById } from "@platformatic/kafka";
import type { Connection } from "@platformatic/kafka";
import { responseOf, withCluster } from "../connection.ts";
import type { Cluster } from "../connection.ts";
import { firstBroker } from "../inventory/cluster.ts";
import { readAcls, readUsers } from "../inventory/rights.ts";
import type { AclReading } from "../inventory/reading.ts";
import type { TargetRightsInputs } from "../inputs.ts";
import { loginProblem } from "./login.ts";
import { aclSentence, aclText, numbered } from "./words.ts";

/** ACLs in one request: a controller takes some thousand records at a time. */
const batch = 1_000;
/** A preview waits this long for a target that may not stand yet. */
const glanceMilliseconds = 5_000;

/** What the state keeps besides the inputs. */
export interface TargetRightsOutputs {
  /** Names under `acls` of those that stood before this program wanted them; they are never taken away. */
  readonly adopted: readonly string[];
}

export type TargetRightsState = TargetRightsInputs & TargetRightsOutputs;

/** Why users must not be made: sentences about those that stand with another password. Rejects without the target. */
export async function claimedUsers(inputs: TargetRightsInputs, former: Former): Promise<readonly string[]> {
  return withCluster(inputs.target, (cluster) => claimed(cluster, inputs, former));
}

type Former = Partial<Pick<TargetRightsInputs, "users" | "acls">>;

/** The same for a preview, where a target that is away is no reason to stop. */
export async function glanceClaimedUsers(inputs: TargetRightsInputs, former: Former): Promise<readonly string[]> {
  if (newUsers(inputs, former).length === 0) return [];
  const signal = AbortSignal.timeout(glanceMilliseconds);
  return withCluster(inputs.target, (cluster) => claimed(cluster, inputs, former), signal).catch(() => []);
}

const newUsers = ({ users }: TargetRightsInputs, former: Former): TargetRightsInputs["users"] =>
  users.filter(({ name }) => !former.users?.some((user) => user.name === name));

async function claimed(cluster: Cluster, inputs: TargetRightsInputs, former: Former): Promise<string[]> {
  const wanted = newUsers(inputs, former);
  if (wanted.length === 0) return [];
  const standing = new Set((await readUsers(await firstBroker(cluster))).map(({ name }) => name));
  const found = await Promise.all(
    wanted
      .filter(({ name }) => standing.has(name))
      .map(async (user) => ({ user, problem: await loginProblem(inputs.target, user) })),
  );
  return found.flatMap(({ user, problem }) =>
    problem === null
      ? []
      : [
          `user ${user.name} stands on the target already and making it would overwrite its password, with which ` +
            `somebody may log in (${problem}); put its password into that Secret, or set standing: true for it ` +
            `under rights.users`,
        ],
  );
}

/** Rights that go with an update, as sentences for a preview. Pure. */
export function goingRights(former: Partial<TargetRightsState>, news: TargetRightsInputs): readonly string[] {
  return Object.values(gone(former, news)).map(aclSentence);
}

function gone(former: Partial<TargetRightsState>, news: TargetRightsInputs): Record<string, AclReading> {
  const adopted = new Set(former.adopted);
  const wanted = new Set(Object.values(news.acls).map(aclText));
  return Object.fromEntries(
    Object.entries(former.acls ?? {}).filter(([name, acl]) => !adopted.has(name) && !wanted.has(aclText(acl))),
  );
}

/**
 * Takes away what is no longer wanted, notes what stood before, and makes what Pulumi's provider cannot: ACLs of types
 * and operations that it does not know, and quotas of two entities. Rejects if a user stands with another password.
 */
export async function keepTargetRights(
  inputs: TargetRightsInputs,
  former: Partial<TargetRightsState> = {},
): Promise<TargetRightsOutputs> {
  return withCluster(inputs.target, async (cluster) => {
    const [refused] = await claimed(cluster, inputs, former);
    if (refused !== undefined) throw new Error(refused);
    const connection = await firstBroker(cluster);
    const standing = new Set((await readAcls(connection)).map(aclText));
    const adopted = Object.entries(inputs.acls)
      .filter(
        ([name, acl]) =>
          former.adopted?.includes(name) || (!(name in (former.acls ?? {})) && standing.has(aclText(acl))),
      )
      .map(([name]) => name);
    await takeAway(connection, Object.values(gone(former, inputs)));
    await make(connection, inputs.further.acls);
    await limit(connection, inputs.further.quotas, former.further?.quotas ?? []);
    return { adopted };
  });
}

async function make(connection: Connection, acls: readonly AclReading[]): Promise<void> {
  for (const some of batches(acls)) {
    const { results } = await createAclsV3.api.async(connection, some.map(numbered)).catch(responseOf<never>);
    refuse("could not be given", some, results);
  }
}

async function takeAway(connection: Connection, acls: readonly AclReading[]): Promise<void> {
  for (const some of batches(acls)) {
    const { filterResults } = await deleteAclsV3.api.async(connection, some.map(numbered)).catch(responseOf<never>);
    refuse("could not be taken away", some, filterResults);
  }
}

const batches = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / batch) }, (_, at) => all.slice(at * batch, (at + 1) * batch));

/** Every right that Kafka refused, in one error. */
function refuse(
  what: string,
  acls: readonly AclReading[],
  results: readonly { readonly errorCode: number; readonly errorMessage?: string | null | undefined }[],
): void {
  const problems = results.flatMap(({ errorCode, errorMessage }, at) =>
    errorCode === 0
      ? []
      : [`${aclSentence(acls[at]!)}: ${protocolErrorsCodesById[errorCode] ?? errorCode} ${errorMessage ?? ""}`.trim()],
  );
  if (problems.length > 0) throw new Error(`${problems.length} rights ${what}: ${problems.join("; ")}`);
}

type QuotaRequest = Parameters<typeof alterClientQuotasV1.api.async>[1][number];
type Quota = TargetRightsInputs["further"]["quotas"][number];

/** Sets quotas; what a former one limited and none limits any more is free again. */
async function limit(connection: Connection, quotas: readonly Quota[], former: readonly Quota[]): Promise<void> {
  const key = ({ entity }: Quota): string => JSON.stringify(Object.entries(entity).sort());
  const wanted = new Map(quotas.map((quota) => [key(quota), quota]));
  const cleared = former.map((quota): Quota => ({ entity: quota.entity, limits: {} }));
  const all = [...new Map([...cleared.map((one) => [key(one), one] as const), ...wanted]).values()];
  const entries = all.flatMap((quota): QuotaRequest[] => {
    const before = former.find((one) => key(one) === key(quota));
    const dropped = Object.keys(before?.limits ?? {}).filter((name) => !(name in quota.limits));
    const ops = [
      ...Object.entries(quota.limits).map(([name, value]) => ({ key: name, value, remove: false as const })),
      ...dropped.map((name) => ({ key: name, remove: true as const })),
    ];
    const entities = Object.entries(quota.entity).map(([entityType, name]) => ({
      entityType,
      entityName: name === "<default>" ? null : name,
    }));
    // Kafka's own names, which the library's types list.
    return ops.length === 0 ? [] : [{ entities, ops } as QuotaRequest];
  });
  if (entries.length > 0) await alterClientQuotasV1.api.async(connection, entries, false);
}
