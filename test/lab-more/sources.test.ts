/** Clusters that somebody else runs, of the releases that there are, as the source. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Report } from "../../assess/report.ts";
import { inventorySchema } from "../../config/inventory.ts";
import { lab } from "../../lab/lab.ts";
import type { SourceChoice } from "../../lab/source.ts";
import { topics as seeded } from "../../lab/seed.ts";
import { otherSource, type RunnerLogin } from "../lab/support/other-source.ts";
import { auditOf, eventually, labWalk, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { inOrder } from "../support/in-order.ts";

interface Source extends SourceChoice {
  readonly version: NonNullable<SourceChoice["version"]>;
  /** @default "PLAIN" */
  readonly login?: RunnerLogin;
}

const inventory = () => inventorySchema.parse(JSON.parse(readFileSync(path.join(lab.dir, "inventory.json"), "utf8")));
const report = () => JSON.parse(readFileSync(path.join(lab.dir, "inventory.report.json"), "utf8")) as Report;

/** Traffic on such a source, and what `npm run assess` must say of it. The walk is there once its tests run. */
function isAssessed(source: Source): () => LabWalk {
  const { login = "PLAIN", ...choice } = source;
  const release = choice.version.replace(/\.\d+$/, "");
  const mode = choice.zookeeper ? "zookeeper" : "kraft";
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(150, { ...shortTimes, source: await otherSource(choice, login) });
  });

  it("is assessed: release and mode, topics, groups, and nothing of it unread", async () => {
    await eventually("every group to have committed", 120, async () => {
      await walk.assess();
      return inventory().groups.length === 4;
    });
    const page = await walk.assess();
    const called = `, Kafka ${release}, 2 brokers, ${mode === "kraft" ? "2 controllers" : "ZooKeeper"}`;
    assert.ok(
      page.split("\n").some((line) => line.endsWith(called)),
      page,
    );
    const { topics, source: locked, unread } = inventory();
    assert.deepEqual(topics.map(({ name }) => name).sort(), seeded.map(({ topic }) => topic).sort());
    assert.equal(topics.find(({ name }) => name === "orders")?.configs["retention.ms"], "1209600000");
    assert.equal(locked.kafka, release);
    assert.deepEqual(unread, []);
    const { source: found, topics: measured, rights } = report();
    assert.deepEqual([found.speaks, found.mode], [release, mode]);
    const foo = measured.find(({ name }) => name === "foo")!;
    assert.ok(foo.recordsPerSecond > 5 && (foo.bytes ?? 0) > 0, `${foo.recordsPerSecond} records per second in foo`);
    if (login === "SCRAM-SHA-256") assert.deepEqual(rights.users, ["admin"]);
  });

  return () => walk;
}

/** The whole migration, producers first, under traffic; the source stays with whom it belongs to. */
function isLeftBehind(walk: () => LabWalk): void {
  it("is left behind, producers first", async () => {
    for (const row of ["prepare", "mirror", "move-producers", "move-consumers", "validate"]) await walk().reaches(row);
  });

  it("is retired without being touched", async () => {
    await walk().stack.set("kafka-migration:retire.sourceClusterId", inventory().source.clusterId);
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

describe("a source that somebody else runs: Kafka 3.3.2 with ZooKeeper and SCRAM", function () {
  inOrder();
  this.timeout(minutes);
  usesLab(this, "pega");
  isAssessed({ version: "3.3.2", zookeeper: true, login: "SCRAM-SHA-256" });
});

describe("a source that somebody else runs: Kafka 3.9.0 with ZooKeeper", function () {
  inOrder();
  this.timeout(minutes);
  usesLab(this, "pega");
  isLeftBehind(isAssessed({ version: "3.9.0", zookeeper: true }));
});

describe("a source that somebody else runs: Kafka 3.9.0 with KRaft", function () {
  inOrder();
  this.timeout(minutes);
  usesLab(this, "pega");
  isAssessed({ version: "3.9.0" });
});

describe("a source that somebody else runs: Kafka 4.2.0 with KRaft", function () {
  inOrder();
  this.timeout(minutes);
  usesLab(this, "pega");
  isLeftBehind(isAssessed({ version: "4.2.0" }));
});
