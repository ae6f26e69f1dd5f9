/** Exact places of many groups in many partitions, over real clusters, in few requests. Nothing is written. */
import { withOwnCluster, type Cluster } from "../brokers/connection.ts";
import { byTopic, partitionName } from "../brokers/partitions.ts";
import { logs, type Logs } from "../brokers/positions.ts";
import type { Range } from "../brokers/ranges.ts";
import { effectiveConfigs, type TopicConfigs } from "../brokers/topic-configs.ts";
import { mirrorOf, reverseOf } from "../model/mirror-ref.ts";
import { syncsTopic } from "../model/mirror-topics.ts";
import {
  followsMirror,
  type CommittedPosition,
  type Decision,
  type Direction,
  type LogBounds,
  type Need,
  type Placement,
  type Question,
  type Reads,
} from "../model/placement.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { some } from "../model/words.ts";
import { boundsOf, legOf, type BackLife } from "../model/back-life.ts";
import { placeName, readCheckpoints } from "./checkpoints.ts";
import { decide } from "./exact.ts";
import { forecast, type Caches, type MirrorNotes } from "./forecast.ts";
import { acceptedGaps } from "./gaps.ts";
import { RecordCache } from "./records.ts";
import { oriented, sinceLastRewind, type WrittenSync } from "./rewinds.ts";
import { noPartition, sides, tooMany } from "./sentences.ts";
import { readSyncs } from "./syncs.ts";

export interface PlaceLimits {
  /** Records of one side that are held at a time; a partition that needs more is refused. @default 500000, some 100 MB */
  readonly records?: number;
  /** Records that are counted of one range: for a group that never committed, and for the forecast. @default 1000000 */
  readonly counted?: number;
}

/** Ranges grow by four each round, so that a log of any length is read in fewer. */
const mostRounds = 40;

/**
 * Where each group continues on the other side of the mirror, one result per position in their order: exact, or why not.
 * The own side of `to-target` is the source. Rejects with a sentence if a cluster, a topic or a partition cannot be
 * read. Groups are not joined, nothing is committed.
 */
export async function placeExactly(
  scope: Pick<Scope, "source" | "target" | "mirror">,
  direction: Direction,
  positions: readonly CommittedPosition[],
  limits: PlaceLimits = {},
): Promise<Placement[]> {
  if (positions.length === 0) return [];
  const { sourceAlias } = mirrorOf(scope);
  const forward = followsMirror(direction);
  const names = partitionsOf(positions);
  const places = new Set(positions.map(({ group, topic, partition }) => placeName(group, topic, partition)));
  return withOwnCluster(scope.target, (target) =>
    withOwnCluster(scope.source, async (source) => {
      // In this order every checkpoint that is seen has its sync, and every sync and copy its record on the source.
      const checkpoints = forward ? await readCheckpoints(target, sourceAlias, places) : new Map<string, never>();
      const syncs = await readSyncs(target, syncsTopic(sourceAlias), names);
      const mirror: Mirrored = { from: source, to: target, syncs, checkpoints };
      return placeOver(mirror, direction, positions, limits, forward ? acceptedGaps(scope.mirror) : new Map());
    }),
  );
}

/**
 * Where groups that read the target continue on the source, once the mirror back has begun: what each has read tells by
 * which mirror; see `legOf`. `lives` is by `partitionName`. Otherwise as `placeExactly`.
 */
export async function placeBack(
  scope: Pick<Scope, "source" | "target" | "mirror">,
  lives: ReadonlyMap<string, BackLife>,
  positions: readonly CommittedPosition[],
  limits: PlaceLimits = {},
): Promise<Placement[]> {
  const lifeOf = (name: string): BackLife => {
    const found = lives.get(name);
    if (found === undefined) throw new Error(`the mirror back has not begun in ${name}: that partition was made since`);
    return found;
  };
  const legs = Map.groupBy(positions, ({ topic, partition, committed }) =>
    legOf(lifeOf(partitionName(topic, partition)), committed),
  );
  const { sourceAlias } = mirrorOf(scope);
  const reverse = reverseOf(scope);
  const none = new Map<string, never>();
  return withOwnCluster(scope.target, (target) =>
    withOwnCluster(scope.source, async (source) => {
      const found = new Map<CommittedPosition, Placement>();
      for (const [leg, asked] of legs) {
        const names = partitionsOf(asked);
        const syncs =
          leg === "back"
            ? // As whom they were written: nobody else may be allowed to read them.
              await withOwnCluster(reverse.kafka, (as) => readSyncs(as, reverse.topics.syncs, names))
            : await readSyncs(target, syncsTopic(sourceAlias), names);
        const [from, to] = leg === "back" ? [target, source] : [source, target];
        const bounds: Bounds = (name, side, log) => boundsOf(leg, lifeOf(name), side, log);
        const direction = leg === "back" ? "back" : "to-source";
        const placed = await placeOver({ from, to, syncs, checkpoints: none }, direction, asked, limits, none, bounds);
        asked.forEach((position, index) => found.set(position, placed[index]!));
      }
      return positions.map((position) => found.get(position)!);
    }),
  );
}

const partitionsOf = (positions: readonly CommittedPosition[]): ReadonlySet<string> =>
  new Set(positions.map(({ topic, partition }) => partitionName(topic, partition)));

/** A mirror's two clusters, and what it has written down. */
interface Mirrored extends MirrorNotes {
  readonly from: Cluster;
  readonly to: Cluster;
  readonly syncs: ReadonlyMap<string, readonly WrittenSync[]>;
}

/** What of a log counts. */
type Bounds = (name: string, side: SideName, log: LogBounds) => LogBounds;

async function placeOver(
  mirror: Mirrored,
  direction: Direction,
  positions: readonly CommittedPosition[],
  { records = 500_000, counted = 1_000_000 }: PlaceLimits,
  gaps: ReadonlyMap<string, bigint>,
  bounds: Bounds = (_name, _side, log) => log,
): Promise<Placement[]> {
  const topics = [...new Set(positions.map(({ topic }) => topic))];
  const follows = followsMirror(direction);
  const copyLogs = await logs(mirror.to, topics);
  const originalLogs = await logs(mirror.from, topics);
  const [copyConfigs, originalConfigs] = await Promise.all([
    effectiveConfigs(mirror.to, topics),
    effectiveConfigs(mirror.from, topics),
  ]);
  const [own, other] = follows ? [originalLogs, copyLogs] : [copyLogs, originalLogs];
  const world: World = {
    gaps,
    direction,
    syncs: mirror.syncs,
    configs: [originalConfigs, copyConfigs],
    copyConfigs,
    own,
    other,
    bounds,
  };
  const asked = positions.map((position) => ask(world, position));
  const questions = asked.filter((each): each is Question => "own" in each);
  const caches = () => ({
    own: new RecordCache(follows ? mirror.from : mirror.to, records, counted),
    other: new RecordCache(follows ? mirror.to : mirror.from, records, counted),
  });
  const placed = await placeInPasses(questions, mirror, caches, records);
  return asked.map((each) => ("own" in each ? placed.get(each)! : each));
}

/**
 * What has no room beside the others gets a pass of its own, with nothing held from before: what one group needs is no
 * obstacle for another, and the memory does not grow with their number.
 */
async function placeInPasses(
  questions: readonly Question[],
  notes: MirrorNotes,
  cachesOfPass: () => Caches,
  most: number,
): Promise<Map<Question, Placement>> {
  const placed = new Map<Question, Placement>();
  const passes = [questions];
  for (let pass = passes.pop(); pass !== undefined; pass = passes.pop()) {
    if (pass.length === 0) continue;
    const caches = cachesOfPass();
    const { decisions, left } = await decideAll(pass, caches);
    const alone = new Set(pass.map(({ topic, partition }) => partitionName(topic, partition))).size === 1;
    if (alone) for (const [question, need] of left) decisions.set(question, tooMany(question, need, most));
    else passes.push(...halves([...left.keys()]));
    const decided = pass.filter((question) => decisions.has(question));
    const found = await forecast(
      decided,
      decided.map((question) => decisions.get(question)!),
      notes,
      caches,
    );
    for (const [question, placement] of found) placed.set(question, placement);
  }
  return placed;
}

/** Two lists without a partition in common: what is read of one serves all groups that read it. */
function halves(questions: readonly Question[]): Question[][] {
  const partitions = [...Map.groupBy(questions, ({ topic, partition }) => partitionName(topic, partition)).values()];
  const middle = partitions.length >> 1;
  return [partitions.slice(0, middle).flat(), partitions.slice(middle).flat()];
}

interface World {
  /** Where the own side's log may begin behind a group, because nobody misses what lay between. */
  readonly gaps: ReadonlyMap<string, bigint>;
  readonly direction: Direction;
  readonly syncs: ReadonlyMap<string, readonly WrittenSync[]>;
  readonly configs: readonly TopicConfigs[];
  /** Of the side that holds the copies. */
  readonly copyConfigs: TopicConfigs;
  readonly bounds: Bounds;
  readonly own: Logs;
  readonly other: Logs;
}

/** The question, or the refusal of a partition that only one side has. */
function ask(world: World, position: CommittedPosition): Question | Placement {
  const { topic, partition } = position;
  const name = partitionName(topic, partition);
  const log = ({ partitions, problems }: Logs) => {
    const problem = byTopic(problems)
      .get(topic)
      ?.find((each) => (each.partition ?? partition) === partition);
    if (problem !== undefined) throw new Error(problem.sentence);
    return partitions.get(name);
  };
  const value = (configs: TopicConfigs, key: string): string => {
    const problem = configs.problems.get(topic);
    if (problem !== undefined) throw new Error(`the configs of topic ${topic} cannot be read: ${problem}`);
    return configs.topics.get(topic)?.get(key)?.value ?? "";
  };
  const [ownLog, otherLog] = [log(world.own), log(world.other)];
  if (ownLog === undefined || otherLog === undefined) {
    const nothing = { translated: null, repeats: null };
    return {
      ...position,
      ...noPartition({ ...position, direction: world.direction }, ownLog === undefined),
      ...nothing,
    };
  }
  const named = sides(world);
  const [own, other] = [world.bounds(name, named.own, ownLog), world.bounds(name, named.other, otherLog)];
  const { committed, unread } = position;
  // What a group passes over that begins at the end, retention may remove.
  const missed = unread === undefined && own.start > (world.gaps.get(name) ?? 0n);
  const passed = committed !== null && committed < own.start && !missed;
  return {
    ...position,
    ...(passed && { committed: own.start }),
    direction: world.direction,
    own,
    other,
    syncs: sinceLastRewind(world.syncs.get(name) ?? []).map((sync) => oriented(sync, world.direction)),
    compacted: world.configs.some((configs) => value(configs, "cleanup.policy").includes("compact")),
    timestamps: value(world.copyConfigs, "message.timestamp.type") !== "LogAppendTime",
  };
}

/** Reads for all questions together, round by round, until each has its decision or there was no room for what it needs. */
async function decideAll(
  questions: readonly Question[],
  caches: Caches,
): Promise<{ readonly decisions: Map<Question, Decision>; readonly left: ReadonlyMap<Question, Need> }> {
  const decisions = new Map<Question, Decision>();
  const left = new Map<Question, Need>();
  for (let round = 0; decisions.size + left.size < questions.length; round++) {
    const needs: { question: Question; need: Need }[] = [];
    for (const question of questions) {
      if (decisions.has(question) || left.has(question)) continue;
      const step = decide(question, readsOf(question, caches));
      if (step.kind === "need") needs.push({ question, need: step });
      else decisions.set(question, step);
    }
    const full = new Set<string>();
    for (const which of ["own", "other"] as const) {
      const ranges = (what: Need["what"]) =>
        needs.filter(({ need }) => need.which === which && need.what === what).map((each) => rangeOf(each));
      if (!(await caches[which].read(ranges("records")))) full.add(which);
      await caches[which].countAll(ranges("count"));
    }
    for (const { question, need } of needs) {
      const got = need.what === "count" || caches[need.which].records(rangeOf({ question, need })) !== null;
      if (!got && full.has(need.which)) left.set(question, need);
    }
    if (round > mostRounds) throw new Error(`${some(needs.map(({ question }) => question.group))} cannot be placed`);
  }
  return { decisions, left };
}

const rangeOf = ({
  question: { topic, partition },
  need: { from, to },
}: {
  question: Question;
  need: Need;
}): Range => ({
  topic,
  partition,
  from,
  to,
});

const readsOf = ({ topic, partition }: Question, caches: Caches): Reads => ({
  records: (which, from, to) => caches[which].records({ topic, partition, from, to }),
  count: (which, from, to) => caches[which].count({ topic, partition, from, to }),
});
