import assert from "node:assert/strict";
import { addPartitions, alterTopicConfigs, batched, createTopics } from "../runtime/brokers/topic-changes.ts";
import type { Cluster } from "../runtime/brokers/connection.ts";
import type { TopicSpec } from "../runtime/model/inputs.ts";
import { cut } from "../runtime/model/words.ts";
import type { Pace } from "../runtime/model/pace.ts";
import { give, takeAway } from "../runtime/rights/grant.ts";
import { mirrorRightsChanges } from "../runtime/rights/mirror-rights.ts";
import { limit } from "../runtime/rights/target-rights.ts";
import { declareTopics, planTopics, type TopicsPort } from "../runtime/topics/together.ts";

interface Standing {
  partitions: number;
  replicationFactor: number;
  config: Record<string, string>;
  filled: boolean;
}

/** A target with topics, and what is remembered of them. */
class Target implements TopicsPort {
  readonly topics = new Map<string, Standing>();
  readonly marked = new Set<string>();
  asked = new Map<string, TopicSpec>();
  /** Requests that changed something. */
  readonly acts: string[] = [];
  /** The next request makes so many topics and is then cut off. */
  dies: number | undefined;

  begun: readonly string[] = [];
  begin = async (names: readonly string[]) => void (this.begun = [...this.begun, ...names]);
  memory = async () => ({ marked: this.marked, asked: this.asked });
  remember = async (asked: Readonly<Record<string, TopicSpec>>) => void (this.asked = new Map(Object.entries(asked)));
  existing = async (names: readonly string[]) =>
    new Map(
      names.flatMap((name) => {
        const found = this.topics.get(name);
        return found === undefined ? [] : [[name, { ...found, settled: true }] as const];
      }),
    );
  configs = async (names: readonly string[]) =>
    new Map(names.map((name) => [name, new Map(Object.entries(this.topics.get(name)!.config))]));
  /** So many times the leaders of the topics do not say yet what they hold. */
  silent = 0;
  filled = async (names: readonly string[]) =>
    names.length > 0 && this.silent-- > 0 ? names : names.filter((name) => this.topics.get(name)?.filled);
  create = async (wanted: Parameters<TopicsPort["create"]>[0]) => {
    this.acts.push(`create ${wanted.length}`);
    for (const [at, { name, partitions, replicationFactor, config }] of wanted.entries()) {
      assert.ok(this.begun.includes(name), `${name} was not noted before it was made`);
      if (this.dies === at) {
        this.dies = undefined;
        throw new Error("killed");
      }
      assert.ok(!this.topics.has(name), `${name} is made twice`);
      this.topics.set(name, { partitions, replicationFactor, config: { ...config }, filled: false });
    }
  };
  addPartitions = async (wanted: Parameters<TopicsPort["addPartitions"]>[0]) => {
    for (const { name, partitions } of wanted) {
      this.acts.push(`${name} gets ${partitions} partitions`);
      this.topics.get(name)!.partitions = partitions;
    }
  };
  reassign = async (wanted: Parameters<TopicsPort["reassign"]>[0]) => {
    for (const [at, { name, replicationFactor }] of wanted.entries()) {
      if (this.dies === at) {
        this.dies = undefined;
        throw new Error("killed");
      }
      this.acts.push(`${name} gets ${replicationFactor} replicas`);
      this.topics.get(name)!.replicationFactor = replicationFactor;
    }
  };
  alter = async (changes: Parameters<TopicsPort["alter"]>[0]) => {
    for (const { name, set, unset } of changes) {
      this.acts.push(`${name} sets ${JSON.stringify(set)} and unsets ${unset.join()}`);
      const { config } = this.topics.get(name)!;
      Object.assign(config, set);
      for (const key of unset) delete config[key];
    }
  };
}

const spec = (config: Record<string, string> = {}, partitions = 3): TopicSpec => ({
  ...{ partitions, replicationFactor: 3, config },
});
const many = (count: number, of = spec()) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`topic-${at}`, of]));
const wanted = (topics: Record<string, TopicSpec>, more: object = {}) => ({
  ...{ topics, adopted: [], kept: [], ownersAdd: false },
  ...more,
});
const pace = { now: () => 0, pause: async () => {} };

describe("topics that are declared together", () => {
  let target: Target;
  beforeEach(() => (target = new Target()));
  const declare = (of: ReturnType<typeof wanted>) => declareTopics(target, of, pace);

  it("are waited for until their leaders answer, which takes a while for many, and are never taken for somebody else's", async () => {
    target.silent = 3;
    assert.deepEqual(await declare(wanted(many(1_000))), { created: 1_000, changed: 0, kept: 0 });
    assert.deepEqual(target.acts, ["create 1000"]);
    assert.ok(target.silent < 0, "somebody asked until they answered");
  });

  const mark = () => [...target.topics.keys()].forEach((name) => target.marked.add(name));

  it("are made, and a second update has nothing to do", async () => {
    const topics = wanted(many(1_000, spec({ "retention.ms": "1" })));
    assert.equal((await planTopics(target, topics)).create.length, 1_000);
    assert.deepEqual(await declare(topics), { created: 1_000, changed: 0, kept: 0 });
    mark();
    target.acts.length = 0;
    assert.deepEqual(await declare(topics), { created: 0, changed: 0, kept: 1_000 });
    assert.deepEqual(target.acts, []);
  });

  it("are looked at again with growing pauses until what was asked for shows", async () => {
    const waits: number[] = [];
    const alter = target.alter;
    let asked = 0;
    target.alter = async (changes) => (++asked < 4 ? undefined : alter(changes));
    const wants = wanted(many(1, spec({ "retention.ms": "1" })));
    await declare(wanted(many(1)));
    mark();
    const patient = { now: () => 0, pause: async (milliseconds: number) => void waits.push(milliseconds) };
    await declareTopics(target, wants, patient);
    assert.deepEqual(waits, [500, 1_000, 2_000]);
  });

  it("are made to the end by the next update where one was killed in the middle", async () => {
    const topics = wanted(many(100, spec({ "retention.ms": "1" })));
    target.dies = 60;
    await assert.rejects(declare(topics), /killed/);
    assert.deepEqual(await declare(topics), { created: 40, changed: 0, kept: 60 });
    assert.deepEqual(target.acts, ["create 100", "create 40"]);
  });

  it("are not touched where each was a resource of its own until now, whatever their owners have changed", async () => {
    target.topics.set("topic-0", {
      ...spec({ "retention.ms": "9" }, 12),
      filled: true,
      config: { "retention.ms": "9" },
    });
    target.topics.set("topic-1", { ...spec(), filled: true, config: {} });
    mark();
    const topics = wanted(many(2, spec({ "retention.ms": "1" })));
    assert.deepEqual(await declare(topics), { created: 0, changed: 0, kept: 2 });
    assert.deepEqual(target.acts, []);
    // From then on an edit is applied, and nothing but the edit.
    const edited = wanted({ ...topics.topics, "topic-1": spec({ "retention.ms": "1", "segment.ms": "5" }, 6) });
    assert.deepEqual((await planTopics(target, edited)).change[0]?.lines, [
      "partitions 3 -> 6",
      "segment.ms unset -> 5",
    ]);
    await declare(edited);
    assert.deepEqual(target.acts, ["topic-1 gets 6 partitions", 'topic-1 sets {"segment.ms":"5"} and unsets ']);
    assert.deepEqual(target.topics.get("topic-0")?.config, { "retention.ms": "9" });
  });

  it("lose a config that left the lockfile, and keep one that their owners have set", async () => {
    await declare(wanted(many(1, spec({ "retention.ms": "1", "segment.ms": "5" }))));
    mark();
    target.topics.get("topic-0")!.config["max.message.bytes"] = "7";
    await declare(wanted(many(1, spec({ "retention.ms": "1" }))));
    assert.deepEqual(target.topics.get("topic-0")?.config, { "retention.ms": "1", "max.message.bytes": "7" });
  });

  const one = { ...spec(), filled: false, config: {} };
  const cases: [string, (of: Target) => void, object, RegExp | null][] = [
    // prettier-ignore
    ["one holds records from elsewhere", (of) => of.topics.set("topic-0", { ...one, filled: true }), {}, /topics are holding records on the target that this migration did not write: topic-0; delete/],
    // prettier-ignore
    ["it is adopted", (of) => of.topics.set("topic-0", { ...one, filled: true }), { adopted: ["topic-0"] }, null],
    ["one was deleted", (of) => of.marked.add("topic-0"), {}, /topics are deleted on the target outside/],
    ["its owners deleted it after the move", (of) => of.marked.add("topic-0"), { ownersAdd: true }, null],
    ["one has more partitions", (of) => of.topics.set("topic-0", { ...one, partitions: 4 }), {}, /more partitions/],
    // prettier-ignore
    ["its owners gave it more", (of) => of.topics.set("topic-0", { ...one, partitions: 4 }), { ownersAdd: true }, null],
    // prettier-ignore
    ["it is kept as it is", (of) => of.topics.set("topic-0", { ...one, replicationFactor: 1, config: { a: "1" } }), { kept: ["topic-0"] }, null],
  ];
  for (const [when, prepare, more, expected] of cases)
    it(`are ${expected === null ? "declared" : "refused with nothing done"} when ${when}`, async () => {
      prepare(target);
      const before = structuredClone(target.topics.get("topic-0"));
      const topics = wanted(many(3), more);
      if (expected === null) await declare(topics);
      else await assert.rejects(declare(topics), expected);
      assert.deepEqual(target.topics.get("topic-0"), before);
      assert.equal(target.topics.has("topic-1"), expected === null);
    });

  const replicated = (replicationFactor: number, config: Record<string, string> = {}): TopicSpec => ({
    ...spec(config),
    replicationFactor,
  });

  it("get more replicas before they need them, and lose some after they needed them, by an edit", async () => {
    await declare(wanted(many(2, replicated(2, { "min.insync.replicas": "1" }))));
    mark();
    target.acts.length = 0;
    const more = wanted(many(2, replicated(3, { "min.insync.replicas": "2" })));
    assert.deepEqual((await planTopics(target, more)).change[0]?.lines, [
      "replicationFactor 2 -> 3",
      "min.insync.replicas 1 -> 2",
    ]);
    assert.deepEqual(await declare(more), { created: 0, changed: 2, kept: 0 });
    const set = (topic: number, value: number) => `topic-${topic} sets {"min.insync.replicas":"${value}"} and unsets `;
    assert.deepEqual(target.acts, ["topic-0 gets 3 replicas", "topic-1 gets 3 replicas", set(0, 2), set(1, 2)]);
    target.acts.length = 0;
    await declare(wanted(many(2, replicated(1, { "min.insync.replicas": "1" }))));
    assert.deepEqual(target.acts, [set(0, 1), set(1, 1), "topic-0 gets 1 replicas", "topic-1 gets 1 replicas"]);
  });

  it("get the other replicas of an update that was killed in the middle by the next one", async () => {
    await declare(wanted(many(10, replicated(1))));
    mark();
    const more = wanted(many(10, replicated(3)));
    target.acts.length = 0;
    target.dies = 6;
    await assert.rejects(declare(more), /killed/);
    assert.deepEqual(await declare(more), { created: 0, changed: 4, kept: 6 });
    assert.equal(new Set(target.acts).size, target.acts.length, "none is asked for twice");
    assert.deepEqual((await planTopics(target, more)).change, []);
  });

  it("keep the replicas that somebody gave them by hand, until the config asks for others", async () => {
    await declare(wanted(many(1, replicated(2))));
    mark();
    target.topics.get("topic-0")!.replicationFactor = 5;
    assert.deepEqual((await planTopics(target, wanted(many(1, replicated(2, { a: "1" }))))).change[0]?.lines, [
      "a unset -> 1",
    ]);
    assert.deepEqual((await planTopics(target, wanted(many(1, replicated(3))))).change[0]?.lines, [
      "replicationFactor 5 -> 3",
    ]);
  });

  it("get the replicas that a config asks for in the update that makes one resource of many", async () => {
    target.topics.set("topic-0", { ...replicated(2), filled: true, config: {} });
    target.topics.set("topic-1", { ...replicated(5), filled: true, config: {} });
    mark();
    await declare(wanted(many(2, replicated(3))));
    assert.deepEqual(target.acts, ["topic-0 gets 3 replicas"]);
  });

  it("are named up to a number in previews", () => {
    const names = Array.from({ length: 30 }, (_, at) => `topic-${at}`);
    assert.deepEqual(cut(names).slice(18), ["topic-18", "topic-19", "and 10 more"]);
    assert.deepEqual(cut(names.slice(0, 20)), names.slice(0, 20));
  });
});

/** Kafka's number of the request that asks a broker which versions it takes. */
const apiVersions = 18;
/** What a broker says before it is asked for anything of ours. */
const beginnings: Readonly<Record<number, object>> = {
  3: { controllerId: 1, topics: [], brokers: [] },
  [apiVersions]: {
    apiKeys: [3, 19, 20, 30, 31, 37, 44, 45, 46, 49].map((apiKey) => ({ apiKey, minVersion: 0, maxVersion: 99 })),
  },
};

describe("requests for many topics", () => {
  /** Requests as they would be written to a broker, each answered by `answer`. */
  const cluster = (answer: (key: number) => object, sent: { key: number; bytes: number }[] = []) => {
    const connection = {
      send(
        ...[key, , payload, , , , done]: [
          number,
          number,
          () => { length: number },
          0,
          0,
          0,
          (e: null, v: object) => void,
        ]
      ) {
        if (key !== apiVersions) sent.push({ key, bytes: payload().length });
        done(null, beginnings[key] ?? answer(key));
        return true;
      },
    };
    const endpoint = { side: "target", bootstrap: [], protocol: "PLAINTEXT" };
    return {
      of: { endpoint, brokerIds: [1], broker: async () => connection, describe: async () => {} } as unknown as Cluster,
      sent,
    };
  };
  const topics = Array.from({ length: 1_000 }, (_, at) => ({
    ...{ name: `topic-${at}`, partitions: 6, replicationFactor: 3 },
    config: { "retention.ms": "1", "min.insync.replicas": "2", "cleanup.policy": "delete" },
  }));

  it("are a few, each within what a controller writes at a time", async () => {
    const { of, sent } = cluster(() => ({ topics: [], results: [], responses: [] }));
    await createTopics(of, topics);
    await addPartitions(of, topics);
    await alterTopicConfigs(
      of,
      topics.map(({ name, config }) => ({ name, set: config, unset: ["segment.ms"] })),
    );
    assert.deepEqual(
      sent.map(({ key }) => key).filter((key) => key !== 3),
      [19, 19, 37, 37, 44, 44],
    );
    for (const { key, bytes } of sent) if (key !== 3) assert.ok(bytes > 5_000, `request ${key} has ${bytes} bytes`);
    for (const batch of batched(topics, ({ partitions }) => partitions * 100)) {
      assert.ok(batch.reduce((sum, { partitions }) => sum + partitions * 100, 0) <= 5_000);
    }
    assert.deepEqual(
      batched([9_000, 1], (weight) => weight),
      [[9_000], [1]],
      "one that is too large goes alone",
    );
  });

  it("name what Kafka refuses; what exists already is none of it", async () => {
    const answered = (errorCode: number) => topics.map(({ name }) => ({ name, errorCode, errorMessage: null }));
    for (const code of [0, 36]) await createTopics(cluster(() => ({ topics: answered(code) })).of, topics);
    await assert.rejects(
      createTopics(cluster(() => ({ topics: answered(44) })).of, topics),
      /^Error: 1000 topics could not be created: topic-0: POLICY_VIOLATION; .*; and 980 more$/,
    );
  });

  const acls = topics.slice(0, 10).map(({ name }) => `User:app Allow Read from * of Topic Literal ${name}`);
  const quotas = ["a", "b"].map((user) => ({ entity: { user }, limits: { producer_byte_rate: 1 } }));
  /** A kind of change: how many things it asks for, doing it, and an answer with a code for each by what one has. */
  type Kind = [
    what: string,
    count: number,
    act: (of: Cluster, pace: Pick<Pace, "now" | "pause">) => Promise<void>,
    answer: (codeOf: (at: number) => number, throttleTimeMs: number, asked?: readonly number[]) => object,
  ];
  const few = topics.slice(0, 10);
  const byName = (codeOf: (at: number) => number) =>
    few.map(({ name }, at) => ({ name, resourceName: name, errorCode: codeOf(at), errorMessage: null }));
  const all = few.map((_, at) => at);
  const inOrder = (codeOf: (at: number) => number, asked: readonly number[] = all) =>
    asked.map((at) => ({ errorCode: codeOf(at), errorMessage: null, matchingAcls: [] }));
  const kinds: Kind[] = [
    [
      "new topics",
      10,
      (of, at) => createTopics(of, few, at),
      (code, t) => ({ throttleTimeMs: t, topics: byName(code) }),
    ],
    [
      "partitions",
      10,
      (of, at) => addPartitions(of, few, at),
      (code, t) => ({ throttleTimeMs: t, results: byName(code) }),
    ],
    [
      "configs",
      10,
      (of, at) =>
        alterTopicConfigs(
          of,
          few.map(({ name, config }) => ({ name, set: config, unset: [] })),
          at,
        ),
      (code, t) => ({ throttleTimeMs: t, responses: byName(code) }),
    ],
    [
      "rights",
      10,
      (of, at) => give(of, acls, at),
      (code, t, asked) => ({ throttleTimeMs: t, results: inOrder(code, asked) }),
    ],
    [
      "rights that go",
      10,
      (of, at) => takeAway(of, acls, at),
      (code, t, asked = all) => ({
        throttleTimeMs: t,
        filterResults: asked.map((n) => ({
          errorCode: 0,
          matchingAcls: [{ errorCode: code(n), errorMessage: null }],
        })),
      }),
    ],
    [
      "quotas",
      2,
      (of, at) => limit(of, quotas, [], at),
      (code, t) => ({
        throttleTimeMs: t,
        // In an order of the broker's own.
        entries: [...quotas.entries()].reverse().map(([n, { entity }]) => ({
          ...{ errorCode: code(n), errorMessage: null },
          entity: [{ entityType: "user", entityName: entity.user }],
        })),
      }),
    ],
  ];
  for (const [what, count, act, answer] of kinds)
    describe(`for ${what}`, () => {
      let clock: number;
      let pauses: number[];
      const pace = {
        now: () => clock,
        pause: async (milliseconds: number) => {
          clock += milliseconds;
          pauses.push(milliseconds);
        },
      };
      beforeEach(() => ([clock, pauses] = [0, []]));

      it("are repeated after the time that a throttling broker names, as long as something is done", async () => {
        // One a time is let through, far longer than without anything done.
        let done = 0;
        await act(
          cluster(() => {
            const asked = Array.from({ length: count - done }, (_, at) => done + at);
            return answer((at) => (at <= done ? 0 : 89), 45_000, asked);
          }).of,
          { ...pace, pause: async (milliseconds) => (done++, pace.pause(milliseconds)) },
        );
        done += 1;
        assert.equal(done, count);
        assert.deepEqual(
          pauses,
          Array.from({ length: count - 1 }, () => 45_000),
        );
      });

      it("wait for a controller that is being elected, with growing pauses", async () => {
        let asked = 0;
        await act(cluster(() => answer(() => (asked++ < count * 4 ? 41 : 0), 0)).of, pace);
        assert.deepEqual(pauses, [250, 500, 1_000, 2_000]);
      });

      it("are refused at once for what stays, and in the end for what does not pass, each by its name", async () => {
        await assert.rejects(act(cluster(() => answer((at) => (at === 1 ? 29 : 0), 0)).of, pace), /^Error: 1 /);
        assert.deepEqual(pauses, []);
        const forever = new RegExp(`^Error: ${count} .*THROTTLING_QUOTA_EXCEEDED`);
        await assert.rejects(act(cluster(() => answer(() => 89, 1_000)).of, pace), forever);
        assert.ok(clock >= 60_000 && clock < 75_000, `given up after ${clock} ms`);
      });
    });

  it("are repeated where one was cut off, and what it had done is done", async () => {
    const cut = (key: number, then: object) => {
      let asked = 0;
      return cluster((of) => {
        if (of !== key) return {};
        if (asked++ > 0) return then;
        throw Object.assign(new Error("Connection closed"), { code: "PLT_KFK_NETWORK" });
      }).of;
    };
    const pace = { now: () => 0, pause: async () => {} };
    await createTopics(cut(19, { throttleTimeMs: 0, topics: byName(() => 36) }), few, pace);
    await addPartitions(cut(37, { throttleTimeMs: 0, results: byName(() => 37) }), few, pace);
    const first = cluster(() => ({ throttleTimeMs: 0, results: byName(() => 37) })).of;
    await assert.rejects(addPartitions(first, few, pace), /INVALID_PARTITIONS/);
  });
});

describe("the rights of MM2's user that are declared together", () => {
  const acl = (user: string, topic: string) => `User:${user} Allow Read from * of Topic Literal ${topic}`;
  const existing = new Set([acl("shop-mirror", "orders"), acl("shop-mirror", "old"), acl("billing", "orders")]);
  const of = { principal: "User:shop-mirror", acls: [acl("shop-mirror", "orders"), acl("shop-mirror", "new")] };

  it("are exactly those that are asked for; other users' are left alone", () => {
    assert.deepEqual(mirrorRightsChanges({ ...of, handedOver: false }, existing), {
      missing: [acl("shop-mirror", "new")],
      going: [acl("shop-mirror", "old")],
    });
  });

  it("all go when the user goes, and none once each is a resource of its own again", () => {
    const left = mirrorRightsChanges({ ...of, acls: [], handedOver: false }, existing);
    assert.deepEqual(left.going, [acl("shop-mirror", "orders"), acl("shop-mirror", "old")]);
    assert.deepEqual(mirrorRightsChanges({ ...of, acls: [], handedOver: true }, existing), { missing: [], going: [] });
  });
});
