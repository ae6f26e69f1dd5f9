import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { lab } from "../../lab/lab.ts";
import { auditDirectory } from "../../lab/traffic/audit-files.ts";
import { sourceClusterId } from "../../lab/traffic/cluster-id.ts";
import { labTraffic } from "../../lab/traffic/lab-traffic.ts";
import { inOrder } from "../support/in-order.ts";
import { formsOf, searchArguments, searchFiles, type SecretForm } from "../support/secret-search.ts";
import { differences, eventually, labWalk, namespace, readTopic, type LabWalk } from "./support/lab-walk.ts";
import { usesLab } from "./support/shared-lab.ts";
import { patience, WalkChecks } from "./support/walk-checks.ts";

/** One migration, from the first row to the end; what can break on the way, and what writes behind its back, is in
 * test/lab-more/breakages.test.ts. */
describe("a migration of the lab, producers first, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);
  let specs: Record<string, unknown>;
  let forms: SecretForm[] = [];
  const seenInArguments = new Set<string>();
  let watching: NodeJS.Timeout;

  before(async () => {
    walk = await labWalk(
      200,
      {
        gates: { maxLag: 2000, holdSeconds: 3, timeoutSeconds: patience },
        switch: { drainSeconds: 30, fenceSeconds: 30 },
      },
      { strategy: "producers-first", ownUsers: true },
    );
    specs = await checks.workloadSpecs();
    // A Secret that is there is left as it is, so the users get passwords with every sign that needs escaping.
    for (const name of ["shop-mirror-source", "shop-mirror-target"]) {
      const stringData = { username: "shop-mirror", password: `p"a\\s;s=#w ${randomBytes(9).toString("base64url")}` };
      await walk.core.createNamespacedSecret({ namespace, body: { metadata: { name }, stringData } });
    }
    watching = setInterval(() => searchArguments(forms).forEach((found) => seenInArguments.add(found)), 2000);
  });
  after(() => clearInterval(watching));

  /** Every password of the lab in every form that it may take. */
  async function passwordForms(): Promise<SecretForm[]> {
    const { items } = await walk.core.listNamespacedSecret({ namespace });
    return items.flatMap(({ metadata, data = {} }) =>
      data["password"] ? formsOf(metadata!.name!, Buffer.from(data["password"], "base64").toString()) : [],
    );
  }

  it("begins in the first row and in no other", async () => {
    await checks.refused("mirror", /phase "mirror" is not the first one.*startAt/);
    await checks.reaches("prepare");
    forms = await passwordForms();
    assert.ok(forms.length > 4 * 5, "four users have a password");
  });

  it("refuses to skip a row in a preview, as `up` does", async () => {
    await walk.stack.set("kafka-migration:phase", "move-producers");
    const { code, output } = await walk.stack.attempt(["preview"]);
    assert.notEqual(code, 0);
    assert.match(output, /skips "mirror"/);
  });

  it("mirrors keys, values, headers, timestamps and partitions as they are", async () => {
    await checks.reaches("mirror", { refresh: true });
    const [source, target] = [await walk.kafka("source"), await walk.kafka("target")];
    for (const topic of ["foo", "orders", "payments", "history"]) {
      const count = 1000;
      const written = await readTopic(source, topic, count);
      const copied = await eventually(`the copy of ${topic}`, 60, async () =>
        readTopic(target, topic, count).catch(() => undefined),
      );
      assert.deepEqual(differences(written, copied), [], topic);
      assert.ok(
        written.some(({ headers }) => Object.keys(headers).length > 0),
        `${topic} has headers`,
      );
    }
  });

  it("moves the producers with the mirror drained", async () => {
    await checks.reaches("move-producers");
  });

  it("leaves no password in state, history, previews, logs, files and process arguments", async () => {
    await walk.stack.set("kafka-migration:phase", "move-consumers");
    await checks.succeeds(["preview", "--json"]);
    await checks.succeeds(["preview", "--diff"]);
    // The stores of Kubernetes and Kafka themselves, and the files that stand for Secrets mounted into pods.
    const stores = /^(data|secrets)(\/|$)/;
    assert.deepEqual(
      searchFiles(lab.dir, forms, (name) => stores.test(name)),
      [],
    );
    assert.deepEqual([...seenInArguments], []);
    await walk.stack.set("kafka-migration:phase", "move-producers");
  });

  it("moves the consumers, and proves that both sides make progress", async () => {
    await checks.reaches("move-consumers");
    await checks.reaches("validate", { refresh: true });
  });

  it("retires and destroys; nothing of the user's is gone", async () => {
    await checks.refused("retire", /source cluster id|sourceClusterId/);
    const { kubeconfig, options } = labTraffic(600);
    await walk.stack.set("kafka-migration:retire.sourceClusterId", await sourceClusterId(kubeconfig, options));
    await checks.reaches("retire");
    await sleep(3000);
    assert.deepEqual(await checks.workloadSpecs(), specs);
    await checks.succeeds(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual(await checks.workloadSpecs(), specs);
  });

  it("does not begin again over a target that was written to", async () => {
    await checks.refused("validate", /is not the first one/);
    await checks.refused("prepare", /no way back/);
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    const audit = await walk.traffic.finish(60);
    const { lost, redelivered, outOfOrder, offences } = audit;
    assert.deepEqual(
      { lost, redelivered, outOfOrder, offences },
      { lost: 0, redelivered: 0, outOfOrder: 0, offences: [] },
    );
    assert.ok(audit.acknowledged > 20_000, `${audit.acknowledged} records`);
    assert.ok(auditDirectory(labTraffic(0).logDir).groups.every(({ processed }) => processed > 0));
    assert.ok(readFileSync(walk.stack.logFile, "utf8").includes("gate move-consumers / groups-drained is open"));
  });
});
