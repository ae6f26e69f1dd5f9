import assert from "node:assert/strict";
import { gateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import type { Condition } from "../gates/index.ts";
import { sizesIn } from "../runtime/brokers/load.ts";
import { judge, needs } from "../runtime/measure/judge.ts";
import { gate } from "../runtime/resources/gate.ts";
import { sideLoad, type SideWords } from "./support/side-loads.ts";
import { type anyConfig, stackConfig } from "./support/stack.ts";
import { scope, snapshot } from "./support/verdict-readings.ts";

const topics: NonNullable<SideWords["topics"]> = {
  orders: [
    [1, [1, 2, 3]],
    [2, [2, 3, 1]],
  ],
  payments: [[1, [1, 2]]],
};

describe("the gate target-healthy", () => {
  const condition: Condition = { kind: "target-healthy", maxDiskPercent: 85, brokers: 3 };
  const verdict = (words: SideWords, more: object = {}) =>
    judge({ ...condition, ...more }, snapshot({ targetLoad: sideLoad(words), sourceId: { value: "S" } }));

  it("says how leaders and disks are spread where nothing is wrong", () => {
    assert.deepEqual(verdict({ topics }), {
      open: true,
      sentence:
        "3 partitions on 3 brokers of the target, each with a leader and all its replicas in sync; leaders from 0 (broker 3) to 2 (broker 1); disks at most 10 % full (broker 1)",
    });
  });

  const rows: readonly (readonly [what: string, SideWords, cause: string, sentence: string])[] = [
    [
      "a partition has no leader",
      { topics: { ...topics, payments: [[-1, [1, 2], []]] } },
      "partition-offline",
      "payments[0] has no leader on the target: no client can read or write it",
    ],
    [
      "replicas are not in sync, the partition that lacks most of them first",
      {
        topics: {
          ...topics,
          late: [
            [1, [1, 2, 3], [1, 3]],
            [1, [1, 2, 3], [1]],
          ],
        },
      },
      "under-replicated",
      "late[1] is under-replicated on the target: the replicas of brokers 2 and 3 are not in sync; and 1 more partition",
    ],
    [
      "a broker is away that leads and holds nothing",
      { brokers: 2, topics: { payments: [[1, [1, 2]]] } },
      "broker-away",
      "2 of 3 brokers of the target are there (1, 2)",
    ],
    [
      "a disk is fuller than allowed",
      { topics, disk: [100, 14] },
      "disk-full",
      "the disk /data of broker 1 on the target is 86 % full, 85 % allowed; and 2 more problems",
    ],
  ];
  for (const [what, words, cause, sentence] of rows) {
    it(`stays closed where ${what}`, () => {
      const found = verdict(words);
      assert.ok(!found.open);
      assert.deepEqual([found.cause, found.sentence], [cause, sentence]);
    });
  }

  it("opens at exactly the share of the disk that is allowed", () => {
    assert.ok(verdict({ topics, disk: [100, 15] }).open);
  });

  it("does without what the user may not read, and says so", () => {
    const refused = verdict({ topics, unread: "the user has no right to read it (CLUSTER_AUTHORIZATION_FAILED)" });
    assert.ok(refused.open);
    assert.match(refused.sentence, /how full the disks are is not known: the user has no right to read it/);
    const silent = verdict({ topics, disk: null });
    assert.ok(silent.open && silent.sentence.endsWith("the brokers do not say how full their disks are"));
  });

  it("is closed where nothing answers", () => {
    const found = judge(condition, snapshot({ targetLoad: { error: "the target cannot be reached" } }));
    assert.ok(!found.open && found.unmeasured);
  });

  it("knows how many brokers there must be only of a target that is made here", () => {
    const planned = { row: "validate", gate: "target-healthy", sealed: false } as const;
    const inputs = (config: ReturnType<typeof anyConfig>) => gateInputs(config, scopeOf(config), planned).condition;
    const made = stackConfig("prod", (input) => (input.capacity = { maxDiskPercent: 70 }));
    assert.deepEqual(inputs(made), { kind: "target-healthy", maxDiskPercent: 70, brokers: 5 });
    const existing = stackConfig("prod", (input) => (input.target.cluster = { kind: "external" }));
    assert.deepEqual(inputs(existing), { kind: "target-healthy", maxDiskPercent: 85 });
    assert.deepEqual(Object.keys(needs(condition, scope)), ["targetLoad"]);
  });
});

describe("what brokers say of their directories", () => {
  const directory = (sizes: Record<string, bigint>, more: object = {}) => ({
    ...{ logDir: "/data", totalBytes: 100n, usableBytes: 40n },
    topics: Object.entries(sizes).map(([name, partitionSize]) => ({
      name,
      partitions: [{ partitionIndex: 0, partitionSize, isFutureKey: false, ...more }],
    })),
  });

  it("is counted once per partition and once per replica, without replicas that are on their way", () => {
    const { bytes, disks } = sizesIn([
      [2, [directory({ orders: 7n })]],
      [1, [directory({ orders: 9n, small: 1n }), directory({ orders: 9n }, { isFutureKey: true })]],
    ]);
    assert.deepEqual(bytes.get("orders[0]"), { largestReplica: 9n, allReplicas: 16n });
    assert.deepEqual(bytes.get("small[0]"), { largestReplica: 1n, allReplicas: 1n });
    assert.deepEqual(
      disks.map(({ broker }) => broker),
      [1, 1, 2],
    );
  });

  it("is not known of a disk where the broker says -1", () => {
    const { disks } = sizesIn([[1, [{ ...directory({}), totalBytes: -1n, usableBytes: -1n }]]]);
    assert.deepEqual(disks, [{ broker: 1, directory: "/data", totalBytes: null, usableBytes: null }]);
  });
});

describe("a gate that a later version adds to a row", () => {
  it("measures nothing where the row is reached, and says so", async () => {
    const inputs = {
      ...{ scope, row: "validate", condition: { kind: "target-healthy" as const, maxDiskPercent: 85 } },
      ...{ sealed: true },
      ...{ holdSeconds: 0, timeoutSeconds: 1, readingSeconds: 1, sweepSeconds: 1 },
    } as const;
    // Nobody listens there: a measurement would reject.
    const found = await gate.apply(inputs);
    assert.equal(found.sentence, "not measured: its phase was reached before this gate was there");
    await assert.rejects(gate.apply({ ...inputs, sealed: false }), /stays closed/);
  });
});
