/** Snapshots in a few words, for the tests of verdicts. */
import assert from "node:assert/strict";
import type { Condition } from "../../gates/index.ts";
import type { GroupState, Logs } from "../../runtime/brokers/positions.ts";
import type { Counted } from "../../runtime/brokers/ranges.ts";
import type { MirrorReading } from "../../runtime/connect/mirror-reading.ts";
import type { Snapshot } from "../../runtime/judging/reading.ts";
import { judge } from "../../runtime/measure/judge.ts";
import type { LedgerEntry } from "../../runtime/model/ledger.ts";
import type { Scope, WorkloadRef } from "../../runtime/model/scope.ts";

export const endpoint = (side: "source" | "target") =>
  ({ side, bootstrap: [`${side}.example:9094`], protocol: "PLAINTEXT" }) as const;
export const kubernetes = { namespace: "demo" };
export const scope: Scope = {
  migration: "shop",
  source: endpoint("source"),
  target: endpoint("target"),
  mirror: { connect: { urls: [] }, sourceConnectors: ["m"], otherConnectors: [], sourceAlias: "source" },
  topics: ["orders", "payments"],
  groups: [{ name: "g", topics: ["orders"] }],
  workloads: [],
  ledger: { kubernetes, configMap: "ledger" },
};
export const now = Date.parse("2026-11-21T12:00:00Z");

/** `orders[0]: [start, last stable offset, end]`. */
export type Offsets = Record<string, readonly [number, number, number]>;
export const split = (name: string) => {
  const [, topic = "", partition = ""] = /^(.*)\[(\d+)\]$/.exec(name) ?? [];
  return { topic, partition: Number(partition) };
};
export const logs = (clusterId: string, offsets: Offsets, problems: Logs["problems"] = []): Logs => ({
  clusterId,
  ids: new Map(Object.keys(offsets).map((name) => [split(name).topic, `${clusterId}-${split(name).topic}`])),
  partitions: new Map(
    Object.entries(offsets).map(([name, [start, stable, end]]) => [
      name,
      { ...split(name), start: BigInt(start), stable: BigInt(stable), end: BigInt(end) },
    ]),
  ),
  problems,
});
export const source = (offsets: Offsets, problems?: Logs["problems"]) => ({
  source: { value: logs("S", offsets, problems) },
});
export const target = (offsets: Offsets, problems?: Logs["problems"]) => ({
  target: { value: logs("T", offsets, problems) },
});
export const both = (offsets: Offsets) => ({ ...source(offsets), ...target(offsets) });

export const running = { connector: { state: "RUNNING" }, tasks: [{ id: 0, state: "RUNNING" }] };
export const mirror = (
  mirrored: Record<string, number>,
  status: ReturnType<MirrorReading["connectors"]["get"]> = running,
) => ({
  mirror: {
    value: {
      connectors: new Map([["m", status ?? null]]),
      mirrored: new Map(Object.entries(mirrored).map(([name, offset]) => [name, BigInt(offset)])),
    },
  },
});
export const state = (connector: string, ...tasks: string[]) => ({
  connector: { state: connector, trace: "Exception: boom\n\tat Somewhere.java" },
  tasks: tasks.map((one, id) => ({ id, state: one, trace: "ConnectException: too large\n\tat Somewhere.java" })),
});

/** `orders[0] 5..9: 3`; a negative number is a count that stopped early. */
export const counts = (
  records: Record<string, number>,
  more: Partial<Counted> = {},
  problems: Record<string, string> = {},
) => ({
  counts: {
    value: {
      counts: new Map(
        Object.entries(records).map(([range, number]) => [
          range,
          { records: Math.abs(number), exact: number >= 0, first: null, last: null, trimmedTo: null, ...more },
        ]),
      ),
      problems: new Map(Object.entries(problems)),
    },
  },
});

export const member = { clientId: "app", host: "10.0.0.1" };
export const groups = (
  name: "sourceGroups" | "targetGroups",
  committed: Record<string, number>,
  about: Partial<GroupState> = {},
  problem?: string,
  pending = false,
) => {
  const problems = new Map(problem === undefined ? [] : [["g", problem]]);
  const committedProblems = { problems, refused: new Set<string>(), pending: new Set(pending ? ["g"] : []) };
  const stateProblems = {
    problems: pending ? new Map<string, string>() : problems,
    refused: new Set(),
    pending: new Set(),
  };
  const positions = Object.entries(committed).map(
    ([partition, offset]) => [partition, { ...split(partition), offset: BigInt(offset) }] as const,
  );
  const known: GroupState = { state: "Stable", type: "classic", members: [member], ...about };
  return {
    [name]: {
      value: {
        committed: { groups: new Map([["g", new Map(positions)]]), ...committedProblems },
        states: { groups: new Map(problem === undefined || pending ? [["g", known]] : []), ...stateProblems },
        clusterId: name === "sourceGroups" ? "S" : "T",
      },
    },
  };
};

export const entry = (number: number, what: LedgerEntry["switch"], more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  number,
  switch: what,
  row: `move-${what}`,
  writtenAt: "2026-11-21T09:47:10Z",
  voids: null,
  sourceClusterId: "S",
  targetClusterId: "T",
  partitions: [],
  groups: [],
  ...more,
});
export const at = (ends: Record<string, number>) => ({
  partitions: Object.entries(ends).map(([name, end]) => ({ ...split(name), sourceEnd: `${end}`, targetEnd: `${end}` })),
});
export const placed = (offsets: Record<string, number>) => ({
  groups: Object.entries(offsets).map(([name, offset]) => ({
    ...split(name),
    group: "g",
    committed: `${offset}`,
    placed: `${offset}`,
  })),
});
export const ledger = (...value: LedgerEntry[]) => ({ ledger: { value } });

/** Nothing pinned and nothing marked, so that no topic was made again. */
const asBegun = {
  unpositioned: { value: [] },
  pins: { value: { source: {}, own: {}, before: {} } },
  marks: { value: new Map<string, string>() },
};
export const snapshot = (parts: object, takenAt = now): Snapshot => ({ scope, takenAt, ...asBegun, ...parts });
export const away = { error: "the source at source.example:9094 cannot be reached: connect ECONNREFUSED" };

export type Case = readonly [when: string, parts: object, open: boolean, sentence: string, earlier?: Snapshot];
/** A test for each case: the verdict on these parts of a snapshot. */
export function table(condition: Condition, cases: readonly Case[]): void {
  for (const [when, parts, open, sentence, earlier] of cases) {
    it(`${open ? "opens" : "stays closed"} when ${when}`, () => {
      const verdict = judge(condition, snapshot(parts), earlier === undefined ? [] : [earlier]);
      assert.deepEqual([verdict.open, verdict.sentence], [open, sentence]);
    });
  }
}

/** A producer that has moved. */
export const writerRef = (name: string, more: Partial<WorkloadRef> = {}): WorkloadRef =>
  ({ kind: "Deployment", name, kubernetes, role: "producer", groups: [], fields: [], ...more }) as WorkloadRef;
