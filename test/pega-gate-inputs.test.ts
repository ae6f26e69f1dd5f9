import assert from "node:assert/strict";
import { gateInputs, pegaGateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import { gates } from "../gates/index.ts";
import { pegaGates, type PegaGateName } from "../gates/pega/index.ts";
import { windowMilliseconds } from "../runtime/measure/hold.ts";
import { needs } from "../runtime/measure/judge.ts";
import { hurriedScope } from "../runtime/model/patience.ts";
import { pegaConfig, pegaInput } from "./support/pega/config.ts";
import { scope } from "./support/pega-readings.ts";
import { stackConfig } from "./support/stack.ts";

const kubernetes = scope.release.kubernetes;
const secret = { kubernetes, name: "queue-probe" };
const probe = {
  url: "https://pega.example.com/queues",
  header: { name: "Authorization", key: "header", secret },
  counts: "$.queues[*].readyToProcess",
};
const flows = [{ name: "Events", topic: "pega-events", lastIds: { "0": "41" } }];
const attested = { by: "ada", at: "2026-11-20T18:00:00Z", words: "seen in Admin Studio" };

/** What the config of `pegaInput` says to each gate. */
const said: { readonly [Name in PegaGateName]: object } = {
  "cluster-fit": { production: true, replicationFactor: 3, acceptedVersion: pegaInput().stream!.acceptedVersion },
  "names-free": {},
  "producers-attested": { tiers: ["util"], attested: pegaInput().drain.producersStopped },
  "tiers-stopped": {},
  "queues-empty": { probe },
  "flows-at-end": { flows, convention: "last-processed" },
  "loss-accepted": { words: "" },
  "tiers-ready": {},
  "producers-resumed": { tiers: ["util"], attested },
  "stream-in-use": {},
  "stream-read": {},
  soaked: { hours: 168 },
  "volumes-named": { names: ["data-0"] },
};

const config = pegaConfig((input) => {
  input.resume = { producersStarted: attested };
  input.retire = { soakHours: 168, volumes: ["data-0"] };
});
const inputs = (gate: string, of = config) => pegaGateInputs(of, scope, { row: "switch", gate, sealed: false });

describe("what gates of Pega are told", () => {
  for (const [name, params] of Object.entries(said)) {
    it(`is what the config says: ${name}`, () => {
      assert.deepEqual(inputs(name), {
        pega: scope,
        condition: { kind: name, ...params },
        row: "switch",
        sealed: false,
        ...config.gates,
      });
    });
  }

  it("is the word of a person where the config has one instead of a measurement", () => {
    const vouched = pegaConfig((input) => {
      input.drain.queues = { attested };
      input.drain.flows = { attested };
    });
    assert.deepEqual(inputs("queues-empty", vouched).condition, { kind: "queues-empty", attested });
    const none = { kind: "flows-at-end", flows: [], convention: "next", attested };
    assert.deepEqual(inputs("flows-at-end", vouched).condition, none);
  });

  it("decides what they measure, and what the measurement is asked", () => {
    const asked = (name: string) => needs(inputs(name).condition, scope);
    assert.deepEqual(asked("queues-empty"), { history: true, queues: probe });
    assert.deepEqual(asked("flows-at-end"), { history: true, flows: { flows, convention: "last-processed" } });
    const { embedded: _, ...without } = scope;
    assert.deepEqual(needs(inputs("flows-at-end").condition, without), { history: true });
    assert.deepEqual(asked("producers-attested"), { history: true });
  });
});

describe("gates of both kinds of migration", () => {
  it("take two readings where their condition is about movement, and no other does", () => {
    const moving = Object.entries({ ...gates, ...pegaGates }).flatMap(([name, { movement }]) =>
      movement === undefined ? [] : [[name, movement.windowMilliseconds]],
    );
    assert.deepEqual(moving, [
      ["groups-active", undefined],
      ["stream-in-use", 600_000],
    ]);
  });

  it("compare readings for as long as the config says, or as their condition needs", () => {
    const config = stackConfig("dev", (input) => (input.gates = { movementSeconds: 150 }));
    const planned = { row: "validate", gate: "groups-active", sealed: false };
    const active = gateInputs(config, scopeOf(config), planned);
    assert.equal(windowMilliseconds(active), 150_000);
    const { movementSeconds: _none, ...without } = active;
    assert.equal(windowMilliseconds(without), 90_000);
    assert.equal(windowMilliseconds({ ...inputs("stream-in-use"), movementSeconds: 150 }), 600_000);
  });

  it("are called in the tables as they call themselves", () => {
    for (const [name, gate] of [...Object.entries(gates), ...Object.entries(pegaGates)]) assert.equal(gate.name, name);
  });

  it("hurry every cluster that they ask", () => {
    const { target, embedded } = hurriedScope(scope, Date.now() + 4_000);
    for (const one of [target, embedded!]) assert.ok(one.requestSeconds! <= 2, JSON.stringify(one));
  });
});
