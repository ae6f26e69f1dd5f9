import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Hosts } from "../../lab/addresses.ts";
import { installKinds } from "../../lab/crds.ts";
import type { JavaTools } from "../../lab/jvm.ts";
import { connect, mergePatch, type Api } from "../../lab/kubernetes.ts";
import { lab } from "../../lab/lab.ts";
import { PodController, runLabel } from "../../lab/operator/pods.ts";
import { RolloutController } from "../../lab/operator/rollout.ts";
import { Supervisor } from "../../lab/operator/supervisor.ts";
import type { WorkloadRef } from "../../runtime/model/scope.ts";
import { workloadApi } from "../../runtime/workloads/workload-api.ts";
import { fence, unfence, waitRunning } from "../../runtime/workloads/workloads.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const namespace = "rollouts";
const name = "reader";
const labels = { app: name, [runLabel]: "true" };
/** Says that it is ready, and ends when it is told to. */
const program = 'require("fs").writeFileSync(process.env.READY_FILE, process.env.LEVEL); setInterval(() => {}, 1000)';

/** The lab's stand-in for Argo Rollouts over an API server: pods are processes of this machine. */
describe("a Rollout of the lab", function () {
  this.timeout(3 * 60_000);
  usesLab(this, "control-plane");
  let api: Api;
  let running = true;
  let controllers: Promise<void> = Promise.resolve();

  before(async () => {
    api = connect(lab.kubeconfig);
    await installKinds(api);
    await api.core.createNamespace({ body: { metadata: { name: namespace } } });
    const tools = JSON.parse(readFileSync(join(lab.dir, "tools.json"), "utf8")) as JavaTools;
    const context = { lab, api, tools, hosts: new Hosts(lab), supervisor: new Supervisor(lab) };
    const [rollouts, pods] = [new RolloutController(context), new PodController(context)];
    controllers = (async () => {
      for (; running; await sleep(50)) {
        await rollouts.reconcile(`${namespace}/${name}`);
        const { items } = await api.core.listNamespacedPod({ namespace });
        for (const { metadata } of items) await pods.reconcile(`${namespace}/${metadata!.name}`);
      }
    })();
  });
  after(async () => {
    running = false;
    await controllers;
  });

  const at = { group: "argoproj.io", version: "v1alpha1", plural: "rollouts", namespace, name };
  const ref: WorkloadRef = {
    ...{ kind: "Rollout", name, role: "consumer", groups: [] },
    kubernetes: { kubeconfig: lab.kubeconfig, namespace },
  };
  const template = (level: string) => {
    const container = { name: "app", image: "app", command: ["node", "-e", program] };
    const containers = [{ ...container, env: [{ name: "LEVEL", value: level }] }];
    return { metadata: { labels }, spec: { terminationGracePeriodSeconds: 5, containers } };
  };
  const setTemplate = (level: string) =>
    api.custom.patchNamespacedCustomObject({ ...at, body: { spec: { template: template(level) } } }, mergePatch);
  const levels = async () => {
    const { items } = await api.core.listNamespacedPod({ namespace });
    return items.map(({ spec }) => spec!.containers[0]!.env![0]!.value);
  };
  const untilPhase = async (phase: string) => {
    for (let asked = 0; ; asked++) {
      const { metadata, status } = (await api.custom.getNamespacedCustomObject(at)) as {
        metadata: { generation: number };
        status?: { phase?: string; observedGeneration?: string };
      };
      if (status?.observedGeneration === String(metadata.generation) && status.phase === phase) return;
      assert.ok(asked < 200, `${status?.phase} instead of ${phase}`);
      await sleep(100);
    }
  };

  it("has pods of its first template without a step", async () => {
    const strategy = { canary: { steps: [{ setWeight: 50 }, { pause: {} }] } };
    const spec = { replicas: 2, strategy, selector: { matchLabels: { app: name } }, template: template("info") };
    const body = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", metadata: { name, labels }, spec };
    await api.custom.createNamespacedCustomObject({ ...at, body });
    await waitRunning(workloadApi, [ref], 30);
    assert.deepEqual(await levels(), ["info", "info"]);
  });

  it("brings pods of the older template back when it is scaled up before the new one is promoted", async () => {
    await fence(workloadApi, [ref], 30);
    await setTemplate("debug");
    await untilPhase("Paused");
    await api.custom.patchNamespacedCustomObjectScale({ ...at, body: { spec: { replicas: 1 } } }, mergePatch);
    for (let asked = 0; (await levels()).length === 0; asked++) {
      assert.ok(asked < 100, "no pod came");
      await sleep(100);
    }
    assert.deepEqual(await levels(), ["info"]);
    await api.custom.patchNamespacedCustomObjectScale({ ...at, body: { spec: { replicas: 0 } } }, mergePatch);
    await fence(workloadApi, [ref], 30);
  });

  it("is started by a switch with pods of the newest template only", async () => {
    await unfence(workloadApi, [ref]);
    await waitRunning(workloadApi, [ref], 30);
    assert.deepEqual(await levels(), ["debug", "debug"]);
  });

  it("must not be stopped while it waits at a step", async () => {
    await setTemplate("trace");
    await untilPhase("Paused");
    assert.match((await workloadApi.read(ref))!.obstacle ?? "", /has phase Paused \(CanaryPauseStep\)/);
  });

  it("takes its pods along when it is deleted", async () => {
    await api.custom.deleteNamespacedCustomObject(at);
    for (let asked = 0; (await levels()).length > 0; asked++) {
      assert.ok(asked < 100, (await levels()).join());
      await sleep(100);
    }
  });
});
