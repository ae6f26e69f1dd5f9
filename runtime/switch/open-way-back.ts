/**
 * Opens the way back: makes the mirror back's topics on the source and writes the positions from which it copies, before
 * its connector exists. One that begins without them would copy the target from its beginning into the source.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { withCluster } from "../brokers/connection.ts";
import type { KafkaPort, SideLogs } from "../brokers/kafka-port.ts";
import { partitionName } from "../brokers/partitions.ts";
import { logs, type Logs } from "../brokers/positions.ts";
import { createTopics, deleteTopics } from "../brokers/topic-changes.ts";
import { MirrorConnect } from "../connect/mirror-connect.ts";
import { reversePositions, seedPositions } from "../connect/reverse-positions.ts";
import { running, stillRunning, stopConnectors, connectorStopSeconds } from "../connect/stopped.ts";
import { awaitNoSwitch } from "../ledger/lease.ts";
import { readLedger } from "../ledger/ledger.ts";
import {
  forgetWayBack,
  openSince,
  readWayBack,
  writersMove,
  writeWayBack,
  type OpenedEnds,
  type WayBack,
} from "../topics/way-back.ts";
import type { WayBackInputs } from "../model/inputs.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { mirrorOf } from "../model/mirror-ref.ts";
import { plainPace } from "../model/pace.ts";
import type { ReverseRef, Scope } from "../model/scope.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { backScopes, closingScope, scopeOfMove } from "../model/waves.ts";
import { named, some } from "../model/words.ts";
import { acceptRemedy } from "../placement/accepted-ends.ts";
import { isPurged } from "../placement/gaps.ts";
import { deleteForGood } from "../topics/delete-for-good.ts";
import { pinSource, topicIdsIn } from "../topics/pins.ts";
import { addedSince, takeAlong } from "./added-partitions.ts";
import { ranges, unaccepted, withRecords } from "./ends-since-ledger.ts";
import { backMirror } from "./producer-return.ts";
import { logsOf } from "./switch.ts";

/** Connect's versions before keep positions of a second cluster in an order that can lose them (KAFKA-15018). */
const leastVersion = [3, 8] as const;
const grantedSeconds = 20;

/** What has to be done, as sentences; empty once the way back is open. Never rejects. */
export async function wayBackPending({ row, ...inputs }: WayBackInputs): Promise<string[]> {
  try {
    const scope = scopeOfBack(inputs);
    const entry = writersMove(await readLedger(scope), scope);
    const open = openSince(await readWayBack(scope), entry);
    if (open === null) return [`the way back is opened in phase ${row}`];
    const { source, target } = await bothLogs(scope);
    const added = addedSince(open, source, target).map(({ topic, partition }) => partitionName(topic, partition));
    return added.length === 0
      ? []
      : [`${some(added, "partitions")}: added since the way back was opened, and taken along`];
  } catch {
    return [];
  }
}

/** Opens it, or proves that it is open. May be called again at any point. Rejects with what stands in the way. */
export async function openWayBack({ row, readySeconds, ...inputs }: WayBackInputs): Promise<void> {
  const scope = scopeOfBack(inputs);
  const log = (line: string) => console.log(`way back${ofWave(scope)}: ${line}`);
  await awaitNoSwitch(scope, readySeconds, log);
  const { reverse } = backMirror(scope);
  const entry = writersMove(await readLedger(scope), scope);
  if (entry === null)
    throw new Error(
      `phase "${row}": the ledger has no entry of the move of the writers${ofWave(scope)}, from which the way back begins`,
    );
  const known = await readWayBack(scope);
  const open = openSince(known, entry);
  const alone = await isFirst(inputs.scope, scope);
  if (open !== null) {
    await provedOpen(reverse, open, instead.lostPositions(row, alone));
    return takeAlong(scope, open, await bothLogs(scope), readySeconds, log);
  }
  const rest = new MirrorConnect(mirrorOf(scope));
  await refuseOldConnect(rest);
  await forwardStopped(rest, mirrorOf(scope).sourceConnectors);
  await stoppedBefore(rest, reverse.connector);
  await pinSource(scope);
  const { source, target } = await bothLogs(scope);
  refuseUnfit(scope, source, target, entry, instead.removedRecords(row, alone));
  await refuseWritten(scope, source, entry, logsOf(scope));
  const ends = openedEnds(source, entry);
  // Written first: what exists under these names from here on was made by this program.
  const own = known !== null && !known.begun;
  await refuseForeign(reverse, own ? null : (known?.topics ?? {}));
  await writeWayBack(scope, { entry: entry.number, begun: false, topics: {} }, ends);
  const topics = await granted(() => madeTopics(reverse));
  const seeds = entry.partitions
    .filter(({ topic }) => scope.topics.includes(topic))
    .map(({ topic, partition, targetEnd }) => ({ topic, partition, offset: BigInt(targetEnd) - 1n }));
  await granted(() => seedPositions(reverse, seeds));
  await writeWayBack(scope, { entry: entry.number, begun: true, topics }, ends);
  log(
    `open since ledger entry ${entry.number}: ${seeds.length} positions written to topic ${reverse.topics.offsets} of the ` +
      "source and read back",
  );
}

/** What comes back, and nothing else. */
const scopeOfBack = ({ scope, wave }: Pick<WayBackInputs, "scope" | "wave">): Scope =>
  closingScope(scopeOfMove(scope, { ...(wave !== undefined && { wave }) }));

const ofWave = ({ wave }: Scope): string => (wave === undefined ? "" : ` of wave ${wave}`);

/** Rights that were granted just now reach one broker after the other. */
async function granted<T>(act: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + grantedSeconds * 1000; ; await sleep(1000)) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

async function allLogs(endpoint: KafkaEndpoint, { topics }: Scope): Promise<Logs> {
  const found = await withCluster(endpoint, (cluster) => logs(cluster, topics));
  if (found.problems.length > 0) throw new Error(some(found.problems.map(({ sentence }) => sentence)));
  return found;
}

async function bothLogs(scope: Scope): Promise<{ readonly source: Logs; readonly target: Logs }> {
  const [source, target] = await Promise.all([allLogs(scope.source, scope), allLogs(scope.target, scope)]);
  return { source, target };
}

/** Whether no other wave's way back has begun: `wayBack` cannot be changed to none where one has. */
async function isFirst(whole: Scope, { wave }: Scope): Promise<boolean> {
  const others = backScopes(whole).filter((of) => of.wave !== wave);
  const known = await Promise.all(others.map((of) => readWayBack(of)));
  return !known.some((found) => found?.begun);
}

/** What can be done without the way back; `first` says that no other is open. Pure. */
export const instead = {
  lostPositions: (row: string, first: boolean): string =>
    first
      ? `Restore the topic, or set wayBack to none while phase "${row}" is not reached, which closes the way back`
      : "Restore the topic, then run pulumi up again",
  removedRecords: (row: string, first: boolean): string =>
    first
      ? `Set wayBack to none, then run pulumi up for phase "${row}" again`
      : "Name these topics under topics.ignore with the reason, which leaves them out of the way back, then run pulumi up again: " +
        "the ways back of earlier waves are open, so wayBack has to stay mirrored",
} as const;

async function provedOpen(reverse: ReverseRef, { from }: WayBack, otherwise: string): Promise<void> {
  const positions = await reversePositions(reverse, "end");
  const missing = [...from.keys()].filter((name) => !positions.has(name));
  if (missing.length === 0) return;
  throw new Error(
    `the mirror back has lost its positions in ${named(missing)} (topic ${reverse.topics.offsets} of the source): where it ` +
      `begins there now is not known. ${otherwise}`,
  );
}

async function refuseOldConnect(rest: MirrorConnect): Promise<void> {
  const { version } = await rest.root();
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > leastVersion[0] || (major === leastVersion[0] && minor >= leastVersion[1])) return;
  throw new Error(
    `Connect is ${version}; wayBack mirrored needs ${leastVersion.join(".")} or later: raise connect.version`,
  );
}

async function forwardStopped(rest: MirrorConnect, names: readonly string[]): Promise<void> {
  const running = await stillRunning(rest, names, plainPace);
  if (running.length === 0) return;
  throw new Error(
    `${running.join(", ")} still runs: with the mirror back beside it every record would go in a circle; ` +
      "run pulumi up --refresh, which stops it",
  );
}

/** One that an earlier way back has left: its positions are about to be replaced. */
async function stoppedBefore(rest: MirrorConnect, name: string): Promise<void> {
  const left = await stopConnectors(rest, await running(rest, [name]), plainPace);
  if (left.length === 0) return;
  throw new Error(
    `connector ${name} of an earlier way back did not stop within ${connectorStopSeconds} s; see Connect's logs`,
  );
}

/** Partitions that the source lacks would hang the mirror back for ever; what the target has removed can no longer come. */
export function refuseUnfit(
  scope: Pick<Scope, "mirror">,
  source: Logs,
  target: Logs,
  entry: LedgerEntry,
  otherwise: string,
): void {
  const more = [...target.partitions.keys()].filter((name) => !source.partitions.has(name));
  if (more.length > 0)
    throw new Error(
      `the target has ${some(more, "partitions")}, which the source lacks: give the source's topics as many partitions, then ` +
        "run pulumi up again",
    );
  const gone = entry.partitions.flatMap(({ topic, partition, targetEnd }) => {
    const name = partitionName(topic, partition);
    const start = target.partitions.get(name)?.start ?? 0n;
    // Its only reader deletes what it has read.
    return start > BigInt(targetEnd) && !isPurged(mirrorOf(scope), topic)
      ? [`${name} begins at ${start}, after ${targetEnd}`]
      : [];
  });
  if (gone.length > 0)
    throw new Error(
      `retention on the target has removed what was written since ledger entry ${entry.number}: ${some(gone)}; it can no longer ` +
        `come back. ${otherwise}`,
    );
}

/**
 * What somebody else has written to the source since the entry would be taken for copies from here on: nobody at the target
 * would ever read it, and nothing would tell.
 */
export async function refuseWritten(
  scope: Pick<Scope, "stragglers">,
  source: SideLogs,
  entry: LedgerEntry,
  kafka: Pick<KafkaPort, "logs" | "count">,
): Promise<void> {
  const written = await withRecords({ kafka }, "source", unaccepted(scope, entry, source));
  if (written.length === 0) return;
  throw new Error(
    `the source was written to after ledger entry ${entry.number}: ${ranges(written)}; ${acceptRemedy}; then run pulumi up again, ` +
      "which copies them and opens the way back",
  );
}

/** By topic, in the order of the partitions. */
function openedEnds(source: Logs, entry: LedgerEntry): OpenedEnds {
  const ends = { source: {} as Record<string, string[]>, target: {} as Record<string, string[]> };
  for (const { topic, partition, sourceEnd, targetEnd } of entry.partitions) {
    const now = source.partitions.get(partitionName(topic, partition))?.end;
    // A topic that has left the config is not copied back.
    if (now === undefined) continue;
    (ends.source[topic] ??= [])[partition] = now > BigInt(sourceEnd) ? now.toString() : sourceEnd;
    (ends.target[topic] ??= [])[partition] = targetEnd;
  }
  return ends;
}

const own = ({ topics }: ReverseRef): string[] => [topics.offsets, topics.syncs];

/** `ours` are the ids of topics that are known to be this program's; null where whatever exists is. */
async function refuseForeign(reverse: ReverseRef, ours: Readonly<Record<string, string>> | null): Promise<void> {
  if (ours === null) return;
  const ids = await withCluster(reverse.kafka, (cluster) => topicIdsIn(cluster, own(reverse)));
  const foreign = Object.keys(ids).filter((topic) => ours[topic] !== ids[topic]);
  if (foreign.length === 0) return;
  throw new Error(
    `the source has ${named(foreign)} already, which the mirror back would write to and delete in the end: find out whose they ` +
      "are, and delete what is not needed; then run pulumi up again",
  );
}

/** Makes its topics; one partition each, compacted, as Connect and MirrorMaker 2 would. Returns their ids. */
async function madeTopics(reverse: ReverseRef): Promise<Record<string, string>> {
  const { replicationFactor, kafka } = reverse;
  return withCluster(kafka, async (cluster) => {
    const ids = await topicIdsIn(cluster, own(reverse));
    const wanted = own(reverse).filter((topic) => ids[topic] === undefined);
    const config = { "cleanup.policy": "compact" };
    await createTopics(
      cluster,
      wanted.map((name) => ({ name, partitions: 1, replicationFactor, config })),
    );
    // A topic that was made just now is not known to every broker yet.
    for (const until = Date.now() + connectorStopSeconds * 1000; ; await sleep(200)) {
      const made = await topicIdsIn(cluster, own(reverse));
      if (own(reverse).every((topic) => made[topic] !== undefined)) return made;
      if (Date.now() > until) throw new Error(`topics ${named(own(reverse))} of the source do not appear`);
    }
  });
}

/** Deletes its topics on the source, if they are this program's, and forgets the way back. */
export async function removeWayBack(inputs: Pick<WayBackInputs, "scope" | "wave">): Promise<void> {
  const scope = scopeOfBack(inputs);
  const known = await readWayBack(scope);
  const reverse = scope.mirror?.reverse;
  if (known === null || reverse === undefined) return;
  await withCluster(reverse.kafka, async (cluster) => {
    const ids = await topicIdsIn(cluster, own(reverse));
    const ours = Object.keys(ids).filter((topic) => !known.begun || known.topics[topic] === ids[topic]);
    // A worker that has yet to notice that the connector is gone reads its offsets topic.
    await deleteForGood(ours, {
      there: async () => Object.keys(await topicIdsIn(cluster, ours)),
      remove: (topics) => deleteTopics(cluster, topics),
      pace: plainPace,
    });
  });
  await forgetWayBack(scope);
}
