import assert from "node:assert/strict";
import type { ConnectorRef } from "../runtime/model/connector-refs.ts";
import type { SwitchInputs } from "../runtime/model/inputs.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { producersMoved } from "./support/switch-asserts.ts";
import { inputs, scope, World } from "./switch-world.ts";

const kubernetes = { namespace: "demo" };
const connects = {
  source: { name: "legacy", rest: { urls: ["http://legacy:8083"] } },
  target: { name: "vendor", rest: { urls: ["http://vendor:8083"] } },
};

/** A switch in which one of the world's workloads is a connector. */
function withConnector(what: SwitchInputs["what"], name: string): SwitchInputs {
  const workloads = scope.workloads.map((workload) => {
    if (workload.name !== name) return workload;
    const { role, groups } = workload;
    const common = { name, role, groups, renamed: name, rewrites: {}, secrets: [] };
    const journal = { kubernetes, configMap: "guide-connectors" };
    return { kind: "connector", ...common, connects, journal } satisfies ConnectorRef;
  });
  return { ...inputs(what), scope: { ...scope, workloads } };
}

describe("a switch with a connector among its workloads", () => {
  it("stops a source connector with the producers, before it proves that the source stands still", async () => {
    const world = new World();
    await switchProducers(world.effects(), withConnector("producers", "foo-producer"));
    assert.deepEqual(
      [world.workloads.get("foo-producer")!.replicas, world.workloads.get("foo-producer")!.former],
      [0, 1],
    );
    assert.equal(world.entries.length, 1);
  });

  it("places the group of a sink like any other", async () => {
    const world = await producersMoved();
    await switchConsumers(world.effects(), withConnector("consumers", "foo-consumer"));
    const placed = world.entries.at(-1)!.groups.filter(({ group }) => group === "foo-consumer");
    assert.deepEqual(placed.map(({ topic }) => topic).sort(), ["empty", "foo"]);
    assert.equal(world.committed.target.get("foo-consumer")!.size, 2);
  });

  it("refuses one that cannot be stopped before anybody is stopped", async () => {
    const world = new World();
    world.obstacles.set("foo-producer", 'Connect "legacy" is of version 3.4.1, which cannot stop a connector');
    await assert.rejects(
      switchProducers(world.effects(), withConnector("producers", "foo-producer")),
      /of version 3\.4\.1, which cannot stop a connector\. No workload was stopped\.$/,
    );
    assert.equal(world.workloads.get("orders-producer")!.replicas, 3);
  });

  it("tells the request that starts it if it cannot be started again", async () => {
    const world = new World();
    world.stranger = "orders[1]";
    const effects = world.effects((_change, what) => (what === "scale" && world.now > 20_000 ? "error" : null));
    await assert.rejects(
      switchProducers(effects, withConnector("producers", "foo-producer")),
      /By hand: the producers could not be started again .*run: curl -u <user> -X PUT http:\/\/legacy:8083\/connectors\/foo-producer\/resume \(unless ConfigMap demo\/guide-connectors says/,
    );
  });
});
