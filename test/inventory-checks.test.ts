import assert from "node:assert/strict";
import { parseConfig } from "../config/load.ts";
import type { ConfigInput } from "../config/schema.ts";
import type { Inventory } from "../config/inventory.ts";
import { stackInput, stackInventory } from "./support/stack.ts";

type Writable<T> = { -readonly [Key in keyof T]: Writable<T[Key]> };
type Locked = Writable<Inventory>;

/** Every problem of Pulumi.dev.yaml and its inventory after an edit of both. */
function problemsOf(edit: (input: ConfigInput, locked: Locked) => void): { path: string; message: string }[] {
  const input = stackInput("dev");
  const file = stackInventory("dev");
  assert.ok("text" in file);
  const locked = JSON.parse(file.text) as Locked;
  edit(input, locked);
  const parsed = parseConfig(input, { path: file.path, text: JSON.stringify(locked) });
  return "problems" in parsed ? [...parsed.problems] : [];
}

const existing = (name: string, empty: boolean, partitions = 3) => ({ name, partitions, replicationFactor: 3, empty });
const target = (topics: Locked["target"] extends infer T ? (T extends { topics: infer L } ? L : never) : never) => ({
  clusterId: "lab-target-cluster-id0",
  kafka: "4.2",
  brokers: 3,
  topics,
});
const assess = "run npm run assess for a new one";
const reason = "it was left over from the rehearsal";

/** What is broken, how, and the one problem that it makes. */
const cases: readonly [string, (input: ConfigInput, locked: Locked) => void, string, string][] = [
  [
    "a migrated topic that is misspelt",
    (input) => input.topics!.migrate!.push("odrers"),
    "topics.migrate[7]",
    `topic "odrers" is not in the inventory; did you mean "orders"? allowed: its topics; ${assess}`,
  ],
  [
    "an ignored topic that is not there",
    (input) => (input.topics!.ignore = [{ name: "clickstream-raw", reason }]),
    "topics.ignore[0].name",
    `topic "clickstream-raw" is not in the inventory; allowed: its topics; ${assess}`,
  ],
  [
    "an adopted topic that is misspelt",
    (input) => (input.topics!.adopt = [{ name: "Orders", reason }]),
    "topics.adopt[0].name",
    `topic "Orders" is not in the inventory; did you mean "orders"? allowed: its topics; ${assess}`,
  ],
  [
    "configs of a topic that is misspelt",
    (input) => (input.topics!.configs = { fooo: { "retention.ms": "1" } }),
    'topics.configs["fooo"]',
    `topic "fooo" is not in the inventory; did you mean "foo"? allowed: its topics; ${assess}`,
  ],
  [
    "an ignored group that is misspelt",
    (input) => (input.groups!.ignore = [{ name: "foo-consumr", reason }]),
    "groups.ignore[0].name",
    `group "foo-consumr" is not in the inventory; did you mean "foo-consumer"? allowed: its groups; ${assess}`,
  ],
  [
    "a topic that is migrated and ignored",
    (input) => (input.topics!.ignore = [{ name: "foo", reason }]),
    "topics.ignore[0].name",
    '"foo" is also under topics.migrate; keep it in one of them',
  ],
  [
    "a group that is migrated and ignored",
    (input) => (input.groups!.ignore = [{ name: "foo-consumer", reason }]),
    "groups.ignore[0].name",
    '"foo-consumer" is also under groups.migrate; keep it in one of them',
  ],
  [
    "a group that reads a migrated topic and that nobody thought of",
    (_, locked) => locked.groups.push({ name: "auditor", protocol: "classic", topics: ["foo", "other"] }),
    "groups.migrate",
    'group "auditor" reads "foo", but is not listed; add it here, or under groups.ignore with the reason',
  ],
  [
    "a group of Kafka Streams",
    (_, locked) => (locked.groups.find(({ name }) => name === "foo-consumer")!.streams = true),
    "groups",
    'group "foo-consumer" is a Kafka Streams application, which writes what it reads, its state among it; allowed: the strategies together and waves, in which all of it moves at once; or name it under groups.ignore with the reason and its internal topics under topics.ignore, and let it rebuild its state at the target from the beginning of the mirrored input topics: start it there with a new application.id, or with the same one after kafka-streams-application-reset',
  ],
  [
    "a source of another cluster id than the inventory's",
    (input) => (input.source.clusterId = "another"),
    "source.clusterId",
    "found another, but the inventory is of cluster lab-source-cluster-id0; correct the id, or correct the source's addresses and run npm run assess again",
  ],
  [
    "a target of another cluster id than the inventory's",
    (input, locked) => {
      input.target.clusterId = "another";
      locked.target = target([]);
    },
    "target.clusterId",
    "found another, but the inventory is of cluster lab-target-cluster-id0; correct the id, or correct the target's addresses and run npm run assess again",
  ],
  [
    "an inventory of one cluster on both sides",
    (_, locked) => (locked.target = { ...target([]), clusterId: locked.source.clusterId }),
    "target",
    "source and target are one cluster (lab-source-cluster-id0) in the inventory; correct the addresses of one of them and run npm run assess again",
  ],
  [
    "a topic of the target that holds records",
    (_, locked) => (locked.target = target([existing("foo", false), existing("bar", true)])),
    "topics.adopt",
    "1 topic holds records on the target already: foo; delete what is not needed there and run npm run assess again, or name it under topics.ignore, or here, with the reason",
  ],
  [
    "three foreign topics, all at once",
    (input, locked) => {
      input.topics!.adopt = [{ name: "orders", reason }];
      locked.target = target(["foo", "bar", "orders", "payments"].map((name) => existing(name, false, 1)));
    },
    "topics.adopt",
    "3 topics hold records on the target already: foo, bar, payments; delete what is not needed there and run npm run assess again, or name each under topics.ignore, or here, with the reason",
  ],
  [
    "a topic to adopt that does not stand there",
    (input, locked) => {
      input.topics!.adopt = [{ name: "foo", reason }];
      locked.target = target([]);
    },
    "topics.adopt[0].name",
    '"foo" cannot be adopted, it does not exist on the target; remove it here, or run npm run assess again',
  ],
  [
    "a topic to adopt on a target that nobody has seen",
    (input) => (input.topics!.adopt = [{ name: "foo", reason }]),
    "topics.adopt[0].name",
    '"foo" cannot be adopted, the inventory has seen no target; remove it here, or run npm run assess again',
  ],
  [
    "a topic with more partitions on the target",
    (_, locked) => (locked.target = target([existing("foo", true, 4)])),
    "topics",
    '"foo" has 4 partitions on the target and 3 on the source, so keys would go to other partitions than before; delete it on the target, or add partitions on the source',
  ],
  [
    "more replicas than an existing target has brokers",
    (input, locked) => {
      input.target.cluster = { kind: "kubedb-existing", name: "target-kafka" };
      input.topics!.replicationFactor = 4;
      locked.target = target([]);
    },
    "topics.replicationFactor",
    "4 replicas need as many brokers, the target has 3 in the inventory; allowed: at most 3",
  ],
  [
    "more replicas than the target has brokers, as the source has them",
    (input, locked) => {
      input.topics!.replicationFactor = "source";
      locked.topics.find(({ name }) => name === "foo")!.replicationFactor = 4;
    },
    "topics.replicationFactor",
    '4 replicas ("foo") need as many brokers, the target has 3; allowed: at most 3; set a number, or say which for these topics under topics.replicationFactors',
  ],
  [
    "a replication factor of a topic that is not there",
    (input) => (input.topics!.replicationFactors = { fooo: 2 }),
    'topics.replicationFactors["fooo"]',
    'topic "fooo" is not in the inventory; did you mean "foo"? allowed: its topics; run npm run assess for a new one',
  ],
  [
    "more in-sync replicas than replicas",
    (input, locked) => {
      input.topics!.replicationFactor = 2;
      for (const topic of locked.topics.slice(0, 2)) topic.configs["min.insync.replicas"] = "3";
    },
    "topics.configs",
    '"empty", "bar" would need 3 in-sync replicas and have 2, so no write with acks=all would succeed; raise topics.replicationFactor, or set min.insync.replicas of each to 2 or less under topics.configs',
  ],
  [
    "brokers that ask for more in-sync replicas than there are",
    (input) => {
      input.topics!.replicationFactor = 2;
      (input.target.cluster as { configuration?: object }).configuration = { "min.insync.replicas": "3" };
    },
    'target.cluster.configuration["min.insync.replicas"]',
    "found 3, but topics have 2 replicas; allowed: at most 2",
  ],
];

describe("a config and its inventory", () => {
  for (const [what, edit, path, message] of cases) {
    it(`are refused for ${what}: ${path}`, () => {
      const found = problemsOf(edit);
      assert.deepEqual(
        found.map((problem) => ({ ...problem, message: sortedNames(problem.message) })),
        [{ path, message: sortedNames(message) }],
      );
    });
  }

  it("are fine where a migrated group has yet to begin, as long as its topics are named", () => {
    const begin = (topics: string[] | undefined) =>
      problemsOf((input) => {
        input.groups!.migrate!.push({ name: "tomorrow", ...(topics && { topics }) });
        const consumer = input.workloads.find(({ role }) => role === "consumer") as { groups: string[] };
        consumer.groups.push("tomorrow");
      }).map(({ path }) => path);
    assert.deepEqual(begin(["foo"]), []);
    assert.deepEqual(begin(undefined), ["groups.migrate[4].name"]);
  });

  it("are fine where an empty topic of the same shape stands on the target, or a full one is adopted", () => {
    const found = problemsOf((input, locked) => {
      input.topics!.adopt = [{ name: "bar", reason }];
      locked.target = target([existing("foo", true), existing("bar", false), existing("of-others", false, 99)]);
    });
    assert.deepEqual(found, []);
  });
});

/** Names in a list come in the order of the config or of the inventory, which is of no interest here. */
const sortedNames = (message: string): string => message.replace(/"empty", "bar"|"bar", "empty"/, '"bar", "empty"');
