import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { inlineBytes, isJsonText, isReference, withTextsRead, type Reference } from "../runtime/model/references.ts";
import { provider } from "../runtime/resources/provider.ts";
import { referring } from "../components/large-inputs.ts";
import { largeConfig } from "./support/large-config.ts";
import { ofType, register, type Registered } from "./support/rows.ts";

/** References anywhere in a value, with where they are. */
const referencesIn = (value: unknown, path = ""): [string, Reference][] => {
  if (isReference(value)) return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => referencesIn(inner, path === "" ? key : `${path}.${key}`));
};

const bytesOf = ({ inputs, state }: Registered): number => JSON.stringify(inputs).length + JSON.stringify(state).length;

/** The files lie beside the project, which is a folder of its own here. */
function inFolder(): void {
  const before = process.cwd();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "references-"));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });
}

describe("the state of a large migration", function () {
  this.timeout(120_000);
  inFolder();

  const registered = async (topics: number): Promise<readonly Registered[]> =>
    (
      await register({
        config: largeConfig(topics, "move-producers"),
        reached: { strategy: "producers-first", row: "mirror", declared: "together" },
      })
    ).resources;

  it("carries no list that grows with topics or groups, but for the sizes that the guard of topics remembers", async () => {
    const [some, many] = [await registered(2_000), await registered(10_000)];
    const byName = new Map(some.map((one) => [one.name, one]));
    for (const one of many) {
      const former = byName.get(one.name);
      // A resource for each workload is what people have asked for.
      if (former === undefined || one.type.endsWith(":TopicsGuard")) continue;
      const [before, after] = [bytesOf(former), bytesOf(one)];
      assert.ok(after - before < 2_000, `${one.name}: ${before} bytes with 2,000 topics, ${after} with 10,000`);
    }
    const bytes = many.reduce((sum, one) => sum + bytesOf(one), 0);
    assert.ok(bytes < 10_000_000, `${bytes} bytes, without the ledger`);
    const [guard] = ofType(many, /:TopicsGuard$/);
    assert.equal(Object.keys(guard!.inputs["topics"] as object).length, 10_000);
  });

  it("refers to each list once, by its content: what every gate is given lies in one file", async () => {
    const gates = ofType(await registered(2_000), /:Gate$/);
    assert.ok(gates.length > 3);
    const topics = gates.map(({ inputs }) => (inputs["scope"] as { topics: unknown }).topics);
    for (const one of topics) assert.ok(isReference(one));
    const files = new Set((topics as Reference[]).map(({ inFile }) => inFile));
    assert.equal(files.size, 1);
    assert.equal((JSON.parse(readFileSync([...files][0]!, "utf8")) as string[]).length, 2_000);
    const { scope } = gates[0]!.inputs as { scope: { migration: unknown; source: { bootstrap: unknown } } };
    assert.equal(scope.migration, "shop", "what is small can still be read in a preview");
    assert.ok(Array.isArray(scope.source.bootstrap));
  });

  it("holds by itself what a delete needs, since the files may be gone by then", async () => {
    for (const { name, type, inputs } of await registered(2_000)) {
      const paths = referencesIn(inputs).map(([path]) => path);
      if (type.endsWith(":ConnectorConfig"))
        assert.ok(
          paths.every((path) => path.startsWith("properties.")),
          name,
        );
      else if (type.endsWith(":MirrorRights")) assert.deepEqual(paths, ["acls"], name);
      else if (/:(GeneratedSecret|MirrorTopics|StreamSecret)$/.test(type)) assert.deepEqual(paths, [], name);
    }
  });

  it("has no reference at all where a migration is small", async () => {
    const resources = await registered(60);
    for (const { name, inputs } of resources) assert.deepEqual(referencesIn(inputs), [], name);
    assert.ok(!existsSync(".kafka-migration"));
  });
});

describe("inputs that are held as one text", () => {
  inFolder();
  const scope = { workloads: [], migration: "shop", groups: [{ topics: ["orders"], name: "o".repeat(300) }] };
  const sorted = `{"groups":[{"name":"${"o".repeat(300)}","topics":["orders"]}],"migration":"shop","workloads":[]}`;
  const held = referring({ scope, role: "producer" }) as Record<string, unknown>;

  it("are those that are not small, with keys in the order in which the state would have them", () => {
    assert.deepEqual(held, { scope: { asJson: sorted }, role: "producer" });
    assert.deepEqual(withTextsRead(held), { scope, role: "producer" });
    const known = pulumi.output("later");
    assert.equal((referring({ scope: { ...scope, known } }) as { scope: { known: unknown } }).scope.known, known);
  });

  it("are what every resource of a migration is given that is the same for many", async () => {
    const resources = await registered("move-producers");
    const scopes = resources.filter(({ inputs }) => "scope" in inputs);
    assert.ok(scopes.length > 10);
    for (const { name, given, inputs } of scopes) {
      assert.ok(isJsonText(given["scope"]), name);
      assert.deepEqual(JSON.parse(given["scope"].asJson), inputs["scope"], name);
    }
  });

  it("are read for whoever compares, acts or deletes, and stay texts in the state", async () => {
    const bootstrap = Array.from({ length: 30 }, () => "127.0.0.1:1");
    const target = { bootstrap, side: "target", protocol: "PLAINTEXT", requestSeconds: 1 };
    const inputs = {
      ...held,
      ...referring({ target, topics: ["heartbeats"], record: {}, side: "source", addresses: "a" }),
    };
    const { inputs: checked } = await provider.check("Start", {}, inputs);
    assert.deepEqual(checked["scope"], { asJson: sorted });
    await assert.rejects(provider.delete("MirrorTopics", inputs), /127\.0\.0\.1:1/);
  });

  it("are the same as values that a former state holds member by member", async () => {
    const topics = Object.fromEntries(["b", "a"].map((name) => [name.repeat(200), { partitions: 1 }]));
    const former = { topics: Object.fromEntries(Object.entries(topics).reverse()) };
    const news = referring({ topics }) as Record<string, unknown>;
    assert.ok(isJsonText(news["topics"]));
    assert.equal((await provider.diff("TopicsGuard", former, news)).changes, false);
    const other = referring({ topics: { ...topics, c: { partitions: 2 } } }) as Record<string, unknown>;
    assert.equal((await provider.diff("TopicsGuard", former, other)).changes, true);
  });

  const registered = async (phase: string): Promise<readonly Registered[]> =>
    (await register({ config: largeConfig(60, phase), reached: { strategy: "producers-first", row: "mirror" } }))
      .resources;
});

describe("inputs that refer to files", () => {
  inFolder();
  const long = (of: string) => Array.from({ length: inlineBytes / of.length + 1 }, () => of);
  const guard = { target: undefined };
  const start = (topics: readonly string[], side = "source") => ({
    ...{ scope: { migration: "shop", topics, workloads: [], groups: [] }, role: "producer", side, addresses: "a" },
  });
  const slim = (args: object, remembered?: readonly string[]) => referring(args, remembered) as Record<string, unknown>;

  it("stand for the same value in every run, and for another one once it changes", () => {
    const [one, same, other] = [long("orders"), long("orders"), long("other")].map((topics) => slim({ topics }));
    assert.deepEqual(one, same);
    assert.notDeepEqual(one, other);
    assert.ok(isReference(one!["topics"]));
    assert.deepEqual(slim({ topics: ["orders"] }), { topics: ["orders"] });
    const kept = slim({ topics: long("orders"), ...guard }, ["topics"]);
    assert.deepEqual(withTextsRead(kept), { topics: long("orders"), ...guard });
  });

  it("are read for whoever acts on them, and stay references in the state", async () => {
    const inputs = slim(start(long("orders")));
    const { inputs: checked } = await provider.check("Start", {}, inputs);
    assert.deepEqual(checked["scope"], inputs["scope"]);
    assert.deepEqual(checked["fenced"], []);
    const { outs } = await provider.create("TopicsGuard", slim({ topics: long("orders") }));
    assert.ok(isReference(outs["topics"]));
  });

  it("are kept once by a gate, which reads nothing of what it was given before", async () => {
    const gate = { __provider: "text", row: "mirror", condition: { kind: "target-capacity" }, sealed: true };
    const inputs = slim({ ...gate, scope: { topics: long("orders") } });
    const { outs } = await provider.create("Gate", inputs);
    assert.deepEqual(Object.keys(outs).sort(), ["__provider", "measuredAt", "readings", "sentence"]);
    assert.deepEqual((await provider.update("Gate", outs, inputs)).outs["__provider"], "text");
    assert.equal((await provider.diff("Gate", outs, inputs)).changes, false);
  });

  it("are compared by content where the former file is gone, as on another machine", async () => {
    const olds = slim({ row: "r", topics: long("orders"), adopted: [], sourceClusterId: "S" });
    rmSync(".kafka-migration", { recursive: true });
    const news = slim({ row: "r", topics: long("orders"), adopted: [], sourceClusterId: "S" });
    const unmarked = { ...{ kubernetes: { namespace: "demo", kubeconfig: "/none" }, configMap: "c" }, marks: {} };
    const changes = async (topics: Record<string, unknown>) =>
      (await provider.diff("TopicMarks", { ...olds, ...unmarked }, { ...topics, ...unmarked })).changes;
    assert.equal(await changes(news), false);
    rmSync(".kafka-migration", { recursive: true });
    assert.equal(await changes(slim({ row: "r", topics: long("other"), adopted: [], sourceClusterId: "S" })), true);
  });

  it("are refused by name when their file is missing or another one", async () => {
    const inputs = slim(start(long("payments")));
    const [[, { inFile }]] = referencesIn(inputs) as [[string, Reference]];
    const text = readFileSync(inFile, "utf8");
    const { sha256 } = referencesIn(inputs)[0]![1];
    assert.equal(createHash("sha256").update(text).digest("hex"), sha256);
    writeFileSync(inFile, text.replace("payments", "repayments"));
    await assert.rejects(provider.check("Start", {}, inputs), /^Error: \.kafka-migration\/\w+\.json is not what/);
    rmSync(inFile);
    await assert.rejects(provider.check("Start", {}, inputs), /could not read \.kafka-migration\/\w+\.json, .*ENOENT/);
    mkdirSync(".kafka-migration", { recursive: true });
  });
});
