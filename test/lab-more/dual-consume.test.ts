import assert from "node:assert/strict";
import { inOrder } from "../support/in-order.ts";
import { auditOf, labWalk, namespace, shortTimes } from "../lab/support/lab-walk.ts";
import type { LabWalk } from "../lab/support/lab-walk.ts";

describe("a migration of the lab, both sides read at once, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(150, shortTimes, { strategy: "dual-consume" });
  });
  after(async () => walk?.end());

  const replicas = async (suffix: string) => {
    const [deployments, statefulSets] = await Promise.all([
      walk.apps.listNamespacedDeployment({ namespace }),
      walk.apps.listNamespacedStatefulSet({ namespace }),
    ]);
    const found = [...deployments.items, ...statefulSets.items].filter(({ metadata }) =>
      metadata!.name!.endsWith(suffix),
    );
    return Object.fromEntries(found.map(({ metadata, spec }) => [metadata!.name!, spec!.replicas]));
  };

  it("starts each twin beside its consumer, with as many replicas", async () => {
    await walk.reaches("prepare");
    assert.deepEqual(Object.values(await replicas("-twin")), [0, 0, 0, 0]);
    await walk.reaches("consume-both");
    assert.deepEqual(await replicas("-twin"), {
      "bar-consumer-twin": 1,
      "foo-consumer-twin": 1,
      "orders-consumer-twin": 2,
      "profiles-consumer-twin": 1,
    });
  });

  it("moves the producers, and stops the consumers that have read the source to its end", async () => {
    await walk.reaches("move-producers");
    await walk.reaches("drain-source");
    assert.deepEqual(Object.values(await replicas("-consumer")), [0, 0, 0, 0]);
    await walk.reaches("validate");
  });

  it("has lost nothing and repeated nothing, each group having read on both sides", async () => {
    const audit = await auditOf(walk);
    assert.ok(audit.acknowledged > 10_000, `${audit.acknowledged} records`);
    for (const { group, read } of audit.groups) {
      assert.ok(read["source"]! > 0 && read["target"]! > 0, `${group} read on both sides`);
    }
  });
});
