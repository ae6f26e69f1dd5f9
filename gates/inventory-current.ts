/** Whether the source still matches the lockfile; pure. */
import type { InventoryReading } from "../runtime/inventory/current.ts";
import { open, shut } from "../runtime/judging/problems.ts";
import { Closed, notMeasured, part } from "../runtime/judging/reading.ts";
import type { Unread } from "../runtime/model/cluster-reading.ts";
import type { Verdict } from "../runtime/model/gates.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { count, some } from "../runtime/model/words.ts";
import { allWritersMoved } from "../runtime/model/writers-entry.ts";
import { again, gate } from "./gate.ts";

const causes = ["inventory-differs"] as const;
type Own = (typeof causes)[number];

export const inventoryCurrent = gate({
  name: "inventory-current",
  causes,
  page: {
    closedBecause: "the source's topics, partitions, configs or groups differ from the lockfile",
    whatToDo: "`npm run assess`, review the diff of the lockfile, commit it",
  },
  params: ({ inventoryFile }) => ({ inventory: inventoryFile }),
  needs: ({ inventory }) => ({ inventory, ledger: true }),
  judge: (_params, snapshot) => {
    const reading = part(snapshot, "inventory");
    const hidden = reading.unread.filter((one) => concerns(one, snapshot.scope));
    if (hidden.length > 0) {
      throw new Closed(notMeasured(hidden.map(({ what, reason }) => `${what}: ${reason}`).join("; ")));
    }
    const fresh = newTopics(reading);
    // What is new on the source once all writers have left it is nobody's who moves.
    const moved = allWritersMoved(part(snapshot, "ledger"), snapshot.scope);
    const found = differences(reading, snapshot.scope);
    const judged = verdict(reading, moved ? found : [...fresh.map(isNew), ...found]);
    return judged.open && fresh.length > 0 ? open(`${judged.sentence}; ${newSince(fresh)}`) : judged;
  },
  remedy: `run npm run assess, review what has changed, commit the lockfile and ${again}`,
});

/** Differences that a sentence names; the rest is counted. */
const named = 5;

function verdict({ path, now }: InventoryReading, found: readonly string[]): Verdict<Own> {
  if (found.length > 0) {
    const more = found.length > named ? `; and ${count(found.length - named, "more difference")}` : "";
    return shut("inventory-differs", `${path} is not current: ${found.slice(0, named).join("; ")}${more}`);
  }
  const [topics, groups] = [count(now.topics.length, "topic"), count(now.groups.length, "group")];
  return { open: true, sentence: `the source matches ${path}, with ${topics} and ${groups}` };
}

function newTopics({ recorded, now }: InventoryReading): string[] {
  if (recorded.clusterId !== now.clusterId) return [];
  const known = new Set(recorded.topics.map(({ name }) => name));
  return now.topics.map(({ name }) => name).filter((name) => !known.has(name));
}

const isNew = (name: string): string => `topic ${name} is new on the source`;

const newSince = (names: readonly string[]): string =>
  `not migrated, because the producers have moved: ${some(names, "topics")}, new on the source`;

/** What is different, the source's identity first; topics that are new there are told apart. */
function differences({ recorded, now }: InventoryReading, scope: Scope): string[] {
  if (recorded.clusterId !== now.clusterId) {
    return [`it records cluster ${recorded.clusterId}, but the source is ${now.clusterId}`];
  }
  const known = new Map(recorded.topics.map((topic) => [topic.name, topic]));
  const existing = new Map(now.topics.map((topic) => [topic.name, topic]));
  const migrated = scope.topics.filter((name) => known.has(name));
  return [
    ...migrated.filter((name) => !existing.has(name)).map((name) => `topic ${name} is gone from the source`),
    ...migrated.flatMap((name) => {
      const [was, is] = [known.get(name)!, existing.get(name)];
      return is === undefined ? [] : [...partitionChange(was, is), ...configChanges(was, is)];
    }),
    ...groupChanges({ recorded, now }, scope),
  ];
}

type Topic = InventoryReading["now"]["topics"][number];

function partitionChange(was: Topic, is: Topic): string[] {
  if (was.partitions === is.partitions) return [];
  return [`topic ${is.name} has ${count(is.partitions, "partition")}, recorded: ${was.partitions}`];
}

function configChanges(was: Topic, is: Topic): string[] {
  const keys = [...new Set([...Object.keys(was.configs), ...Object.keys(is.configs)])].sort();
  const shown = (value: string | undefined) => (value === undefined ? "not set" : value);
  return keys
    .filter((key) => was.configs[key] !== is.configs[key])
    .map((key) => `topic ${is.name} has ${key} ${shown(is.configs[key])}, recorded: ${shown(was.configs[key])}`);
}

/** Groups that read migrated topics and would be left without offsets on the target. */
function groupChanges({ recorded, now }: Pick<InventoryReading, "recorded" | "now">, scope: Scope): string[] {
  const migrated = new Set(scope.topics);
  const known = new Set(recorded.groups.map(({ name }) => name));
  const moving = new Map(scope.groups.map(({ name, topics }) => [name, new Set(topics)]));
  return now.groups.flatMap(({ name, topics }) => {
    const reads = topics.filter((topic) => migrated.has(topic));
    const placed = moving.get(name);
    // A recorded group that does not move is ignored with a reason, so what it reads does not matter.
    const unseen = placed === undefined ? (known.has(name) ? [] : reads) : reads.filter((topic) => !placed.has(topic));
    return unseen.length === 0 ? [] : [`group ${name} reads ${unseen.join(", ")}, which is not recorded`];
  });
}

/** Whether the comparison cannot be made because something could not be read. */
function concerns({ topics: hidden }: Unread, { topics }: Scope): boolean {
  if (hidden === undefined) return true;
  const migrated = new Set(topics);
  return hidden.some((topic) => migrated.has(topic));
}
