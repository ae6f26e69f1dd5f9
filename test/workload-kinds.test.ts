import assert from "node:assert/strict";
import { workloadKindNames, workloadKinds, type WorkloadKind } from "../runtime/model/workload-kinds/index.ts";
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
});
