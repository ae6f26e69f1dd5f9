import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inventoryText } from "../assess/lock.ts";
import { unmadeSource } from "../assess/unmade.ts";
import { writeLock, writeUnmade } from "../assess/write.ts";
import { parseInventory } from "../config/inventory-file.ts";
import { unmadeInventory } from "../config/inventory.ts";
import { parseConfig } from "../config/load.ts";
import type { MigrationConfig } from "../config/migration-config.ts";
import { register, type Registered } from "./support/rows.ts";
import { stackInput, stackInventory, type StackInput } from "./support/stack.ts";

/** The stack of the lab with a source that it makes itself, with the guide's Secret. */
function fromNothing(edit: (input: StackInput) => void = () => undefined): StackInput {
  const input = stackInput("dev");
  input.source.cluster = {
    ...{ kind: "kubedb", name: "source-kafka", version: "3.9.0", authSecret: "source-kafka-auth" },
    combined: { replicas: 2, storage: { size: "1Gi" } },
    tls: { issuer: { name: "lab-ca" } },
  };
  for (const side of [input.source, input.target]) delete side.credentials!.mirror;
  edit(input);
  return input;
}
const unmade = { path: "inventory/dev.json", text: inventoryText(unmadeInventory(2)) };
const problems = (input: StackInput): string[] => {
  const parsed = parseConfig(input, unmade);
  return "problems" in parsed ? parsed.problems.map(({ path, message }) => `${path}: ${message}`) : [];
};
function parsed(input: StackInput, inventory = unmade): MigrationConfig {
  const found = parseConfig(input, inventory);
  if ("config" in found) return found.config;
  throw new Error(JSON.stringify(found.problems));
}
const names = (resources: readonly Registered[], type: RegExp): string[] =>
  resources.filter((one) => type.test(one.type)).map(({ name }) => name);

describe("a source that the stack makes from nothing", function () {
  this.timeout(60_000);

  it("stands after the first phase, with the target and Connect, and nothing of the applications is touched", async () => {
    const { resources } = await register({ config: parsed(fromNothing()), reached: undefined });
    const kafkas = resources.filter(({ type }) => type === "kubernetes:kubedb.com/v1:Kafka");
    assert.deepEqual(kafkas.map(({ name }) => name).sort(), ["shop-source-kafka", "shop-target-kafka"]);
    const spec = (name: string) => kafkas.find((one) => one.name === name)!.inputs["spec"] as Record<string, unknown>;
    assert.deepEqual(spec("shop-source-kafka")["authSecret"], {
      ...{ apiGroup: "", kind: "Secret", name: "source-kafka-auth" },
    });
    assert.ok(names(resources, /Ready$/).includes("shop-source-ready"));
    assert.ok(names(resources, /ConnectCluster$/).length === 1);
    assert.deepEqual(names(resources, /Patch$|:Topic$|TopicMarks$|Gate$|Switch$/), []);
  });

  it("has KubeDB make its Secret where none is named", async () => {
    const input = fromNothing(({ source }) => {
      if (source.cluster.kind === "kubedb") delete source.cluster.authSecret;
    });
    const { resources } = await register({ config: parsed(input), reached: undefined });
    const [source] = resources.filter(({ name, type }) => name === "shop-source-kafka" && type.endsWith(":Kafka"));
    assert.equal("authSecret" in (source!.inputs["spec"] as object), false);
  });

  it("is migrated from the lockfile on that is written once applications use it", async () => {
    const before = await register({ config: parsed(fromNothing()), reached: undefined });
    const config = parsed(fromNothing(), stackInventory("dev") as typeof unmade);
    const strategy = config.strategy;
    const after = await register({ config, reached: { strategy, row: "prepare" } });
    assert.ok(names(after.resources, /:Topic$/).includes("shop-topic-foo"));
    assert.ok(names(after.resources, /TopicMarks$/).length === 1);
    const lost = before.resources.filter(
      ({ name, type }) => !names(after.resources, new RegExp(`^${type}$`)).includes(name),
    );
    assert.deepEqual(lost, [], "nothing of the first phase goes");
  });

  it("goes no further than the first phase, and is refused for a source that is not made here", () => {
    assert.deepEqual(problems(fromNothing((input) => (input.phase = "mirror"))), [
      'phase: found "mirror", but by the lockfile inventory/dev.json the source was not made yet; allowed: prepare; run pulumi up in ' +
        "the first phase, start the applications, run npm run assess and commit the lockfile",
    ]);
    assert.match(
      problems(stackInput("dev")).join(),
      /^inventory\/dev.json: .*kubedb-existing is not made here; run npm run assess/,
    );
  });

  it("is found by the assessment, which writes a lockfile without topics, but never over that of a source", async () => {
    const config = parsed(fromNothing());
    assert.deepEqual(await unmadeSource(config, async () => null), { object: "Kafka demo/source-kafka", brokers: 2 });
    const there = { halted: false, brokers: [], machine: {}, beforeHalt: {} } as never;
    assert.equal(await unmadeSource(config, async () => there), null);
    const existing = parsed(stackInput("dev"), stackInventory("dev") as typeof unmade);
    assert.equal(await unmadeSource(existing, async () => null), null);
    const directory = mkdtempSync(join(tmpdir(), "lock-"));
    try {
      const file = join(directory, "dev.json");
      assert.equal(writeUnmade(file, 2), "new");
      assert.equal(writeUnmade(file, 2), "unchanged");
      const written = parseInventory({ path: file, text: readFileSync(file, "utf8") });
      assert.deepEqual(written, { inventory: unmadeInventory(2), problems: [] });
      const { text } = stackInventory("dev") as typeof unmade;
      writeLock(file, parseInventory({ path: file, text }).inventory!);
      assert.throws(
        () => writeUnmade(file, 2),
        /holds the inventory of one; restore its Kafka object, or remove the file/,
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
