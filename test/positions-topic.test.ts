import assert from "node:assert/strict";
import { workerProperties } from "../components/connector-properties.ts";
import { mirrorNames } from "../components/names.ts";
import { positionsRights } from "../components/runner-rights.ts";
import { scopeOf } from "../components/scope.ts";
import { requestMilliseconds, hurried, restPatience } from "../runtime/model/patience.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import { addConnectors } from "./support/connectors/config.ts";
import { stackConfig, type StackInput } from "./support/stack.ts";

const existing = (input: StackInput): void => void (input.connect.kind = "kubedb-existing");

/** What the stack's config makes of the topic. */
function topicOf(edit: (input: StackInput) => void = () => {}) {
  const config = stackConfig("dev", edit);
  const rights = positionsRights(config).map(({ operation, resource, name }) => `${operation} ${resource} ${name}`);
  return { topic: scopeOf(config).mirror?.offsetsTopic, rights, config };
}

describe("the topic with the mirror's positions", () => {
  it("is the one configured on workers made here, and the runner needs Read of it", () => {
    const { topic, rights, config } = topicOf();
    assert.deepEqual(topic, { name: "migration-connect-offsets" });
    assert.equal(topic.name, workerProperties(config)["offset.storage.topic"]);
    assert.equal(topic.name, mirrorNames(config).connectTopics.offset);
    assert.deepEqual(rights, ["Read Topic migration-connect-offsets"]);
  });

  it("is the connector's own where it has one", () => {
    const own = (input: StackInput) => void (input.mirror = { source: { "offsets.storage.topic": "own" } });
    assert.deepEqual(topicOf(own).topic, { name: "own" });
  });

  it("is unknown for an existing ConnectCluster, unless the config names it", () => {
    assert.deepEqual([topicOf(existing).topic, topicOf(existing).rights], [undefined, []]);
    const named = (input: StackInput): void => {
      existing(input);
      input.connect.offsetsTopic = "their-offsets";
    };
    assert.deepEqual(topicOf(named).topic, { name: "their-offsets", given: true });
    assert.deepEqual(topicOf(named).rights, ["Read Topic their-offsets"]);
  });

  it("of a Connect cluster whose connectors move is the one that the config names", () => {
    const connects = (edit: (input: StackInput) => void) => {
      const { config } = topicOf((input) => {
        addConnectors(input);
        edit(input);
      });
      const found = scopeOf(config).workloads.find(({ kind }) => kind === "connector");
      return found?.kind === "connector" ? found.connects : undefined;
    };
    assert.equal(connects(() => undefined)?.source.offsetsTopic, undefined);
    const named = connects((input) => void (input.connects!["legacy"]!.offsetsTopic = "legacy-offsets"));
    assert.deepEqual([named?.source.offsetsTopic, named?.target.offsetsTopic], ["legacy-offsets", undefined]);
  });
});

describe("the time for one request", () => {
  it("is in the scope only where the config sets it, so that no stack changes", () => {
    assert.ok(!JSON.stringify(scopeOf(stackConfig("dev"))).includes("requestSeconds"));
    const set = scopeOf(
      stackConfig("dev", (input) => {
        input.source.requestSeconds = 41;
        input.target.requestSeconds = 42;
        input.connect.requestSeconds = 43;
        input.kubernetes["lab"]!.requestSeconds = 44;
      }),
    );
    assert.equal(requestMilliseconds(set.source), 41_000);
    assert.equal(requestMilliseconds(set.target), 42_000);
    assert.deepEqual(restPatience(set.mirror!.connect), { requestMilliseconds: 43_000, deadlineMilliseconds: 86_000 });
    assert.equal(set.ledger.kubernetes.requestSeconds, 44);
  });

  it("is at most half of what a reading has left", () => {
    const endpoint: KafkaEndpoint = { side: "target", bootstrap: [], protocol: "PLAINTEXT" };
    assert.equal(hurried(endpoint, Date.now() + 8_000).requestSeconds, 4);
    assert.equal(hurried(endpoint, Date.now() + 800_000).requestSeconds, 30);
    assert.equal(hurried({ ...endpoint, requestSeconds: 3 }, Date.now() + 8_000).requestSeconds, 3);
  });
});
