/** Conditions on what the ledger says: the source stands still, offsets are placed, enough time has passed. */
import { rangeName, type Counted, type Range } from "../../brokers/log.ts";
import { partitionName } from "../../brokers/partitions.ts";
import type { Condition, Verdict } from "../../model/gates.ts";
import { liveEntry } from "../../model/ledger-text.ts";
import type { LedgerEntry } from "../../model/ledger.ts";
import { count } from "../../model/words.ts";
import type { Move } from "../../model/workloads.ts";
import { acceptedEnds, endsToRead } from "../../switch/stragglers.ts";
import { closed, rank, unmeasured, type Complaint } from "./problems.ts";
import { Closed, part, type Judge, type Snapshot } from "./reading.ts";

type Still = Extract<Condition, { kind: "source-still-at-ledger" }>;
type Placed = Extract<Condition, { kind: "offsets-placed" }>;
type Soaked = Extract<Condition, { kind: "soaked" }>;
type Confirmed = Extract<Condition, { kind: "source-confirmed" }>;

/** The last switch of one role that is not void. Throws `Closed` if none is recorded. */
export function lastEntry(snapshot: Snapshot, what: Move): LedgerEntry {
  const entry = liveEntry(part(snapshot, "ledger"), what);
  if (entry === null) throw new Closed({ open: false, sentence: `no switch of ${what} is recorded in the ledger` });
  return entry;
}

/** What the source has more than the ledger; a partition that the ledger does not know had nothing. */
export function growth(snapshot: Snapshot, entry: LedgerEntry): Range[] {
  const ends = endsToRead(snapshot.scope, entry);
  return [...part(snapshot, "source").partitions.values()].flatMap(({ topic, partition, end }) => {
    const from = ends.get(partitionName(topic, partition)) ?? 0n;
    return end > from ? [{ topic, partition, from, to: end }] : [];
  });
}

/** What makes the ledger unusable for this source: another cluster, a missing partition, a log that lost its end. */
export function ledgerComplaints(snapshot: Snapshot, entry: LedgerEntry): Complaint[] {
  const source = part(snapshot, "source");
  const complaints = unmeasured(source);
  if (entry.sourceClusterId !== source.clusterId) {
    const sentence = `ledger entry ${entry.number} is about the source cluster ${entry.sourceClusterId}, this one is ${source.clusterId}`;
    complaints.push({ rank: rank.foreign, sentence, partition: false });
  }
  const unread = new Set(source.problems.map(({ topic, partition }) => partitionName(topic, partition ?? -1)));
  for (const { topic, partition, sourceEnd } of entry.partitions) {
    const name = partitionName(topic, partition);
    const log = source.partitions.get(name);
    if (log !== undefined && log.end < BigInt(sourceEnd)) {
      const sentence = `${name} on the source ends at ${log.end}, before the ${sourceEnd} of ledger entry ${entry.number}: was the topic re-created?`;
      complaints.push({ rank: rank.gone, sentence, partition: true });
    } else if (log === undefined && !unread.has(name) && !unread.has(partitionName(topic, -1))) {
      const sentence = `${name} of ledger entry ${entry.number} does not exist on the source`;
      complaints.push({ rank: rank.missing, sentence, partition: true });
    }
  }
  return complaints;
}

/** The source's ends are those of the last switch of producers; what came after is named. */
export const sourceStill: Judge<Still> = {
  needs: ["source", "ledger"],
  wants: (_condition, snapshot) => ({
    side: "source",
    isolation: "read_uncommitted",
    ranges: growth(snapshot, lastEntry(snapshot, "producers")),
  }),
  judge: (_condition, snapshot) => {
    const entry = lastEntry(snapshot, "producers");
    const complaints = ledgerComplaints(snapshot, entry);
    for (const range of growth(snapshot, entry)) {
      // Growth is a fact without the records' details.
      const counts = snapshot.counts !== undefined && "value" in snapshot.counts ? snapshot.counts.value.counts : null;
      const counted = counts?.get(rangeName(range));
      complaints.push({
        rank: rank.grown,
        weight: range.to - range.from,
        sentence: grown(range, counted),
        partition: true,
      });
    }
    const { partitions } = part(snapshot, "source");
    const accepted = acceptedEnds(snapshot.scope);
    for (const [name, to] of accepted) {
      const end = partitions.get(name)?.end;
      if (end === undefined || to <= end) continue;
      const sentence = `stragglers accepts ${name} up to ${to}, and its end on the source is ${end}; allowed: at most that`;
      complaints.push({ rank: rank.left, sentence, partition: true });
    }
    if (partitions.size === 0 || complaints.length > 0) return closed(complaints);
    const but =
      accepted.size === 0
        ? ""
        : `, but for the stragglers that the config accepts in ${[...accepted.keys()].join(", ")}`;
    return open(
      `the source stands still at ledger entry ${entry.number} in ${count(partitions.size, "partition")}${but}`,
    );
  },
};

function grown(range: Range, counted: Counted | undefined): string {
  const name = partitionName(range.topic, range.partition);
  const offsets = `offsets ${range.from}..${range.to - 1n}`;
  if (counted === undefined) return `${name} grew on the source after the switch: ${offsets}`;
  const records = `${counted.exact ? "" : "at least "}${count(counted.records, "record")}`;
  if (counted.first === null) return `${name} grew on the source after the switch: ${offsets}, markers only`;
  const { timestamp, producer } = counted.first;
  const by = producer === null ? "" : ` by producer id ${producer.id} epoch ${producer.epoch}`;
  const time = new Date(Number(timestamp)).toISOString();
  return `${name} grew on the source after the switch: ${offsets}, ${records}, the first of ${time}${by}`;
}

/** Every offset that the last switch of consumers placed is committed on the target, or a later one. */
export const offsetsPlaced: Judge<Placed> = {
  needs: ["targetGroups", "ledger"],
  judge: (_condition, snapshot) => {
    // Twins were placed before the consumers stopped.
    const twins = liveEntry(part(snapshot, "ledger"), "twins");
    const entry = twins ?? lastEntry(snapshot, "consumers");
    const { committed } = part(snapshot, "targetGroups");
    const complaints: Complaint[] = [];
    const broken = new Set<string>();
    for (const { group, topic, partition, placed } of entry.groups) {
      const name = partitionName(topic, partition);
      const problem = committed.problems.get(group);
      const found = committed.groups.get(group)?.get(name)?.offset;
      if (problem !== undefined) {
        if (broken.has(group)) continue;
        broken.add(group);
        const sentence = `offsets of group ${group} on the target could not be read: ${problem}`;
        complaints.push({ rank: rank.unmeasured, sentence, partition: false });
      } else if (found === undefined) {
        const sentence = `group ${group} has no committed offset for ${name} on the target, ${placed} was placed`;
        complaints.push({ rank: rank.missing, sentence, partition: true });
      } else if (found < BigInt(placed)) {
        const sentence = `group ${group} is at ${found} of ${name} on the target, before the ${placed} that was placed`;
        complaints.push({ rank: rank.left, weight: BigInt(placed) - found, sentence, partition: true });
      }
    }
    if (entry.groups.length === 0 || complaints.length > 0) return closed(complaints);
    const groups = new Set(entry.groups.map(({ group }) => group)).size;
    const placements = count(entry.groups.length, "offset");
    return open(`${placements} of ${count(groups, "group")} on the target are at or after where they were placed`);
  },
};

/** The ledger's last entry is old enough. */
export const soaked: Judge<Soaked> = {
  needs: ["ledger"],
  judge: ({ hours }, snapshot) => {
    const last = part(snapshot, "ledger").at(-1);
    if (last === undefined) return { open: false, sentence: "no switch is recorded in the ledger" };
    const minutes = Math.floor((snapshot.takenAt - Date.parse(last.writtenAt)) / 60_000);
    const age = `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
    return { open: minutes >= hours * 60, sentence: `the last switch was ${age} ago, ${hours} h asked for` };
  },
};

/** The source is the cluster whose id the config names. */
export const sourceConfirmed: Judge<Confirmed> = {
  needs: ["sourceId"],
  judge: ({ clusterId }, snapshot) => {
    const found = part(snapshot, "sourceId");
    const same = found === clusterId;
    return {
      open: same,
      sentence:
        clusterId === ""
          ? `the config's retire.sourceClusterId is not set; the source is the cluster ${found}`
          : `the source is the cluster ${found}, ${same ? "as" : `not ${clusterId} as`} the config says`,
    };
  },
};

const open = (sentence: string): Verdict => ({ open: true, sentence });
