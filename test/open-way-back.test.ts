import assert from "node:assert/strict";
import type { PartitionLog } from "../runtime/brokers/positions.ts";
import type { Counted, Range } from "../runtime/brokers/ranges.ts";
import { addedSince, refuseUncopied } from "../runtime/switch/added-partitions.ts";
import { refuseUnfit, refuseWritten } from "../runtime/switch/open-way-back.ts";
import { entry, scope } from "./support/verdict-readings.ts";

/** Logs of `orders` by partition, each from its start to its end. */
const logsOf = (clusterId: string, ends: readonly (readonly [start: number, end: number])[]) => ({
  clusterId,
  ids: new Map<string, string>(),
  problems: [],
  partitions: new Map(
    ends.map(([start, end], partition): [string, PartitionLog] => [
      `orders[${partition}]`,
      { topic: "orders", partition, start: BigInt(start), stable: BigInt(end), end: BigInt(end) },
    ]),
  ),
});

describe("the way back, before it is opened", () => {
  const moved = entry(1, "producers", {
    partitions: [
      { topic: "orders", partition: 0, sourceEnd: "50", targetEnd: "60" },
      { topic: "orders", partition: 1, sourceEnd: "40", targetEnd: "40" },
    ],
  });
  const whole = [
    [0, 50],
    [0, 40],
  ] as const;
  /** What of each range is a record. */
  const kafka = (records: number, asked: Range[] = []) => ({
    logs: async () => assert.fail("nothing is read again"),
    count: async (_: string, ranges: readonly Range[]): Promise<Counted[]> => {
      asked.push(...ranges);
      return ranges.map(() => ({ records, exact: true, trimmedTo: null, first: null, last: null }));
    },
  });

  it("needs a source that nobody has written to since the writers moved, but for what the config accepts", async () => {
    const grown = logsOf(moved.sourceClusterId, [
      [0, 53],
      [0, 40],
    ]);
    await assert.rejects(
      refuseWritten(scope, grown, moved, kafka(3)),
      /^Error: the source was written to after ledger entry 1: orders\[0\] 50\.\.53; stop the producer .* under stragglers .*copies them and opens the way back$/,
    );
    await refuseWritten(scope, grown, moved, kafka(0));
    await refuseWritten(scope, logsOf(moved.sourceClusterId, whole), moved, kafka(1));
    const stragglers = [{ topic: "orders", partition: 0, to: "52" }];
    const asked: Range[] = [];
    await assert.rejects(
      refuseWritten({ ...scope, stragglers }, grown, moved, kafka(1, asked)),
      /orders\[0\] 52\.\.53/,
    );
    assert.deepEqual(asked, [{ topic: "orders", partition: 0, from: 52n, to: 53n }]);
    await refuseWritten({ stragglers: [{ ...stragglers[0]!, to: "53" }] }, grown, moved, kafka(1));
  });

  it("takes partitions along that both sides have got since, once nobody has written to them on the source", async () => {
    const from = new Map(["orders[0]", "orders[1]"].map((name) => [name, { source: 0n, target: 0n }] as const));
    const three = logsOf("T", [...whole, [0, 7]]);
    assert.deepEqual(addedSince({ from }, logsOf("S", whole), three), [], "the source lacks it");
    const added = addedSince({ from }, logsOf("S", [...whole, [0, 0]]), three);
    assert.deepEqual(
      added.map(({ topic, partition }) => [topic, partition]),
      [["orders", 2]],
    );
    assert.deepEqual(
      addedSince({ from: new Map() }, three, three),
      [],
      "of topics that do not come back nothing is taken along",
    );
    await refuseUncopied(scope, added, logsOf("S", [...whole, [0, 0]]), kafka(1));
    const written = logsOf("S", [...whole, [0, 4]]);
    await assert.rejects(
      refuseUncopied(scope, added, written, kafka(1)),
      /written to in partitions that were added since .*: orders\[2\] 0\.\.4; stop the producer/,
    );
    await refuseUncopied({ stragglers: [{ topic: "orders", partition: 2, to: "4" }] }, added, written, kafka(1));
  });

  it("needs a target that still holds what was written since, but for what its only reader deletes", () => {
    const source = logsOf(moved.sourceClusterId, whole);
    const target = logsOf(moved.targetClusterId, [
      [61, 70],
      [0, 40],
    ]);
    assert.throws(
      () => refuseUnfit(scope, source, target, moved, "Otherwise."),
      /removed what was written .*orders\[0\] begins at 61, after 60/,
    );
    refuseUnfit({ mirror: { ...scope.mirror!, purged: ["orders"] } }, source, target, moved, "");
  });
});
