import assert from "node:assert/strict";
import { inOrder } from "../support/in-order.ts";
import { auditOf, labWalk, namespace, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

/** Forward, and back from every row that has a way back. */
describe("a migration of the lab, both sides read at once, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(150, shortTimes, { strategy: "dual-consume" });
  });

  /** Wanted and ready replicas of the workloads whose names end so. */
  const pods = async (suffix: string): Promise<Record<string, readonly [wanted: number, ready: number]>> => {
    const [deployments, statefulSets] = await Promise.all([
      walk.apps.listNamespacedDeployment({ namespace }),
      walk.apps.listNamespacedStatefulSet({ namespace }),
    ]);
    const found = [...deployments.items, ...statefulSets.items].filter(({ metadata }) =>
      metadata!.name!.endsWith(suffix),
    );
    return Object.fromEntries(
      found.map(({ metadata, spec, status }) => [metadata!.name!, [spec!.replicas ?? 1, status?.readyReplicas ?? 0]]),
    );
  };
  const noneOf = (workload: string) =>
    Object.fromEntries(["foo", "bar", "orders", "profiles"].map((name) => [`${name}-${workload}`, [0, 0]]));
  const running = {
    "bar-consumer-twin": [1, 1],
    "foo-consumer-twin": [1, 1],
    "orders-consumer-twin": [2, 2],
    "profiles-consumer-twin": [1, 1],
  };

  it("starts each twin beside its consumer with as many replicas, stops them in prepare, and starts them again", async () => {
    await walk.reaches("prepare");
    assert.deepEqual(await pods("-twin"), noneOf("consumer-twin"));
    await walk.reaches("consume-both");
    assert.deepEqual(await pods("-twin"), running);
    await walk.reaches("prepare");
    assert.deepEqual(await pods("-twin"), noneOf("consumer-twin"));
    await walk.goes("consume-both");
    assert.deepEqual(await pods("-twin"), running);
  });

  it("moves the producers, leads them back with records on the target, and moves them again", async () => {
    await walk.reaches("move-producers");
    await walk.reaches("consume-both");
    await walk.goes("move-producers");
  });

  it("stops the consumers that have read the source to its end, leads them back, and stops them again", async () => {
    await walk.reaches("drain-source");
    assert.deepEqual(await pods("-consumer"), noneOf("consumer"));
    await walk.reaches("move-producers");
    await walk.goes("drain-source");
  });

  it("leads from validate to the row before, and on", async () => {
    await walk.reaches("validate");
    await walk.reaches("drain-source");
    await walk.goes("validate");
  });

  it("has lost nothing and repeated nothing, each group having read on both sides", async () => {
    const audit = await auditOf(walk);
    assert.ok(audit.acknowledged > 10_000, `${audit.acknowledged} records`);
    for (const { group, read } of audit.groups) {
      assert.ok(read["source"]! > 0 && read["target"]! > 0, `${group} read on both sides`);
    }
  });
});
