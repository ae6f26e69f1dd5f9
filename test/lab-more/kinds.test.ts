import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AutoscalingV2Api, BatchV1Api, PatchStrategy } from "@kubernetes/client-node";
import { installKinds } from "../../lab/crds.ts";
import { connect, mergePatch, type Api } from "../../lab/kubernetes.ts";
import { lab } from "../../lab/lab.ts";
import { workloadKinds } from "../../runtime/model/workload-kinds/index.ts";
import type { KubernetesWorkloadRef } from "../../runtime/model/workloads.ts";
import { formerSuspend } from "../../runtime/model/workload-kinds/cron-job.ts";
import { formerReplicas } from "../../runtime/model/workload-kinds/kind.ts";
import { workloadApi } from "../../runtime/workloads/workload-api.ts";
import { refusedScalers, scalerNotes } from "../../runtime/workloads/scalers.ts";
import { fence, startByHand, unfence, waitRunning } from "../../runtime/workloads/workloads.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { register } from "../support/rows.ts";
import { stackConfig } from "../support/stack.ts";

const namespace = "kinds";
const template = (app: string, address = "old:9092") => ({
  metadata: { labels: { app } },
  spec: {
    restartPolicy: "Always",
    containers: [
      {
        name: "app",
        image: "app",
        env: [
          { name: "BOOTSTRAP", value: address },
          { name: "LEVEL", value: "info" },
        ],
      },
    ],
  },
});

/** An API server alone: what controllers and kubelets do is done here by hand. */
describe("workloads of each kind on an API server", function () {
  this.timeout(5 * 60_000);
  usesLab(this, "control-plane");
  let api: Api;
  let batch: BatchV1Api;
  let autoscaling: AutoscalingV2Api;

  before(async () => {
    api = connect(lab.kubeconfig);
    batch = api.config.makeApiClient(BatchV1Api);
    autoscaling = api.config.makeApiClient(AutoscalingV2Api);
    await api.core.createNamespace({ body: { metadata: { name: namespace } } });
  });

  const workload = (kind: KubernetesWorkloadRef["kind"], name: string): KubernetesWorkloadRef => ({
    kind,
    name,
    kubernetes: { kubeconfig: lab.kubeconfig, namespace },
    role: "producer",
    groups: [],
  });

  const podStatus = (phase: string) => ({
    phase,
    conditions: [{ type: "Ready", status: phase === "Running" ? "True" : "False" }],
  });

  /** A pod as a kubelet reports it; without a node it is gone as soon as it is deleted. */
  async function pod(name: string, labels: Record<string, string>, phase = "Running"): Promise<void> {
    const spec = { containers: [{ name: "app", image: "app" }] };
    await api.core.createNamespacedPod({ namespace, body: { metadata: { name, labels }, spec } });
    await setPhase(name, phase);
  }
  const setPhase = (name: string, phase: string) =>
    api.core.patchNamespacedPodStatus({ namespace, name, body: { status: podStatus(phase) } }, mergePatch);

  describe("a StatefulSet", () => {
    const name = "web";
    const set = workload("StatefulSet", name);
    const read = () => api.apps.readNamespacedStatefulSet({ namespace, name });

    /** What its controller says once all pods run the newest template. */
    async function report(replicas: number, updatedReplicas = replicas): Promise<void> {
      const { metadata } = await read();
      const counts = { replicas, readyReplicas: replicas, availableReplicas: replicas, updatedReplicas };
      const body = { status: { observedGeneration: metadata!.generation!, ...counts } };
      await api.apps.patchNamespacedStatefulSetStatus({ namespace, name, body }, mergePatch);
    }

    before(async () => {
      const spec = { replicas: 2, serviceName: name, selector: { matchLabels: { app: name } } };
      await api.apps.createNamespacedStatefulSet({
        namespace,
        body: { metadata: { name }, spec: { ...spec, template: template(name) } },
      });
      for (const ordinal of [0, 1]) await pod(`${name}-${ordinal}`, { app: name });
      await report(2);
    });

    it("is at 0 replicas and remembers how many it had once its pods are gone", async () => {
      const fenced = fence(workloadApi, [set], 30);
      while ((await read()).spec!.replicas !== 0) await sleep(50);
      const early = await Promise.race([fenced, sleep(1500, "waits")]);
      assert.equal(early, "waits");
      for (const ordinal of [0, 1]) await api.core.deleteNamespacedPod({ namespace, name: `${name}-${ordinal}` });
      await fenced;
      const { metadata, spec } = await read();
      assert.equal(spec!.replicas, 0);
      assert.equal(metadata!.annotations![formerReplicas], "2");
    });

    it("names the pods that stay", async () => {
      await pod(`${name}-0`, { app: name });
      await assert.rejects(
        fence(workloadApi, [set], 1),
        /^Error: pod web-0 still there after 1 s; see why they do not/,
      );
      await api.core.deleteNamespacedPod({ namespace, name: `${name}-0` });
      assert.equal((await read()).metadata!.annotations![formerReplicas], "2");
    });

    it("has its replicas again, and runs once its pods are of the newest revision", async () => {
      assert.deepEqual(startByHand([[set, 2]]), [
        "kubectl -n kinds scale statefulset/web --replicas=2 && kubectl -n kinds annotate statefulset/web kafka-migration/former-replicas-",
      ]);
      await unfence(workloadApi, [set]);
      const { metadata, spec } = await read();
      assert.equal(spec!.replicas, 2);
      assert.equal(metadata!.annotations?.[formerReplicas], undefined);
      for (const ordinal of [0, 1]) await pod(`${name}-${ordinal}`, { app: name });
      await report(2, 1);
      await assert.rejects(waitRunning(workloadApi, [set], 1), /web has 2 of 2 pods ready after 1 s/);
      await report(2);
      await waitRunning(workloadApi, [set], 5);
    });

    it("must not be stopped while a partition keeps pods at an older template", async () => {
      assert.equal((await workloadApi.read(set))!.obstacle, null);
      const body = { spec: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } } };
      await api.apps.patchNamespacedStatefulSet({ namespace, name, body }, mergePatch);
      assert.match(
        (await workloadApi.read(set))!.obstacle ?? "",
        /^StatefulSet kinds\/web has updateStrategy\.rollingUpdate\.partition 1, .*; set it to 0$/,
      );
    });
  });

  describe("a CronJob", () => {
    const name = "report";
    const cron = workload("CronJob", name);
    const read = () => batch.readNamespacedCronJob({ namespace, name });
    const suspended = async () => {
      const { metadata, spec } = await read();
      return [spec.suspend ?? false, metadata!.annotations?.[formerSuspend]];
    };

    before(async () => {
      const job = { ...template(name), spec: { ...template(name).spec, restartPolicy: "Never" } };
      const body = { metadata: { name }, spec: { schedule: "* * * * *", jobTemplate: { spec: { template: job } } } };
      const { metadata } = await batch.createNamespacedCronJob({ namespace, body });
      const owner = { apiVersion: "batch/v1", kind: "CronJob", name, uid: metadata!.uid!, controller: true };
      for (const [number, ownerReferences] of [
        [1, [owner]],
        [2, []],
      ] as const) {
        await batch.createNamespacedJob({
          namespace,
          body: {
            metadata: { name: `${name}-${number}`, ownerReferences: [...ownerReferences] },
            spec: { template: job },
          },
        });
      }
    });

    it("is suspended, and a Job of it that runs is waited for, named, and left alone", async () => {
      await assert.rejects(fence(workloadApi, [cron], 1), /job report-1 still there after 1 s; a Job is waited for/);
      await pod("report-1-x7k2p", { "job-name": "report-1" });
      // Another's Job, with a pod that runs.
      await pod("report-2-aaaaa", { "job-name": "report-2" });
      await assert.rejects(
        fence(workloadApi, [cron], 1),
        /^Error: job report-1 with pod report-1-x7k2p still there after 1 s; a Job is waited for and never ended: wait until it is done \(kubectl describe pod\), or raise stopSeconds$/,
      );
      assert.deepEqual(await suspended(), [true, "false"]);
      assert.equal((await api.core.readNamespacedPod({ namespace, name: "report-1-x7k2p" })).status!.phase, "Running");
    });

    it("stands still once the Job has ended and its pod too", async () => {
      const startTime = new Date();
      const condition = (type: string) => ({ type, status: "True", lastTransitionTime: startTime });
      const conditions = [condition("SuccessCriteriaMet"), condition("Complete")];
      const status = { startTime, completionTime: startTime, succeeded: 1, conditions };
      await batch.patchNamespacedJobStatus({ namespace, name: "report-1", body: { status } }, mergePatch);
      await assert.rejects(fence(workloadApi, [cron], 1), /pod report-1-x7k2p still there/);
      await setPhase("report-1-x7k2p", "Succeeded");
      await fence(workloadApi, [cron], 1);
    });

    it("goes on as before, and nobody waits for its pods", async () => {
      assert.deepEqual(startByHand([[cron, 1]]), [
        `kubectl -n kinds patch cronjob/report --type merge -p '{"spec":{"suspend":false}}' && kubectl -n kinds annotate cronjob/report kafka-migration/former-suspend-`,
      ]);
      await unfence(workloadApi, [cron]);
      assert.deepEqual(await suspended(), [false, undefined]);
      await waitRunning(workloadApi, [cron], 1);
    });

    it("stays suspended if it was", async () => {
      await batch.patchNamespacedCronJob({ namespace, name, body: { spec: { suspend: true } } }, mergePatch);
      await fence(workloadApi, [cron], 1);
      assert.deepEqual(await suspended(), [true, "true"]);
      await unfence(workloadApi, [cron]);
      assert.deepEqual(await suspended(), [true, undefined]);
    });
  });

  describe("a Rollout", () => {
    const name = "canary";
    const rollout = workload("Rollout", name);
    const at = { group: "argoproj.io", version: "v1alpha1", plural: "rollouts", namespace, name };
    interface Found {
      metadata: { generation: number; annotations?: Record<string, string> };
      spec: { replicas: number };
      status: { promoteFull?: boolean };
    }
    const read = async () => (await api.custom.getNamespacedCustomObject(at)) as Found;

    /** What its controller says of its pods and templates. */
    async function report(replicas: number, status: object = {}): Promise<void> {
      const { metadata } = await read();
      const counts = { replicas, HPAReplicas: replicas, updatedReplicas: replicas, availableReplicas: replicas };
      const hashes = { stableRS: "one", currentPodHash: "one" };
      const said = {
        observedGeneration: String(metadata.generation),
        phase: "Healthy",
        ...hashes,
        ...counts,
        ...status,
      };
      await api.custom.patchNamespacedCustomObjectStatus({ ...at, body: { status: said } }, mergePatch);
    }

    before(async () => {
      await installKinds(api);
      const spec = { replicas: 2, selector: { matchLabels: { app: name } }, template: template(name) };
      await api.custom.createNamespacedCustomObject({
        ...at,
        body: { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", metadata: { name }, spec },
      });
      for (const number of [0, 1]) await pod(`${name}-${number}`, { app: name });
    });

    it("must not be stopped before its controller has said that it is Healthy", async () => {
      assert.match((await workloadApi.read(rollout))!.obstacle ?? "", /has not processed its newest change/);
      await report(2, { phase: "Paused", message: "CanaryPauseStep" });
      assert.match((await workloadApi.read(rollout))!.obstacle ?? "", /has phase Paused \(CanaryPauseStep\)/);
      await report(2);
      assert.equal((await workloadApi.read(rollout))!.obstacle, null);
    });

    it("is at 0 replicas and remembers how many it had once its pods are gone", async () => {
      await assert.rejects(fence(workloadApi, [rollout], 1), /pod canary-0, pod canary-1 still there after 1 s/);
      for (const number of [0, 1]) await api.core.deleteNamespacedPod({ namespace, name: `${name}-${number}` });
      await fence(workloadApi, [rollout], 5);
      const { metadata, spec } = await read();
      assert.equal(spec.replicas, 0);
      assert.equal(metadata.annotations![formerReplicas], "2");
    });

    it("has its newest template promoted, and only then its replicas again", async () => {
      await report(0, { currentPodHash: "two", phase: "Paused" });
      const started = unfence(workloadApi, [rollout]);
      while ((await read()).status.promoteFull !== true) await sleep(50);
      assert.equal((await read()).spec.replicas, 0);
      await report(0, { currentPodHash: "two", stableRS: "two", promoteFull: null });
      await started;
      const { metadata, spec } = await read();
      assert.equal(spec.replicas, 2);
      assert.equal(metadata.annotations?.[formerReplicas], undefined);
    });

    it("runs once its controller says so and its pods are ready", async () => {
      for (const number of [0, 1]) await pod(`${name}-${number}`, { app: name });
      await report(2, { phase: "Progressing" });
      await assert.rejects(waitRunning(workloadApi, [rollout], 1), /canary has 2 of 2 pods ready after 1 s/);
      await report(2);
      await waitRunning(workloadApi, [rollout], 5);
    });

    it("is found by a HorizontalPodAutoscaler that scales it", async () => {
      const scaleTargetRef = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name };
      await autoscaling.createNamespacedHorizontalPodAutoscaler({
        namespace,
        body: { metadata: { name }, spec: { maxReplicas: 5, scaleTargetRef } },
      });
      assert.deepEqual(scalerNotes(await workloadApi.scalers([rollout])), [
        "HorizontalPodAutoscaler kinds/canary scales Rollout canary; it is inactive while the workload is at 0 replicas and continues afterwards",
      ]);
    });
  });

  it("is named with its kind if it does not exist", async () => {
    await assert.rejects(
      fence(workloadApi, [workload("StatefulSet", "nobody"), workload("CronJob", "none")], 1),
      /StatefulSet kinds\/nobody, CronJob kinds\/none do not exist/,
    );
  });

  describe("its address in a container's env is the only thing that a patch changes", () => {
    before(() => installKinds(api));
    for (const kind of ["StatefulSet", "CronJob", "Rollout"] as const)
      it(`of a ${kind}`, async () => {
        const config = stackConfig("dev", (input) => {
          input.kubernetes["lab"]!.namespace = namespace;
          const [first] = input.workloads;
          Object.assign(first!, { kind, name: "patched", bootstrap: { container: "app", env: "BOOTSTRAP" } });
        });
        const { resources } = await register({ config, reached: undefined });
        const found = resources.find(({ name }) => name === "shop-patched-address")!;
        const { apiVersion } = workloadKinds[kind];
        assert.equal(found.type, `kubernetes:${apiVersion}:${kind}Patch`);
        const { metadata, spec } = found.inputs as { metadata: { name: string; namespace: string }; spec: object };
        const pods = template("patched");
        const jobs = { ...pods, spec: { ...pods.spec, restartPolicy: "Never" } };
        await api.objects.create({
          apiVersion,
          kind,
          metadata: { name: "patched", namespace },
          spec:
            kind === "CronJob"
              ? { schedule: "* * * * *", jobTemplate: { spec: { template: jobs } } }
              : {
                  replicas: 2,
                  ...(kind === "StatefulSet" ? { serviceName: "patched" } : {}),
                  selector: { matchLabels: { app: "patched" } },
                  template: pods,
                },
        });
        const read = async () =>
          (await api.objects.read({ apiVersion, kind, metadata: { name: "patched", namespace } })) as unknown as {
            spec: object;
          };
        const before = JSON.stringify((await read()).spec);
        await api.objects.patch(
          { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace }, spec },
          ...([undefined, undefined, "test", true] as const),
          PatchStrategy.ServerSideApply,
        );
        const after = JSON.stringify((await read()).spec);
        assert.equal(after, before.replace("old:9092", "source-kafka-pods.kinds.svc:9092"));
        assert.notEqual(after, before);
      });
  });

  describe("what scales them", () => {
    const scaled = workload("StatefulSet", "scaled");
    const group = "keda.sh";
    const plural = "scaledobjects";
    const target = { apiVersion: "apps/v1", kind: "StatefulSet", name: "scaled" };

    const autoscaler = (name: string, ownerReferences: { kind: string }[] = []) =>
      autoscaling.createNamespacedHorizontalPodAutoscaler({
        namespace,
        body: {
          metadata: {
            name,
            ownerReferences: ownerReferences.map((owner) => ({
              ...owner,
              apiVersion: "keda.sh/v1alpha1",
              name,
              uid: "1",
            })),
          },
          spec: { maxReplicas: 5, scaleTargetRef: target },
        },
      });

    it("is nothing without an autoscaler and without KEDA", async () => {
      assert.deepEqual(await workloadApi.scalers([scaled]), { found: [], unread: [] });
    });

    it("is told if it is a HorizontalPodAutoscaler", async () => {
      await autoscaler("busy");
      await autoscaler("keda-hpa-busy", [{ kind: "ScaledObject" }]);
      const reading = await workloadApi.scalers([
        scaled,
        workload("StatefulSet", "other"),
        workload("CronJob", "scaled"),
      ]);
      assert.deepEqual(refusedScalers(reading), []);
      assert.deepEqual(scalerNotes(reading), [
        "HorizontalPodAutoscaler kinds/busy scales StatefulSet scaled; it is inactive while the workload is at 0 replicas and continues afterwards",
      ]);
    });

    it("is refused if it is a ScaledObject of KEDA, until KEDA says that it is paused", async () => {
      await scaledObjects();
      const name = "greedy";
      const at = { group, version: "v1alpha1", plural, namespace, name };
      await api.custom.createNamespacedCustomObject({
        ...at,
        body: {
          apiVersion: "keda.sh/v1alpha1",
          kind: "ScaledObject",
          metadata: { name },
          spec: { scaleTargetRef: target },
        },
      });
      const refused = async () => refusedScalers(await workloadApi.scalers([scaled])).length;
      const annotate = (annotations: Record<string, string | null>) =>
        api.custom.patchNamespacedCustomObject({ ...at, body: { metadata: { annotations } } }, mergePatch);
      assert.equal(await refused(), 1);
      await annotate({ "autoscaling.keda.sh/paused": "true" });
      assert.equal(await refused(), 1, "KEDA has not seen it yet");
      const conditions = [{ type: "Paused", status: "True" }];
      await api.custom.patchNamespacedCustomObjectStatus({ ...at, body: { status: { conditions } } }, mergePatch);
      assert.equal(await refused(), 0);
      await annotate({ "autoscaling.keda.sh/paused-replicas": "3" });
      assert.equal(await refused(), 1, "it would be set to 3 again");
    });

    it("is said not to have been looked up if that is forbidden", async () => {
      const kubeconfig = join(lab.dir, "nobody.json");
      const config = JSON.parse(readFileSync(lab.kubeconfig, "utf8")) as { users: { name: string; user: object }[] };
      const users = config.users.map(({ name, user }) => ({ name, user: { ...user, as: "nobody" } }));
      writeFileSync(kubeconfig, JSON.stringify({ ...config, users }), { mode: 0o600 });
      const reading = await workloadApi.scalers([{ ...scaled, kubernetes: { kubeconfig, namespace } }]);
      assert.deepEqual(refusedScalers(reading), []);
      // Both are asked at once; whichever answers first comes first.
      const [autoscalers, keda, ...more] = scalerNotes(reading).sort();
      assert.match(
        autoscalers!,
        /^could not look up HorizontalPodAutoscalers in kinds: .*forbidden.*\(HTTP status 403\)/,
      );
      assert.match(keda!, /^could not look up ScaledObjects of KEDA in kinds: .*forbidden.*\(HTTP status 403\)/);
      assert.deepEqual(more, []);
    });

    /** KEDA's kind as far as it matters here. */
    async function scaledObjects(): Promise<void> {
      const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
      const version = { name: "v1alpha1", served: true, storage: true, subresources: { status: {} } };
      const names = { plural, singular: "scaledobject", kind: "ScaledObject", listKind: "ScaledObjectList" };
      const definition = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" };
      await api.custom.createClusterCustomObject({
        ...definition,
        body: {
          apiVersion: "apiextensions.k8s.io/v1",
          kind: "CustomResourceDefinition",
          metadata: { name: `${plural}.${group}` },
          spec: { group, names, scope: "Namespaced", versions: [{ ...version, schema: { openAPIV3Schema: open } }] },
        },
      });
      for (let asked = 0; asked < 100; asked++) {
        const served = await api.custom
          .listNamespacedCustomObject({ group, version: "v1alpha1", plural, namespace })
          .then(() => true)
          .catch(() => false);
        if (served) return;
        await sleep(200);
      }
      throw new Error("the API server does not serve ScaledObjects");
    }
  });
});
