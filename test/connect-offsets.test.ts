import assert from "node:assert/strict";
import fc from "fast-check";
import { OffsetsReader, type TopicReading, type UpTo } from "../runtime/connect/offsets-topic/reader.ts";
import { OffsetsModel, keyOf } from "./support/offsets-model.ts";

const mirror = "shop-source-all";

/** A reader with a clock that only its own pauses move. */
class Reading {
  readonly reader = new OffsetsReader([mirror]);
  readonly log: OffsetsModel;
  time = 0;
  /** What happens while the reader pauses. */
  meanwhile: () => void = () => undefined;

  constructor(log: OffsetsModel) {
    this.log = log;
  }

  async read(upTo: UpTo = "stable", seconds = 10): Promise<TopicReading> {
    const pace = {
      now: () => this.time,
      pause: async (milliseconds: number) => {
        this.time += milliseconds;
        this.meanwhile();
      },
    };
    return this.reader.read(this.log, { upTo, deadline: this.time + seconds * 1000, pace });
  }

  /** Offsets by partition of the mirror's connector. */
  async offsets(upTo?: UpTo): Promise<Record<string, string>> {
    const found = await this.read(upTo);
    assert.equal(found.kind, "read", JSON.stringify(found));
    if (found.kind !== "read") throw new Error("not read");
    return Object.fromEntries(found.offsets.get(mirror)!.map(({ partition, offset }) => [partition, offset]));
  }
}

const at = (partition: number) => `{"cluster":"source","partition":${partition},"topic":"orders"}`;

describe("the positions in Connect's offsets topic", () => {
  let log: OffsetsModel;
  let reading: Reading;
  beforeEach(() => {
    log = new OffsetsModel(2);
    reading = new Reading(log);
  });
  const put = (partition: number, offset: string | null, transaction?: string, connector = mirror) =>
    log.put(keyOf(connector, partition), offset === null ? null : `{"offset":${offset}}`, transaction);

  it("are the newest of each key, to the last digit, of the wanted connector alone", async () => {
    put(0, "5");
    put(1, "9007199254740993");
    put(0, "6");
    put(2, "7", undefined, "other");
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":6}', [at(1)]: '{"offset":9007199254740993}' });
  });

  it("are none in an empty topic", async () => assert.deepEqual(await reading.offsets(), {}));

  it("are read once: afterwards only what is new", async () => {
    for (let offset = 0; offset < 50; offset++) put(offset % 2, `${offset}`);
    await reading.offsets();
    assert.equal(log.handedOut, 50);
    put(0, "60");
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":60}', [at(1)]: '{"offset":49}' });
    assert.equal(log.handedOut, 51);
    await reading.offsets();
    assert.equal(log.handedOut, 51);
  });

  it("go with a deletion, and come back", async () => {
    put(0, "5");
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":5}' });
    put(0, null);
    assert.deepEqual(await reading.offsets(), {});
    put(0, "2");
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":2}' });
  });

  it("are those that are committed: never of an aborted transaction, nor of an open one", async () => {
    put(0, "5");
    put(0, "8", "task");
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":5}' });
    log.end("task", "abort");
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":5}' });
    put(0, "9", "task");
    log.end("task", "commit");
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":9}' });
  });

  it("wait for open transactions where everything that is written counts", async () => {
    put(0, "5");
    put(0, "8", "task");
    let pauses = 0;
    reading.meanwhile = () => {
      pauses += 1;
      if (pauses === 3) log.end("task", "commit");
    };
    assert.deepEqual(await reading.offsets("end"), { [at(0)]: '{"offset":8}' });
    assert.equal(pauses, 3);
  });

  it("are unknown while a transaction stays open, and the sentence says where", async () => {
    put(0, "5");
    put(0, "8", "task");
    await assert.rejects(reading.read("end", 2), {
      message: "partition 0 of Connect's offsets topic has an open transaction since offset 1, below its end 2",
    });
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":5}' });
  });

  it("do not wait for what is written after they were asked", async () => {
    put(0, "5");
    put(0, "8", "first");
    reading.meanwhile = () => {
      log.end("first", "commit");
      put(0, "9", "second");
    };
    assert.deepEqual(await reading.offsets("end"), { [at(0)]: '{"offset":8}' });
  });

  it("start over when the topic was re-created, even if the new one is longer", async () => {
    put(0, "5");
    put(1, "6");
    await reading.offsets();
    log.recreate();
    for (const offset of ["1", "2", "3"]) put(0, offset);
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":3}' });
  });

  it("are never mixed from two topics if it is re-created during a reading", async () => {
    put(0, "5");
    put(1, "6");
    log.afterRead = () => {
      log.afterRead = () => undefined;
      log.recreate();
      put(0, "1");
    };
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":1}' });
  });

  it("start over where the log was truncated below what was read", async () => {
    put(0, "5");
    put(0, "6");
    await reading.offsets();
    log.cutOff(0, 1n);
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":5}' });
  });

  it("continue at the log start if that has passed what was read", async () => {
    put(0, "5");
    put(1, "6");
    await reading.offsets();
    put(0, "7");
    put(0, "8");
    put(1, "9");
    log.start(0, 2n);
    log.start(1, 1n);
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":8}', [at(1)]: '{"offset":9}' });
  });

  it("do not outlive their record where records were deleted", async () => {
    put(0, "5");
    put(1, "6");
    await reading.offsets();
    log.start(0, 1n);
    assert.deepEqual(await reading.offsets(), { [at(1)]: '{"offset":6}' });
  });

  it("wait for a new leader that shows less than was committed before", async () => {
    put(0, "5");
    put(0, "6");
    log.lag = 1n;
    reading.meanwhile = () => (log.lag = 0n);
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":6}' });
  });

  it("continue where a reading ran out of time", async () => {
    for (let offset = 0; offset < 40; offset++) put(0, `${offset}`);
    log.most = 25;
    await assert.rejects(reading.read("stable", 0.1), {
      message: "there was no time to read partition 0 of Connect's offsets topic beyond offset 25 of 40",
    });
    assert.deepEqual(await reading.offsets(), { [at(0)]: '{"offset":39}' });
    assert.equal(log.handedOut, 40);
  });

  it("are read from the beginning after a long pause, in which compaction may have removed a deletion", async () => {
    put(0, "5");
    put(1, "6");
    await reading.offsets();
    put(0, null);
    log.compact({ deletions: true });
    put(1, "7");
    reading.time += 4_000_000;
    assert.deepEqual(await reading.offsets(), { [at(1)]: '{"offset":7}' });
  });

  const unusable: [when: string, happens: () => void, found: TopicReading][] = [
    ["the topic does not exist", () => (log.state = "absent"), { kind: "absent" }],
    ["the topic may not be described", () => (log.state = "denied"), { kind: "denied" }],
    ["the topic may not be read", () => (log.readable = false), { kind: "denied" }],
    [
      "a key is not Connect's",
      () => log.put('{"schema":null,"payload":["shop-source-all",{}]}', "{}"),
      { kind: "foreign", what: "a key that is not Connect's (partition 0, offset 1)" },
    ],
    ["a value is not Connect's", () => log.put(keyOf(mirror, 0), "7"), { kind: "foreign", what: "" }],
    [
      "one partition has two spellings",
      () => log.put(`["${mirror}",{"topic":"orders","partition":0,"cluster":"source"}]`, '{"offset":1}'),
      { kind: "foreign", what: "" },
    ],
  ];
  for (const [when, happens, expected] of unusable) {
    it(`are asked of Connect where ${when}, and are not taken for none`, async () => {
      put(0, "5");
      await reading.offsets();
      happens();
      if (log.readable === false) put(0, "6");
      const found = await reading.read();
      assert.equal(found.kind, expected.kind);
      if (expected.kind === "foreign" && expected.what !== "") assert.deepEqual(found, expected);
    });
  }

  it("are read by several at a time, one after the other", async () => {
    for (let offset = 0; offset < 30; offset++) put(0, `${offset}`);
    const all = await Promise.all([reading.offsets(), reading.offsets(), reading.offsets("end")]);
    for (const each of all) assert.deepEqual(each, { [at(0)]: '{"offset":29}' });
    assert.equal(log.handedOut, 30);
  });

  it("equal what a read from the beginning finds, whatever happens to the topic", async () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ do: fc.constant("put" as const), key: fc.nat(3), tx: fc.nat(3) }) },
      fc.record({ do: fc.constantFrom("delete" as const, "commit" as const, "abort" as const), key: fc.nat(3) }),
      fc.record({ do: fc.constantFrom("compact" as const, "trim" as const, "recreate" as const), key: fc.nat(1) }),
      { weight: 4, arbitrary: fc.record({ do: fc.constant("read" as const), key: fc.nat(4) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const log = new OffsetsModel(2);
        const reading = new Reading(log);
        let number = 0;
        for (const each of steps) {
          number += 1;
          const transaction = "tx" in each && each.tx < 2 ? `t${each.tx}` : undefined;
          if (each.do === "put") log.put(keyOf(mirror, each.key), `{"offset":${number}}`, transaction);
          else if (each.do === "delete") log.put(keyOf(mirror, each.key), null);
          else if (each.do === "commit" || each.do === "abort") log.end(`t${each.key % 2}`, each.do);
          else if (each.do === "compact") log.compact();
          else if (each.do === "trim") log.start(each.key, log.stableOf(each.key) - 1n);
          else if (each.do === "recreate") log.recreate();
          else {
            // Few at a time, so that readings end in the middle.
            log.most = each.key === 4 ? Number.POSITIVE_INFINITY : each.key + 1;
            assert.deepEqual(await reading.offsets(), log.fromTheBeginning(mirror));
          }
        }
        log.most = Number.POSITIVE_INFINITY;
        assert.deepEqual(await reading.offsets(), log.fromTheBeginning(mirror));
      }),
      { numRuns: 500 },
    );
  });
});
