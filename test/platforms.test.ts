import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readiness } from "../runtime/model/platforms/kubedb/readiness.ts";
import {
  connectPlatformOf,
  isMade,
  kafkaObjectOf,
  plannedOf,
  platformOf,
  platformOfApi,
  platforms,
} from "../runtime/model/platforms/platforms.ts";
import { withoutComments } from "./support/code.ts";
import { root, stackConfig } from "./support/stack.ts";

const dev = stackConfig("dev");

describe("a platform", () => {
  it("is found by each of its kinds, which no other has", () => {
    const kinds = platforms.flatMap(({ made, existing }) => [...(made === undefined ? [] : [made]), existing]);
    assert.deepEqual([...new Set(kinds)], kinds);
    for (const platform of platforms) {
      assert.equal(platformOf({ kind: platform.existing }), platform);
      assert.equal(isMade({ kind: platform.existing }), false);
      if (platform.made === undefined) continue;
      assert.equal(platformOf({ kind: platform.made }), platform);
      assert.equal(isMade({ kind: platform.made }), true);
    }
    assert.throws(() => platformOf({ kind: "nobody's" }), { message: `no platform has the kind "nobody's"` });
  });

  it("is found by the group of its objects, which no other has", () => {
    for (const platform of platforms) {
      for (const group of platform.groups) assert.equal(platformOfApi(`${group}/v1`), platform);
      for (const type of [platform.kafka?.object, platform.connect?.object, platform.connect?.connector]) {
        if (type) assert.equal(platformOfApi(type.apiVersion), platform, type.apiVersion);
      }
    }
    assert.throws(() => platformOfApi("apps/v1"), { message: "no platform has objects of apps/v1" });
  });

  it("says of a cluster that is made here what the config says, and nothing of another", () => {
    assert.deepEqual(
      [dev.target, dev.source].map(({ cluster }) => plannedOf(cluster)?.version),
      ["4.2.0", undefined],
    );
    const { cluster } = stackConfig("prod").target;
    assert.equal(plannedOf(cluster)?.brokers.replicas, 5);
    assert.equal(plannedOf(cluster)?.controllers.replicas, 3);
    assert.equal(plannedOf({ kind: "external" }), undefined);
  });

  it("is none where a cluster is known by its addresses alone", () => {
    assert.equal(kafkaObjectOf({ kind: "external" }), null);
    assert.equal(kafkaObjectOf(dev.source.cluster)?.name, "source-kafka");
    assert.equal(connectPlatformOf(dev.connect).object.kind, "ConnectCluster");
  });
});

describe("KubeDB's report of an object", () => {
  const condition = { type: "Ready", status: "False", reason: "NoVolume", message: "claim is pending" };
  // prettier-ignore
  const reports = [
    // kind         status                                                                      what it means
    ["Kafka",       { phase: "Ready" },                                                         "ready: Ready"],
    ["Kafka",       { phase: "Ready", observedGeneration: 2 },                                  "ready: Ready"],
    ["Kafka",       { phase: "Ready", observedGeneration: 1 },                                  "waiting: Ready for generation 1, not yet for 2"],
    ["Kafka",       { phase: "Provisioning", conditions: [condition] },                         "waiting: Provisioning (Ready: NoVolume, claim is pending)"],
    ["Kafka",       { phase: "Failed", conditions: [condition] },                               "failed: Ready: NoVolume, claim is pending"],
    ["Kafka",       { phase: "Failed", observedGeneration: 1 },                                 "waiting: Failed for generation 1, not yet for 2"],
    ["Kafka",       undefined,                                                                  "waiting: no phase yet"],
    ["Connector",   { phase: "Running" },                                                       "ready: Running"],
    ["Connector",   { phase: "Ready" },                                                         "waiting: Ready"],
  ] as const;
  for (const [kind, status, meaning] of reports) {
    it(`of a ${kind} means ${meaning}`, () => {
      const { state, found } = readiness.of(kind, { metadata: { generation: 2 }, ...(status && { status }) }, 1);
      assert.equal(`${state}: ${found}`, meaning);
    });
  }
});

/** Words that belong into KubeDB's own folder. */
const kubedbs = /kubedb/i;
const knows = (text: string): boolean => kubedbs.test(text) && kubedbs.test(withoutComments(text));

describe("what the program knows of KubeDB", () => {
  const files = globSync("{index.ts,{config,phases,components,gates,runtime,assess,plan,cli}/**/*.ts}", { cwd: root })
    .filter((file) => !file.includes("node_modules"))
    .sort();
  const home = "runtime/model/platforms/kubedb/";

  it("is in one folder and a line of the table; strategies say in words what retire does to a source of KubeDB", () => {
    assert.ok(files.length > 200, `only ${files.length} files were read`);
    const found = files.filter((file) => !file.startsWith(home) && knows(readFileSync(join(root, file), "utf8")));
    assert.deepEqual(found, [
      "phases/strategies/dual-consume.ts",
      "phases/strategies/parts.ts",
      "phases/strategies/producers-first-unmirrored.ts",
      "runtime/model/platforms/platforms.ts",
    ]);
    const table = readFileSync(join(root, "runtime/model/platforms/platforms.ts"), "utf8");
    assert.equal(table.split("\n").filter((line) => kubedbs.test(line)).length, 2, "its import and its row");
  });

  it("is seen in a comparison, in an address and in a sentence, not in a comment", () => {
    for (const line of ['if (kind === "kubedb") log();', 'const a = "kubedb.com/v1";', 'log("KubeDB refuses");']) {
      assert.ok(knows(line), line);
    }
    assert.ok(!knows("/** As KubeDB does. */ log();"));
  });
});
