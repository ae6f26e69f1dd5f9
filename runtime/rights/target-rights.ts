/** The rights of the applications on the target: granted and removed in a few requests, however many there are. */
import type { Connection } from "@platformatic/kafka";
import { parseAcl } from "../brokers/acl-words.ts";
import { readUsers } from "../brokers/acls.ts";
import { firstBroker } from "../brokers/cluster.ts";
import { responseOf, withCluster, type Cluster } from "../brokers/connection.ts";
import { changeAll, type ControllerChange } from "../brokers/controller-changes.ts";
import { loginProblem } from "../brokers/login.ts";
import { requests, send } from "../brokers/requests.ts";
import type { TargetRightsInputs } from "../model/inputs.ts";
import type { Pace } from "../model/pace.ts";
import { give, existingAcls, takeAway } from "./grant.ts";

/** A preview waits this long for a target that may not exist yet. */
const glanceMilliseconds = 5_000;

/** What the state keeps besides the inputs. */
export interface TargetRightsOutputs {
  /** Those of `acls` that existed before this program wanted them; they are never removed. */
  readonly adopted: readonly string[];
}

type Former = Partial<Pick<TargetRightsInputs, "users" | "acls" | "quotas"> & TargetRightsOutputs>;

/** What a preview shows of an update. */
export interface RightsGlance {
  /** ACLs that were granted and no longer exist. */
  readonly missing: readonly string[];
  readonly going: readonly string[];
  /** Sentences about existing users with another password. */
  readonly refusals: readonly string[];
}

/** What an update does. */
export interface RightsChanges extends TargetRightsOutputs {
  readonly give: readonly string[];
  readonly takeAway: readonly string[];
}

/** Reads the target for `check`. One that does not answer, or does not exist yet, is no reason to stop. */
export async function glanceTargetRights(inputs: TargetRightsInputs, former: Former): Promise<RightsGlance> {
  const signal = AbortSignal.timeout(glanceMilliseconds);
  const blind = { missing: [], going: changesOf(inputs, former, new Set()).takeAway, refusals: [] };
  const look = async (connection: Connection): Promise<RightsGlance> => {
    const { give, takeAway } = changesOf(inputs, former, await existingAcls(connection));
    const given = former.acls ?? {};
    return {
      missing: give.filter((acl) => acl in given),
      going: takeAway,
      refusals: await claimed(connection, inputs, former),
    };
  };
  return withCluster(inputs.target, async (cluster) => look(await firstBroker(cluster)), signal).catch(() => blind);
}

/**
 * Grants what is missing, removes what is no longer wanted, and records what existed before. Rejects, before anything
 * is changed, if a user exists with another password.
 */
export async function keepTargetRights(inputs: TargetRightsInputs, former: Former = {}): Promise<TargetRightsOutputs> {
  return withCluster(inputs.target, async (cluster) => {
    const connection = await firstBroker(cluster);
    const [refused] = await claimed(connection, inputs, former);
    if (refused !== undefined) throw new Error(refused);
    const changes = changesOf(inputs, former, await existingAcls(connection));
    await give(cluster, changes.give);
    await takeAway(cluster, changes.takeAway);
    await limit(cluster, inputs.quotas, former.quotas ?? []);
    return { adopted: changes.adopted };
  });
}

/** What has to be done, from what is wanted, what the state has and what exists. Denials come first. Pure. */
export function changesOf(
  inputs: Pick<TargetRightsInputs, "acls">,
  { acls = {}, adopted = [] }: Former,
  existing: ReadonlySet<string>,
): RightsChanges {
  const wanted = Object.keys(inputs.acls);
  return {
    give: wanted.filter((acl) => !existing.has(acl)).sort((a, b) => denies(b) - denies(a)),
    takeAway: Object.keys(acls).filter((acl) => !(acl in inputs.acls) && !adopted.includes(acl)),
    adopted: wanted.filter((acl) => adopted.includes(acl) || (existing.has(acl) && !(acl in acls))),
  };
}

const denies = (acl: string): number => (parseAcl(acl).permission === "Deny" ? 1 : 0);

const newUsers = ({ users }: TargetRightsInputs, former: Former): TargetRightsInputs["users"] =>
  users.filter(({ name }) => !former.users?.some((user) => user.name === name));

/** Sentences about users that would overwrite an existing one, whose password may be in use. */
async function claimed(connection: Connection, inputs: TargetRightsInputs, former: Former): Promise<string[]> {
  const wanted = newUsers(inputs, former);
  if (wanted.length === 0) return [];
  const existing = new Set((await readUsers(connection)).map(({ name }) => name));
  const found = await Promise.all(
    wanted
      .filter(({ name }) => existing.has(name))
      .map(async (user) => ({ user, problem: await loginProblem(inputs.target, user) })),
  );
  return found.flatMap(({ user, problem }) =>
    problem === null
      ? []
      : [
          `user ${user.name} already exists on the target, and creating it would overwrite its ` +
            `password, which may be in use (${problem}); put its password into that Secret, or ` +
            `set existing: true for it under rights.users`,
        ],
  );
}

type QuotaRequest = Parameters<(typeof requests.alterClientQuotas.versions)[number]["async"]>[1][number];
type Quota = TargetRightsInputs["quotas"][number];

/** Sets quotas; what a former one limited and none limits any more is free again. Rejects with every one that Kafka refuses. */
export async function limit(
  cluster: Cluster,
  quotas: readonly Quota[],
  former: readonly Quota[],
  pace?: Pick<Pace, "now" | "pause">,
): Promise<void> {
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
  const change: ControllerChange<QuotaRequest> = {
    failed: "quotas could not be set",
    title: ({ entities }) => entities.map(({ entityType, entityName }) => `${entityType} ${entityName}`).join(", "),
    async ask(connection, some) {
      const answer = await send(connection, requests.alterClientQuotas, [...some], false).catch(responseOf<never>);
      const answers = new Map(answer.entries.map((found) => [entityKey(found.entity), found]));
      return {
        throttleTimeMs: answer.throttleTimeMs,
        answers: some.map(({ entities }) => answers.get(entityKey(entities))),
      };
    },
  };
  await changeAll(cluster, entries.length === 0 ? [] : [entries], change, pace);
}

/** Kafka answers in an order of its own. */
const entityKey = (
  entities: readonly { readonly entityType: string; readonly entityName?: string | null | undefined }[],
): string => JSON.stringify(entities.map(({ entityType, entityName }) => [entityType, entityName ?? null]).sort());
