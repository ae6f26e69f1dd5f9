import assert from "node:assert/strict";
import { ownerOf, type Marked } from "../runtime/workloads/owner-marks.ts";
import { fence, ofRole, stopEarly, unfence } from "../runtime/workloads/workloads.ts";
import { entryText } from "../runtime/model/ledger-text.ts";
import { behindLedger } from "../runtime/switch/ledger-row.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { clusterApi } from "./support/cluster-api.ts";
import { assertUntouched, backPatience, former, producers } from "./support/switch-asserts.ts";
import { scope, World } from "./switch-world.ts";

const identity = { group: "apps", kind: "Deployment", namespace: "shop", name: "web" };
const owner = (metadata: NonNullable<Marked["metadata"]>) => ownerOf({ metadata }, identity);

describe("the owner of an object", () => {
  const tracking = (id: string) => ({ annotations: { "argocd.argoproj.io/tracking-id": id } });

  it("is Argo CD's application where the tracking id is the object's own", () => {
    assert.deepEqual(owner(tracking("prod:apps/Deployment:shop/web")), { tool: "Argo CD", app: "prod" });
  });

  for (const copied of [
    "prod:apps/Deployment:shop/other",
    "prod:apps/StatefulSet:shop/web",
    "prod:apps/Deployment:x/web",
  ])
    it(`is not told by a copied tracking id: ${copied}`, () => assert.equal(owner(tracking(copied)), null));

  it("is Argo CD where its field manager has written", () => {
    assert.deepEqual(owner({ managedFields: [{ manager: "argocd-controller" }] }), { tool: "Argo CD", app: null });
  });

  it("is a Flux Kustomization, unless the object says that it is released", () => {
    const labels = {
      "kustomize.toolkit.fluxcd.io/name": "apps",
      "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    };
    const flux = { tool: "Flux Kustomization", name: "apps", namespace: "flux-system" };
    assert.deepEqual(owner({ labels }), { ...flux, released: false });
    for (const [key, value] of [
      ["reconcile", "Disabled"],
      ["ssa", "Ignore"],
    ] as const)
      assert.deepEqual(owner({ labels, annotations: { [`kustomize.toolkit.fluxcd.io/${key}`]: value } }), {
        ...flux,
        released: true,
      });
    // Keeps foreign fields, but not one that Git sets too.
    const merge = { "kustomize.toolkit.fluxcd.io/ssa": "Merge" };
    assert.deepEqual(owner({ labels, annotations: merge }), { ...flux, released: false });
  });

  it("is a Flux HelmRelease before it is Helm", () => {
    const helm = { "app.kubernetes.io/managed-by": "Helm" };
    const annotations = { "meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop" };
    const labels = { ...helm, "helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "flux" };
    assert.deepEqual(owner({ labels, annotations }), {
      ...{ tool: "Flux HelmRelease", name: "web", namespace: "flux" },
      released: false,
    });
    const disabled = { ...annotations, "helm.toolkit.fluxcd.io/driftDetection": "disabled" };
    assert.equal((owner({ labels, annotations: disabled }) as { released: boolean }).released, true);
    assert.deepEqual(owner({ labels: helm, annotations }), { tool: "Helm", name: "web", namespace: "shop" });
  });

  it("is the controller that made it", () => {
    const ownerReferences = [
      { kind: "Cleaner", name: "c" },
      { kind: "Shop", name: "main", controller: true },
    ];
    assert.deepEqual(owner({ ownerReferences }), { tool: "controller", kind: "Shop", name: "main" });
  });

  it("is nobody's by the label of a chart alone", () => {
    assert.equal(owner({ labels: { "app.kubernetes.io/instance": "web" } }), null);
  });
});

describe("a way back of what somebody else keeps as it is", () => {
  it("is refused in the preview, before anything is measured, unless the fields are ignored", async () => {
    const api = await clusterApi();
    try {
      const kubernetes = { namespace: "demo", kubeconfig: api.kubeconfig };
      const workloads = scope.workloads.flatMap((one) =>
        one.name === "foo-producer" ? [{ ...one, kubernetes } as typeof one] : [],
      );
      const of = { ...scope, workloads, ledger: { kubernetes, configMap: "guide-ledger" } };
      const world = new World();
      await switchProducers(world.effects(), { ...producers, starts: true });
      const entries = world.entries.map(entryText);
      const annotations = { "argocd.argoproj.io/tracking-id": "prod:apps/Deployment:demo/foo-producer" };
      api.objects.set("deployments/foo-producer", { metadata: { name: "foo-producer", annotations } });
      const inputs = { ...backPatience, scope: of, row: "mirror", entries, behind: [], bothRead: false };
      assert.match(
        (await behindLedger(inputs)) ?? "",
        /comes before the switch of producers .* no way back yet: Deployment demo\/foo-producer is kept by Argo CD \(application prod\)/,
      );
      const rule = { group: "apps", kind: "Deployment", jqPathExpressions: [".spec.replicas"] };
      api.objects.set("applications/prod", {
        metadata: { name: "prod" },
        spec: {
          syncPolicy: { automated: {}, syncOptions: ["RespectIgnoreDifferences=true"] },
          ignoreDifferences: [rule],
        },
      });
      assert.equal(await behindLedger(inputs), null, "then nothing but the brokers, which are away, could refuse it");
    } finally {
      api.close();
    }
  });
});

describe("a switch of what somebody else keeps as it is", () => {
  it("is refused before anybody is stopped", async () => {
    const world = new World();
    world.owners = ["Deployment demo/foo-producer is kept by Argo CD"];
    await assert.rejects(
      switchProducers(world.effects(), { ...producers, starts: true }),
      /is kept by Argo CD\. No workload was stopped\.$/,
    );
    assertUntouched(world, former);
  });

  it("is refused before anybody is stopped if a policy would keep one of them from stopping", async () => {
    const world = new World();
    world.unstoppable.set("orders-producer", "could not try to stop StatefulSet demo/orders-producer: replicas >= 2");
    const changes: string[] = [];
    await assert.rejects(
      switchProducers(
        world.effects((_, what) => (changes.push(what), null)),
        { ...producers, starts: true },
      ),
      /could not try to stop StatefulSet demo\/orders-producer: replicas >= 2; .* No workload was stopped\.$/,
    );
    assert.deepEqual(changes, []);
    world.unstoppable.clear();
    await switchProducers(world.effects(), { ...producers, starts: true });
  });

  it("is undone when a workload is started by something else in the middle of it", async () => {
    const world = new World();
    const effects = world.effects((_, what) => {
      if (what === "append") world.workloads.get("foo-producer")!.replicas = 1;
      return null;
    });
    await assert.rejects(
      switchProducers(effects, { ...producers, starts: true }),
      /foo-producer was started by something else in the middle of the move: .* writing to the source again/,
    );
    assertUntouched(world, former);
    assert.equal(world.side.producer, "source");
  });

  it("is undone when a pod came up in the middle of it, although nobody asks for it any more", async () => {
    const world = new World();
    const effects = world.effects((_, what) => {
      // Started and stopped again: the pod takes its time to go, and writes to the source.
      if (what === "append") Object.assign(world.workloads.get("foo-producer")!, { pods: 1, goneAt: world.now + 9000 });
      return null;
    });
    await assert.rejects(
      switchProducers(effects, { ...producers, starts: true }),
      /foo-producer \(pod foo-producer-0\) was started by something else in the middle of the move: .* writing to the source again/,
    );
    assertUntouched(world, former);
    assert.equal(world.side.producer, "source");
  });

  it("starts those again at the target whose address was put back after they had moved", async () => {
    const world = new World();
    await switchProducers(world.effects(), { ...producers, starts: true });
    world.pass(3_000);
    world.astray.add("foo-producer");
    const { goneAt: others } = world.workloads.get("orders-producer")!;
    await switchProducers(world.effects(), { ...producers, starts: true });
    assertUntouched(world, former);
    assert.equal(world.astray.size, 0);
    assert.ok(world.lines.some((line) => line.startsWith("foo-producer had the source's address again")));
    assert.equal(world.workloads.get("orders-producer")!.goneAt, others, "one that has its address is left alone");
  });

  it("is followed by a start that takes no pod for moved which came up before its address was written", async () => {
    const world = new World();
    const { workloads } = world.effects();
    const moving = ofRole(scope.workloads, "producer");
    const pace = { now: () => world.now, pause: async (milliseconds: number) => world.pass(milliseconds) };
    await fence(workloads, moving, 30, pace);
    Object.assign(world.workloads.get("orders-producer")!, { replicas: 2 });
    world.pass(1_000);
    assert.deepEqual(await stopEarly(workloads, moving, 30, console.log, pace), ["orders-producer"]);
    assert.deepEqual(world.workloads.get("orders-producer")!.pods, 0);
    await unfence(workloads, moving);
    assertUntouched(world, { ...former, "orders-producer": 2 });
  });

  it("leaves nobody stopped that it cannot point at the target again", async () => {
    const refusals: [string, Parameters<World["effects"]>[0], string][] = [
      ["the API server refuses the address", (_, what) => (what === "point" ? "error" : null), "point refused"],
      ["its pods do not go", () => null, "still there after 0 s"],
    ];
    for (const [when, fail, error] of refusals) {
      const world = new World();
      await switchProducers(world.effects(), { ...producers, starts: true });
      world.pass(3_000);
      world.astray.add("foo-producer");
      const stopSeconds = error === "point refused" ? 30 : 0;
      await assert.rejects(
        switchProducers(world.effects(fail), { ...producers, starts: true, stopSeconds }),
        (found: Error) => found.message.includes(error) && found.message.includes("were started at the target"),
        when,
      );
      assertUntouched(world, former);
    }
  });

  it("starts those that a killed update has left at 0 at the target, also where another's address is refused", async () => {
    const world = new World();
    let started = 0;
    const kill = world.effects((_, what) => (what === "scale" && ++started > 4 ? "kill" : null));
    await assert.rejects(switchProducers(kill, { ...producers, starts: true }));
    // The one that was started writes.
    world.pass(3_000);
    const left = [...world.workloads].filter(([name, { former }]) => name.endsWith("producer") && former !== null);
    assert.ok(left.length > 0, "the update was killed before all were started");
    await assert.rejects(
      switchProducers(
        world.effects((_, what) => (what === "point" ? "error" : null)),
        { ...producers, starts: true },
      ),
      /point refused.*were started at the target/,
    );
    assertUntouched(world, former);
  });

  it("is followed by a start that leaves nobody stopped whose pods do not go", async () => {
    const world = new World();
    const { workloads } = world.effects();
    const moving = ofRole(scope.workloads, "producer");
    const pace = { now: () => world.now, pause: async (milliseconds: number) => world.pass(milliseconds) };
    await fence(workloads, moving, 30, pace);
    Object.assign(world.workloads.get("orders-producer")!, { replicas: 2 });
    world.pass(1_000);
    await assert.rejects(
      stopEarly(workloads, moving, 0, console.log, pace),
      /pod orders-producer-0 \(terminating\).* still there/,
    );
    const { replicas, former: remembered } = world.workloads.get("orders-producer")!;
    assert.deepEqual([replicas, remembered], [2, 2], "it runs again, and the next update stops it once more");
  });

  it("is undone, not waited for, when a workload is started again while its pods stop", async () => {
    const world = new World();
    const effects = world.effects();
    const stubborn = {
      ...effects,
      workloads: {
        ...effects.workloads,
        pods: async (...args: Parameters<typeof effects.workloads.pods>) => {
          if (args[0].name === "foo-producer")
            Object.assign(world.workloads.get("foo-producer")!, { replicas: 1, pods: 1 });
          return effects.workloads.pods(...args);
        },
      },
    };
    const begun = world.now;
    await assert.rejects(
      switchProducers(stubborn, { ...producers, starts: true, stopSeconds: 300 }),
      /foo-producer was started by something else in the middle of the move/,
    );
    assert.ok(world.now - begun < 60_000 + 20_000, `${world.now - begun} ms`);
    assert.equal(world.workloads.get("foo-producer")!.former, null);
  });
});
