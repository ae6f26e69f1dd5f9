import assert from "node:assert/strict";
import type { Condition } from "../gates/index.ts";
import type { Logs } from "../runtime/brokers/positions.ts";
import type { Snapshot, ExistingTopic } from "../runtime/judging/reading.ts";
import { shut } from "../runtime/judging/problems.ts";
import { judge } from "../runtime/measure/judge.ts";
import type { WantedTopics } from "../runtime/model/gates.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { raisedTopics, shrunkTopics } from "../runtime/topics/shrinking.ts";
import { parseMarks } from "../runtime/topics/topic-ownership.ts";

const scopeOf = (topics: readonly string[]): Scope => ({
  migration: "shop",
  source: { side: "source", bootstrap: ["source.example:9094"], protocol: "PLAINTEXT" },
  target: { side: "target", bootstrap: ["target.example:9094"], protocol: "PLAINTEXT" },
  mirror: { connect: { urls: [] }, sourceConnectors: [], otherConnectors: [], sourceAlias: "source" },
  topics,
  groups: [],
  workloads: [],
  ledger: { kubernetes: { namespace: "demo" }, configMap: "ledger" },
});

/** Value and who set it, by key. */
type Configs = Record<string, readonly [string, "topic" | "broker" | "kafka"]>;
const topic = (id: string, configs: Configs = {}, replicas: readonly number[] = [3, 3]): ExistingTopic => ({
  id,
  partitions: replicas.length,
  replicas,
  configs: new Map(Object.entries(configs).map(([key, [value, from]]) => [key, { value, from }])),
});
const snapshot = (topics: readonly string[], parts: Partial<Snapshot>): Snapshot => ({
  scope: scopeOf(topics),
  takenAt: 0,
  ...parts,
});
const existing = (topics: Record<string, ExistingTopic>, problems: Record<string, string> = {}) => ({
  targetTopics: { value: { topics: new Map(Object.entries(topics)), problems: new Map(Object.entries(problems)) } },
});

describe("the gate target-empty-or-ours", () => {
  const condition: Condition = { kind: "target-empty-or-ours" };
  const measured = (
    topics: readonly string[],
    ids: Record<string, string>,
    marks: Record<string, string>,
    filled: readonly string[],
    problems: Logs["problems"] = [],
  ) => {
    const partitions = Object.keys(ids).map((name) => {
      const end = filled.includes(name) ? 9n : 4n;
      return [`${name}[0]`, { topic: name, partition: 0, start: 4n, stable: end, end }] as const;
    });
    return snapshot(topics, {
      ...existing(Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, topic(id)]))),
      marks: { value: new Map(Object.entries(marks)) },
      target: {
        value: { clusterId: "T", ids: new Map(Object.entries(ids)), partitions: new Map(partitions), problems },
      },
    });
  };
  const cases: readonly [string, Snapshot, string | null][] = [
    ["every topic carries its mark", measured(["a", "b"], { a: "1", b: "2" }, { a: "1", b: "2" }, ["a", "b"]), null],
    ["an unmarked topic is empty", measured(["a", "b"], { a: "1", b: "2" }, { a: "1" }, ["a"]), null],
    [
      "unmarked topics hold records",
      measured(["a", "b", "c"], { a: "1", b: "2", c: "3" }, { b: "2" }, ["a", "b", "c"]),
      "2 topics on the target with records that are not this migration's: a, c",
    ],
    [
      "a marked topic has another id, even an empty one",
      measured(["a"], { a: "9" }, { a: "1" }, []),
      "1 topic on the target deleted and re-created outside this migration: a",
    ],
    ["a topic is gone", measured(["a", "b"], { a: "1" }, { a: "1" }, []), "1 topic on the target missing: b"],
    [
      "whether a topic is empty could not be measured",
      measured(
        ["a"],
        { a: "1" },
        {},
        [],
        [{ kind: "unreadable" as const, topic: "a", partition: 1, sentence: "a[1] has no leader" }],
      ),
      "a[1] has no leader",
    ],
    [
      "the marks could not be read",
      { ...measured(["a"], { a: "1" }, { a: "1" }, []), marks: { error: "no route" } },
      "could not be measured: no route",
    ],
    ["there is no topic", measured([], {}, {}, []), "nothing was measured"],
  ];
  for (const [when, taken, closed] of cases) {
    it(`${closed === null ? "opens" : "stays closed"} when ${when}`, () => {
      const verdict = judge(condition, taken);
      assert.equal(verdict.open, closed === null, verdict.sentence);
      if (closed !== null) assert.equal(verdict.sentence, closed);
    });
  }

  it("names every foreign topic of a few, and counts those of many", () => {
    const names = Array.from({ length: 23 }, (_, at) => `t${at}`);
    const ids = Object.fromEntries(names.map((name) => [name, name]));
    const { sentence } = judge(condition, measured(names, ids, {}, names));
    assert.match(sentence, /^23 topics .*: t0, t1, .*, t19 and 3 more$/);
  });
});

describe("the gate topics-as-locked", () => {
  const wanted: WantedTopics = { replicationFactor: 3, config: { "retention.ms": "5" }, topics: { a: 2 } };
  const defaults = { "cleanup.policy": "delete", "min.insync.replicas": "1", "unclean.leader.election.enable": "true" };
  const condition: Condition = { kind: "topics-as-locked", wanted: [wanted], defaults };
  const asWanted: Configs = { "retention.ms": ["5", "topic"], "cleanup.policy": ["delete", "kafka"] };
  const differs = (what: string, now: string | number, ask: string | number) =>
    `a: ${what} is ${now} on the target, expected ${ask}`;
  const cases: readonly [string, ExistingTopic | undefined, string | null][] = [
    ["everything is as the lock says", topic("1", asWanted), null],
    [
      "the target's brokers ask for more in-sync replicas than the source's default",
      topic("1", { ...asWanted, "min.insync.replicas": ["2", "broker"] }),
      null,
    ],
    [
      "the topic itself asks for more in-sync replicas than the lock says",
      topic("1", { ...asWanted, "min.insync.replicas": ["2", "topic"] }),
      differs("min.insync.replicas", 2, 1),
    ],
    [
      "the target's brokers elect no leader that lags",
      topic("1", { ...asWanted, "unclean.leader.election.enable": ["false", "kafka"] }),
      null,
    ],
    [
      "a declared config has another value",
      topic("1", { ...asWanted, "retention.ms": ["604800000", "topic"] }),
      differs("retention.ms", 604800000, 5),
    ],
    [
      "a default of the source differs",
      topic("1", { ...asWanted, "cleanup.policy": ["compact", "broker"] }),
      `${differs("cleanup.policy", "compact", "delete")}; records that this has removed or changed are not copied again`,
    ],
    [
      "a declared config is not known there",
      topic("1", { "cleanup.policy": ["delete", "kafka"] }),
      differs("retention.ms", "not known", 5),
    ],
    ["it has too few partitions", topic("1", asWanted, [3]), differs("partitions", 1, 2)],
    ["a partition has fewer replicas", topic("1", asWanted, [3, 2]), differs("the replication factor", "3 or 2", 3)],
    [
      "two things differ",
      topic("1", { ...asWanted, "cleanup.policy": ["compact", "kafka"] }, [3]),
      `${differs("partitions", 1, 2)}; and 1 more problem`,
    ],
    ["it does not exist", undefined, "topic a does not exist on the target"],
  ];
  for (const [when, found, closed] of cases) {
    it(`${closed === null ? "opens" : "stays closed"} when ${when}`, () => {
      const verdict = judge(condition, snapshot(["a"], existing(found ? { a: found } : {})));
      assert.equal(verdict.open, closed === null, verdict.sentence);
      if (closed !== null) assert.equal(verdict.sentence, closed);
    });
  }

  it("stays closed when a topic could not be described or nothing is wanted", () => {
    const unread = judge(condition, snapshot(["a"], existing({}, { a: "topic a could not be described: timeout" })));
    assert.deepEqual(unread, { ...shut("not-measured", "topic a could not be described: timeout"), unmeasured: true });
    assert.equal(judge({ ...condition, wanted: [] }, snapshot([], existing({}))).open, false);
  });
});

describe("the gate target-defaults", () => {
  const wanted: WantedTopics = { replicationFactor: 3, config: { "retention.bytes": "9" }, topics: { a: 1 } };
  const defaults = {
    ...{ "retention.ms": "604800000", "retention.bytes": "-1", "cleanup.policy": "compact,delete" },
    ...{ "max.message.bytes": "1048588", "message.timestamp.type": "CreateTime" },
  };
  const condition: Condition = { kind: "target-defaults", wanted: [wanted], defaults };
  const cases: readonly [string, Configs, string | null][] = [
    ["brokers keep records for less long", { "retention.ms": ["86400000", "broker"] }, "retention.ms=86400000"],
    ["brokers keep them longer", { "retention.ms": ["-1", "broker"] }, null],
    ["brokers only compact", { "cleanup.policy": ["compact", "broker"] }, "cleanup.policy=compact"],
    ["brokers name the cleanups in another order", { "cleanup.policy": ["delete, compact", "broker"] }, null],
    ["brokers take smaller batches", { "max.message.bytes": ["500000", "broker"] }, "max.message.bytes=500000"],
    ["Kafka itself takes larger ones", { "max.message.bytes": ["2097152", "kafka"] }, null],
    ["brokers set the time", { "message.timestamp.type": ["LogAppendTime", "broker"] }, "LogAppendTime"],
    ["the topic is to have a value of its own", { "retention.bytes": ["5", "broker"] }, null],
    ["the topic has one, which this update aligns", { "retention.ms": ["5", "topic"] }, null],
  ];
  for (const [when, configs, said] of cases) {
    it(`${said === null ? "opens" : "stays closed"} when ${when}`, () => {
      const { open, sentence } = judge(condition, snapshot(["a"], existing({ a: topic("1", configs) })));
      assert.equal(open, said === null, sentence);
      assert.ok(sentence.includes(said ?? "as the source does"), sentence);
    });
  }

  it("opens where a topic is yet to be made, and not where one could not be described", () => {
    assert.equal(judge(condition, snapshot(["a"], existing({}))).open, true);
    assert.equal(judge(condition, snapshot(["a"], existing({}, { a: "timeout" }))).open, false);
  });
});

describe("the marks of topics", () => {
  it("are a JSON object of ids, and nothing else is taken for one", () => {
    assert.deepEqual(parseMarks('{"orders":"kuWdRkXTQ3Cm9ZpFdNqBhw"}'), { orders: "kuWdRkXTQ3Cm9ZpFdNqBhw" });
    for (const text of [undefined, "", "{", "[]", "null", '"x"', '{"orders":1}']) assert.equal(parseMarks(text), null);
  });
});

describe("a topic that would shrink", () => {
  const size = (partitions: number, replicationFactor: number) => ({ partitions, replicationFactor });
  it("is named, one that grows, comes or goes is not", () => {
    const before = { a: size(6, 3), b: size(6, 3), c: size(6, 3), gone: size(1, 1) };
    const reasons = shrunkTopics(before, { a: size(5, 2), b: size(7, 3), c: size(6, 3), come: size(1, 1) });
    assert.equal(reasons.length, 2);
    assert.match(reasons[0]!, /^topic a has 6 partitions on the target, 5 requested; it would be deleted/);
    assert.match(reasons[1]!, /^topic a has 3 replicas on the target, 2 requested; its records/);
  });

  it("is named where the target has more partitions than were ever asked for", () => {
    const reasons = raisedTopics({ a: 12, b: 6, other: 9 }, { a: size(6, 3), b: size(6, 3), c: size(6, 3) });
    assert.equal(reasons.length, 1);
    assert.match(
      reasons[0]!,
      /^topic a has 12 partitions on the target, 6 are requested: they were raised there outside this program/,
    );
  });
});
