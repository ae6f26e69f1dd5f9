/** A world whose applications move wave by wave: services that read and write, and a topic with writers in two waves. */
import type { SwitchInputs } from "../../runtime/model/inputs.ts";
import type { Scope, WaveRef, WorkloadRef } from "../../runtime/model/scope.ts";
import { scopeOfWave } from "../../runtime/model/waves.ts";
import type { Role } from "../../runtime/model/workloads.ts";
import { inputs, scope as usual, World } from "../switch-world.ts";

/** By application: its role, the topics that it reads in a group of its own name, the topics that it writes to. */
const applications: Readonly<Record<string, { role: Role; reads?: readonly string[]; writes?: readonly string[] }>> = {
  loader: { role: "consumer", reads: ["orders", "invoices"] },
  checkout: { role: "both", reads: ["stock"], writes: ["orders", "invoices"] },
  billing: { role: "both", reads: ["orders"], writes: ["paid"] },
  warehouse: { role: "both", reads: ["stock"], writes: ["stock", "invoices"] },
  mailer: { role: "both", reads: ["mails"], writes: ["mails"] },
};

const topicsOf = (names: readonly string[], of: "reads" | "writes"): string[] => [
  ...new Set(names.flatMap((name) => applications[name]![of] ?? [])),
];

const wave = (name: string, workloads: readonly string[], closes: readonly string[]): WaveRef => ({
  ...{ name, workloads, closes },
  groups: workloads,
  topics: [...new Set([...topicsOf(workloads, "reads"), ...topicsOf(workloads, "writes")])],
  writes: topicsOf(workloads, "writes"),
  connector: closes.length === 0 ? null : `guide-${name}-source`,
});

const waves = [
  wave("reports", ["loader"], []),
  wave("orders", ["checkout", "billing"], ["orders", "paid"]),
  wave("mail", ["mailer"], ["mails"]),
  wave("stock", ["warehouse"], ["stock", "invoices", "idle"]),
];

export const waveNames = waves.map(({ name }) => name);

export const wavesScope: Scope = {
  ...usual,
  topics: ["orders", "paid", "invoices", "stock", "mails", "idle"],
  groups: Object.entries(applications).map(([name, { reads = [] }]) => ({ name, topics: reads })),
  workloads: Object.entries(applications).map(([name, { role, writes }]): WorkloadRef => ({
    ...{ name, role, kind: "Deployment", kubernetes: { namespace: "demo" }, groups: [name] },
    ...(writes && { topics: writes }),
  })),
  mirror: { ...usual.mirror!, sourceConnectors: waves.flatMap(({ connector }) => connector ?? []) },
  waves,
};

/** The same where the config opens a way back. */
export const wavesScopeWithBack: Scope = {
  ...wavesScope,
  waves: waves.map((one) => {
    const { name, closes } = one;
    if (closes.length === 0) return one;
    const base = `guide-${name}`;
    const topics = {
      offsets: `mm2-${base}-reverse-offsets.internal`,
      syncs: `mm2-offset-syncs.${base}-target.internal`,
    };
    const reverse = { connector: `${base}-reverse`, alias: `${base}-target`, topics, compacted: [] };
    return { ...one, reverse: { ...reverse, kafka: usual.source, replicationFactor: 1 } };
  }),
};

/** Everybody writes and reads, and the mirror copies. */
export const wavesWorld = (scope: Scope = wavesScope): World =>
  new World(scope, {
    ...{ "orders[0]": 12, "orders[1]": 9, "paid[0]": 5, "invoices[0]": 20, "stock[0]": 8, "mails[0]": 3, "idle[0]": 0 },
  });

export const waveInputs = (name: string): SwitchInputs => ({
  ...inputs("applications", "exact"),
  ...{ scope: scopeOfWave(wavesScope, name), wave: name, row: `move-${name}`, starts: true },
});
