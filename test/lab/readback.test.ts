import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { parse } from "yaml";
import { connect, type AnyObject, type Api } from "../../lab/kubernetes.ts";
import { lab } from "../../lab/lab.ts";
import { crdFiles, crdFolder, crdsAreHere, withCrdDefaults } from "../support/crds.ts";
import { renderedSets, type Rendered, type RenderedSet } from "../support/kubedb-objects.ts";
import { usesLab } from "./support/shared-lab.ts";

const definitions = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" };
const applyPatch = setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply);
const namespace = "readback";

/** An API server with KubeDB's real CRDs and nothing behind it: what it stores is what was understood. */
describe("an API server with KubeDB's own CRDs", function () {
  this.timeout(5 * 60_000);
  let api: Api;
  let sets: readonly RenderedSet[] = [];
  const plurals = new Map<string, { group: string; version: string; plural: string }>();

  before(function () {
    if (!crdsAreHere) this.skip();
  });
  usesLab(this, "control-plane");
  before(async () => {
    sets = await renderedSets();
    api = connect(lab.kubeconfig);
    await api.core.createNamespace({ body: { metadata: { name: namespace } } });
    for (const file of Object.values(crdFiles)) await install(file);
  });

  async function install(file: string): Promise<void> {
    const body = parse(readFileSync(join(crdFolder, file), "utf8")) as AnyObject;
    await api.custom.createClusterCustomObject({ ...definitions, body });
    const { group, names, versions } = body["spec"] as {
      group: string;
      names: { kind: string; plural: string };
      versions: { name: string }[];
    };
    for (const { name } of versions) {
      plurals.set(`${group}/${name} ${names.kind}`, { group, version: name, plural: names.plural });
    }
    for (let asked = 0; ; asked++) {
      const found = (await api.custom.getClusterCustomObject({
        ...definitions,
        name: body.metadata!.name!,
      })) as AnyObject;
      const conditions = (found["status"]?.conditions ?? []) as { type: string; status: string }[];
      if (conditions.some(({ type, status }) => type === "Established" && status === "True")) return;
      if (asked > 100) throw new Error(`${file} is not served: ${JSON.stringify(conditions)}`);
      await sleep(200);
    }
  }

  /** Applies an object as Pulumi does, server-side, with unknown fields refused, and reads it back. */
  async function roundTrip(object: Omit<Rendered, "patch">): Promise<AnyObject> {
    const kind = plurals.get(`${object.apiVersion} ${object.kind}`);
    assert.ok(kind, `no CRD serves ${object.apiVersion} ${object.kind}`);
    const { name } = object.metadata;
    await api.custom.patchNamespacedCustomObject(
      {
        ...{ ...kind, namespace, name, fieldManager: "test", force: true, fieldValidation: "Strict" },
        body: { ...object, metadata: { ...object.metadata, namespace } },
      },
      applyPatch,
    );
    const read = (await api.custom.getNamespacedCustomObject({ ...kind, namespace, name })) as AnyObject;
    await api.custom.deleteNamespacedCustomObject({ ...kind, namespace, name });
    return read;
  }

  it("takes every object that the program registers and gives it back as it was sent", async () => {
    const seen = new Map<string, Omit<Rendered, "patch">>();
    for (const { objects } of sets) {
      for (const { patch, ...object } of objects) {
        // An AppBinding's CRD is not KubeDB's; a patch is no object of its own.
        if (!patch && object.kind !== "AppBinding") seen.set(JSON.stringify(object), object);
      }
    }
    for (const object of seen.values()) {
      const read = await roundTrip(object);
      assert.deepEqual(read["spec"], withCrdDefaults(object).spec, `${object.kind} ${object.metadata.name}`);
      for (const part of ["labels", "annotations"] as const) {
        assert.deepEqual(read.metadata?.[part], (object.metadata as AnyObject)[part], object.metadata.name);
      }
    }
    const kinds = Map.groupBy(seen.values(), ({ kind }) => kind);
    console.log(`    ${[...kinds].map(([kind, found]) => `${found.length} ${kind}`).join(", ")} read back equal`);
    assert.deepEqual([...kinds.keys()].sort(), ["ConnectCluster", "Connector", "Kafka"]);
  });

  it("takes the patch that halts a source and keeps the rest of the object", async () => {
    const all = sets.flatMap(({ objects }) => objects);
    const { patch: _, ...halt } = all.find(({ patch }) => patch)!;
    const { patch: __, ...kafka } = all.find(({ kind, patch }) => kind === "Kafka" && !patch)!;
    const kind = plurals.get("kubedb.com/v1 Kafka")!;
    const source = { ...kafka, metadata: { name: "source", namespace } };
    const apply = (body: object, fieldManager: string) =>
      api.custom.patchNamespacedCustomObject(
        { ...kind, namespace, name: "source", body, fieldManager, force: true, fieldValidation: "Strict" },
        applyPatch,
      );
    await apply(source, "somebody");
    await apply({ ...halt, metadata: { name: "source", namespace } }, "test");
    const read = (await api.custom.getNamespacedCustomObject({ ...kind, namespace, name: "source" })) as AnyObject;
    assert.deepEqual(read["spec"], withCrdDefaults({ ...source, spec: { ...source.spec, ...halt.spec } }).spec);
  });

  it("refuses an object with a field that KubeDB does not have, and names it", async () => {
    for (const wanted of ["Kafka", "ConnectCluster", "Connector"]) {
      const found = sets.flatMap(({ objects }) => objects).find(({ kind, patch }) => kind === wanted && !patch)!;
      const { patch: _, ...object } = found;
      await assert.rejects(
        roundTrip({ ...object, spec: { ...object.spec, reloadOnConfigChange: true } }),
        /reloadOnConfigChange/,
        wanted,
      );
    }
  });
});
