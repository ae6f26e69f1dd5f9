/** Topics that MirrorMaker 2 and Connect keep for themselves on the target: only what carries our mark is deleted. */
import { unknownTopicOrPartition, withCluster, type Cluster } from "../brokers/connection.ts";
import { lacking } from "../brokers/error-codes.ts";
import { deleteTopics } from "../brokers/topic-changes.ts";
import { readLedger } from "../ledger/ledger.ts";
import type { MirrorTopicsInputs } from "../model/inputs.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { heartbeatsTopic } from "../model/mirror-topics.ts";
import { plainPace } from "../model/pace.ts";
import { named } from "../model/words.ts";
import { allWritersMoved, writersEntry } from "../model/writers-entry.ts";
import { readHeartbeats, type HeartbeatsReading } from "../placement/heartbeats.ts";
import { deleteForGood } from "../topics/delete-for-good.ts";
import { readPins, pinOwn, topicIds, topicIdsIn } from "../topics/pins.ts";
import type { Marks } from "../topics/topic-ownership.ts";

/** What is known of the topics from before Connect was made. */
export interface BegunWithout {
  /** Topics that did not exist then: what has one of these names since was made by this migration's Connect. */
  readonly absent?: readonly string[];
}

/**
 * Looks that none of the topics exists before Connect is made, or carries our mark. Rejects with all names otherwise: a
 * topic of somebody else would be written to, and deleted in the end. A topic of heartbeats is shared: one that another
 * mirror writes is no reason, and is left to it. A resource of version 0.1 has not looked: what it finds counts as made by
 * its own Connect, and is marked.
 */
export async function beginWithout(
  inputs: MirrorTopicsInputs,
  olds?: Partial<MirrorTopicsInputs> & BegunWithout,
): Promise<Required<BegunWithout>> {
  const { target, topics, record, offsetsTopic, ledger, waves } = inputs;
  if (olds !== undefined && olds.absent === undefined) {
    await pinOwn(record, target, topics);
    return { absent: topics };
  }
  const known = olds?.absent ?? [];
  const ids = await topicIds(target, topics);
  if (olds === undefined && offsetsTopic !== undefined && ids[offsetsTopic] === undefined) {
    const lost = withoutPositions(offsetsTopic, await readLedger({ ledger: { ...record, configMap: ledger } }), waves);
    if (lost !== null) throw new Error(lost);
  }
  const shared = inputs.heartbeatsOf === undefined ? null : await withCluster(target, lookAtHeartbeats);
  const others = [
    ...foreign(ids, (await readPins(record)).own, known),
    ...(shared === "an application's" ? [heartbeatsTopic] : []),
  ];
  if (others.length === 0) {
    const made = shared === "absent" || known.includes(heartbeatsTopic);
    return { absent: [...topics, ...(shared !== null && made ? [heartbeatsTopic] : [])] };
  }
  throw new Error(
    `the target has ${named(others)} already, which MirrorMaker 2 and Connect of this migration would write to and ` +
      `delete in the end: delete what is not needed; topics named after connect.name make way by another connect.name; ` +
      `if another migration onto this target still copies, retire it first. Then run pulumi up again`,
  );
}

/** Why Connect must not be made without its positions, or null while nobody writes at the target. Pure. */
export function withoutPositions(
  topic: string,
  entries: readonly LedgerEntry[],
  waves: MirrorTopicsInputs["waves"],
): string | null {
  const of = { ...(waves && { waves }) };
  const moved = writersEntry(entries, of);
  if (moved === null) return null;
  const otherwise = allWritersMoved(entries, of)
    ? "; if it is lost, set the phase to retire, in which there is no Connect (with startAt: {row: retire, reason: …} for a " +
      "stack that has reached no phase)"
    : "";
  return (
    `writers have moved (ledger entry ${moved.number}), and ${topic}, in which Connect kept the mirror's positions, is gone: a ` +
    `Connect made now would copy the whole source into topics that they write to. Restore the topic${otherwise}. Then run ` +
    "pulumi up again"
  );
}

/** Why Connect must not get another name once the mirror has begun, or null; what cannot be read from here is no reason. */
export async function refuseAnotherConnect(
  news: MirrorTopicsInputs,
  olds: Partial<MirrorTopicsInputs>,
): Promise<string | null> {
  const { offsetsTopic: was } = olds;
  if (was === undefined || was === news.offsetsTopic) return null;
  const begun = await readPins(news.record).catch(() => null);
  if (begun === null || Object.keys(begun.source).length === 0) return null;
  return (
    `the mirror has begun, and keeps its positions in ${was}: a Connect of another name begins without them and copies ` +
    `every topic a second time; give connect.name and connect.kind back what they were`
  );
}

/** What the target has under the name that MirrorMaker 2 gives its heartbeats. */
async function lookAtHeartbeats(target: Cluster): Promise<"absent" | "heartbeats" | "an application's"> {
  const found = (await target.describe([heartbeatsTopic])).topics.get(heartbeatsTopic);
  if (found === undefined || found.errorCode === unknownTopicOrPartition) return "absent";
  if (found.errorCode !== 0) {
    const why = lacking(found.errorCode, `Read on Topic ${heartbeatsTopic}`);
    throw new Error(
      `topic ${heartbeatsTopic} on the target cannot be read, so it is not known whether it holds heartbeats only: ${why}`,
    );
  }
  if (found.replicas.length !== 1) return "an application's";
  return (await readHeartbeats(target)).others === 0 ? "heartbeats" : "an application's";
}

/** A connector that has written none for this long does not run. */
const silentMilliseconds = 10 * 60_000;

/** Other migrations that write heartbeats, by their sources' aliases. Pure. */
export const stillBeating = ({ newest }: HeartbeatsReading, own: string, now: number): readonly string[] =>
  [...newest].filter(([alias, at]) => alias !== own && at > now - silentMilliseconds).map(([alias]) => alias);

/** The source's alias in stacks that a former version has begun. */
const formerAlias = "source";

/** Why the topic of heartbeats is not deleted, or null. */
async function whoBeats(target: Cluster, own: string): Promise<string | null> {
  try {
    const others = stillBeating(await readHeartbeats(target), own, Date.now());
    return others.length === 0 ? null : `the mirrors of ${named(others)} write to it`;
  } catch (error) {
    return `who else writes to it cannot be read: ${(error as Error).message}`;
  }
}

/** Topics that carry no mark of ours and existed before our Connect. Pure. */
export const foreign = (ids: Marks, own: Marks, absent: readonly string[]): string[] =>
  Object.entries(ids)
    .filter(([topic, id]) => own[topic] !== id && (own[topic] !== undefined || !absent.includes(topic)))
    .map(([topic]) => topic);

/** Deletes the topics that carry our mark from the target; names the others. Those that are gone are no error. */
export async function deleteMirrorTopics(inputs: Partial<MirrorTopicsInputs> & BegunWithout): Promise<void> {
  const { target, topics = [], record, absent = [], heartbeatsOf } = inputs;
  if (target === undefined) return;
  const known = [...topics, ...(heartbeatsOf === undefined ? [] : [heartbeatsTopic])];
  await withCluster(target, async (cluster) => {
    const ids = await topicIdsIn(cluster, known);
    const kept = foreign(ids, record === undefined ? {} : (await readPins(record)).own, absent);
    if (kept.length > 0) {
      console.log(`mirror: ${named(kept)} of the target stay: they are not known to be this migration's`);
    }
    const marked = Object.keys(ids).filter((topic) => !kept.includes(topic));
    const shared = marked.includes(heartbeatsTopic) ? await whoBeats(cluster, heartbeatsOf ?? formerAlias) : null;
    if (shared !== null) console.log(`mirror: ${heartbeatsTopic} of the target stays: ${shared}`);
    const ours = marked.filter((topic) => topic !== heartbeatsTopic || shared === null);
    // Workers of a Connect that goes on for others may still ask for them.
    await deleteForGood(ours, {
      there: async () => Object.keys(await topicIdsIn(cluster, ours)),
      remove: (left) => deleteTopics(cluster, left),
      pace: plainPace,
    });
  });
}
