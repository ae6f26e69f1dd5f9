import assert from "node:assert/strict";
import { writeRecord, recordOf } from "../runtime/ledger/record.ts";
import { entryText, ledgerData } from "../runtime/model/ledger-text.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import { beginWithout, refuseAnotherConnect, withoutPositions } from "../runtime/switch/mirror-topics.ts";
import { unpositioned, withoutPosition } from "../runtime/switch/unpositioned.ts";
import { endsBefore } from "../runtime/topics/pins.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { both, entry, logs, mirror, scope, table } from "./support/verdict-readings.ts";

describe("partitions that the mirror would copy a second time", () => {
  const pins = (before: Record<string, string> = {}) => ({ source: { orders: "id" }, before });
  const found = logs("T", {
    "orders[0]": [0, 50, 50],
    "orders[1]": [0, 0, 0],
    "orders[2]": [7, 9, 9],
    "other[0]": [0, 5, 5],
  });
  const ranges = (positions: Record<string, number>, before?: Record<string, string>) =>
    withoutPosition(
      pins(before),
      found,
      new Map(Object.entries(positions).map(([name, at]) => [name, BigInt(at)])),
    ).map(({ topic, partition, from, to }) => `${topic}[${partition}] ${from}..${to}`);

  it("hold records and have no position, of topics that the mirror has begun with", () => {
    assert.deepEqual(ranges({}), ["orders[0] 0..50", "orders[2] 7..9"]);
    assert.deepEqual(ranges({ "orders[0]": 12, "orders[2]": 0 }), []);
  });

  it("are not those whose records were there before the topic was adopted", () => {
    assert.deepEqual(ranges({}, { orders: endsBefore(found)["orders"]! }), []);
    assert.deepEqual(ranges({}, { orders: "40,0,9" }), ["orders[0] 40..50"]);
    assert.deepEqual(endsBefore(found), { orders: "50,0,9", other: "5" });
  });

  const full = { "orders[0]": [0, 50, 50] } as const;
  // prettier-ignore
  table({ kind: "mirror-within", maxLag: 5 }, [
    ["Connect has lost its positions", { ...both(full), ...mirror({ "orders[0]": 49 }), unpositioned: { value: ["orders[0]", "orders[1]"] } }, false, "the target holds copies of orders[0], orders[1], and Connect holds no position of the mirror there: it would copy all of it a second time"],
    ["they could not be measured", { ...both(full), ...mirror({ "orders[0]": 49 }), unpositioned: { error: "Connect is away" } }, false, "the mirror's positions could not be measured: Connect is away"],
  ]);
});

describe("a Connect without the mirror's positions", () => {
  let api: ClusterApi;
  beforeEach(async () => {
    api = await clusterApi();
  });
  afterEach(() => api.close());
  const moved = () => ({
    ...scope,
    ledger: { kubernetes: { namespace: "demo", kubeconfig: api.kubeconfig }, configMap: "shop-ledger" },
  });
  const inputs = (connect: string) => ({
    ...{ target: scope.target, topics: [`${connect}-offsets`], offsetsTopic: `${connect}-offsets` },
    ...{ record: recordOf(moved()), ledger: "shop-ledger" },
  });
  const begun = () => writeRecord(recordOf(moved()), () => ({ "source-topics.json": '{"orders":"1"}' }));

  it("is refused under another name once the mirror has begun, before anything is changed", async () => {
    assert.equal(await refuseAnotherConnect(inputs("b"), inputs("a")), null, "nothing was copied yet");
    await begun();
    assert.equal(await refuseAnotherConnect(inputs("a"), inputs("a")), null);
    assert.equal(await refuseAnotherConnect(inputs("b"), {}), null, "the first one");
    assert.match(
      (await refuseAnotherConnect(inputs("b"), inputs("a"))) ?? "",
      /^the mirror has begun, and keeps its positions in a-offsets: a Connect of another name begins without them/,
    );
  });

  it("asks neither the target nor Connect before the mirror has begun, nor once producers have moved", async () => {
    assert.deepEqual(await unpositioned(moved()), []);
    await begun();
    await assert.rejects(unpositioned(moved()), /the target at target\.example:9094/);
    const data = ledgerData([entryText(entry(1, "producers"))]);
    api.objects.set("configmaps/shop-ledger", { metadata: { name: "shop-ledger" }, data });
    assert.deepEqual(await unpositioned(moved()), []);
  });

  it("is not made without its positions once writers have moved, and a wave of readers alone is none", () => {
    const waves = [
      { name: "reports", writes: false },
      { name: "orders", writes: true },
      { name: "mail", writes: true },
    ];
    const of = (number: number, wave: string): LedgerEntry => ({ ...entry(number, "applications"), wave });
    const [readers, orders, mail] = [of(1, "reports"), of(2, "orders"), of(3, "mail")];
    assert.equal(withoutPositions("a-offsets", [], waves), null);
    assert.equal(withoutPositions("a-offsets", [readers], waves), null);
    const some = withoutPositions("a-offsets", [readers, orders], waves) ?? "";
    assert.match(
      some,
      /^writers have moved \(ledger entry 2\), and a-offsets, .* is gone: .* Restore the topic\. Then/,
    );
    assert.match(
      withoutPositions("a-offsets", [readers, orders, mail], waves) ?? "",
      /entry 3.* set the phase to retire/,
    );
    const all = withoutPositions("a-offsets", [entry(1, "producers")], undefined) ?? "";
    assert.match(all, /set the phase to retire, in which there is no Connect/);
    assert.equal(withoutPositions("a-offsets", [entry(1, "consumers")], undefined), null);
  });

  it("is looked at when it is made, and not where the target gives no answer", async () => {
    await assert.rejects(beginWithout(inputs("a")), /the target at target\.example:9094/);
  });
});
