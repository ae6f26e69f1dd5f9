/** Clusters that somebody else runs, left behind in a whole migration, producers first, under traffic. */
import assert from "node:assert/strict";
import { inventoryOf, isAssessed } from "../lab/support/assessed-source.ts";
import { auditOf, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { inOrder } from "../support/in-order.ts";

function isLeftBehind(walk: () => LabWalk): void {
  it("is left behind, producers first", async () => {
    for (const row of ["prepare", "mirror", "move-producers", "move-consumers", "validate"]) await walk().reaches(row);
  });

  it("is retired without being touched", async () => {
    await walk().stack.set("kafka-migration:retire.sourceClusterId", inventoryOf().source.clusterId);
    await walk().goes("retire");
    const admin = (await walk().kafka("source")).admin();
    await admin.connect();
    try {
      const { brokers } = await admin.describeCluster();
      assert.equal(brokers.length, 2);
    } finally {
      await admin.disconnect();
    }
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    const audit = await auditOf(walk());
    assert.equal(audit.outOfOrder, 0);
    assert.ok(audit.acknowledged > 5_000, `${audit.acknowledged} records`);
  });
}

const minutes = 15 * 60_000;

describe("a source that somebody else runs: Kafka 2.8.2 with ZooKeeper", function () {
  inOrder();
  this.timeout(minutes);
  usesLab(this, "pega");
  isLeftBehind(isAssessed({ version: "2.8.2", zookeeper: true }));
});

describe("a source that somebody else runs: Kafka 3.9.0 with ZooKeeper", function () {
  inOrder();
  this.timeout(minutes);
  usesLab(this, "pega");
  isLeftBehind(isAssessed({ version: "3.9.0", zookeeper: true }));
});

describe("a source that somebody else runs: Kafka 4.2.0 with KRaft", function () {
  inOrder();
  this.timeout(minutes);
  usesLab(this, "pega");
  isLeftBehind(isAssessed({ version: "4.2.0" }));
});
