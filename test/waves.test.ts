import assert from "node:assert/strict";
import type { Scope, WorkloadRef } from "../runtime/model/scope.ts";
import {
  closedTopics,
  closingConnectors,
  closingScope,
  hasWriters,
  scopeOfMove,
  scopeOfWave,
  scopeOfWaves,
} from "../runtime/model/waves.ts";
import type { Role } from "../runtime/model/workloads.ts";

const workload = (name: string, role: Role, groups: readonly string[] = []): WorkloadRef => ({
  ...{ kind: "Deployment", name, role, groups },
  kubernetes: { namespace: "demo" },
});
const group = (name: string, ...topics: readonly string[]) => ({ name, topics });

/** Reports only read; to the invoices write checkout and shipping, with which they close. */
const whole: Scope = {
  migration: "shop",
  source: { side: "source", bootstrap: ["127.0.0.1:1"], protocol: "PLAINTEXT" },
  target: { side: "target", bootstrap: ["127.0.0.1:2"], protocol: "PLAINTEXT" },
  mirror: {
    connect: { urls: [] },
    sourceConnectors: ["shop-orders-source", "shop-shipping-source"],
    otherConnectors: ["shop-checkpoint"],
    sourceAlias: "shop",
  },
  ledger: { kubernetes: { namespace: "demo" }, configMap: "shop-ledger" },
  topics: ["orders", "shipped", "invoices", "idle"],
  groups: [group("loader", "orders"), group("checkout", "orders"), group("shipping", "shipped")],
  workloads: [
    workload("loader", "consumer", ["loader"]),
    workload("checkout", "both", ["checkout"]),
    workload("shipping", "both", ["shipping"]),
  ],
  externals: [{ name: "mainframe", role: "producer", groups: [], topics: ["shipped"] }],
  waves: [
    {
      ...{ name: "reports", workloads: ["loader"], groups: ["loader"], topics: ["orders"], writes: [] },
      ...{ closes: [], connector: null },
    },
    {
      ...{
        name: "orders",
        workloads: ["checkout"],
        groups: ["checkout"],
        topics: ["orders", "invoices"],
        writes: ["orders", "invoices"],
      },
      ...{ closes: ["orders"], connector: "shop-orders-source" },
    },
    {
      ...{
        name: "shipping",
        workloads: ["shipping", "mainframe"],
        groups: ["shipping"],
        topics: ["invoices", "shipped"],
        writes: ["invoices", "shipped"],
      },
      ...{ closes: ["shipped", "invoices", "idle"], connector: "shop-shipping-source" },
    },
  ],
};

const names = (of: readonly { readonly name: string }[] = []) => of.map(({ name }) => name);

describe("the scope of a wave", () => {
  it("has the wave's own workloads, groups and topics, in the order of the whole", () => {
    const { wave, topics, groups, workloads, externals, closes, only, waves } = scopeOfWave(whole, "shipping");
    assert.deepEqual([wave, only, topics], ["shipping", ["shipping"], ["shipped", "invoices", "idle"]]);
    assert.equal(waves, whole.waves);
    assert.deepEqual([names(groups), names(workloads), names(externals)], [["shipping"], ["shipping"], ["mainframe"]]);
    assert.deepEqual(closes, ["shipped", "invoices", "idle"]);
    assert.ok(!("externals" in scopeOfWave(whole, "orders")));
  });

  it("has the connectors that copy its topics, and says which of them stops with it", () => {
    const mirrors = names(whole.waves).map((name) => scopeOfWave(whole, name).mirror);
    assert.deepEqual(
      mirrors.map((mirror) => [mirror?.sourceConnectors, mirror?.closing]),
      [
        [["shop-orders-source"], []],
        [["shop-orders-source", "shop-shipping-source"], ["shop-orders-source"]],
        [["shop-shipping-source"], ["shop-shipping-source"]],
      ],
    );
    assert.deepEqual(mirrors[0]?.otherConnectors, ["shop-checkpoint"]);
  });

  it("says into which of its topics others write already, as those of an earlier wave do", () => {
    assert.deepEqual(
      names(whole.waves).map((name) => scopeOfWave(whole, name).inUse),
      [[], [], ["invoices"]],
    );
    assert.deepEqual(scopeOfWaves(whole, ["orders", "shipping"]).inUse, []);
  });

  it("of several waves has what any of them has, and is of no wave of its own", () => {
    const moved = scopeOfWaves(whole, ["reports", "orders"]);
    assert.deepEqual(
      [names(moved.groups), moved.topics],
      [
        ["loader", "checkout"],
        ["orders", "invoices"],
      ],
    );
    assert.deepEqual([closedTopics(moved), moved.only, moved.wave], [["orders"], ["reports", "orders"], undefined]);
    assert.deepEqual(scopeOfWaves(whole, []).workloads, []);
  });

  it("is the whole for whoever names no wave, where every topic closes", () => {
    assert.equal(scopeOfMove(whole, {}), whole);
    assert.equal(scopeOfMove(whole, { wave: "orders" }).wave, "orders");
    assert.deepEqual(closedTopics(whole), whole.topics);
  });

  it("has of what closes the topics and the connectors alone", () => {
    const { topics, mirror } = closingScope(scopeOfWave(whole, "orders"));
    assert.deepEqual([topics, mirror?.sourceConnectors], [["orders"], ["shop-orders-source"]]);
    const all = closingScope(whole);
    assert.deepEqual([all.topics, all.mirror?.sourceConnectors], [whole.topics, whole.mirror?.sourceConnectors]);
    assert.deepEqual(closingConnectors({ mirror: null }), []);
  });

  it("tells whether anybody in it writes", () => {
    const waves = ["reports", "orders", "shipping"].map((name) => scopeOfWave(whole, name));
    assert.deepEqual(waves.map(hasWriters), [false, true, true]);
    assert.ok(hasWriters({ workloads: [], externals: whole.externals! }));
  });

  it("is refused for a wave that the migration does not have", () => {
    assert.throws(() => scopeOfWave(whole, "order"), /the scope has no wave "order", it has reports, orders, shipping/);
  });
});
