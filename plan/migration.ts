/** The plan of a migration of a cluster, with the names of its stack. */
import { gateApplies } from "../components/gates.ts";
import { leftToOwners } from "../components/left-to-owners.ts";
import { mirrorNames } from "../components/names.ts";
import { scopeOf } from "../components/scope.ts";
import { bootstrapInside } from "../components/side-addresses.ts";
import {
  ignoredReaders,
  isMirrored,
  mirrorQuotas,
  mirrorUsername,
  type MigrationConfig,
  type MirroredConfig,
} from "../config/migration-config.ts";
import { wavesOf } from "../config/waves.ts";
import { isConnector, isExternal, isInKubernetes, type Workload } from "../config/workloads.ts";
import { gates, type GateName } from "../gates/index.ts";
import { sideOfWave, switchesOf } from "../phases/plan.ts";
import type { Row, Side } from "../phases/row.ts";
import { movesApplications, rowsOf } from "../phases/strategies/index.ts";
import { cleanupKeeps } from "../runtime/model/platforms/platform.ts";
import { isMade, kafkaObjectOf } from "../runtime/model/platforms/platforms.ts";
import { bytesText, listed } from "../runtime/model/words.ts";
import { code, codes, pageText, type PhasePlan } from "./page.ts";
import { kubectl, prerequisites } from "./prerequisites.ts";

/** Markdown for the change ticket. Pure. */
export function migrationPage(config: MigrationConfig, stack: string): string {
  const rows = rowsOf(config);
  const applies = gateApplies(config);
  const phases = rows.map((row, at): PhasePlan => {
    const opensOn = row.opensWhen.filter(applies).map((name) => ({ name, ...gates[name as GateName].page }));
    return { row, opensOn, changes: changes(config, rows[at - 1], row), back: back(config, rows, row, stack) };
  });
  return pageText({
    stack,
    name: config.name,
    strategy: config.table,
    facts: facts(config),
    needs: prerequisites(config),
    phases,
    after: afterwards(config, stack),
    timeoutSeconds: config.gates.timeoutSeconds,
  });
}

/** A Kafka object as kubectl takes it. */
const objectName = ({ name, kafka: { object } }: NonNullable<ReturnType<typeof kafkaObjectOf>>): string =>
  `${object.plural}.${object.apiVersion.split("/")[0]} ${name}`;

/** What nobody removes by itself: what others run is stopped by them. */
function afterwards(config: MigrationConfig, stack: string): string[] {
  const { brokers, connects, registry } = leftToOwners(config);
  return [
    ...(brokers.length > 0
      ? [`The source at ${codes(brokers)} still runs: its owners stop it once no client reads there any more.`]
      : []),
    ...connects.map(
      (one) =>
        `Connect cluster ${code(one)} of the source still runs, without the connectors that moved: its owners stop it.`,
    ),
    ...(registry.length > 0
      ? [`The source's schema registry (${codes(registry)}) still runs: its owners stop it.`]
      : []),
    `The stack can go: ${code(`pulumi destroy --stack ${stack} --exclude-protected`)} leaves the target, its topics, users and rights, and the workloads as they are.`,
  ];
}

/** A cell with more names is not read. */
const mostNames = 50;

function facts(config: MigrationConfig): [string, string][] {
  const { ledger } = scopeOf(config);
  const side = (of: Side): [string, string] => [
    of,
    `${codes(bootstrapInside(config, of))}, ${config[of].cluster.kind}`,
  ];
  const some = (names: readonly string[]): string => {
    if (names.length === 0) return "none";
    const left = names.length - mostNames;
    return left <= 0
      ? codes(names)
      : `${codes(names.slice(0, mostNames))} and ${left} more; all are in the lockfile and the config`;
  };
  const namesOf = (role: Workload["role"]) =>
    config.workloads.filter((one) => one.role === role).map(({ name }) => name);
  return [
    side("source"),
    side("target"),
    ["topics", some(config.topics)],
    ["groups", some(config.groups.map(({ name }) => name))],
    ["producers", some(namesOf("producer"))],
    ["consumers", some(namesOf("consumer"))],
    ...(movesApplications(config.table) ? [["of both roles", some(namesOf("both"))] as [string, string]] : []),
    ...wavesOf(config).map(({ name, workloads, closes }): [string, string] => [
      `wave ${name}`,
      `${codes(workloads)}; closes ${some(closes)}`,
    ]),
    ["ledger", `ConfigMap ${code(ledger.configMap)} in namespace ${code(ledger.kubernetes.namespace)}`],
    ...(isMirrored(config)
      ? [["mirror", `Connect cluster ${code(config.connect.name)}, ${codes(connectorsOf(config))}`] as [string, string]]
      : []),
  ];
}

const connectorsOf = (config: MigrationConfig): string[] => {
  return isMirrored(config) ? mirrorNames(config).connectors : [];
};

/** The connectors of the mirror back that are there in a row. */
const reversesIn = (config: MirroredConfig, { reverse, moved }: Row): string[] =>
  reverse === "absent"
    ? []
    : mirrorNames(config).reverses.flatMap(({ name, wave }) =>
        wave === undefined || moved?.includes(wave) ? [name] : [],
      );

/** Connectors back that come with a wave. */
function reverseLines(config: MirroredConfig, from: Row, to: Row): string[] {
  const before = reversesIn(config, from);
  const added = reversesIn(config, to).filter((name) => !before.includes(name));
  return added.length === 0
    ? []
    : [`The mirror back of the wave, ${codes(added)}, copies what is written on the target to the source.`];
}

/** The connectors that are in another state than before, and nothing of them is removed or made. */
function connectorOf(config: MigrationConfig, wave: string): string[] {
  if (!isMirrored(config)) return [];
  return mirrorNames(config).sources.flatMap((one) => (one.wave === wave ? [one.name] : []));
}

/** What differs between two rows, in the order in which an update brings it about. */
function changes(config: MigrationConfig, from: Row | undefined, to: Row): string[] {
  const differs = <K extends keyof Row>(column: K): boolean => from !== undefined && from[column] !== to[column];
  // Those of waves that have moved already have stopped with them.
  const before = wavesOf(config).filter(({ name }) => [from, to].every((row) => row?.moved?.includes(name)));
  const stopped = new Set(to.mirror === "stopped" ? before.flatMap(({ name }) => connectorOf(config, name)) : []);
  const connectors = codes(connectorsOf(config).filter((name) => !stopped.has(name)));
  return [
    ...(from === undefined ? beginning(config, to) : []),
    ...(differs("existingTopics") ? topicLines(config, to) : []),
    ...(differs("connect") && isMirrored(config)
      ? [
          to.connect === "present"
            ? `The Connect cluster ${code(config.connect.name)} is created.`
            : `The Connect cluster ${code(config.connect.name)} is removed, with its topics and its users.`,
        ]
      : []),
    ...(differs("mirror") && isMirrored(config) ? [mirrorLine(connectors, to), ...quotaLines(config, to)] : []),
    ...(differs("schemas") && config.source.registry && config.target.registry ? [schemaLines[to.schemas]] : []),
    ...moves(config, from, to),
    ...(from?.mirror === "running" && to.mirror === "running" ? waveMirrorLines(config, from, to) : []),
    ...(differs("reverse") && isMirrored(config)
      ? [
          to.reverse === "running"
            ? `The mirror back, ${codes(reversesIn(config, to))}, copies what is written on the target to the source.`
            : `The mirror back, ${codes(reversesIn(config, from!))}, is drained and removed, with its topics on the source.`,
          ...(to.reverse === "running" && !differs("mirror") ? quotaLines(config, to) : []),
        ]
      : []),
    ...(!differs("reverse") && isMirrored(config) && from?.reverse === "running" ? reverseLines(config, from, to) : []),
    ...(differs("sourceRights") && config.source.credentials?.mirror?.create
      ? [
          to.sourceRights === "granted"
            ? `The user ${code(mirrorUsername(config))} is created on the source and granted its rights.`
            : `The user ${code(mirrorUsername(config))} and its rights are removed from the source.`,
        ]
      : []),
    ...(differs("source") ? [sourceLine(config, to)] : []),
  ];
}

function beginning(config: MigrationConfig, row: Row): string[] {
  const { cluster } = config.target;
  const name = "name" in cluster ? code(cluster.name) : "the external cluster";
  return [
    isMade(cluster) ? `The target cluster ${name} is created.` : `The target is ${name}; it is left as it is.`,
    `${config.topics.length} topics are created on the target, with the partitions and configs of the lockfile.`,
    ...(row.connect === "present" && isMirrored(config)
      ? [`The Connect cluster ${code(config.connect.name)} is created; it copies nothing yet.`]
      : []),
    ...(config.rights
      ? [`${config.rights.users.length} users and the rights of the lockfile are created on the target.`]
      : []),
    "Nothing on the source and no workload is changed.",
  ];
}

const topicLines = ({ selection }: MigrationConfig, to: Row): string[] => {
  const adopted = selection.topics.adopt.map(({ name }) => name);
  return adopted.length > 0 && to.existingTopics === "aligned"
    ? [`The topics ${codes(adopted)}, which exist on the target, get the configs of the lockfile.`]
    : [];
};

function quotaLines({ mirror }: MigrationConfig, to: Row): string[] {
  if (to.mirror !== "running" && to.reverse !== "running") return [];
  const verbs = { consumerByteRate: "read from", producerByteRate: "written to" } as const;
  const said = (["source", "target"] as const).flatMap((side) =>
    mirrorQuotas(side, to.reverse).flatMap((quota) => {
      const rate = mirror.quotas[quota];
      return rate === undefined ? [] : [`${bytesText(rate)} ${verbs[quota]} each broker of the ${side}`];
    }),
  );
  return said.length === 0
    ? ["Nothing limits the bandwidth that copying takes from both clusters (`mirror.quotas`)."]
    : [`Quotas limit the bandwidth that copying takes, in a second, to ${listed(said, "and")}.`];
}

function mirrorLine(connectors: string, { mirror }: Row): string {
  if (mirror === "running") return `The connectors ${connectors} run: every record is copied.`;
  if (mirror === "stopped") return `The connectors ${connectors} are stopped; their positions are kept.`;
  return `The connectors ${connectors} are removed.`;
}

/** What becomes of the connectors of waves while others go on. */
function waveMirrorLines(config: MigrationConfig, from: Row, to: Row): string[] {
  return wavesOf(config).flatMap(({ name, closes }) => {
    const [was, is] = [sideOfWave(from, name), sideOfWave(to, name)];
    if (was === is || closes.length === 0) return [];
    const connector = codes(connectorOf(config, name));
    return is === "target"
      ? [`The connector ${connector} is drained and stopped; its positions are kept. It copied ${codes(closes)}.`]
      : [`The connector ${connector} runs again, and copies ${codes(closes)}.`];
  });
}

const schemaLines: Readonly<Record<Row["schemas"], string>> = {
  source: "Schemas are registered at the source's registry alone.",
  copied: "Schemas are copied to the target's registry, with their ids, at every update.",
  target: "The source's registry becomes read-only; schemas are registered at the target's.",
};

const kept: Readonly<Record<MigrationConfig["cleanup"]["keep"], string>> = {
  volumes: "Its volumes and Secrets stay.",
  secrets: "Its volumes are deleted for good; its Secrets stay.",
  nothing: "Its volumes and Secrets are deleted for good.",
};

/** What the row that deletes the source's object does. */
function removal(config: MigrationConfig): string {
  const { source, kubernetes, cleanup } = config;
  const object = kafkaObjectOf(source.cluster);
  if (object === null) return "Nothing is deleted: the source is its owners' to delete.";
  const name = `${kubernetes[source.kubernetes]?.namespace}/${object.name}`;
  return (
    `${object.kafka.object.kind} ${code(name)} is deleted, if ${code("cleanup.confirm")} names it. ` +
    `${kept[cleanup.keep]} ${code("cleanup.keep")} says so: ${codes(cleanupKeeps)}.`
  );
}

function sourceLine(config: MigrationConfig, { source: state }: Row): string {
  const { cluster } = config.source;
  if (state === "running") return "The source's brokers run.";
  if (state === "removed") return removal(config);
  const object = kafkaObjectOf(cluster);
  return object === null
    ? "The source is no longer used. This program cannot stop it: its owners switch it off."
    : `The source cluster ${code(object.name)} is halted; its volumes and Secrets stay.`;
}

/** Who moves, and where to. */
function moves(config: MigrationConfig, from: Row | undefined, to: Row): string[] {
  if (from === undefined) return [];
  const { stopSeconds, fenceSeconds, drainSeconds, startSeconds } = config.switch;
  const limit = stopSeconds + fenceSeconds + drainSeconds + startSeconds;
  const lines: string[] = [];
  const move = (who: string, own: readonly Workload[], was: Row["consumers"], is: Row["consumers"]): void => {
    if (was === is) return;
    const here = own.filter((one) => !isExternal(one));
    const elsewhere = own.filter(isExternal).map(({ name }) => name);
    if (is === "stopped") lines.push(`The ${who} ${codes(here.map(({ name }) => name))} stop; their twins go on.`);
    else if (here.length > 0)
      lines.push(
        `The ${who} ${codes(here.map(({ name }) => name))} stop, and start at the ${is} ` +
          `(${codes(bootstrapInside(config, is))}) within ${limit} s; otherwise all are put back.`,
      );
    if (elsewhere.length > 0)
      lines.push(
        `By hand: the owners of ${codes(elsewhere)} stop them before the update` +
          (is === "stopped" ? "." : `, and start them at the ${is}.`),
      );
  };
  const some = (holds: (one: Workload) => boolean) => config.workloads.filter(holds);
  const waves = wavesOf(config);
  for (const { name, workloads } of waves) {
    const own = some((one) => workloads.includes(one.name));
    move("applications", own, sideOfWave(from, name), sideOfWave(to, name));
  }
  if (waves.length === 0 && movesApplications(config.table))
    move("applications", config.workloads, from.producers, to.producers);
  if (!movesApplications(config.table)) {
    for (const role of ["producer", "consumer"] as const)
      move(
        `${role}s`,
        some((one) => one.role === role),
        from[`${role}s`],
        to[`${role}s`],
      );
  }
  if (from.twins !== to.twins && to.twins === "running")
    lines.push(`The twins ${codes(twinsOf(config))} start at the target, from the beginning of its topics.`);
  if (from.producers === "source" && to.producers === "target")
    lines.push(
      ...ignoredReaders(config).map(
        ({ name, reason, topics }) =>
          `The group ${code(name)} is ignored (${reason}) and reads ${codes(topics)}: nothing new comes to it any more.`,
      ),
    );
  return lines;
}

const twinsOf = ({ workloads }: MigrationConfig): string[] =>
  workloads.flatMap((one) => (isInKubernetes(one) && "twin" in one && one.twin ? [one.twin.name] : []));

/** What going back changes; where there is no way back, what is left to do by hand. */
function back(config: MigrationConfig, rows: readonly Row[], row: Row, stack: string): string[] {
  const { wayBack } = row;
  if ("row" in wayBack) {
    const lines = changes(
      config,
      row,
      rows.find(({ name }) => name === wayBack.row)!,
    );
    const moves = switchesOf(rows, row.name).some(({ what }) => what === "applications");
    return moves ? [untilWritten, ...lines] : lines;
  }
  // Nothing is left to go back to.
  if (row.producers === "source" || row.source === "removed") return [];
  return byHand(config, row, switchesOf(rows, row.name).length > 0, stack);
}

const untilWritten =
  "Only until one of these applications has written on the target: from then on `phase` cannot be set back, because its " +
  "records would stay there.";

/** The command that starts the brokers of a halted source. */
function startSource(config: MigrationConfig): string[] {
  const { cluster, kubernetes } = config.source;
  const object = kafkaObjectOf(cluster);
  if (object === null) return [];
  const patch = JSON.stringify(object.kafka.resumePatch({}));
  const question = `patch ${objectName(object)} --type merge -p '${patch}'`;
  return [`Start the source again: ${kubectl(config, kubernetes, question)}.`];
}

/**
 * After the producers have moved: the target has records that the source lacks. What an operator needs to bring the
 * applications back, in the order in which no record is lost.
 */
function byHand(config: MigrationConfig, row: Row, isSwitch: boolean, stack: string): string[] {
  const { ledger } = scopeOf(config);
  const consumersMoved = row.consumers !== "source";
  const moved = config.workloads.filter(({ role }) => role === "producer" || consumersMoved);
  const source = codes(bootstrapInside(config, "source"));
  const place = `ConfigMap ${code(ledger.configMap)} in namespace ${code(ledger.kubernetes.namespace)}`;
  return [
    ...(isSwitch
      ? ["Until the update has started the workloads at the target, it puts everything back itself when it fails."]
      : []),
    `By hand, and with a pause of writing: freeze the stack, so that no \`pulumi up --stack ${stack}\` moves anything ` +
      "meanwhile.",
    ...(row.source === "halted" ? startSource(config) : []),
    `Stop ${codes(moved.map(({ name }) => name))}.`,
    `Read the ledger, ${place}: for each partition the end of the source and of the target when the producers moved. ` +
      "What lies on the target from there on is what the source lacks.",
    "Copy those records to the source, partition by partition and in order; a partition whose end on the target is " +
      "still the ledger's needs no copy. A mirror in that direction begins at the ledger's ends, not at the beginning.",
    ...(consumersMoved
      ? [
          `Set the offsets of ${codes(config.groups.map(({ name }) => name))} on the source to the copies of the first ` +
            "records that each group has not read on the target; by timestamp where offsets do not show it.",
        ]
      : ["The consumers still read the source, with their own offsets: nothing is to be placed."]),
    `Point each workload at the source (${source}) and start it: ${moved.map((one) => fieldOf(config, one)).join("; ")}.`,
    "This stack keeps what it has reached. A second attempt needs a stack and a `name` of its own.",
  ];
}

/** Where a workload reads its brokers' address from. */
function fieldOf(config: MigrationConfig, workload: Workload): string {
  if (isExternal(workload)) return `${code(workload.name)} by its owners`;
  if (isConnector(workload)) return `${code(workload.name)} at its Connect cluster on the source's side`;
  const { name, bootstrap, kubernetes = config.source.kubernetes } = workload;
  const namespace = config.kubernetes[kubernetes]?.namespace ?? kubernetes;
  const field =
    "configMap" in bootstrap
      ? `key ${code(bootstrap.key)} of ConfigMap ${code(bootstrap.configMap)}`
      : "secret" in bootstrap
        ? `key ${code(bootstrap.key)} of Secret ${code(bootstrap.secret)}`
        : `env ${code(bootstrap.env)} of container ${code(bootstrap.container)}`;
  return `${code(name)} in namespace ${code(namespace)}, ${field}`;
}
