import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, orNull, type Api } from "../../lab/kubernetes.ts";
import { lab, labProcesses } from "../../lab/lab.ts";
import { claimDirectory } from "../../lab/operator/volumes.ts";
import { auditTiers } from "../../lab/pega/audit.ts";
import { setControl } from "../../lab/pega/control.ts";
import type { FlowPositions, QueueCounts } from "../../lab/pega/http.ts";
import { askTier, helm, installRelease, podsOfTier, release, scaleTier, untilReady } from "../../lab/pega/release.ts";
import { tierLogs } from "../../lab/pega/settings.ts";
import { countUnread } from "../../lab/pega/unread.ts";
import { isClean } from "../../lab/traffic/audit.ts";
import { holdBack } from "../../lab/traffic/hold-back.ts";
import { eventually } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const claim = "pega-stream-pega-stream-0";

/** The lab's Pega by itself: what the product is measured against must measure right. */
describe("the lab's Pega release", function () {
  this.timeout(5 * 60_000);
  usesLab(this, "pega");
  let api: Api;
  const logs = tierLogs(lab);

  before(async () => {
    api = connect(lab.kubeconfig);
  });

  const counts = async () => (await askTier<QueueCounts>(lab, api, "batch", "GET /queues")).queues;
  const allWaiting = async () => (await counts()).reduce((sum, { readyToProcess }) => sum + readyToProcess, 0);
  const acknowledged = () => auditTiers(logs).acknowledged;

  it("is installed by Helm and starts to work", async () => {
    await installRelease(lab, api, { perPod: 60 });
    await untilReady(api, ["stream", "web", "batch", "util"], 120);
    const [installed] = JSON.parse(await helm(lab, ["list", "--output", "json"])) as { status: string; name: string }[];
    assert.deepEqual([installed?.name, installed?.status], [release.name, "deployed"]);
    await scaleTier(api, "web", 2);
    await untilReady(api, ["web"], 60);
    await eventually("records are written and read", 60, async () => {
      const { groups } = auditTiers(logs);
      return groups.every(({ processed }) => processed > 50);
    });
  });

  it("tells its counts only to who has the token", async () => {
    const { queues } = await askTier<QueueCounts>(lab, api, "batch", "GET /queues");
    assert.deepEqual(queues.map(({ name }) => name).sort(), ["clicks", "mails", "orders"]);
    const answer = await fetch(`http://127.${lab.block}.254.30:8080/queues`);
    assert.equal(answer.status, 401);
  });

  it("drains to 0 once web is at 0 and util was told to put nothing in", async () => {
    setControl(logs, "web", { terminationSeconds: 4 });
    await askTier(lab, api, "util", "POST /producing", "false");
    await scaleTier(api, "web", 0);
    await sleep(2_000);
    assert.equal((await podsOfTier(api, "web")).length, 2, "pods that are ending are seen");
    await eventually("web's pods are gone", 30, async () => (await podsOfTier(api, "web")).length === 0);
    const written = acknowledged();
    await eventually("nothing waits", 30, async () => (await allWaiting()) === 0);
    await sleep(1_000);
    assert.equal(acknowledged(), written);
    const audit = auditTiers(logs);
    assert.ok(isClean(audit), JSON.stringify({ ...audit, perSecond: undefined }));
    const { flows } = await askTier<FlowPositions>(lab, api, "batch", "GET /flows");
    const records = Object.values(flows[0]!.lastIds).reduce((sum, last) => sum + Number(last) + 1, 0);
    assert.equal(records, audit.groups.find(({ group }) => group === "pega-clicks")!.processed);
  });

  it("says how many records wait where the readers are held back", async () => {
    for (const tier of ["batch", "util"]) holdBack(path.join(logs, tier), { "pega-mails": 5 });
    await askTier(lab, api, "util", "POST /producing", "true");
    await sleep(4_000);
    await askTier(lab, api, "util", "POST /producing", "false");
    await eventually("15 records wait, 5 in each partition", 20, async () => (await allWaiting()) === 15);
  });

  it("keeps the volume of a stream tier that is gone, from which what is unread can be counted", async () => {
    const values = path.join(lab.dir, "tmp", "without-stream.json");
    const running = JSON.parse(await helm(lab, ["get", "values", release.name, "--output", "json"])) as {
      global: { tier: { name: string }[] };
    };
    running.global.tier = running.global.tier.filter(({ name }) => name !== "stream");
    writeFileSync(values, JSON.stringify(running));
    await helm(lab, ["upgrade", release.name, path.join(lab.root, "lab/pega/chart"), "--values", values]);
    await eventually("the broker is gone", 60, async () => (await podsOfTier(api, "stream")).length === 0);
    const folder = claimDirectory(lab, release.namespace, claim);
    assert.ok(existsSync(folder));
    const unread = await countUnread(lab, folder, AbortSignal.timeout(120_000));
    assert.deepEqual(unread.map(({ topic, lost }) => [topic, lost]).sort(), [
      ["pega-clicks", 0],
      ["pega-mails", 15],
      ["pega-orders", 0],
    ]);
    assert.equal(unread.find(({ topic }) => topic === "pega-mails")!.beyondCommitted, 15);
    assert.equal(auditTiers(logs).lost, 15);
    assert.deepEqual(
      labProcesses().filter(({ part }) => part.startsWith("pod/count")),
      [],
    );
    await api.core.deleteNamespacedPersistentVolumeClaim({ namespace: release.namespace, name: claim });
    await eventually("the claim is gone", 30, async () => {
      const read = api.core.readNamespacedPersistentVolumeClaim({ namespace: release.namespace, name: claim });
      return (await orNull(read)) === null;
    });
    assert.ok(!existsSync(folder));
  });
});
