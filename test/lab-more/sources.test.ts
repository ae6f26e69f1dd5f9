/** Clusters that somebody else runs, of the releases that there are, as the source. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Report } from "../../assess/report.ts";
import { inventorySchema } from "../../config/inventory.ts";
import { lab, labUp } from "../../lab/lab.ts";
import type { SourceChoice } from "../../lab/source.ts";
import { topics as seeded } from "../../lab/seed.ts";
import { setScramUsers } from "../../lab/vendor/scram.ts";
import { inOrder } from "../support/in-order.ts";
import { labAdmin } from "../lab/support/lab-access.ts";
import { auditOf, eventually, labWalk, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

interface Source extends SourceChoice {
  /** What the report calls it. */
  readonly called: RegExp;
  /** Whether the runner logs in by SCRAM instead of PLAIN. */
  readonly scram?: boolean;
  /** Whether the migration is walked, or assessed alone. */
  readonly walked: boolean;
}

const sources: Readonly<Record<string, Source>> = {
  "Kafka 2.8.2 with ZooKeeper": {
    ...{ version: "2.8.2", zookeeper: true, walked: true },
    called: /, Kafka 2\.8, 2 brokers, ZooKeeper$/m,
  },
  "Kafka 3.3.2 with ZooKeeper and SCRAM": {
    ...{ version: "3.3.2", zookeeper: true, scram: true, walked: false },
    called: /, Kafka 3\.3, 2 brokers, ZooKeeper$/m,
  },
  "Kafka 3.9.0 with ZooKeeper": {
    ...{ version: "3.9.0", zookeeper: true, walked: true },
    called: /, Kafka 3\.9, 2 brokers, ZooKeeper$/m,
  },
  "Kafka 3.9.0 with KRaft": { version: "3.9.0", walked: false, called: /, Kafka 3\.9, 2 brokers, 2 controllers$/m },
  "Kafka 4.2.0 with KRaft": { version: "4.2.0", walked: true, called: /, Kafka 4\.2, 2 brokers, 2 controllers$/m },
};

const inventory = () => inventorySchema.parse(JSON.parse(readFileSync(path.join(lab.dir, "inventory.json"), "utf8")));
const report = () => JSON.parse(readFileSync(path.join(lab.dir, "inventory.report.json"), "utf8")) as Report;

/** The source's section of a stack that knows nothing of how the cluster is run. */
const external = (scram: boolean) => ({
  kubernetes: "lab",
  cluster: { kind: "external" },
  bootstrap: ["source-kafka-pods.demo.svc:9092"],
  runnerBootstrap: [1, 2].map((broker) => `127.${lab.block}.1.${broker}:9094`),
  security: {
    protocol: "SASL_SSL",
    mechanism: scram ? "SCRAM-SHA-256" : "PLAIN",
    caSecret: "source-kafka-client-cert",
  },
  credentials: { runner: { secret: "kafka-admin" } },
});

for (const [name, { called, scram = false, walked, ...choice }] of Object.entries(sources)) {
  describe(`a source that somebody else runs, ${name}`, function () {
    inOrder();
    this.timeout(15 * 60_000);
    // The operator without a source; this suite's own follows.
    usesLab(this, "pega");
    let walk: LabWalk;

    before(async () => {
      await labUp({ source: choice });
      const admin = await labAdmin();
      const broker = `127.${lab.block}.1.1:9094`;
      if (scram) await setScramUsers({ broker, ...admin }, [{ name: admin.username, password: admin.password }]);
      walk = await labWalk(150, { ...shortTimes, source: external(scram) });
    });

    it("is assessed: release and mode, topics, groups, and nothing of it unread", async () => {
      await eventually("every group to have committed", 120, async () => {
        await walk.assess();
        return inventory().groups.length === 4;
      });
      assert.match(await walk.assess(), called);
      const { topics, source, unread } = inventory();
      assert.deepEqual(topics.map((topic) => topic.name).sort(), seeded.map(({ topic }) => topic).sort());
      assert.equal(topics.find((topic) => topic.name === "orders")?.configs["retention.ms"], "1209600000");
      assert.match(source.kafka ?? "", new RegExp(`^${choice.version!.replace(/\.\d+$/, "")}$`));
      assert.deepEqual(unread, []);
      const { speaks, mode } = report().source;
      assert.deepEqual(
        [`${speaks}.`, mode],
        [choice.version!.replace(/\d+$/, ""), choice.zookeeper ? "zookeeper" : "kraft"],
      );
      const foo = report().topics.find((topic) => topic.name === "foo")!;
      assert.ok(foo.recordsPerSecond > 5 && (foo.bytes ?? 0) > 0, `${foo.recordsPerSecond} records per second in foo`);
      if (scram) assert.deepEqual(report().rights.users, ["admin"]);
    });

    if (!walked) return;

    it("is left behind, producers first", async () => {
      for (const row of ["prepare", "mirror", "move-producers", "move-consumers", "validate"]) await walk.reaches(row);
    });

    it("is retired without being touched", async () => {
      await walk.stack.set("kafka-migration:retire.sourceClusterId", inventory().source.clusterId);
      await walk.goes("retire");
      const admin = (await walk.kafka("source")).admin();
      await admin.connect();
      try {
        const { brokers } = await admin.describeCluster();
        assert.equal(brokers.length, 2);
      } finally {
        await admin.disconnect();
      }
    });

    it("has lost nothing, repeated nothing, and kept every order", async () => {
      const audit = await auditOf(walk);
      assert.equal(audit.outOfOrder, 0);
      assert.ok(audit.acknowledged > 5_000, `${audit.acknowledged} records`);
    });
  });
}
