/** An application as far as its place among the waves goes. Its place in the list is its place under `workloads`. */
export interface Application {
  readonly name: string;
  /** What it does with Kafka; only a writer (`producer`, `both`) has to name topics. */
  readonly role: "producer" | "consumer" | "both";
  /** Consumer groups that its pods join; empty for a producer. */
  readonly groups: readonly string[];
  /** Topics that it writes; empty for a consumer. */
  readonly topics: readonly string[];
  /** Topics that it reads without a group, as global tables are read. @default none */
  readonly reads?: readonly string[];
  /** Its transactional ids, as far as the config names any. @default none */
  readonly transactionalIds?: readonly string[];
}

/** A consumer group with the topics that it reads. */
export interface ReadingGroup {
  readonly name: string;
  readonly topics: readonly string[];
}

/** Applications that move together, in one row. */
export interface Wave {
  readonly name: string;
  readonly workloads: readonly string[];
}

/** Why one application may not move after another. */
export type Tie =
  /** `before` reads a topic, as a member of `group` if of any, and `after` writes it. */
  | { readonly kind: "topic"; readonly topic: string; readonly group?: string }
  /** Both join one group, whose offsets are on one side at a time. */
  | { readonly kind: "group"; readonly group: string }
  /** Both use one transactional id, which fences on one cluster only. */
  | { readonly kind: "transactional-id"; readonly id: string };

/**
 * `before` moves in the same wave as `after` or in an earlier one: it would miss what `after` writes on the target.
 * What ties two applications to one wave (a group, a transactional id) is there in both directions.
 */
export interface Coupling {
  readonly before: string;
  readonly after: string;
  /** At least one; a pair of applications is listed once, with everything that couples it. */
  readonly ties: readonly Tie[];
}

/** Whether an application writes to Kafka. */
export const writes = ({ role }: Application): boolean => role !== "consumer";

/**
 * Everything that couples applications, in the order of `applications`. A topic that an application both reads and
 * writes couples it to others only. Groups that are not in `groups` read nothing.
 */
export function couplings(applications: readonly Application[], groups: readonly ReadingGroup[]): Coupling[] {
  const found = new Map<string, Map<string, Tie[]>>();
  const tie = (before: string, after: string, why: Tie): void => {
    if (before === after) return;
    const of = found.get(before) ?? new Map<string, Tie[]>();
    found.set(before, of.set(after, [...(of.get(after) ?? []), why]));
  };
  const together = (names: readonly string[], why: Tie): void => {
    for (const before of names) for (const after of names) tie(before, after, why);
  };
  const readers = by(groups, ({ topics }) => topics);
  const members = by(applications, (one) => one.groups);
  const ungrouped = by(applications, ({ reads = [] }) => reads);
  const writers = by(applications.filter(writes), ({ topics }) => topics);
  for (const [topic, writing] of writers) {
    for (const { name: group } of readers.get(topic) ?? []) {
      for (const reader of members.get(group) ?? []) {
        for (const writer of writing) tie(reader.name, writer.name, { kind: "topic", topic, group });
      }
    }
    for (const reader of ungrouped.get(topic) ?? [])
      for (const writer of writing) tie(reader.name, writer.name, { kind: "topic", topic });
  }
  for (const [group, joining] of members) together(named(joining), { kind: "group", group });
  const ids = by(applications, ({ transactionalIds }) => transactionalIds ?? []);
  for (const [id, using] of ids) together(named(using), { kind: "transactional-id", id });
  return applications.flatMap(({ name: before }) =>
    [...(found.get(before) ?? [])].map(([after, ties]) => ({ before, after, ties })),
  );
}

/** For each topic that an application writes, the wave in which the last of its writers moves, and with it closes. */
export function closingWaves(
  waves: readonly Wave[],
  applications: readonly Application[],
): ReadonlyMap<string, string> {
  const written = new Map(applications.filter(writes).map(({ name, topics }) => [name, topics]));
  return new Map(
    waves.flatMap(({ name: wave, workloads }) =>
      workloads.flatMap((name) => (written.get(name) ?? []).map((topic) => [topic, wave] as const)),
    ),
  );
}

/** Names of those of `topics` that no application writes, and of those that none reads. */
export function undeclared(
  topics: readonly string[],
  applications: readonly Application[],
  groups: readonly ReadingGroup[],
): { readonly unwritten: readonly string[]; readonly unread: readonly string[] } {
  const written = new Set(applications.filter(writes).flatMap((one) => one.topics));
  const joined = new Set(applications.flatMap((one) => one.groups));
  const read = new Set([
    ...groups.filter(({ name }) => joined.has(name)).flatMap((group) => group.topics),
    ...applications.flatMap(({ reads = [] }) => reads),
  ]);
  return {
    unwritten: topics.filter((topic) => !written.has(topic)),
    unread: topics.filter((topic) => !read.has(topic)),
  };
}

/**
 * Sets of applications that may only move together (strongly connected components, by Tarjan), each in the order of
 * `names`; a set comes after every set that may not move after it.
 */
export function inseparable(names: readonly string[], edges: readonly Coupling[]): string[][] {
  const next = by(edges, ({ before }) => [before]);
  const place = new Map(names.map((name, index) => [name, index]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const found: string[][] = [];
  const visit = (name: string): void => {
    index.set(name, index.size);
    low.set(name, index.get(name)!);
    stack.push(name);
    onStack.add(name);
    for (const { after } of next.get(name) ?? []) {
      if (!index.has(after)) visit(after);
      if (onStack.has(after)) low.set(name, Math.min(low.get(name)!, low.get(after)!));
    }
    if (low.get(name) !== index.get(name)) return;
    const set = stack.splice(stack.lastIndexOf(name));
    for (const one of set) onStack.delete(one);
    found.push(set.sort((a, b) => place.get(a)! - place.get(b)!));
  };
  for (const name of names) if (!index.has(name)) visit(name);
  return found.reverse();
}

const named = (list: readonly Application[]): string[] => list.map(({ name }) => name);

/** A list by keys of its entries, of which each may have several; the order is kept. */
export function by<T>(list: readonly T[], keys: (one: T) => readonly string[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const one of list) {
    for (const key of new Set(keys(one))) {
      const of = found.get(key);
      if (of) of.push(one);
      else found.set(key, [one]);
    }
  }
  return found;
}
