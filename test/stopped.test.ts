import assert from "node:assert/strict";
import { connectorStopSeconds, stillRunning, stopConnectors } from "../runtime/connect/stopped.ts";
import type { Pace } from "../runtime/model/pace.ts";

/** A Connect of which each stop is asked for at a known second; a task stays listed for so many stops. */
class Connect {
  seconds = 0;
  readonly asked: string[] = [];
  readonly #stubborn: Map<string, number>;
  readonly #states: Map<string, string>;

  constructor(states: Record<string, string>, stubborn: Record<string, number> = {}) {
    this.#states = new Map(Object.entries(states));
    this.#stubborn = new Map(Object.entries(stubborn));
  }

  readonly pace: Pace = {
    now: () => this.seconds * 1000,
    pause: async (milliseconds) => void (this.seconds += milliseconds / 1000),
  };

  async status(name: string) {
    const state = this.#states.get(name);
    if (state === undefined) return null;
    const tasks = state === "STOPPED" && (this.#stubborn.get(name) ?? 0) <= 0 ? [] : [{ id: 0, state: "RUNNING" }];
    return { connector: { state }, tasks };
  }

  async stop(name: string) {
    this.asked.push(`${name} ${Math.round(this.seconds)}`);
    this.#states.set(name, "STOPPED");
    this.#stubborn.set(name, (this.#stubborn.get(name) ?? 0) - 1);
  }
}

describe("a connector that Connect has stopped", () => {
  it("is asked to stop once, and again only while a task of it stays listed", async () => {
    const connect = new Connect({ all: "RUNNING", checkpoint: "RUNNING" }, { checkpoint: 2 });
    assert.deepEqual(await stopConnectors(connect, ["all", "checkpoint"], connect.pace), []);
    assert.deepEqual(connect.asked, ["all 0", "checkpoint 0", "checkpoint 15"]);
  });

  it("is named if its task stays listed for good", async () => {
    const connect = new Connect({ all: "RUNNING", checkpoint: "RUNNING" }, { checkpoint: Infinity });
    assert.deepEqual(await stopConnectors(connect, ["all", "checkpoint"], connect.pace), ["checkpoint"]);
    assert.equal(Math.floor(connect.seconds), connectorStopSeconds);
  });

  it("does not run because of a task that lingers, and one that runs is not stopped by looking", async () => {
    const connect = new Connect(
      { all: "RUNNING", paused: "PAUSED", checkpoint: "STOPPED", heartbeat: "STOPPED" },
      { checkpoint: 1 },
    );
    const names = ["all", "paused", "checkpoint", "heartbeat", "absent"];
    assert.deepEqual(await stillRunning(connect, names, connect.pace), ["all", "paused"]);
    assert.deepEqual(connect.asked, ["checkpoint 0"]);
  });
});
