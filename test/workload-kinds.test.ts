import assert from "node:assert/strict";
import { workloadKindNames, workloadKinds, type WorkloadKind } from "../runtime/model/workload-kinds/index.ts";
import { rehearseStop, type KindClients } from "../runtime/model/workload-kinds/kind.ts";
import { register } from "./support/rows.ts";
import { stackConfig } from "./support/stack.ts";

describe("the kinds of workloads", function () {
  this.timeout(30_000);

  const env = { env: [{ name: "BOOTSTRAP", value: "source-kafka-pods.demo.svc:9092" }] };
  const template = { spec: { containers: [{ name: "app", ...env }] } };
  const patches: Readonly<Record<WorkloadKind, { type: string; spec: object }>> = {
    Deployment: { type: "kubernetes:apps/v1:DeploymentPatch", spec: { template } },
    StatefulSet: { type: "kubernetes:apps/v1:StatefulSetPatch", spec: { template } },
    Rollout: { type: "kubernetes:argoproj.io/v1alpha1:RolloutPatch", spec: { template } },
    CronJob: { type: "kubernetes:batch/v1:CronJobPatch", spec: { jobTemplate: { spec: { template } } } },
  };

  for (const kind of workloadKindNames)
    it(`have a patch of their pod template for an address in it: ${kind}`, async () => {
      const config = stackConfig("dev", (input) => {
        Object.assign(input.workloads[0]!, {
          kind,
          name: "patched",
          bootstrap: { container: "app", env: "BOOTSTRAP" },
        });
      });
      const { resources } = await register({ config, reached: undefined });
      const patch = resources.find(({ name }) => name === "shop-patched-address")!;
      assert.equal(patch.type, patches[kind].type);
      assert.deepEqual(patch.inputs, {
        apiVersion: workloadKinds[kind].apiVersion,
        kind,
        metadata: {
          name: "patched",
          namespace: "demo",
          annotations: { "pulumi.com/patchForce": "true", "pulumi.com/skipAwait": "true" },
        },
        spec: patches[kind].spec,
      });
      assert.ok(patch.retainOnDelete);
    });

  it("have replicas that an autoscaler could raise, except for CronJobs", () => {
    assert.deepEqual(
      workloadKindNames.filter((kind) => !workloadKinds[kind].scalable),
      ["CronJob"],
    );
  });

  for (const kind of workloadKindNames)
    it(`are tried to be stopped without a change: ${kind}`, async () => {
      const asked: { dryRun?: string; name: string }[] = [];
      const call = new Proxy({}, { get: () => async (request: (typeof asked)[number]) => void asked.push(request) });
      const api = { apps: call, batch: call, custom: call } as unknown as KindClients;
      await rehearseStop(workloadKinds[kind], api, { namespace: "demo", name: "web" }, 3);
      assert.deepEqual(
        asked.map(({ name, dryRun }) => [name, dryRun]),
        [
          ["web", "All"],
          ["web", "All"],
        ],
      );
    });

  describe("of which pods could come up with an older template, and so with the address of before", () => {
    const at = { namespace: "demo", name: "web" };
    const state = (kind: WorkloadKind, spec: object, status: object = {}) => {
      const counts = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2, ...status };
      const found = { metadata: { generation: 2 }, spec: { replicas: 2, selector: {}, ...spec }, status: counts };
      return workloadKinds[kind].read({ object: async () => found } as unknown as KindClients, at);
    };

    it("cannot be stopped: a Deployment that is paused, a StatefulSet with a partition", async () => {
      assert.match((await state("Deployment", { paused: true })).obstacle ?? "", /has spec\.paused true, .* resume/);
      assert.equal((await state("Deployment", { paused: false })).obstacle, null);
      const updateStrategy = { rollingUpdate: { partition: 1 } };
      assert.match((await state("StatefulSet", { updateStrategy })).obstacle ?? "", /partition 1/);
    });

    it("are named at once where such pods have come up, and not where the template is the pods' own", async () => {
      const older = await state("Deployment", { paused: true }, { updatedReplicas: 0 });
      assert.match(older.stuck ?? "", /spec\.paused is true, and its pods have an older template.*rollout resume/);
      assert.equal((await state("Deployment", { paused: true })).stuck, null);
      const unseen = { updatedReplicas: 0, observedGeneration: 1 };
      assert.equal((await state("Deployment", { paused: true }, unseen)).stuck, null);
      assert.equal((await state("Deployment", {}, { updatedReplicas: 0 })).stuck, null);
    });
  });
});
