import assert from "node:assert/strict";
import { readRecord, recordOf, writeRecord } from "../runtime/ledger/record.ts";
import { foreign } from "../runtime/switch/mirror-topics.ts";
import { mirrorTopics } from "../runtime/resources/mirror-topics.ts";
import { pinned, readPins } from "../runtime/topics/pins.ts";
import { recreatedTopics } from "../runtime/topics/recreated.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { judge } from "../runtime/measure/judge.ts";
import { both, entry, at, ledger, mirror, scope, snapshot, source, table } from "./support/verdict-readings.ts";

const zero = "00000000-0000-0000-0000-000000000000";

describe("ids of topics from when the mirror began", () => {
  it("are kept as they were first seen, and an id that says nothing is not kept", () => {
    assert.deepEqual(pinned({ a: "1" }, { a: "2", b: "3", c: zero }), { a: "1", b: "3" });
    const before = { a: "1" };
    assert.equal(pinned(before, { a: "9" }), before, "the same object where there is nothing to write");
  });

  it("tell a topic that was made again, but for one that the config takes for the same", () => {
    const now = { a: "2", b: "9", c: zero, d: "4", e: "5" };
    const pins = { a: "1", b: "2", c: "3", d: "4" };
    assert.deepEqual(recreatedTopics(pins, now), ["a", "b"]);
    assert.deepEqual(
      recreatedTopics(pins, now, [
        { topic: "a", id: "2" },
        { topic: "b", id: "8" },
      ]),
      ["b"],
    );
  });
});

describe("a topic that was made again", () => {
  const offsets = { "orders[0]": [0, 50, 50] } as const;
  const copied = { ...both(offsets), ...mirror({ "orders[0]": 49 }) };
  const pins = (id: string) => ({ pins: { value: { source: { orders: id }, own: {}, before: {} } } });
  const marks = (id: string) => ({ marks: { value: new Map([["orders", id]]) } });
  const again = (side: string, now: string) =>
    `topic orders on the ${side} was deleted and made again: its id was old, and is ${now}`;
  // prettier-ignore
  table({ kind: "mirror-within", maxLag: 5 }, [
    ["source and target are as pinned", { ...copied, ...pins("S-orders"), ...marks("T-orders") }, true, "at most 0 records left to mirror in each of 1 partition, 5 allowed"],
    ["the source's is another one", { ...copied, ...pins("old"), ...marks("T-orders") }, false, again("source", "S-orders")],
    ["the target's is another one", { ...copied, ...pins("S-orders"), ...marks("old") }, false, again("target", "T-orders")],
    ["the pins cannot be read", { ...copied, pins: { error: "no route" } }, false, "whether topics were made again could not be measured: no route"],
  ]);
  // prettier-ignore
  table({ kind: "source-still-at-ledger" }, [
    ["the source's is another one with the same end", { ...source(offsets), ...ledger(entry(1, "producers", at({ "orders[0]": 50 }))), ...pins("old") }, false, again("source", "S-orders")],
  ]);

  it("says what to do, and passes where the config names its new id", () => {
    const condition = { kind: "mirror-within", maxLag: 5 } as const;
    const found = snapshot({ ...copied, ...pins("old"), ...marks("T-orders") });
    assert.match(judge(condition, found).remedy ?? "", /topics\.recreated \(name, id: its id on the source, reason\)/);
    const accepted = { ...scope, recreated: [{ topic: "orders", id: "S-orders" }] };
    assert.equal(judge(condition, { ...found, scope: accepted }).open, true);
  });
});

describe("topics of MirrorMaker 2 and Connect", () => {
  it("are ours by their mark, or because they did not exist before our Connect", () => {
    const now = { heartbeats: "1", syncs: "2", offsets: "3" };
    assert.deepEqual(foreign(now, {}, []), ["heartbeats", "syncs", "offsets"]);
    assert.deepEqual(foreign(now, { syncs: "2" }, ["offsets"]), ["heartbeats"]);
    assert.deepEqual(foreign(now, { syncs: "7", heartbeats: "1" }, ["syncs", "offsets"]), ["syncs"]);
  });

  it("are looked at once by a stack of the former version, whose state does not say that they were absent", () => {
    const inputs = {
      ...{ target: scope.target, topics: ["heartbeats"] },
      record: { migration: "shop", kubernetes: { namespace: "demo" }, configMap: "shop-record" },
      ledger: "shop-ledger",
    };
    const former = { target: inputs.target, topics: inputs.topics } as typeof inputs;
    assert.deepEqual(mirrorTopics.changes(former, inputs), { changes: true });
    assert.deepEqual(mirrorTopics.changes({ ...inputs, absent: ["heartbeats"] }, inputs), { changes: false });
  });
});

describe("the record of a migration", () => {
  let api: ClusterApi;
  beforeEach(async () => {
    api = await clusterApi();
  });
  afterEach(() => api.close());
  const ref = () =>
    recordOf({
      migration: "shop",
      ledger: { kubernetes: { namespace: "demo", kubeconfig: api.kubeconfig }, configMap: "shop-ledger" },
    });

  it("keeps each subject, and writes nothing where nothing changes", async () => {
    assert.deepEqual(await readPins(ref()), { source: {}, own: {}, before: {} });
    await writeRecord(ref(), (before) => ({ ...before, "source-topics.json": '{"a":"1"}' }));
    await writeRecord(ref(), (before) => ({ ...before, "mirror-topics.json": '{"heartbeats":"2"}' }));
    assert.deepEqual(await readPins(ref()), { source: { a: "1" }, own: { heartbeats: "2" }, before: {} });
    const version = api.objects.get("configmaps/shop-record")?.metadata.resourceVersion;
    await writeRecord(ref(), (before) => before);
    assert.equal(api.objects.get("configmaps/shop-record")?.metadata.resourceVersion, version);
    assert.equal(Object.keys(await readRecord(ref())).length, 2);
  });

  it("names a text that is not what was written", async () => {
    await writeRecord(ref(), () => ({ "source-topics.json": "[]" }));
    await assert.rejects(readPins(ref()), /ConfigMap demo\/shop-record has no ids of topics under source-topics\.json/);
  });
});
