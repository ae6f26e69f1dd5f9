import assert from "node:assert/strict";
import { inOrder } from "../support/in-order.ts";
import { auditOf, labWalk, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

describe("a migration of the lab, producers first, without a mirror", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(150, shortTimes, { strategy: "producers-first", persistedData: "none" });
  });

  it("refuses a target that holds a record already", async () => {
    await walk.reaches("prepare");
    const kafka = await walk.kafka("target");
    const [producer, admin] = [kafka.producer(), kafka.admin()];
    await Promise.all([producer.connect(), admin.connect()]);
    try {
      const [written] = await producer.send({ topic: "history", messages: [{ key: "k", value: "of somebody else" }] });
      await walk.stack.set("kafka-migration:gates.timeoutSeconds", "20");
      const { code, output } = await walk.up("move-producers");
      assert.notEqual(code, 0, output);
      assert.match(output, /phase "move-producers" stays closed: .*history/);
      const offset = String(Number(written!.baseOffset) + 1);
      // Without it kafkajs does not know the partition's leader.
      await admin.fetchTopicOffsets("history");
      await admin.deleteTopicRecords({ topic: "history", partitions: [{ partition: 0, offset }] });
      await walk.stack.set("kafka-migration:gates.timeoutSeconds", "60");
    } finally {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    }
  });

  it("moves the producers, and the consumers once they have read the source to its end", async () => {
    await walk.reaches("move-producers");
    await walk.reaches("move-consumers");
    await walk.reaches("validate");
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    const audit = await auditOf(walk);
    assert.equal(audit.outOfOrder, 0);
    assert.ok(audit.acknowledged > 5_000, `${audit.acknowledged} records`);
  });
});
