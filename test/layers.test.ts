import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import ts from "typescript";
import { root } from "./support/stack.ts";

/** One import: of a folder of ours, a package, or a part of Node (`node:`). */
interface Import {
  readonly file: string;
  /** `config/schema.ts`, `zod`, `node:fs`. */
  readonly of: string;
  /** Erased before the program runs. */
  readonly typeOnly: boolean;
  /** `await import(…)` inside a function. */
  readonly dynamic: boolean;
}

const isPart = (node: ts.Node | undefined, of: string): boolean =>
  node !== undefined && ts.isStringLiteral(node) && node.text.startsWith(of);

/** Every import of a TypeScript file, whatever its form. */
function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, dynamic: boolean): void => {
    if (!specifier || !ts.isStringLiteral(specifier)) return;
    const of = specifier.text.startsWith(".") ? posix.join(dirname(file), specifier.text) : specifier.text;
    found.push({ file, of, typeOnly, dynamic });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly ?? false, false);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly, false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true, false);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false, true);
    } else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && isPart(node.arguments[0], "kafkajs/")) {
      // Files of kafkajs itself are loaded by a function of `createRequire`, whatever its name.
      add(node.arguments[0], false, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}

type Layer =
  | "index.ts"
  | "config"
  | "phases"
  | "components"
  | "gates"
  | "runtime"
  | "lab"
  | "assess"
  | "plan"
  | "demo"
  | "bench"
  | "tools"
  | "cli"
  | "scripts";

/** What measures and drives gates stands above them, whatever else it is. */
const seesGates = /^runtime\/(measure|resources|index)\b/;

/** Files of the Kubernetes client that load nothing else of it; the whole package costs the program 0.7 s of CPU. */
const smallParts = ["gen/apis/exception.js", "middleware.js", "patch.js", "types.js"].map(
  (file) => `@kubernetes/client-node/dist/${file}`,
);

/** The files of the program in which the runtime runs: in the resources' own methods, and before any is registered. */
const runsIt = [
  "components/resources.ts",
  "components/declared.ts",
  "components/naming.ts",
  "components/pega/running.ts",
];

/** The arrow config -> phases -> components -> runtime: what each layer may import besides itself and Node. */
const allowed: Record<Layer, (one: Import) => boolean> = {
  "index.ts": ({ of }) => /^(config|components)\//.test(of),
  config: ({ of, file }) =>
    of === "zod" ||
    of === "phases/strategies/index.ts" ||
    of === "phases/pega/tables.ts" ||
    of === "phases/row.ts" ||
    of === "phases/did-you-mean.ts" ||
    of.startsWith("phases/waves/") ||
    (of === "@pulumi/pulumi" && file === "config/load.ts") ||
    (of === "yaml" && file === "config/stack-file.ts"),
  phases: ({ of }) => of === "leven",
  /** Pure: what a gate needs, how it judges. Of the config it knows the type alone. */
  gates: ({ of, typeOnly }) =>
    /^runtime\/(model|judging|brokers|connect|ledger|connectors|inventory|placement|rights|schemas|pega)\//.test(of) ||
    (["config/migration-config.ts", "config/pega/schema.ts"].includes(of) && typeOnly),
  components: ({ of, typeOnly, dynamic, file }) =>
    /^(config|phases|gates)\//.test(of) ||
    /^@pulumi\//.test(of) ||
    (of === "@kafka-migration/kafka" && (typeOnly || (dynamic && runsIt.includes(file)))) ||
    (of === "yaml" && file === "components/pega/helm-yaml.ts") ||
    (of === "esbuild" && file === "components/programs/bundle.ts"),
  runtime: ({ of, file }) =>
    (/^gates\//.test(of) && seesGates.test(file)) ||
    [
      "@platformatic/kafka",
      "@kubernetes/client-node",
      "dot-properties",
      "json-p3",
      "zod",
      "@kafkajs/confluent-schema-registry",
    ].includes(of) ||
    (file === "runtime/schemas/readers.ts" && /^ajv(\/|$)/.test(of)) ||
    of.startsWith("kafkajs/") ||
    smallParts.includes(of),
  assess: ({ of, file }) =>
    /^(config|cli)\//.test(of) ||
    of.startsWith("phases/waves/") ||
    ["@kafka-migration/kafka", "yaml", "zod"].includes(of) ||
    [
      "components/scope.ts",
      "components/side-addresses.ts",
      "components/names.ts",
      "components/connector-properties.ts",
    ].includes(of) ||
    (file === "assess/probe.ts" && of === "components/mirror-maker.ts"),
  /** Reads the config and the tables; asks nothing. */
  plan: ({ of }) =>
    /^(config|phases|gates|cli)\//.test(of) ||
    ["components/scope.ts", "components/side-addresses.ts", "components/names.ts", "components/gates.ts"].includes(of),
  lab: ({ of }) => /^(tools|cli)\//.test(of) || !isOurs(of),
  /** Calls what it measures. */
  bench: ({ of }) => /^(config|components|demo|lab|tools|cli|runtime|gates)\//.test(of) || !isOurs(of),
  demo: ({ of }) =>
    /^(lab|tools|cli)\//.test(of) || /^phases\/(strategies\/index|pega\/tables)\.ts$/.test(of) || !isOurs(of),
  tools: ({ of }) => of.startsWith("cli/") || !isOurs(of),
  cli: () => false,
  scripts: () => true,
};

const isOurs = (of: string): boolean =>
  of.startsWith("@kafka-migration/") ||
  /^(config|phases|components|gates|runtime|lab|assess|plan|demo|bench|tools|cli|scripts|test)\//.test(of);

/** The shared words at the bottom: everybody may import them, and they import nobody. */
const isWord = (of: string): boolean => of.startsWith("runtime/model/");

/** Of which the words know types: kinds of workloads are handed a client. */
const isKubernetesClient = (of: string): boolean => of === "@kubernetes/client-node";

/** Rules that hold whatever the layer: only one client per purpose, so that tests look with other eyes. */
function foreignClient({ file, of, typeOnly }: Import): boolean {
  const layer = file.split("/")[0]!;
  if (of === "@platformatic/kafka") return layer !== "runtime";
  // Types aside, kafkajs comes from where its busy loop is taken out.
  if (of.startsWith("kafkajs/")) return !["lab/kafkajs.ts", "runtime/brokers/second-client.ts"].includes(file);
  if (of === "kafkajs") return typeOnly ? !["lab", "demo", "test"].includes(layer) : file !== "lab/kafkajs.ts";
  return false;
}

function offences(imports: readonly Import[]): string[] {
  return imports
    .filter((one) => {
      const layer = one.file.split("/")[0]!;
      if (foreignClient(one)) return true;
      if (layer === "test" || one.of.startsWith("node:")) return false;
      if (isWord(one.file)) return !isWord(one.of) && one.of !== "zod" && !(one.typeOnly && isKubernetesClient(one.of));
      if (one.of.startsWith(`${layer}/`)) return false;
      if (isWord(one.of)) return false;
      if (layer === "runtime" && one.of === "runtime/index.ts") return false;
      return !allowed[layer as Layer](one);
    })
    .map(({ file, of }) => `${file} imports ${of}`);
}

/** Rooms of the runtime by floor: a room imports those below it, never one beside it or above. */
const floors: readonly (readonly string[])[] = [
  ["model"],
  ["kubernetes"],
  ["brokers", "registry", "ledger"],
  ["connect"],
  ["placement", "schemas", "connectors", "rights", "inventory", "topics"],
  ["workloads", "programs"],
  ["switch"],
  ["pega"],
  ["judging"],
  ["measure"],
  ["resources"],
];

/** The room of a file of the runtime; null for what stands above all rooms, such as its index. */
const roomOf = (file: string): string | null => /^runtime\/([^/]+)\//.exec(file)?.[1] ?? null;

function upwards(imports: readonly Import[]): string[] {
  const floorOf = (file: string): number => {
    const room = roomOf(file);
    return room === null ? floors.length : floors.findIndex((rooms) => rooms.includes(room));
  };
  return imports
    .filter(({ file, of }) => file.startsWith("runtime/") && of.startsWith("runtime/"))
    .filter(({ file, of }) => roomOf(file) !== roomOf(of) && floorOf(of) >= floorOf(file))
    .map(({ file, of }) => `${file} imports ${of}`);
}

/** Files that import each other in a circle, each circle once; types count. */
function circles(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { file, of } of imports) next.set(file, [...(next.get(file) ?? []), of]);
  const found = new Set<string>();
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) return void found.add(path.slice(at).sort().join(" <-> "));
    if (done.has(file)) return;
    for (const of of next.get(file) ?? []) walk(of, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
  return [...found];
}

/** What a file loads before its first line runs: files of ours and packages, without types and dynamic imports. */
function loadedBy(file: string, imports: readonly Import[]): ReadonlySet<string> {
  const next = Map.groupBy(
    imports.filter(({ typeOnly, dynamic }) => !typeOnly && !dynamic),
    (one) => one.file,
  );
  const found = new Set([file]);
  for (const at of found) for (const { of } of next.get(at) ?? []) found.add(of);
  return found;
}

const files = globSync(
  "{config,phases,components,gates,runtime,lab,assess,demo,bench,tools,cli,scripts,test}/**/*.ts",
  {
    cwd: root,
  },
)
  .filter((file) => !file.includes("node_modules"))
  .concat("index.ts")
  .sort();

describe("the layers", () => {
  let imports: readonly Import[] = [];
  before(() => {
    imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), "utf8")));
  });

  it("import along the arrow config -> phases -> components -> runtime only", () => {
    assert.ok(imports.length > 100, `only ${imports.length} imports were read`);
    assert.deepEqual(offences(imports), []);
  });

  it("have a runtime whose rooms stand on each other, without an arrow upwards", () => {
    const rooms = new Set(files.map(roomOf).filter((room) => room !== null));
    assert.deepEqual([...rooms].sort(), floors.flat().sort(), "every room has a floor");
    assert.deepEqual(upwards(imports), []);
  });

  it("have no circle of imports, types included", () => {
    assert.deepEqual(circles(imports), []);
  });

  it("keep the clients of Kafka and Kubernetes out of the program, which asks nobody while it declares", () => {
    const clients = ["@platformatic/kafka", "@kubernetes/client-node", "kafkajs", "@kafkajs/confluent-schema-registry"];
    const loaded = loadedBy("index.ts", imports);
    assert.ok(loaded.has("gates/index.ts") && loaded.has("zod"), "what the program loads was found");
    assert.deepEqual(
      clients.filter((client) => loaded.has(client)),
      [],
    );
  });

  it("see an arrow upwards, one to the room beside, and a circle", () => {
    const lines = (file: string, ...of: string[]) =>
      importsOf(file, of.map((one) => `import type { A } from "../${one}";`).join("\n"));
    assert.deepEqual(upwards(lines("runtime/brokers/a.ts", "switch/b.ts", "registry/c.ts", "model/d.ts")), [
      "runtime/brokers/a.ts imports runtime/switch/b.ts",
      "runtime/brokers/a.ts imports runtime/registry/c.ts",
    ]);
    const circle = [...lines("runtime/a/x.ts", "b/y.ts"), ...lines("runtime/b/y.ts", "a/x.ts")];
    assert.deepEqual(circles(circle), ["runtime/a/x.ts <-> runtime/b/y.ts"]);
  });

  const against: [string, string, string][] = [
    ["config/schema.ts", 'import { plan } from "../phases/plan.ts";', "phases/plan.ts"],
    ["config/schema.ts", 'import * as pulumi from "@pulumi/pulumi";', "@pulumi/pulumi"],
    [
      "phases/plan.ts",
      'import type { MigrationConfig } from "../config/migration-config.ts";',
      "config/migration-config.ts",
    ],
    ["phases/plan.ts", 'import { z } from "zod";', "zod"],
    ["components/scope.ts", 'import { hold } from "@kafka-migration/kafka";', "@kafka-migration/kafka"],
    ["components/scope.ts", 'import { hold } from "../runtime/resources/gate.ts";', "runtime/resources/gate.ts"],
    ["components/resources.ts", 'import { provider } from "@kafka-migration/kafka";', "@kafka-migration/kafka"],
    ["components/starts.ts", 'const kafka = await import("@kafka-migration/kafka");', "@kafka-migration/kafka"],
    ["components/resources.ts", 'export { judge } from "../runtime/resources/gate.ts";', "runtime/resources/gate.ts"],
    ["runtime/resources/gate.ts", 'import { plan } from "../../phases/plan.ts";', "phases/plan.ts"],
    ["runtime/resources/gate.ts", 'import { Kafka } from "kafkajs";', "kafkajs"],
    ["runtime/switch/witness.ts", 'load("kafkajs/src/cluster/index.js");', "kafkajs/src/cluster/index.js"],
    ["runtime/model/may-secret.ts", 'import { hold } from "../resources/gate.ts";', "runtime/resources/gate.ts"],
    ["runtime/model/may-secret.ts", 'import { parse } from "yaml";', "yaml"],
    [
      "runtime/model/workload-kinds/rollout.ts",
      'import { KubeConfig } from "@kubernetes/client-node";',
      "@kubernetes/client-node",
    ],
    ["lab/seed.ts", 'import kafkajs from "kafkajs";', "kafkajs"],
    ["test/lab/gates.test.ts", 'import { Kafka } from "kafkajs";', "kafkajs"],
    ["lab/lab.ts", 'const kafka = await import("@kafka-migration/kafka");', "@kafka-migration/kafka"],
    ["lab/lab.ts", 'import { Admin } from "@platformatic/kafka";', "@platformatic/kafka"],
    ["demo/main.ts", 'import type { Config } from "../config/schema.ts";', "config/schema.ts"],
    ["demo/main.ts", 'import { plan } from "../phases/plan.ts";', "phases/plan.ts"],
    ["assess/lock.ts", 'import { plan } from "../phases/plan.ts";', "phases/plan.ts"],
    ["assess/lock.ts", 'import { topicsToLock } from "../runtime/inventory/locked.ts";', "runtime/inventory/locked.ts"],
    ["index.ts", 'import { plan } from "./phases/plan.ts";', "phases/plan.ts"],
    ["test/lab/gates.test.ts", 'import { Admin } from "@platformatic/kafka";', "@platformatic/kafka"],
  ];
  for (const [file, line, of] of against) {
    it(`refuse ${line} in ${file}`, () => {
      assert.deepEqual(offences(importsOf(file, line)), [`${file} imports ${of}`]);
    });
  }
});
