import assert from "node:assert/strict";
import { inOrder } from "../support/in-order.ts";
import { auditOf, labWalk, shortTimes } from "../lab/support/lab-walk.ts";
import type { LabWalk } from "../lab/support/lab-walk.ts";

/** The other ways back are walked by the usual tests, and from validate by allow-redelivery.test.ts. */
describe("the way back of twins before the producers move, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(300, shortTimes, { strategy: "dual-consume" });
  });
  after(async () => walk?.end());

  /** Without the preview that must find nothing to change, which the usual tests of this order run. */
  const goes = async (phase: string) => {
    const { code, output } = await walk.up(phase);
    assert.equal(code, 0, output);
  };

  const twins = async () => {
    const { items } = await walk.apps.listNamespacedDeployment({ namespace: "demo" });
    const found = items.filter(({ metadata }) => metadata!.name!.endsWith("-twin"));
    return found.map(({ spec, status }) => [spec!.replicas, status?.readyReplicas ?? 0]);
  };

  it("stops the twins in prepare and starts them again", async () => {
    await goes("prepare");
    await goes("consume-both");
    await walk.reaches("prepare");
    assert.deepEqual([...new Set((await twins()).flat())], [0]);
    await walk.reaches("consume-both");
    assert.deepEqual([...new Set((await twins()).flat())], [1]);
  });

  it("reads both sides once the producers have moved, and from validate goes to the row before and back", async () => {
    await goes("move-producers");
    await goes("drain-source");
    await goes("validate");
    await walk.reaches("drain-source");
    await walk.reaches("validate");
  });

  it("has lost nothing and repeated nothing, each group having read on both sides", async () => {
    const audit = await auditOf(walk);
    for (const { group, read } of audit.groups) {
      assert.ok(read["source"]! > 0 && read["target"]! > 0, `${group} read on both sides`);
    }
  });
});
