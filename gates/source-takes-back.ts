/** Whether the source can take what will be written on the target; pure. */
import { partitionName } from "../runtime/brokers/partitions.ts";
import { rangeName, type Range } from "../runtime/brokers/ranges.ts";
import { closed, open, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part, type Snapshot } from "../runtime/judging/reading.ts";
import { bytesText, count, named } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

const causes = ["source-not-writable", "source-would-refuse", "retention-short"] as const;
type Own = (typeof causes)[number];

const hour = 3_600_000;
/** What a topic without an own value has, and Kafka's own default. */
const kafkasRetention = String(168 * hour);

interface Params {
  /** True where the mirror's user is made here, with its rights. */
  readonly granted: boolean;
  readonly soakHours: number;
  /** Hours for which the source keeps records, by topic that keeps them for less than `soakHours`. */
  readonly shorter: Readonly<Record<string, number>>;
  /** Bytes of each partition that the source keeps at most, by topic that has such a limit. @default none has */
  readonly limited?: Readonly<Record<string, number>>;
  /** What the source's configs would refuse of what comes back: topics by config. @default nothing */
  readonly refused?: Readonly<Record<string, readonly string[]>>;
  /** The same of what they give another timestamp. @default none */
  readonly changed?: Readonly<Record<string, readonly string[]>>;
  /** Present where a wave's way back is open already, which `wayBack: none` would leave open for ever. */
  readonly backOpen?: true;
}

/** Before the way back opens: partitions, rights, retention and limits of the source. */
export const sourceTakesBack = gate({
  name: "source-takes-back",
  causes,
  about: "moving",
  page: {
    closedBecause: "the source could not take back what will be written on the target",
    whatToDo:
      "grant MirrorMaker 2's user Write on the source, raise retention and limits there; `wayBack: none`, unless an earlier wave's way back is open",
  },
  params: ({ source, inventory, topics, retire }, { backOpen, comingBack }): Params => {
    const { refused, changed } = comingBack();
    const moving = new Set(topics);
    const kept = ({ configs }: (typeof inventory.topics)[number], key: string, otherwise: string): string =>
      configs[key] ?? inventory.defaults[key]?.value ?? otherwise;
    const removing = inventory.topics.filter(
      (topic) => moving.has(topic.name) && kept(topic, "cleanup.policy", "delete").includes("delete"),
    );
    const limited = removing
      .map((topic) => [topic.name, Number(kept(topic, "retention.bytes", "-1"))] as const)
      .filter(([, bytes]) => bytes >= 0);
    const shorter = removing
      .map((topic) => [topic.name, Number(kept(topic, "retention.ms", kafkasRetention)) / hour] as const)
      .filter(([, hours]) => hours >= 0 && hours < retire.soakHours);
    return {
      granted: source.credentials?.mirror?.create === true,
      soakHours: retire.soakHours,
      shorter: Object.fromEntries(shorter),
      ...(limited.length > 0 && { limited: Object.fromEntries(limited) }),
      ...(Object.keys(refused).length > 0 && { refused }),
      ...(Object.keys(changed).length > 0 && { changed }),
      ...(backOpen && { backOpen }),
    };
  },
  needs: ({ granted, limited }) => ({
    source: true,
    target: true,
    ...(!granted && { unwritable: true }),
    ...(limited && { sourceLoad: true }),
  }),
  // How old the first record is says how long the source keeps what its brokers have room for.
  wants: ({ limited = {} }, snapshot) => ({
    side: "source",
    isolation: "read_uncommitted",
    ranges: firstRecords(snapshot, limited),
  }),
  judge: (
    { granted, soakHours, shorter, limited = {}, refused: bounds = {}, changed = {}, backOpen = false },
    snapshot,
  ) => {
    const none = backOpen ? "" : ", or set wayBack to none";
    const [source, target] = [part(snapshot, "source"), part(snapshot, "target")];
    const complaints: Complaint<Own>[] = [];
    const more = [...target.partitions.keys()].filter((name) => !source.partitions.has(name));
    if (more.length > 0) {
      complaints.push({
        cause: "topic-missing",
        rank: rank.missing,
        partition: false,
        sentence: `the target has ${named(more)}, which the source lacks: the mirror back would wait there for ever`,
        remedy: `give the source's topics as many partitions, then ${again}`,
      });
    }
    const refused = granted ? [] : part(snapshot, "unwritable");
    if (refused.length > 0) {
      complaints.push({
        cause: "source-not-writable",
        rank: rank.foreign,
        partition: false,
        sentence: `MirrorMaker 2's user is not allowed to write to ${named(refused)} on the source`,
        remedy: `grant it what docs/rights.md lists for the way back${none}; then ${again}`,
      });
    }
    const met = inScope(bounds, snapshot);
    if (met.length > 0) {
      complaints.push({
        cause: "source-would-refuse",
        rank: rank.left,
        partition: false,
        sentence: `the source would refuse records that come back, which fails the mirror back for good: ${met.join("; ")}`,
        remedy:
          "set these configs of the topics on the source so that it takes records as old, large, keyless and in transactions as they come, " +
          `and run npm run assess${none}; then ${again}`,
      });
    }
    const short = [
      ...Object.entries(shorter).map(([topic, hours]) => `${topic} (${Math.floor(hours)} h)`),
      ...[...hoursByBytes(snapshot, limited)]
        .filter(([topic, hours]) => hours < soakHours && !(topic in shorter))
        .map(
          ([topic, hours]) =>
            `${topic} (${hoursText(hours)} at its pace, with retention.bytes ${bytesText(limited[topic]!)})`,
        ),
    ];
    if (short.length > 0) {
      complaints.push({
        cause: "retention-short",
        rank: rank.left,
        partition: false,
        sentence:
          `the source keeps records of ${named(short)} for less than the ${soakHours} h of retire.soakHours: what came back ` +
          "early would be gone before the way back is closed",
        remedy:
          `raise retention.ms or retention.bytes of these topics on the source and run npm run assess, or lower retire.soakHours${none}; ` +
          `then ${again}`,
      });
    }
    if (complaints.length > 0) return closed(complaints);
    const timed = inScope(changed, snapshot);
    const but = timed.length === 0 ? "" : `; what comes back gets the time of the copy: ${timed.join("; ")}`;
    return open(`the source can take back what is written to ${count(source.partitions.size, "partition")}${but}`);
  },
  remedy: again,
});

/** Configs with their topics, of those that the gate is about. */
function inScope(byConfig: Readonly<Record<string, readonly string[]>>, { scope }: Snapshot): string[] {
  const about = new Set(scope.topics);
  return Object.entries(byConfig).flatMap(([what, topics]) => {
    const met = topics.filter((topic) => about.has(topic));
    return met.length === 0 ? [] : [`${named(met)} (${what})`];
  });
}

const hoursText = (hours: number): string => (hours < 1 ? "less than 1 h" : `about ${Math.floor(hours)} h`);

/** Where the first record of each partition with such a limit lies; some offsets may be markers. */
const firstRecords = (snapshot: Snapshot, limited: Readonly<Record<string, number>>): Range[] =>
  [...part(snapshot, "source").partitions.values()]
    .filter(({ topic, start, end }) => topic in limited && start < end)
    .map(({ topic, partition, start, end }) => {
      const upTo = start + markersAtMost;
      return { topic, partition, from: start, to: upTo < end ? upTo : end };
    });

/** So many offsets are looked at for the first record. */
const markersAtMost = 100n;

/**
 * For how long the source keeps records of topics with a limit of bytes: as long as their first record is old, and longer
 * the more room is left. Where sizes cannot be read, as if there were none left.
 */
function hoursByBytes(snapshot: Snapshot, limited: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const ranges = firstRecords(snapshot, limited);
  const found = new Map<string, number>();
  if (ranges.length === 0) return found;
  const [{ bytes }, { counts }] = [part(snapshot, "sourceLoad"), part(snapshot, "counts")];
  for (const range of ranges) {
    const { topic, partition } = range;
    const first = counts.get(rangeName(range))?.first;
    if (!first) continue;
    const age = (snapshot.takenAt - Number(first.timestamp)) / hour;
    const size = Number(bytes?.get(partitionName(topic, partition))?.largestReplica ?? limited[topic]!);
    const hours = size === 0 ? Number.POSITIVE_INFINITY : (limited[topic]! / size) * age;
    found.set(topic, Math.min(hours, found.get(topic) ?? Number.POSITIVE_INFINITY));
  }
  return found;
}
