/** What `npm run assess` must say of a source that somebody else runs, while records flow through it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Report } from "../../../assess/report.ts";
import { inventorySchema, type Inventory } from "../../../config/inventory.ts";
import { lab } from "../../../lab/lab.ts";
import { topics as seeded } from "../../../lab/seed.ts";
import type { SourceChoice } from "../../../lab/source.ts";
import { eventually, labWalk, shortTimes, type LabWalk } from "./lab-walk.ts";
import { otherSource, type RunnerLogin } from "./other-source.ts";

export interface AssessedSource extends SourceChoice {
  readonly version: NonNullable<SourceChoice["version"]>;
  /** @default "PLAIN" */
  readonly login?: RunnerLogin;
}

/** The lockfile that an assessment has written. */
export const inventoryOf = (): Inventory =>
  inventorySchema.parse(JSON.parse(readFileSync(path.join(lab.dir, "inventory.json"), "utf8")));

const reportOf = () => JSON.parse(readFileSync(path.join(lab.dir, "inventory.report.json"), "utf8")) as Report;

/** Adds the bring-up of the source and its assessment to a suite; the walk is there once the suite's tests run. */
export function isAssessed(source: AssessedSource): () => LabWalk {
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
      return inventoryOf().groups.length === 4;
    });
    const page = await walk.assess();
    const called = `, Kafka ${release}, 2 brokers, ${mode === "kraft" ? "2 controllers" : "ZooKeeper"}`;
    assert.ok(
      page.split("\n").some((line) => line.endsWith(called)),
      page,
    );
    const { topics, source: locked, unread } = inventoryOf();
    assert.deepEqual(topics.map(({ name }) => name).sort(), seeded.map(({ topic }) => topic).sort());
    assert.equal(topics.find(({ name }) => name === "orders")?.configs["retention.ms"], "1209600000");
    assert.equal(locked.kafka, release);
    assert.deepEqual(unread, []);
    const { source: found, topics: measured, rights } = reportOf();
    assert.deepEqual([found.speaks, found.mode], [release, mode]);
    const foo = measured.find(({ name }) => name === "foo")!;
    assert.ok(foo.recordsPerSecond > 5 && (foo.bytes ?? 0) > 0, `${foo.recordsPerSecond} records per second in foo`);
    if (login === "SCRAM-SHA-256") assert.deepEqual(rights.users, ["admin"]);
  });

  return () => walk;
}
