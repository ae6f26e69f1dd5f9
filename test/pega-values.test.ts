import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { effectiveValues, mergeValues, readValueFiles } from "../components/pega/values.ts";

describe("values", () => {
  it("are laid over each other as Helm does it: maps key by key, lists as a whole", () => {
    const under = {
      global: { tier: [{ name: "web" }, { name: "batch" }], provider: "k8s" },
      stream: { enabled: true },
    };
    const over = { global: { tier: [{ name: "util" }] }, stream: { enabled: false } };
    assert.deepEqual(mergeValues(under, over), {
      global: { tier: [{ name: "util" }], provider: "k8s" },
      stream: { enabled: false },
    });
  });

  it("keep a null through the layers, and it takes the chart's default away", () => {
    const layered = mergeValues({ hpa: { minReplicas: 2 }, a: 1 }, { hpa: null });
    assert.deepEqual(layered, { hpa: null, a: 1 });
    assert.deepEqual(effectiveValues({ hpa: { minReplicas: 1 }, b: 2 }, layered), { a: 1, b: 2 });
  });

  it("hand an Output through untouched", () => {
    const secret = pulumi.secret("jaas");
    const merged = mergeValues({ stream: { jaasConfig: { old: 1 } } }, { stream: { jaasConfig: secret } });
    assert.equal((merged["stream"] as Record<string, unknown>)["jaasConfig"], secret);
  });
});

describe("values files", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "values-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it("are read one over the other", () => {
    const first = file("a.yaml", "global:\n  provider: k8s\n  tier: [{name: web}]\n");
    const second = file("b.yaml", "global: {tier: [{name: batch}]}\n");
    const empty = file("c.yaml", "# nothing\n");
    assert.deepEqual(readValueFiles([first, second, empty]), {
      values: { global: { provider: "k8s", tier: [{ name: "batch" }] } },
    });
  });

  it("are read as Helm reads them: yes is true, 0644 is octal, dates and times are text", () => {
    const path = file(
      "a.yaml",
      "a: yes\nb: 0644\nc: 2026-11-21\nd: 10:30\ne: '1'\nf: 1e3\ng: &x {h: 1}\ni: {<<: *x}\n",
    );
    assert.deepEqual(readValueFiles([path]), {
      values: { a: true, b: 420, c: "2026-11-21", d: "10:30", e: "1", f: 1000, g: { h: 1 }, i: { h: 1 } },
    });
  });

  it("that are wrong are all named, with line and what to do", () => {
    const missing = join(folder, "gone.yaml");
    const broken = file("broken.yaml", "global:\n  tier: [\n  a: b\n");
    const twice = file("twice.yaml", "stream: {enabled: false}\nglobal: {}\nstream: {enabled: true}\n");
    const list = file("list.yaml", "- a\n");
    const two = file("two.yaml", "a: 1\n---\nb: 2\n");
    const read = readValueFiles([missing, broken, twice, list, two]);
    assert.ok("problems" in read);
    const found = read.problems.map(({ path, message }) => `${path.slice(folder.length + 1)}: ${message}`);
    assert.equal(found.length, 5);
    assert.match(found[0]!, /^gone\.yaml: not found; name values files relative to/);
    assert.match(found[1]!, /^broken\.yaml: line \d: .*; Helm could not read it either, correct the file$/);
    assert.match(found[2]!, /^twice\.yaml: line 3: Map keys must be unique/);
    assert.match(found[3]!, /^list\.yaml: found a list; allowed: a map of keys/);
    assert.match(found[4]!, /^two\.yaml: found 2 YAML documents; allowed: one/);
  });
});
