import assert from "node:assert/strict";
import { groupsToLock } from "../runtime/inventory/locked.ts";
import type { GroupReading } from "../runtime/model/cluster-reading.ts";
import { cluster, group } from "./support/readings.ts";

/** What Kafka Streams keeps beside an offset: a version, then the partition's time. */
function partitionTime(version: number): string {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(version);
  bytes.writeBigInt64BE(1_790_000_000_000n, 1);
  return bytes.toString("base64");
}

const empty = { members: [], state: "Empty", assignor: "" } as const;

function withMetadata(reading: GroupReading, metadata: string): GroupReading {
  return { ...reading, committed: reading.committed.map((offset) => ({ ...offset, metadata })) };
}

const topics = { orders: {}, "shop-totals-changelog": {}, "shop-by-key-repartition": {} };

describe("a group of Kafka Streams is known", () => {
  const cases: readonly [string, GroupReading, boolean][] = [
    // by                                              the group                                                            is it one
    ["by its members", group("app", { "orders[0]": 1 }, { assignor: "stream" }), true],
    ["by the protocol of KIP-1071", group("app", { "orders[0]": 1 }, { protocol: "streams" }), true],
    ["by its offsets", withMetadata(group("app", { "orders[0]": 1 }, empty), partitionTime(2)), true],
    [
      "by its offsets of an older release",
      withMetadata(group("app", { "orders[0]": 1 }, empty), partitionTime(1)),
      true,
    ],
    ["by a repartition topic that it reads", group("shop", { "shop-by-key-repartition[0]": 1 }, empty), true],
    ["by a changelog that nobody reads", group("shop", { "orders[0]": 1 }, empty), true],
    ["and a consumer is none", group("app", { "orders[0]": 1 }), false],
    ["and a consumer that keeps a note is none", withMetadata(group("app", { "orders[0]": 1 }), "host-7"), false],
    ["and a consumer that keeps a hash is none", withMetadata(group("app", { "orders[0]": 1 }), "q83vEjRWeJA="), false],
    ["and the reader of somebody's changelog is none", group("sho", { "orders[0]": 1 }, empty), false],
  ];
  for (const [by, reading, expected] of cases)
    it(by, () => {
      const { groups, topics: all } = cluster(topics, { groups: [reading] });
      const [locked] = groupsToLock({ groups, topics: all });
      assert.equal(locked!.streams, expected ? true : undefined);
      assert.equal("streams" in locked!, expected);
    });

  it("not by a changelog of that form that a group reads: it is an application's own", () => {
    const groups = [group("shop", { "shop-totals-changelog[0]": 1 }, empty)];
    assert.ok(!("streams" in groupsToLock({ groups, topics: cluster(topics).topics })[0]!));
  });

  it("the same whether its members are there or not, so that the lock keeps its bytes", () => {
    const running = withMetadata(group("app", { "orders[0]": 1 }, { assignor: "stream" }), partitionTime(2));
    const lock = (one: GroupReading) => groupsToLock({ groups: [one], topics: cluster(topics).topics });
    assert.deepEqual(lock(running), lock({ ...running, ...empty }));
  });
});
