/** Partitions that their owners add while the way back is open. */
import { setTimeout as sleep } from "node:timers/promises";
import type { KafkaPort } from "../brokers/kafka-port.ts";
import { partitionName, placeOf } from "../brokers/partitions.ts";
import type { Logs, PartitionLog } from "../brokers/positions.ts";
import { MirrorConnect } from "../connect/mirror-connect.ts";
import { reversePositions, seedPositions } from "../connect/reverse-positions.ts";
import { connectorStopSeconds, running, stopConnectors } from "../connect/stopped.ts";
import type { BothEnds } from "../model/back-life.ts";
import { mirrorOf } from "../model/mirror-ref.ts";
import { plainPace } from "../model/pace.ts";
import type { Scope } from "../model/scope.ts";
import { some, verb } from "../model/words.ts";
import { acceptedEnds, acceptRemedy } from "../placement/accepted-ends.ts";
import { isPurged } from "../placement/gaps.ts";
import { writeWayBack, type OpenedEnds, type WayBack } from "../topics/way-back.ts";
import { ranges, withRecords } from "./ends-since-ledger.ts";
import { backMirror } from "./producer-return.ts";
import { logsOf } from "./switch.ts";

/**
 * Partitions of topics that come back which both sides have and the way back does not know: their owners have added them since.
 * One that the source lacks cannot come back yet. Pure.
 */
export function addedSince(
  { from }: Pick<WayBack, "from">,
  source: Pick<Logs, "partitions">,
  target: Pick<Logs, "partitions">,
): PartitionLog[] {
  const topics = new Set([...target.partitions.values()].filter(known).map(({ topic }) => topic));
  function known({ topic, partition }: PartitionLog): boolean {
    return from.has(partitionName(topic, partition));
  }
  return [...target.partitions]
    .filter(([name, log]) => topics.has(log.topic) && !known(log) && source.partitions.has(name))
    .map(([, log]) => log);
}

/**
 * Takes partitions along that were added while the way back is open. All that they hold on the target was written there since,
 * so the mirror back begins at their beginning; it reads which partitions there are when it starts.
 */
export async function takeAlong(
  scope: Scope,
  open: WayBack,
  { source, target }: { readonly source: Logs; readonly target: Logs },
  readySeconds: number,
  log: (line: string) => void,
): Promise<void> {
  const { reverse } = backMirror(scope);
  const added = addedSince(open, source, target);
  if (added.length === 0) return;
  const names = some(
    added.map(({ topic, partition }) => partitionName(topic, partition)),
    "partitions",
  );
  await refuseUncopied(scope, added, source, logsOf(scope));
  const gone = added.filter(({ topic, start }) => start > 0n && !isPurged(mirrorOf(scope), topic));
  if (gone.length > 0)
    throw new Error(`retention on the target has removed what was written to ${names}; it can no longer come back`);
  const rest = new MirrorConnect(mirrorOf(scope));
  const left = await stopConnectors(rest, await running(rest, [reverse.connector]), plainPace);
  if (left.length > 0)
    throw new Error(`connector ${reverse.connector} did not stop within ${connectorStopSeconds} s; see Connect's logs`);
  const placed = await reversePositions(reverse, "end");
  const seeds = added.filter(({ topic, partition }) => !placed.has(partitionName(topic, partition)));
  if (seeds.length > 0)
    await seedPositions(
      reverse,
      seeds.map(({ topic, partition }) => ({ topic, partition, offset: -1n })),
    );
  const { entry, begun, topics } = open;
  await writeWayBack(scope, { entry, begun, topics }, endsWith(open, added, source));
  await rest.resume(reverse.connector);
  for (const until = Date.now() + readySeconds * 1000; ; await sleep(500)) {
    const status = await rest.status(reverse.connector);
    if (status !== null && status.connector.state === "RUNNING" && status.tasks.length > 0) break;
    if (Date.now() > until)
      throw new Error(
        `connector ${reverse.connector} does not run ${readySeconds} s after it was resumed; see Connect's logs`,
      );
  }
  log(`${names} ${verb(added.length, "comes", "come")} back as well from now on`);
}

/** What somebody has written to these partitions of the source, and the config does not accept, would be taken for copies. */
export async function refuseUncopied(
  { stragglers }: Pick<Scope, "stragglers">,
  added: readonly PartitionLog[],
  source: Pick<Logs, "partitions">,
  kafka: Pick<KafkaPort, "count">,
): Promise<void> {
  const accepted = acceptedEnds({ ...(stragglers && { stragglers }) });
  const grown = added.flatMap(({ topic, partition }) => {
    const name = partitionName(topic, partition);
    const { start, end } = source.partitions.get(name)!;
    const from = accepted.get(name) ?? 0n;
    return from < end ? [{ topic, partition, from: from > start ? from : start, to: end }] : [];
  });
  const written = await withRecords({ kafka }, "source", grown);
  if (written.length > 0)
    throw new Error(
      `the source was written to in partitions that were added since the way back was opened: ${ranges(written)}; ${acceptRemedy}; ` +
        "then run pulumi up again",
    );
}

/** What was known, and where the added ones ended on the source. */
function endsWith({ from }: WayBack, added: readonly PartitionLog[], source: Logs): OpenedEnds {
  const ends = { source: {} as Record<string, string[]>, target: {} as Record<string, string[]> };
  const add = (topic: string, partition: number, at: BothEnds): void => {
    (ends.source[topic] ??= [])[partition] = at.source.toString();
    (ends.target[topic] ??= [])[partition] = at.target.toString();
  };
  for (const [name, at] of from) {
    const { topic, partition } = placeOf(name);
    add(topic, partition, at);
  }
  for (const { topic, partition } of added)
    add(topic, partition, { source: source.partitions.get(partitionName(topic, partition))!.end, target: 0n });
  return ends;
}
