import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Hosts } from "../../lab/addresses.ts";
import type { JavaTools } from "../../lab/jvm.ts";
import { connect, mergePatch, type Api } from "../../lab/kubernetes.ts";
import { lab, labProcesses } from "../../lab/lab.ts";
import { PodController, runLabel } from "../../lab/operator/pods.ts";
import { StatefulSetController } from "../../lab/operator/stateful-set.ts";
import { Supervisor } from "../../lab/operator/supervisor.ts";
import type { WorkloadRef } from "../../runtime/model/scope.ts";
import { workloadApi } from "../../runtime/workloads/workload-api.ts";
import { fence, unfence, waitRunning } from "../../runtime/workloads/workloads.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const namespace = "sets";
const name = "reader";
const labels = { app: name, [runLabel]: "true" };
/** Says that it is ready, and ends when it is told to. */
const program = 'require("fs").writeFileSync(process.env.READY_FILE, process.env.LEVEL); setInterval(() => {}, 1000)';

/** The lab's own controllers over an API server: pods are processes of this machine. */
describe("a StatefulSet of the lab", function () {
  this.timeout(3 * 60_000);
  usesLab(this, "control-plane");
  let api: Api;
  let running = true;
  let controllers: Promise<void> = Promise.resolve();
  /** Names of pods in the order in which they came and went. */
  const seen: string[] = [];

  before(async () => {
    api = connect(lab.kubeconfig);
    await api.core.createNamespace({ body: { metadata: { name: namespace } } });
    const tools = JSON.parse(readFileSync(join(lab.dir, "tools.json"), "utf8")) as JavaTools;
    const context = { lab, api, tools, hosts: new Hosts(lab), supervisor: new Supervisor(lab) };
    const [sets, pods] = [new StatefulSetController(context), new PodController(context)];
    const there = new Set<string>();
    controllers = (async () => {
      for (; running; await sleep(50)) {
        await sets.reconcile(`${namespace}/${name}`);
        const found = (await api.core.listNamespacedPod({ namespace })).items.map(({ metadata }) => metadata!);
        for (const { name: pod } of found) await pods.reconcile(`${namespace}/${pod}`);
        for (const { name: pod, uid } of found) if (!there.has(uid!)) seen.push(`+${pod}`);
        const uids = new Set(found.map(({ uid }) => `${uid}`));
        for (const uid of there) if (!uids.has(uid)) there.delete(uid);
        for (const uid of uids) there.add(uid);
      }
    })();
  });
  after(async () => {
    running = false;
    await controllers;
  });

  const read = () => api.apps.readNamespacedStatefulSet({ namespace, name });
  const ref: WorkloadRef = {
    kind: "StatefulSet",
    name,
    kubernetes: { kubeconfig: lab.kubeconfig, namespace },
    role: "consumer",
    groups: [],
  };
  const processes = () =>
    labProcesses()
      .map(({ part }) => part)
      .filter((part) => part.startsWith(`pod/${namespace}/`))
      .sort();

  it("has its pods one after the other, the first first, each a process", async () => {
    const env = [{ name: "LEVEL", value: "info" }];
    const container = { name: "app", image: "app", command: ["node", "-e", program], env };
    await api.apps.createNamespacedStatefulSet({
      namespace,
      body: {
        metadata: { name, labels },
        spec: {
          replicas: 2,
          serviceName: name,
          selector: { matchLabels: { app: name } },
          template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 5, containers: [container] } },
        },
      },
    });
    await waitRunning(workloadApi, [ref], 30);
    assert.deepEqual(seen.splice(0), ["+reader-0", "+reader-1"]);
    assert.deepEqual(processes(), ["pod/sets/reader-0", "pod/sets/reader-1"]);
  });

  it("has them replaced from the last on when its template changes", async () => {
    const env = [{ name: "LEVEL", value: "debug" }];
    const container = { name: "app", image: "app", command: ["node", "-e", program], env };
    const body = { spec: { template: { spec: { containers: [container] } } } };
    await api.apps.patchNamespacedStatefulSet({ namespace, name, body }, mergePatch);
    await waitRunning(workloadApi, [ref], 30);
    assert.deepEqual(seen.splice(0), ["+reader-1", "+reader-0"]);
    const { currentRevision, updateRevision, updatedReplicas } = (await read()).status!;
    assert.equal(currentRevision, updateRevision);
    assert.equal(updatedReplicas, 2);
    const { items } = await api.core.listNamespacedPod({ namespace });
    assert.deepEqual(
      items.map(({ spec }) => spec!.containers[0]!.env![0]!.value),
      ["debug", "debug"],
    );
  });

  it("is stopped by a switch and comes back under the same names", async () => {
    await fence(workloadApi, [ref], 30);
    assert.deepEqual(processes(), []);
    assert.equal((await api.core.listNamespacedPod({ namespace })).items.length, 0);
    await unfence(workloadApi, [ref]);
    await waitRunning(workloadApi, [ref], 30);
    assert.deepEqual(seen.splice(0), ["+reader-0", "+reader-1"]);
    assert.deepEqual(processes(), ["pod/sets/reader-0", "pod/sets/reader-1"]);
  });

  it("takes its pods along when it is deleted", async () => {
    await api.apps.deleteNamespacedStatefulSet({ namespace, name });
    for (let asked = 0; processes().length > 0; asked++) {
      assert.ok(asked < 100, processes().join());
      await sleep(100);
    }
  });
});
