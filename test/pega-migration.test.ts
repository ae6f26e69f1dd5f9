import assert from "node:assert/strict";
import { RunError } from "@pulumi/pulumi";
import { rowAfter } from "../components/pega/look.ts";
import { rolesOf } from "../components/pega/tiers.ts";
import { pegaTables } from "../phases/pega/tables.ts";
import { pegaConfig } from "./support/pega/config.ts";
import { shapes, valuesOf } from "./support/pega/shapes.ts";
import { registeredRow } from "./support/pega/registered.ts";
import { providerOf } from "./support/provider.ts";
import { changeOf, ofType, type Registered } from "./support/rows.ts";

const shape = shapes.find(({ name }) => name.startsWith("older"))!;
const values = valuesOf(shape);

async function row(name: string, reached: string | undefined, edit = (_: ReturnType<typeof pegaConfig>) => {}) {
  const config = { ...pegaConfig(), phase: name };
  edit(config);
  return registeredRow(config, reached, shape);
}

const names = pegaTables["pega-drained"].map(({ name }) => name);

/** Every URN that a resource waits for, by dependencies and parents. */
function awaited(resource: Registered, all: readonly Registered[]): Set<string> {
  const found = new Set<string>();
  const visit = (one: Registered): void => {
    for (const urn of [...one.dependencies, one.parent]) {
      const next = all.find((other) => other.urn === urn);
      if (next === undefined || found.has(urn)) continue;
      found.add(urn);
      visit(next);
    }
  };
  visit(resource);
  return found;
}

describe("a row of a Pega release", function () {
  this.timeout(60_000);
  const walked: Record<string, readonly Registered[]> = {};
  before(async () => {
    for (const [at, name] of names.entries()) walked[name] = (await row(name, names[at - 1])).resources;
  });

  it("waits with release, cluster, user and replicas for all gates of the row", () => {
    for (const name of names) {
      const all = walked[name]!;
      const gates = ofType(all, /:Gate$/).filter(({ inputs }) => inputs["row"] === name);
      assert.equal(gates.length, pegaTables["pega-drained"].find((one) => one.name === name)!.opensWhen.length);
      const changeable = all.filter(({ custom, type }) => custom && !/:Gate$|:Namespace$|^pulumi:prov/.test(type));
      assert.ok(changeable.some(({ type }) => type === "kubernetes:helm.sh/v3:Release"));
      for (const resource of changeable) {
        const waits = awaited(resource, all);
        for (const gate of gates) assert.ok(waits.has(gate.urn), `${name}: ${resource.name} waits for ${gate.name}`);
      }
    }
  });

  it("notes replicas before the release stops producers, and gives them back after it", () => {
    const drain = walked["drain"]!;
    const release = drain.find(({ type }) => type.endsWith(":Release"))!;
    assert.ok(awaited(release, drain).has(drain.find(({ type }) => type.endsWith(":RememberReplicas"))!.urn));
    assert.equal(ofType(drain, /:FormerReplicas$/).length, 0);
    for (const name of names.filter((one) => one !== "drain")) {
      const all = walked[name]!;
      const [former] = ofType(all, /:FormerReplicas$/);
      assert.ok(awaited(former!, all).has(all.find(({ type }) => type.endsWith(":Release"))!.urn), name);
      assert.equal(former!.inputs["forget"], !["switch", "resume"].includes(name), name);
      assert.equal(ofType(all, /:RememberReplicas$/).length, 0, name);
    }
  });

  it("takes the release over, and leaves it, its user and its Secret as they are when it goes", () => {
    const all = walked["retire"]!;
    const [release] = ofType(all, /:Release$/);
    assert.equal(release!.importId, "pega/pega");
    const kept = [...ofType(all, /:Release$|:Acl$|:UserScramCredential$|:StreamSecret$|:GeneratedSecret$/)];
    assert.ok(kept.length >= 9, `${kept.length} resources`);
    for (const { name, retainOnDelete } of kept) assert.ok(retainOnDelete, name);
  });

  it("gives Pega's user what Pega asks for, and nothing else", () => {
    const rights = ofType(walked["prepare"]!, /:Acl$/).map(({ inputs }) =>
      ["aclOperation", "aclResourceType", "aclResourceName", "resourcePatternTypeFilter"]
        .map((key) => String(inputs[key]))
        .join(" "),
    );
    assert.deepEqual(rights.sort(), [
      "All Group pega- Prefixed",
      "All Topic pega- Prefixed",
      "IdempotentWrite Cluster kafka-cluster Literal",
      "Read TransactionalID * Literal",
      "Write TransactionalID * Literal",
    ]);
  });

  it("removes volumes in the last row only, and only named ones", async () => {
    for (const name of names.slice(0, -1)) assert.equal(ofType(walked[name]!, /:RemovedVolumes$/).length, 0, name);
    const { resources } = await row("retire", "settle", ({ retire }) => void (retire.volumes = ["pega-stream-0"]));
    assert.deepEqual(ofType(resources, /:RemovedVolumes$/)[0]!.inputs["names"], ["pega-stream-0"]);
  });

  it("shows no value of the release, which may be a password", () => {
    for (const name of names) {
      const release = JSON.stringify(ofType(walked[name]!, /:Release$/)[0]!.inputs["values"]);
      assert.match(release, /4dabf18193072939515e22adb298388d/, name);
    }
  });

  it("does not change once it is reached", async () => {
    for (const name of names) {
      const { resources } = await row(name, name);
      for (const resource of resources) {
        const { inputs } = resource;
        // What a check reads from Kubernetes is empty here.
        const read = "__provider" in inputs ? { forgotten: [], short: [], left: [] } : {};
        const quiet = { ...resource, inputs: { ...inputs, ...read } };
        assert.equal(await changeOf(quiet, walked[name]!), "=", `${name}: ${resource.name}`);
      }
    }
  });

  it("keeps the name of everything through all rows, gates aside", () => {
    const urns = Map.groupBy(
      names.flatMap((name) => walked[name]!),
      ({ type, name }) => `${type} ${name}`,
    );
    for (const [what, found] of urns) assert.equal(new Set(found.map(({ urn }) => urn)).size, 1, what);
  });

  it("holds no code that cannot run from the state alone", () => {
    const dynamic = names.flatMap((name) => walked[name]!).filter(({ inputs }) => "__provider" in inputs);
    for (const { inputs, name } of dynamic) assert.ok(providerOf(inputs)?.create, name);
  });

  it("is refused where it skips one, and after the switch on the way back", () => {
    const at = (phase: string, reached: string) => () =>
      rowAfter({ ...pegaConfig(), phase }, { strategy: "pega-drained", row: reached });
    assert.throws(at("switch", "prepare"), (error) => error instanceof RunError && /skips "drain"/.test(error.message));
    assert.throws(at("drain", "switch"), /phase "switch" has no way back: what Pega has written/);
    assert.doesNotThrow(at("prepare", "drain"));
    assert.doesNotThrow(at("resume", "settle"));
  });
});

describe("tiers without a role", () => {
  it("are named, with what they may be", () => {
    const known = rolesOf(values, []);
    assert.ok("problems" in known);
    assert.match(known.problems.map(({ message }) => message).join("\n"), /no role for nodeType/);
  });
});
