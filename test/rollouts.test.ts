import assert from "node:assert/strict";
import type { Pace } from "../runtime/model/pace.ts";
import { formerReplicas, type KindClients } from "../runtime/model/workload-kinds/kind.ts";
import { promote, rollout, type RolloutObject } from "../runtime/model/workload-kinds/rollout.ts";
import { readScalers, refusedScalers, scalerNotes } from "../runtime/workloads/scalers.ts";
import { startByHand } from "../runtime/workloads/workloads.ts";
import { clusterApi } from "./support/cluster-api.ts";

const at = { namespace: "demo", name: "web" };

/** A Rollout that its controller has finished with. */
const healthy: RolloutObject = {
  metadata: { generation: 3 },
  spec: { replicas: 2, selector: { matchLabels: { app: "web" } } },
  status: {
    ...{ observedGeneration: "3", phase: "Healthy", stableRS: "aaa", currentPodHash: "aaa" },
    ...{ replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
  },
};
const withStatus = (status: RolloutObject["status"], of = healthy): RolloutObject => ({
  ...of,
  status: { ...of.status, ...status },
});
const withSpec = (spec: RolloutObject["spec"]): RolloutObject => ({ ...healthy, spec: { ...healthy.spec, ...spec } });

/** An API server with one Rollout, whose controller acts each time that it is read. */
class World {
  now: RolloutObject;
  readonly acts: string[] = [];
  readonly #controller: (now: RolloutObject) => RolloutObject;

  constructor(now: RolloutObject, controller: (now: RolloutObject) => RolloutObject = (same) => same) {
    this.now = now;
    this.#controller = controller;
  }

  readonly api = {
    object: async () => (this.now = this.#controller(this.now)),
    custom: {
      patchNamespacedCustomObject: async ({ body }: { body: object }) => this.#act("annotate", body),
      patchNamespacedCustomObjectScale: async ({ body }: { body: object }) => this.#act("scale", body),
      patchNamespacedCustomObjectStatus: async ({ body }: { body: { status: object } }) => {
        this.#act("status", body);
        this.now = withStatus(body.status, this.now);
      },
    },
  } as unknown as KindClients;

  #act(what: string, body: object): void {
    this.acts.push(`${what} ${JSON.stringify(body)}`);
  }

  /** Time that passes only when somebody waits. */
  readonly pace: Pace = ((elapsed) => ({
    now: () => elapsed,
    pause: async (milliseconds: number) => void (elapsed += milliseconds),
  }))(0);
}

const read = (now: RolloutObject) => rollout.read(new World(now).api, at);

describe("a Rollout of Argo Rollouts", () => {
  it("can be stopped and is settled while it is Healthy at its newest generation, which is a text", async () => {
    assert.deepEqual(await read(healthy), {
      ...{ replicas: 2, former: null, keepsPods: true, settled: true },
      ...{ stuck: null, obstacle: null, podsBy: "app=web" },
    });
  });

  const unsettled: [string, RolloutObject][] = [
    ["its controller has not seen the newest change", withStatus({ observedGeneration: "2" })],
    ["pods of its newest template are missing", withStatus({ updatedReplicas: 1 })],
    ["a pod is not available", withStatus({ availableReplicas: 1 })],
    ["a pod of an older template is left", withStatus({ replicas: 3 })],
    ["its newest template is not the stable one", withStatus({ currentPodHash: "bbb" })],
    ["it is paused at a step", withStatus({ phase: "Paused" })],
  ];
  for (const [what, now] of unsettled)
    it(`is not settled while ${what}`, async () => assert.equal((await read(now)).settled, false));

  it("is stuck once its controller says that it is Degraded, and not for an older generation", async () => {
    const degraded = { phase: "Degraded", message: "ProgressDeadlineExceeded" };
    assert.equal((await read(withStatus(degraded))).stuck, "Degraded: ProgressDeadlineExceeded");
    assert.equal((await read(withStatus({ ...degraded, observedGeneration: "2" }))).stuck, null);
  });

  const obstacles: [string, RolloutObject, RegExp][] = [
    [
      "its template is a Deployment's",
      withSpec({ workloadRef: { kind: "Deployment", name: "old" } }),
      /^Rollout demo\/web takes its pod template from Deployment old \(spec\.workloadRef\), .*; move the template into/,
    ],
    ["it is paused in its spec", withSpec({ paused: true }), /has spec\.paused true, .*; set it to false$/],
    [
      "it waits at a step",
      withStatus({ phase: "Paused", message: "CanaryPauseStep", currentPodHash: "bbb" }),
      /^Rollout demo\/web has phase Paused \(CanaryPauseStep\), allowed is Healthy .*; finish the rollout, or undo it: kubectl/,
    ],
    [
      "its controller is behind",
      withStatus({ observedGeneration: "2" }),
      /^the controller of Rollout demo\/web has not processed its newest change/,
    ],
    ["no controller has ever seen it", { ...healthy, status: {} }, /has not processed its newest change/],
  ];
  for (const [what, now, sentence] of obstacles)
    it(`must not be stopped while ${what}`, async () => assert.match((await read(now)).obstacle ?? "", sentence));

  it("may be at an unfinished rollout once it is stopped, but not paused", async () => {
    const stopped = { ...healthy, metadata: { generation: 3, annotations: { [formerReplicas]: "2" } } };
    const state = await read(withStatus({ phase: "Progressing" }, stopped));
    assert.equal(state.former, 2);
    assert.equal(state.obstacle, null);
    assert.notEqual((await read({ ...stopped, spec: { ...stopped.spec, paused: true } })).obstacle, null);
  });

  it("is scaled to 0 as it is", async () => {
    const world = new World(withStatus({ currentPodHash: "bbb" }));
    await rollout.scale(world.api, at, 0);
    assert.deepEqual(world.acts, ['scale {"spec":{"replicas":0}}']);
  });

  it("is scaled up at once where its template is the one that it had", async () => {
    const world = new World(healthy);
    await rollout.scale(world.api, at, 2);
    assert.deepEqual(world.acts, ['scale {"spec":{"replicas":2}}']);
  });

  it("has a template promoted that changed while it was stopped, before it is scaled up", async () => {
    let reads = 0;
    // The change is seen at the second look; a promotion that was asked for is done at the next.
    const world = new World(withStatus({ observedGeneration: "2" }), (now) => {
      reads++;
      if (now.status?.promoteFull) return withStatus({ stableRS: "bbb" }, now);
      return reads === 1 ? now : withStatus({ observedGeneration: "3", currentPodHash: "bbb" }, now);
    });
    await promote(world.api, at, world.pace);
    assert.deepEqual(world.acts, ['status {"status":{"promoteFull":true}}']);
    await rollout.scale(world.api, at, 2);
    assert.equal(world.acts.at(-1), 'scale {"spec":{"replicas":2}}');
  });

  it("is not started where its controller promotes nothing, or sees nothing", async () => {
    const idle = new World(withStatus({ currentPodHash: "bbb" }));
    await assert.rejects(
      promote(idle.api, at, idle.pace),
      /has not promoted the newest template after 60 s, .*-n demo/,
    );
    assert.deepEqual(idle.acts, ['status {"status":{"promoteFull":true}}'], "asked for once");
    const blind = new World(withStatus({ observedGeneration: "2" }));
    await assert.rejects(promote(blind.api, at, blind.pace), /observedGeneration is behind\) after 60 s/);
    assert.deepEqual(blind.acts, []);
  });

  it("is found by what scales it: a HorizontalPodAutoscaler, and a ScaledObject of KEDA, which is refused", async () => {
    const server = await clusterApi();
    try {
      const target = (kind: string) => ({ spec: { scaleTargetRef: { kind, name: "web" } } });
      server.objects.set("horizontalpodautoscalers/busy", { metadata: { name: "busy" }, ...target("Rollout") });
      server.objects.set("horizontalpodautoscalers/other", { metadata: { name: "other" }, ...target("Deployment") });
      server.objects.set("scaledobjects/greedy", { metadata: { name: "greedy" }, ...target("Rollout") });
      const kubernetes = { kubeconfig: server.kubeconfig, namespace: "demo" };
      const reading = await readScalers([{ kind: "Rollout", name: "web", kubernetes, role: "producer", groups: [] }]);
      assert.deepEqual(scalerNotes(reading), [
        "HorizontalPodAutoscaler demo/busy scales Rollout web; it is inactive while the workload is at 0 replicas and continues afterwards",
      ]);
      assert.match(refusedScalers(reading).join(), /^ScaledObject demo\/greedy scales Rollout web and would start it/);
    } finally {
      server.close();
    }
  });

  it("is refused an autoscaler that also scales up from 0, and told of the brokers by whose lag one scales", async () => {
    const server = await clusterApi();
    try {
      const scaleTargetRef = { kind: "Rollout", name: "web" };
      const eager = { metadata: { name: "eager" }, spec: { scaleTargetRef, minReplicas: 0 } };
      server.objects.set("horizontalpodautoscalers/eager", eager);
      const triggers = [
        { type: "cron", metadata: { bootstrapServers: "none" } },
        { type: "kafka", metadata: { bootstrapServers: "source.example:9092", consumerGroup: "web" } },
        { type: "kafka", metadata: { bootstrapServersFromEnv: "BOOTSTRAP" } },
      ];
      const status = { conditions: [{ type: "Paused", status: "True" }] };
      const annotations = { "autoscaling.keda.sh/paused": "true" };
      const paused = { metadata: { name: "keda", annotations }, spec: { scaleTargetRef, triggers }, status };
      server.objects.set("scaledobjects/keda", paused);
      const kubernetes = { kubeconfig: server.kubeconfig, namespace: "demo" };
      const reading = await readScalers([{ kind: "Rollout", name: "web", kubernetes, role: "consumer", groups: [] }]);
      assert.deepEqual(refusedScalers(reading), [
        "HorizontalPodAutoscaler demo/eager scales Rollout web also from 0 replicas (minReplicas: 0) and would start it again " +
          "behind the switch; let it keep one replica until the workload runs at the target: " +
          `kubectl -n demo patch horizontalpodautoscaler eager --type merge -p '{"spec":{"minReplicas":1}}'`,
      ]);
      assert.deepEqual(scalerNotes(reading), [
        "ScaledObject demo/keda scales Rollout web, and is paused",
        "ScaledObject demo/keda scales Rollout web by the lag at source.example:9092, which its kafka trigger names itself: " +
          "change that to the target's address before it is resumed, or it finds no lag there after the move and scales the " +
          "workload down",
      ]);
    } finally {
      server.close();
    }
  });

  it("is started by hand with its full name, which no other kind has", () => {
    const kubernetes = { namespace: "demo" };
    assert.deepEqual(startByHand([[{ kind: "Rollout", name: "web", kubernetes, role: "producer", groups: [] }, 2]]), [
      "kubectl -n demo scale rollouts.argoproj.io/web --replicas=2 && kubectl -n demo annotate rollouts.argoproj.io/web kafka-migration/former-replicas-",
    ]);
  });
});
