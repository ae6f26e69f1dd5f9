import assert from "node:assert/strict";
import { inOrder } from "../support/in-order.ts";
import { consumerLag, endpointOf } from "./support/lab-kafka.ts";
import { auditOf, eventually, labWalk, shortTimes, type LabWalk } from "./support/lab-walk.ts";
import { usesLab } from "./support/shared-lab.ts";

describe("a migration of the lab, consumers first, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;

  before(async () => {
    const rollouts = ["bar-producer", "profiles-consumer"];
    walk = await labWalk(150, shortTimes, { strategy: "consumers-first", rollouts });
  });

  it("moves groups to the exact offset, one of them 900 records behind, while the producers write on", async () => {
    // What these two rows leave is looked at in the walk of producers first, which has the same.
    await walk.goes("prepare");
    walk.traffic.holdBack("bar-consumer", { bar: 300 });
    await walk.goes("mirror");
    const left = await eventually("bar-consumer behind", 120, async () => {
      const lag = await consumerLag(endpointOf("source", 2), "bar-consumer", "bar");
      const sum = [...lag.values()].reduce((total, records) => total + records, 0n);
      return sum >= 900n && sum;
    });
    assert.ok(left < 2000n, `${left} records`);
    const output = await walk.reaches("move-consumers");
    assert.match(output, /offsets placed on the target and read back/);
    assert.match(output, /group bar-consumer: MirrorMaker 2's own offsets would repeat [1-9]\d* records?/);
    walk.traffic.holdBack("bar-consumer", {});
  });

  it("moves the producers, and proves that both make progress", async () => {
    await walk.reaches("move-producers");
    await walk.reaches("validate");
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    const audit = await auditOf(walk);
    assert.equal(audit.outOfOrder, 0);
    assert.ok(audit.acknowledged > 10_000, `${audit.acknowledged} records`);
    for (const { group, read } of audit.groups) {
      assert.ok(read["source"]! > 0 && read["target"]! > 0, `${group} read on both sides`);
    }
  });
});
