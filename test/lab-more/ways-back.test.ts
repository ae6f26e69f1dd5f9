import assert from "node:assert/strict";
import { inOrder } from "../support/in-order.ts";
import { auditOf, labWalk, shortTimes } from "../lab/support/lab-walk.ts";
import type { LabWalk } from "../lab/support/lab-walk.ts";

describe("the way back of consumers that have moved first, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(300, shortTimes, { strategy: "consumers-first" });
  });
  after(async () => walk?.end());

  it("leads each group to its exact place on the source, where the mirror copies on, and forward again", async () => {
    for (const row of ["prepare", "mirror", "move-consumers"]) assert.equal((await walk.up(row)).code, 0, row);
    assert.match(await walk.reaches("mirror"), /offsets placed on the source and read back/);
    assert.match(await walk.reaches("move-consumers"), /offsets placed on the target and read back/);
    await walk.reaches("move-producers");
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    assert.equal((await auditOf(walk)).outOfOrder, 0);
  });
});

/** From validate the consumers-first way is walked by allow-redelivery.test.ts. */
describe("the ways back of twins, under traffic", function () {
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

  it("leads the producers back with records on the target, and the consumers that have stopped", async () => {
    await goes("move-producers");
    await walk.reaches("consume-both");
    await goes("move-producers");
    await goes("drain-source");
    await walk.reaches("move-producers");
    await goes("drain-source");
  });

  it("leads from validate to the row before, and on", async () => {
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
