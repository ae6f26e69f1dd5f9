import { setTimeout as sleep } from "node:timers/promises";
import { connectorsApi } from "../../../runtime/connectors/connector-api.ts";
import type { Journal, JournalEntry } from "../../../runtime/connectors/journal.ts";
import { place } from "../../../runtime/connectors/place.ts";
import type { ConnectorRef } from "../../../runtime/model/connector-refs.ts";
import type { ConnectorPlaceInputs } from "../../../runtime/model/inputs.ts";
import type { Scope, WorkloadRef } from "../../../runtime/model/scope.ts";
import type { SideName } from "../../../runtime/model/sides.ts";
import type { WorkloadApi } from "../../../runtime/model/workload-port.ts";
import { fence, unfence, waitRunning } from "../../../runtime/workloads/workloads.ts";
import { FakeConnect, type Fate } from "./fake-connect.ts";

const kubernetes = { namespace: "demo" };
/** Never reached, however busy the machine is. */
const patienceSeconds = 60;
const pace = { now: Date.now, pause: async () => void (await sleep(5)) };

/** Two Connect clusters, the journal and one connector that moves between them. */
export class MoveWorld {
  readonly source = new FakeConnect("legacy", "source-id");
  readonly target = new FakeConnect("vendor", "target-id");
  readonly entries = new Map<string, JournalEntry>();
  readonly lines: string[] = [];
  connector!: ConnectorRef;
  scope!: Scope;

  async start(role: ConnectorRef["role"], more: Partial<ConnectorRef> = {}): Promise<void> {
    const name = role === "consumer" ? "orders-sink" : "orders-source";
    this.connector = {
      kind: "connector",
      ...{ name, role, renamed: more.renamed ?? name, rewrites: {}, secrets: [] },
      groups: role === "consumer" ? [`connect-${name}`] : [],
      connects: { source: await this.source.start(), target: await this.target.start() },
      journal: { kubernetes, configMap: "guide-connectors" },
      ...more,
    };
    this.scope = {
      migration: "guide",
      source: { side: "source", bootstrap: ["10.0.0.1:9094"], protocol: "PLAINTEXT" },
      target: { side: "target", bootstrap: ["10.0.0.2:9094"], protocol: "PLAINTEXT" },
      mirror: null,
      topics: ["orders"],
      groups: [],
      workloads: [this.connector],
      addresses: {
        source: { bootstrap: ["old-kafka:9092"], registry: [] },
        target: { bootstrap: ["new-kafka:9092"], registry: [] },
      },
      ledger: { kubernetes, configMap: "guide-ledger" },
    };
  }

  stop(): void {
    this.source.stop();
    this.target.stop();
  }

  /** What is asked before every change of both clusters and of the journal. A killed process comes back by `revive`. */
  fates(decide: (change: number, what: string) => Fate): void {
    let changes = 0;
    const fate = (what: string): Fate => decide((changes += 1), what);
    const shared = (what: string): Fate => {
      const decided = fate(what);
      if (decided !== null) this.source.dead = this.target.dead = true;
      return decided;
    };
    this.source.fate = this.target.fate = shared;
    this.#journalFate = shared;
  }

  revive(): void {
    this.source.dead = this.target.dead = false;
    this.source.fate = this.target.fate = this.#journalFate = () => null;
  }

  #journalFate: (what: string) => Fate = () => null;

  readonly journal: Journal = {
    read: async ({ name }) => {
      if (this.source.dead) throw new Error("killed");
      return structuredClone(this.entries.get(name) ?? null);
    },
    write: async ({ name }, entry) => {
      if (this.source.dead) throw new Error("killed");
      const fate = this.#journalFate("journal");
      if (fate === "kill") throw new Error("killed");
      this.entries.set(name, structuredClone(entry));
      if (fate === "kill-after") throw new Error("killed");
    },
  };

  get api(): WorkloadApi {
    const api = connectorsApi(this.journal);
    return {
      ...api,
      rehearseStop: async () => {},
      owners: async () => ({ refused: [], notes: [] }),
      scalers: async () => ({ found: [], unread: [] }),
    };
  }

  get workloads(): WorkloadRef[] {
    return [this.connector];
  }

  inputs(side: SideName, settings = "settings"): ConnectorPlaceInputs {
    return { scope: this.scope, connector: this.connector.name, side, settings, startSeconds: patienceSeconds };
  }

  /** What a switch does first. */
  async fence(): Promise<void> {
    await fence(this.api, this.workloads, patienceSeconds, pace);
  }

  /** What the row does after its ledger. */
  async startOn(side: SideName, settings?: string): Promise<void> {
    const { connector, journal } = this;
    await place({
      inputs: this.inputs(side, settings),
      connector,
      journal,
      log: (line) => void this.lines.push(line),
    });
    await unfence(this.api, this.workloads);
    await waitRunning(this.api, this.workloads, patienceSeconds, pace);
  }

  async moveTo(side: SideName): Promise<void> {
    await this.fence();
    await this.startOn(side);
  }

  /** States of the connector on both sides. */
  states(): (string | undefined)[] {
    const { name, renamed } = this.connector;
    return [this.source.connectors.get(name)?.state, this.target.connectors.get(renamed)?.state];
  }
}
