import assert from "node:assert/strict";
import type { PegaScope, RestoreInputs } from "../runtime/model/pega.ts";
import type { ScalerReading } from "../runtime/model/workload-port.ts";
import {
  forgottenNow,
  rememberReplicas,
  replicasToRestore,
  scaleToFormer,
  shortNow,
} from "../runtime/pega/replicas.ts";
import { readTiers, type TierApi } from "../runtime/pega/tiers.ts";
import { removeVolumes, volumesLeft, type VolumeApi } from "../runtime/pega/volumes.ts";
import { pods, scope as whole, tierState } from "./support/pega-readings.ts";

const scope: PegaScope = {
  ...whole,
  tiers: [...whole.tiers, { name: "portal", kind: "StatefulSet", role: "producer" }],
};

/** Workloads by name with replicas and what is noted of them; pods are always as many as are asked for. */
class Tiers implements TierApi {
  readonly now: Map<string, { replicas: number; former: number | null }>;
  readonly acts: string[] = [];
  found: ScalerReading["found"] = [];
  /** Pods of new replicas are ready after so many looks. */
  slow = 0;

  constructor(now: Readonly<Record<string, readonly [replicas: number, former: number | null]>>) {
    this.now = new Map(Object.entries(now).map(([name, [replicas, former]]) => [name, { replicas, former }]));
  }

  state: TierApi["state"] = async ({ name }) => {
    const found = this.now.get(name);
    if (found === undefined) return null;
    return tierState(found.replicas, { former: found.former });
  };
  pods: TierApi["pods"] = async ({ name }) => {
    const ready = this.slow-- <= 0;
    return pods(name, this.now.get(name)?.replicas ?? 0).map((pod) => ({ ...pod, ready }));
  };
  setFormer: TierApi["setFormer"] = async ({ name }, former) => {
    this.acts.push(`${name} notes ${former}`);
    this.now.get(name)!.former = former;
  };
  scale: TierApi["scale"] = async ({ name }, replicas) => {
    this.acts.push(`${name} scales to ${replicas}`);
    this.now.get(name)!.replicas = replicas;
  };
  scalers: TierApi["scalers"] = async () => ({ found: this.found, unread: [] });
}

const remember = { scope, row: "drain" };
const restore = (more: Partial<RestoreInputs> = {}): RestoreInputs => ({
  ...{ scope, row: "settle", release: "hash", readySeconds: 0, forget: true },
  ...more,
});

describe("replicas before producers are stopped", () => {
  it("are noted for tiers that only produce", async () => {
    const api = new Tiers({ "pega-web": [4, null], "pega-portal": [2, null], "pega-batch": [3, null] });
    assert.deepEqual(await forgottenNow(remember, api), ["web", "portal"]);
    await rememberReplicas(remember, api);
    assert.deepEqual(api.acts, ["pega-web notes 4", "pega-portal notes 2"]);
    assert.deepEqual(await forgottenNow(remember, api), []);
    await rememberReplicas(remember, api);
    assert.equal(api.acts.length, 2);
  });

  it("are kept for a tier that is stopped already, and noted again for one that was scaled since", async () => {
    const api = new Tiers({ "pega-web": [0, 4], "pega-portal": [5, 2] });
    assert.deepEqual(await forgottenNow(remember, api), ["portal"]);
    await rememberReplicas(remember, api);
    assert.deepEqual(api.acts, ["pega-portal notes 5"]);
    assert.deepEqual(await replicasToRestore(scope, api), { web: 4, portal: 5 });
  });

  it("are those it has where the drain was undone and nothing is noted", async () => {
    const api = new Tiers({ "pega-web": [4, null], "pega-portal": [0, 2] });
    assert.deepEqual(await replicasToRestore(scope, api), { web: 4, portal: 2 });
  });

  it("cannot be noted for tiers that do not exist, and nothing is noted then", async () => {
    const api = new Tiers({ "pega-portal": [2, null] });
    await assert.rejects(rememberReplicas(remember, api), {
      message:
        "Deployment pega/pega-web does not exist; correct global.tier or global.deployment.name in the values, " +
        "or the release in the config",
    });
    assert.deepEqual(api.acts, []);
  });

  it("are not listed as forgotten where they cannot be read", async () => {
    const api = new Tiers({});
    api.state = () => Promise.reject(new Error("no answer"));
    assert.deepEqual(await forgottenNow(remember, api), []);
    assert.deepEqual(await shortNow(restore(), api), []);
  });
});

describe("replicas after the switch", () => {
  it("are at least the former ones where autoscaling made Helm take them away, and the note goes", async () => {
    const api = new Tiers({ "pega-web": [1, 4], "pega-portal": [3, 2], "pega-batch": [1, null] });
    assert.deepEqual(await shortNow(restore(), api), ["web", "portal"]);
    await scaleToFormer(restore(), api);
    assert.deepEqual(api.acts, ["pega-web scales to 4", "pega-web notes null", "pega-portal notes null"].sort(order));
    assert.deepEqual(await shortNow(restore(), api), []);
    await scaleToFormer(restore(), api);
    assert.equal(api.acts.length, 3);
  });

  it("keep their note in rows in which autoscaling is still off", async () => {
    const api = new Tiers({ "pega-web": [4, 4], "pega-portal": [0, 2] });
    assert.deepEqual(await shortNow(restore({ forget: false }), api), ["portal"]);
    await scaleToFormer(restore({ forget: false }), api);
    assert.deepEqual(api.acts, ["pega-portal scales to 2"]);
    assert.deepEqual(await shortNow(restore({ forget: false }), api), []);
  });

  it("keep their note as long as the pods are not ready", async () => {
    const api = new Tiers({ "pega-web": [1, 2], "pega-portal": [1, null] });
    api.slow = 100;
    await assert.rejects(scaleToFormer(restore(), api), {
      message:
        'phase "settle": tier web has 0 of 2 pods ready after 0 s; see why (kubectl describe pod), then run pulumi up again',
    });
    assert.equal(api.now.get("pega-web")?.former, 2);
  });

  it("are waited for until the pods are ready", async () => {
    const api = new Tiers({ "pega-web": [1, 2], "pega-portal": [1, null] });
    // One look before scaling and one behind it.
    api.slow = 2;
    await scaleToFormer(restore({ readySeconds: 10 }), api);
    assert.equal(api.now.get("pega-web")?.former, null);
  });

  const order = (a: string, b: string) => Number(a.includes("notes")) - Number(b.includes("notes"));
});

describe("what scales a tier", () => {
  it("is an autoscaler even if it rests at 0 replicas, and a ScaledObject that is not paused", async () => {
    const api = new Tiers({ "pega-web": [0, 4], "pega-portal": [0, 2] });
    const [web, portal] = ["pega-web", "pega-portal"].map((name, at) => ({
      ...{ name, kind: at === 0 ? ("Deployment" as const) : ("StatefulSet" as const) },
      ...{ kubernetes: scope.release.kubernetes, role: "producer" as const, groups: [] },
    }));
    api.found = [
      { kind: "HorizontalPodAutoscaler", name: "pega-web-hpa", workload: web!, rests: true },
      { kind: "ScaledObject", name: "web", workload: web!, rests: false },
      { kind: "ScaledObject", name: "portal", workload: portal!, rests: true },
    ];
    const { tiers } = await readTiers(scope, api);
    const scaled = tiers.map(({ tier, autoscalers }) => [tier.name, autoscalers.join()] as const);
    assert.deepEqual(
      scaled.filter(([, autoscalers]) => autoscalers !== ""),
      [["web", "HorizontalPodAutoscaler pega-web-hpa,ScaledObject web"]],
    );
  });
});

describe("volumes that a stream tier left behind", () => {
  const own = ["pega-stream-pega-stream-0", "pega-stream-pega-stream-1"];
  const others = ["data-postgres-0", "pega-batch-pega-batch-0", "pega-stream-pega-stream-x"];

  class Volumes implements VolumeApi {
    readonly there = new Set([...own, ...others]);
    using: readonly { readonly name: string; readonly claims: readonly string[] }[] = [];
    set = false;
    claims: VolumeApi["claims"] = async () => [...this.there].map((name) => ({ name, terminating: false }));
    pods: VolumeApi["pods"] = async () => this.using;
    exists: VolumeApi["exists"] = async () => this.set;
    remove: VolumeApi["remove"] = async (_scope, name) => void this.there.delete(name);
  }

  it("are deleted by their names, no other is", async () => {
    const api = new Volumes();
    const inputs = { scope, names: [own[0]!] };
    assert.deepEqual(await volumesLeft(inputs, api), [own[0]]);
    await removeVolumes(inputs, api);
    assert.deepEqual([...api.there], [own[1], ...others]);
    assert.deepEqual(await volumesLeft(inputs, api), []);
    await removeVolumes(inputs, api);
  });

  it("stay, all of them, where one is used by a pod", async () => {
    const api = new Volumes();
    api.using = [{ name: "debug", claims: [own[1]!] }];
    await assert.rejects(removeVolumes({ scope, names: own }, api), {
      message:
        "no volume was deleted: pega-stream-pega-stream-1 is used by pod debug; correct retire.volumes, " +
        "or remove what uses them",
    });
    assert.equal(api.there.size, 5);
  });

  it("stay where the stream tier does", async () => {
    const api = new Volumes();
    api.set = true;
    await assert.rejects(removeVolumes({ scope, names: own }, api), /StatefulSet pega\/pega-stream is still there/);
    assert.equal(api.there.size, 5);
  });

  for (const name of others) {
    it(`stay where ${name} is named, which is none of them`, async () => {
      const api = new Volumes();
      await assert.rejects(removeVolumes({ scope, names: [...own, name] }, api), new RegExp(`${name} is no volume of`));
      assert.equal(api.there.size, 5);
    });
  }
});
