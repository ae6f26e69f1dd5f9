/** What MM2's user is refused once a right is gone, as the brokers' own authorizer says it. */
import { globSync, readFileSync } from "node:fs";
import type { Right } from "../../../components/right.ts";
import kafkajs from "../../../lab/kafkajs.ts";
import { lab, labKill } from "../../../lab/lab.ts";
import { logOf } from "../../../lab/processes.ts";
import type { SideName } from "../../../runtime/model/sides.ts";
import { connectRest } from "./lab-parts.ts";
import { namespace } from "./lab-walk.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
type Pattern = typeof ResourcePatternTypes.LITERAL;
type Operation = typeof AclOperationTypes.READ;
type Resource = typeof AclResourceTypes.TOPIC;

/** A right that a test takes away. */
export type Held = Pick<Right, "resource" | "name"> & {
  readonly operation: string;
  readonly pattern?: Right["pattern"];
};

const mirror = "shop-mirror";

/** A right of a user as an ACL of kafkajs, whose types say enums where there are objects with numbers. */
function aclOf({ operation, resource, name, pattern = "Literal" }: Held, user: string) {
  const resources = {
    Topic: "TOPIC",
    Group: "GROUP",
    TransactionalID: "TRANSACTIONAL_ID",
    Cluster: "CLUSTER",
  } as const;
  return {
    resourceType: AclResourceTypes[resources[resource]] as Resource,
    resourceName: name,
    resourcePatternType: ResourcePatternTypes[pattern.toUpperCase() as "LITERAL" | "PREFIXED"] as Pattern,
    principal: `User:${user}`,
    host: "*",
    operation: AclOperationTypes[constant(operation)] as Operation,
    permissionType: AclPermissionTypes.ALLOW,
  };
}

/** `DescribeConfigs` is DESCRIBE_CONFIGS. */
const constant = (operation: string) =>
  operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase() as "CREATE" | "READ" | "WRITE" | "DESCRIBE";

/** Takes rights away; brokers that have answered once know of it within a moment. */
export async function lose(admin: kafkajs.Admin, rights: readonly Held[], user = mirror): Promise<void> {
  if (rights.length > 0) await admin.deleteAcls({ filters: rights.map((right) => aclOf(right, user)) });
}

export async function giveBack(admin: kafkajs.Admin, rights: readonly Held[], user = mirror): Promise<void> {
  if (rights.length > 0) await admin.createAcls({ acl: rights.map((right) => aclOf(right, user)) });
}

/** Where the logs of a side's brokers end now, to read on from there. */
export type Mark = ReadonlyMap<string, number>;

export const markLogs = (side: SideName): Mark =>
  new Map(logFiles(side).map((file) => [file, readFileSync(file, "utf8").length]));

/** Whether a broker has refused MM2's user what this right allows, since the mark. */
export function wasMissed(mark: Mark, { operation, resource, name, pattern }: Right): boolean {
  return [...mark].some(([file, length]) =>
    [...readFileSync(file, "utf8").slice(length).matchAll(refusal)].some(
      ([, refused, kind, found = ""]) =>
        refused === operation.toUpperCase() &&
        kind?.toLowerCase() === resource.toLowerCase() &&
        (pattern === "Prefixed" ? found.startsWith(name) : found === name),
    ),
  );
}

const refusal = /Principal = User:shop-mirror is Denied operation = (\w+) .*? on resource = (\w+):LITERAL:(\S+) for /g;

/** One for all brokers of a side, or one for each. */
const logFiles = (side: SideName): string[] => globSync(logOf(lab, `kafka/${namespace}/${side}-kafka/${side}-kafka*`));

/**
 * Rights of one stack, topics and groups by an example, together where none hides another: a client that is refused one
 * thing does not get to the next. Most are used all the time, some only as workers and tasks start.
 */
export const waves: readonly { readonly lost: readonly string[]; readonly then?: () => Promise<void> }[] = [
  {
    lost: [
      ...["source read-topic-bar", "source describe-group-foo-consumer", "target write-topic-foo"],
      "target write-topic-mm2-offset-syncs.shop-source.internal",
      ...["target write-topic-shop-source.checkpoints.internal", "target write-topic-heartbeats"],
    ],
  },
  {
    lost: [
      ...["target read-topic-mm2-offset-syncs.shop-source.internal", "target read-topic-migration-connect-configs"],
      ...["target read-topic-migration-connect-offsets", "target read-topic-migration-connect-status"],
      "target read-group-migration-connect",
    ],
  },
  {
    lost: ["source-all", "checkpoint", "heartbeat"].map(
      (connector) => `target write-transactions-migration-connect-shop-${connector}-`,
    ),
  },
  {
    lost: ["configs", "offsets", "status"].map((topic) => `target write-topic-migration-connect-${topic}`),
    then: pauseAndResume,
  },
  { lost: ["target write-transactions-connect-cluster-migration-connect"], then: restartWithTasks },
  {
    lost: [
      "target read-topic-shop-source.checkpoints.internal",
      ...["mm2-offset-syncs.shop-source.internal", "shop-source.checkpoints.internal", "heartbeats"].map(created),
      ...["configs", "offsets", "status"].map((topic) => created(`migration-connect-${topic}`)),
    ],
    then: async () => killWorkers(),
  },
];

function created(topic: string): string {
  return `target create-topic-${topic}`;
}

export function killWorkers(): void {
  for (const index of [0, 1]) labKill(`connect/${namespace}/migration-connect/migration-connect-${index}`);
}

/** Makes the leader write in a transaction, which a pause and a new state of a connector are not; it may be refused. */
async function restartWithTasks(): Promise<void> {
  await connectRest()
    .post("/connectors/shop-heartbeat/restart?includeTasks=true")
    .catch(() => undefined);
}

/** Makes the leader write a configuration; it may be refused. */
async function pauseAndResume(): Promise<void> {
  for (const action of ["pause", "resume"]) {
    await connectRest()
      .put(`/connectors/shop-heartbeat/${action}`)
      .catch(() => undefined);
  }
}
