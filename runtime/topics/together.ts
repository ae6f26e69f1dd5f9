/**
 * Topics of the target that are declared together: what is to be done about each, and doing it. What was asked for last is
 * remembered beside the cluster, so that what a topic's owners have changed since is left to them.
 */
import type { OtherReplicas } from "../brokers/reassign.ts";
import type { ConfigChange, NewTopic } from "../brokers/topic-changes.ts";
import type { TogetherInputs, TopicSpec } from "../model/inputs.ts";
import type { Pace } from "../model/pace.ts";
import { named } from "../model/words.ts";

/** A topic as it stands on the target. */
export interface ExistingTopic {
  readonly partitions: number;
  readonly replicationFactor: number;
  /** False while a partition has no leader, as shortly after it was made. */
  readonly settled: boolean;
}

/** What is remembered of topics, by name. */
export interface Memory {
  /** Topics that are this migration's. */
  readonly marked: ReadonlySet<string>;
  /** What was asked for last; nothing of a topic that was a resource of its own until now. */
  readonly asked: ReadonlyMap<string, TopicSpec>;
}

/** The target, as far as declaring topics needs it. */
export interface TopicsPort {
  memory(): Promise<Memory>;
  /** Notes topics that are about to be made, which are this migration's from then on. */
  begin(topics: readonly string[]): Promise<void>;
  remember(asked: Readonly<Record<string, TopicSpec>>): Promise<void>;
  /** Those of the named topics that exist. */
  existing(topics: readonly string[]): Promise<ReadonlyMap<string, ExistingTopic>>;
  /** What each of the named topics sets itself. */
  configs(topics: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;
  /** Those of the named topics that hold records, or may hold some. */
  filled(topics: readonly string[]): Promise<readonly string[]>;
  create(topics: readonly NewTopic[]): Promise<void>;
  addPartitions(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void>;
  /** Gives topics other numbers of replicas, and returns once the brokers have copied them. */
  reassign(topics: readonly OtherReplicas[]): Promise<void>;
  alter(changes: readonly ConfigChange[]): Promise<void>;
}

export interface TopicChange extends ConfigChange {
  /** Partitions that it is to have; absent where it has enough. */
  readonly partitions?: number;
  /** Replicas that each of its partitions is to have; absent where they have as many. */
  readonly replicationFactor?: number;
  /** What becomes of it: `retention.ms 1 -> 2`. */
  readonly lines: readonly string[];
}

export interface TopicsPlan {
  readonly create: readonly NewTopic[];
  readonly change: readonly TopicChange[];
  readonly kept: number;
  /** Sentences about topics that nothing is done about; then nothing is done about any. */
  readonly refused: readonly string[];
}

type Wanted = Pick<TogetherInputs, "topics" | "adopted" | "kept" | "ownersAdd">;

/** What has to be done; `made` are topics that were made just now. Reads, never changes anything. */
export async function planTopics(
  port: TopicsPort,
  wanted: Wanted,
  made: ReadonlySet<string> = new Set(),
): Promise<TopicsPlan> {
  const names = Object.keys(wanted.topics);
  const [{ marked, asked }, existing] = await Promise.all([port.memory(), port.existing(names)]);
  const adopted = new Set(wanted.adopted);
  const kept = new Set(wanted.kept);
  const missing = names.filter((name) => !existing.has(name));
  const gone = missing.filter((name) => marked.has(name));
  const foreign = await port.filled(
    names.filter((name) => existing.has(name) && !marked.has(name) && !adopted.has(name) && !made.has(name)),
  );
  // A topic that was a resource of its own is as it was asked for then, or as its owners want it.
  const before = (name: string) => asked.get(name) ?? (marked.has(name) ? wanted.topics[name] : undefined);
  // Nobody takes replicas away by hand: a topic that has fewer than it is to have was asked for with fewer.
  const short = (name: string) =>
    !asked.has(name) && existing.get(name)!.replicationFactor < wanted.topics[name]!.replicationFactor;
  const differing = names.filter(
    (name) => existing.has(name) && !kept.has(name) && (short(name) || !same(before(name), wanted.topics[name]!)),
  );
  const configs = await port.configs(differing);
  const changes = differing.map((name) =>
    changeOf(
      name,
      wanted.topics[name]!,
      before(name),
      existing.get(name)!,
      configs.get(name) ?? new Map(),
      short(name),
    ),
  );
  const raised = differing.filter((name) => existing.get(name)!.partitions > wanted.topics[name]!.partitions);
  const change = changes.filter(({ lines }) => lines.length > 0);
  return {
    create: missing.filter((name) => !marked.has(name)).map((name) => ({ name, ...wanted.topics[name]! })),
    change,
    kept: names.length - missing.length - change.length,
    refused: [
      ...(wanted.ownersAdd ? [] : sentence(gone, "deleted on the target outside this migration", goneRemedy)),
      ...sentence(foreign, "holding records on the target that this migration did not write", foreignRemedy),
      ...(wanted.ownersAdd ? [] : sentence(raised, "there with more partitions than the source has", raisedRemedy)),
    ],
  };
}

const goneRemedy =
  "the mirror would go on in the middle of an empty topic: restore it, or take it out of topics.migrate";
const foreignRemedy =
  "delete what is not needed, or list it under topics.adopt with the reason, then run npm run assess and pulumi up again";
const raisedRemedy =
  "Kafka takes no partition away: give the source's topic as many and run npm run assess, so that keys stay with their partitions";
const sentence = (topics: readonly string[], what: string, remedy: string): string[] =>
  topics.length === 0 ? [] : [`topics are ${what}: ${named(topics)}; ${remedy}`];

function same(before: TopicSpec | undefined, wanted: TopicSpec): boolean {
  return before !== undefined && textOf(before) === textOf(wanted);
}

const textOf = ({ partitions, replicationFactor, config }: TopicSpec): string =>
  JSON.stringify([partitions, replicationFactor, Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** What differs of what is newly asked for; the rest is its owners'. Pure. */
function changeOf(
  name: string,
  wanted: TopicSpec,
  before: TopicSpec | undefined,
  existing: ExistingTopic,
  own: ReadonlyMap<string, string>,
  short: boolean,
): TopicChange {
  const fresh = Object.entries(wanted.config).filter(
    ([key, value]) => before?.config[key] !== value && own.get(key) !== value,
  );
  const unset = Object.keys(before?.config ?? {}).filter((key) => !(key in wanted.config) && own.has(key));
  const more = existing.partitions < wanted.partitions && before?.partitions !== wanted.partitions;
  const { replicationFactor } = wanted;
  const other =
    existing.replicationFactor !== replicationFactor && (short || before?.replicationFactor !== replicationFactor);
  return {
    name,
    set: Object.fromEntries(fresh),
    unset,
    ...(more && { partitions: wanted.partitions }),
    ...(other && { replicationFactor }),
    lines: [
      ...(more ? [`partitions ${existing.partitions} -> ${wanted.partitions}`] : []),
      ...(other ? [`replicationFactor ${existing.replicationFactor} -> ${replicationFactor}`] : []),
      ...fresh.map(([key, value]) => `${key} ${own.get(key) ?? "unset"} -> ${value}`),
      ...unset.map((key) => `${key} ${own.get(key)} -> unset`),
    ],
  };
}

/** A new topic takes a moment until every broker knows it. */
const settleMilliseconds = 120_000;
const pauseMilliseconds = 500;
/** What a request has done may show a moment later; so often it is looked at and asked for again, with growing pauses. */
const rounds = 5;

/**
 * Makes and changes topics until every one is as asked for, and remembers that. Rejects before anything is changed if one
 * is refused. One that was interrupted goes on where it was: what exists is not made again.
 */
export async function declareTopics(
  port: TopicsPort,
  wanted: Wanted,
  pace: Pick<Pace, "now" | "pause">,
): Promise<{ readonly created: number; readonly changed: number; readonly kept: number }> {
  const first = await planTopics(port, wanted);
  const made = new Set<string>();
  let plan = first;
  for (let round = 0; plan.create.length + plan.change.length > 0 || plan.refused.length > 0; round++) {
    if (plan.refused.length > 0) throw new Error(plan.refused.join(". "));
    if (round === rounds) {
      const left = [...plan.create, ...plan.change].map(({ name }) => name);
      throw new Error(`topics are not as asked for on the target after ${rounds} requests: ${named(left)}`);
    }
    if (plan.create.length > 0) {
      if (round === 0) await port.begin(plan.create.map(({ name }) => name));
      await port.create(plan.create);
      for (const { name } of plan.create) made.add(name);
      await settled(
        port,
        plan.create.map(({ name }) => name),
        pace,
      );
    }
    const grown = plan.change.flatMap(({ name, partitions }) =>
      partitions === undefined ? [] : [{ name, partitions }],
    );
    if (grown.length > 0) await port.addPartitions(grown);
    const standing = await port.existing(plan.change.map(({ name }) => name));
    const others = plan.change.flatMap(({ name, replicationFactor }) =>
      replicationFactor === undefined ? [] : [{ name, replicationFactor }],
    );
    const [more, fewer] = parted(others, (one) => one.replicationFactor > standing.get(one.name)!.replicationFactor);
    // A topic that is to have more replicas in sync needs them before, one that is to have fewer must need fewer before.
    if (more.length > 0) await port.reassign(more);
    const altered = plan.change.filter(({ set, unset }) => Object.keys(set).length + unset.length > 0);
    if (altered.length > 0) await port.alter(altered);
    if (fewer.length > 0) await port.reassign(fewer);
    plan = await planTopics(port, wanted, made);
    if (plan.create.length + plan.change.length > 0) {
      await pace.pause(pauseMilliseconds * 2 ** round);
      plan = await planTopics(port, wanted, made);
    }
  }
  await port.remember(wanted.topics);
  return { created: first.create.length, changed: first.change.length, kept: first.kept };
}

const parted = <T>(items: readonly T[], first: (item: T) => boolean): readonly [T[], T[]] => [
  items.filter(first),
  items.filter((item) => !first(item)),
];

async function settled(port: TopicsPort, topics: readonly string[], pace: Pick<Pace, "now" | "pause">): Promise<void> {
  for (const until = pace.now() + settleMilliseconds; ; await pace.pause(pauseMilliseconds)) {
    const existing = await port.existing(topics);
    const waiting = topics.filter((name) => existing.get(name)?.settled !== true);
    // What is missing after that is asked for again.
    if (pace.now() > until) return;
    // A leader that is known may have no log yet: of a thousand topics that takes seconds, and nobody could say what they hold.
    if (waiting.length === 0 && (await port.filled(topics)).length === 0) return;
  }
}
