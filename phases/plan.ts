import type { Move, Offsets, Row, Side, Strategy, SwitchStep, TableRow, TopicsSetFor } from "./row.ts";

/** What one update does: a row, the gates before it and the switches that lead to it. */
export interface Plan {
  readonly strategyName: string;
  readonly row: Row;
  /** For whom the topics on the target are set: see `topicsSetFor`. */
  readonly topicsSetFor: TopicsSetFor;
  /** Gates of this row and of every row before it, in order; they stay declared so that nothing is deleted. */
  readonly gates: readonly PlannedGate[];
  /** Switches of this row and of every row before it, in order. */
  readonly switches: readonly PlannedSwitch[];
}

export interface PlannedGate {
  readonly row: string;
  readonly gate: string;
  /** True once the row is reached: the gate is not measured again. */
  readonly sealed: boolean;
}

export interface PlannedSwitch extends SwitchStep {
  readonly sealed: boolean;
}

/**
 * Plans the row named `phase`; `reached` is the last row that an update completed, if any. Gates that do not apply, as
 * those of schemas where the sides have no registries, are left out. Pure.
 */
export function plan(
  strategyName: string,
  strategy: Strategy,
  phase: string,
  reached: string | undefined,
  applies: (gate: string) => boolean = () => true,
): Plan {
  return {
    strategyName,
    row: strategy[indexOf(strategy, phase)]!,
    topicsSetFor: topicsSetFor(strategy, phase),
    gates: plannedGates(strategy, phase, reached).filter(({ gate }) => applies(gate)),
    switches: upTo(strategy, phase, reached).flatMap(({ row, sealed }) =>
      switchesOf(strategy, row.name).map((step) => ({ ...step, sealed })),
    ),
  };
}

/**
 * For whom the topics are set in a row. The mirror writes until the switch of the producers has drained it, which is in
 * the middle of a row: so the topics get the source's own configs in the row after that one.
 */
export function topicsSetFor(strategy: Strategy, rowName: string): TopicsSetFor {
  if (strategy.every(({ mirror }) => mirror === "absent")) return "writers";
  const at = indexOf(strategy, rowName);
  return (strategy[at - 1] ?? strategy[at]!).producers === "source" ? "mirror" : "writers";
}

/** For whom the topics stand set while the gates of a row are measured: as the row above left them. */
export function topicsFoundSetFor(strategy: Strategy, rowName: string): TopicsSetFor {
  const above = strategy[indexOf(strategy, rowName) - 1];
  return topicsSetFor(strategy, above?.name ?? rowName);
}

/** Gates of the row named `phase` and of every row before it, in any table. */
export function plannedGates(table: readonly TableRow[], phase: string, reached: string | undefined): PlannedGate[] {
  return upTo(table, phase, reached).flatMap(({ row, sealed }) =>
    row.opensWhen.map((gate) => ({ row: row.name, gate, sealed })),
  );
}

function upTo<R extends { readonly name: string }>(table: readonly R[], phase: string, reached: string | undefined) {
  const sealedUpTo = reached === undefined ? -1 : indexOf(table, reached);
  return table.slice(0, indexOf(table, phase) + 1).map((row, index) => ({ row, sealed: index <= sealedUpTo }));
}

/**
 * The switches with which a row begins: one for each column of sides in which it differs from the row above, and one for
 * all applications where producers and consumers differ at once, or a wave has moved.
 */
export function switchesOf(strategy: Strategy, rowName: string): SwitchStep[] {
  const at = indexOf(strategy, rowName);
  const above = strategy[at - 1];
  const row = strategy[at]!;
  if (!above) return [];
  const step = (what: Move, moves: boolean, offsets: Offsets): SwitchStep[] =>
    moves ? [{ row: row.name, what, offsets }] : [];
  const added = (row.moved ?? []).filter((wave) => !(above.moved ?? []).includes(wave));
  if (added.length > 0) return added.map((wave) => ({ row: row.name, what: "applications", wave, offsets: "exact" }));
  if (above.producers !== row.producers && above.consumers !== row.consumers) {
    return step("applications", true, "exact");
  }
  return [
    ...step("producers", above.producers !== row.producers, "kept"),
    ...step("twins", above.twins !== row.twins && row.twins === "running", "at-start"),
    ...step("consumers", above.consumers !== row.consumers, offsetsOf(row)),
  ];
}

// Once producers have moved, groups have an end to read to; before that the end keeps moving.
function offsetsOf({ consumers, producers }: Row): Offsets {
  if (consumers !== "target") return "kept";
  return producers === "target" ? "at-ledger" : "exact";
}

/** Names of the workloads of each role, for the text of a plan. */
export interface Cast {
  readonly migration: string;
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
  readonly twins: readonly string[];
  /** Of both roles; they move where all applications move together. @default none */
  readonly applications?: readonly string[];
  /** The workloads of each wave. @default none */
  readonly waves?: Readonly<Record<string, readonly string[]>>;
}

const castOf = ({ applications = [], waves = {}, ...cast }: Cast, { what, wave }: SwitchStep): readonly string[] => {
  if (what !== "applications") return cast[what];
  return wave === undefined ? [...cast.producers, ...cast.consumers, ...applications] : (waves[wave] ?? []);
};

/** Every row of a strategy as text: what opens it, what changes against the row above, the way back. */
export function describe(strategyName: string, strategy: Strategy, cast: Cast): string {
  return strategy.map((row, at) => describeRow(strategyName, strategy, row, strategy[at - 1], cast)).join("\n");
}

function describeRow(name: string, strategy: Strategy, row: Row, above: Row | undefined, cast: Cast): string {
  const things: [string, (of: Row) => string][] = [
    ["source", (of) => of.source],
    ["existing topics", (of) => of.existingTopics],
    ["schemas", (of) => of.schemas],
    ["connect", (of) => of.connect],
    ["mirror", (of) => of.mirror],
    ...(hasReverse(strategy) ? [["reverse mirror", (of: Row) => of.reverse] as [string, (of: Row) => string]] : []),
    ["mirror's source rights", (of) => of.sourceRights],
    ...cast.producers.map((workload): [string, (of: Row) => string] => [workload, (of) => of.producers]),
    ...cast.consumers.map((workload): [string, (of: Row) => string] => [workload, (of) => of.consumers]),
    ...cast.twins.map((workload): [string, (of: Row) => string] => [workload, (of) => of.twins]),
    ...(cast.applications ?? []).map((workload): [string, (of: Row) => string] => [workload, (of) => of.producers]),
    ...Object.entries(cast.waves ?? {}).flatMap(([wave, workloads]) =>
      workloads.map((workload): [string, (of: Row) => string] => [workload, (of) => sideOfWave(of, wave)]),
    ),
  ];
  const switches = switchesOf(strategy, row.name).map(
    (step) =>
      `  switch        ${switchText[step.what]}: ${castOf(cast, step).join(", ")}; ${offsetsText[step.offsets]}`,
  );
  return rowText(name, row, above, things, switches);
}

/** Where the applications of a wave are in a row. */
export const sideOfWave = ({ moved = [] }: Pick<Row, "moved">, wave: string): Side =>
  moved.includes(wave) ? "target" : "source";

/** A row of any table as text; `things` are what it brings about. */
export function rowText<R extends TableRow>(
  name: string,
  row: R,
  above: R | undefined,
  things: readonly (readonly [thing: string, value: (of: R) => string])[],
  switches: readonly string[] = [],
): string {
  const lines = [
    `${name} / ${row.name}`,
    `  ${row.purpose}`,
    `  way back      ${"row" in row.wayBack ? `phase: ${row.wayBack.row}` : row.wayBack.none}`,
    ...row.opensWhen.map((gate) => `  opens when    ${gate}`),
    ...switches,
    ...things.map(([thing, value]) => `  ${changeLine(thing, value(row), above && value(above))}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Whether the mirror back ran in an earlier row and does no longer: what it has copied is all that comes back. */
export const isClosed = (strategy: Strategy, { name, reverse }: Row): boolean =>
  reverse === "absent" && strategy.slice(0, indexOf(strategy, name)).some((row) => row.reverse === "running");

const hasReverse = (strategy: Strategy): boolean => strategy.some((row) => row.reverse !== "absent");

const switchText: Record<Move, string> = {
  producers: "producers pause",
  consumers: "consumers stop",
  twins: "twins begin",
  applications: "applications stop together",
};

const offsetsText: Record<Offsets, string> = {
  "at-ledger": "groups continue at the end offset in the ledger",
  exact: "groups continue at the copy of their first unread record",
  "at-start": "groups begin at the beginning of the target's topics",
  kept: "no offset is placed",
};

function changeLine(thing: string, now: string, before: string | undefined): string {
  const label = thing.padEnd(24);
  if (before === undefined) return `+ ${label}${now}`;
  if (before === now) return `= ${label}${now}`;
  return `~ ${label}${before} -> ${now}`;
}

/** The strategy as a Markdown table for the README. */
export function markdownTable(strategy: Strategy): string {
  const twins = strategy.some((row) => row.twins !== "absent");
  if (strategy.some(({ moved }) => moved !== undefined)) {
    return tableText(strategy, {
      "on the target": ({ moved = [] }) => moved.join(", ") || "nobody",
      mirror: (row) => row.mirror,
      schemas: (row) => row.schemas,
    });
  }
  return tableText(strategy, {
    producers: ({ producers }) => producers,
    consumers: ({ consumers }) => consumers,
    ...(twins ? { twins: (row) => row.twins } : { mirror: (row) => row.mirror }),
    ...(hasReverse(strategy) && { "reverse mirror": (row) => row.reverse }),
  });
}

/** Any table as Markdown, with these columns beside names, gates and ways back. */
export function tableText<R extends TableRow>(
  table: readonly R[],
  columns: Readonly<Record<string, (row: R) => string>>,
): string {
  const lines = [
    `| phase | ${Object.keys(columns).join(" | ")} | opens when | way back |`,
    `| --- | ${"--- | ".repeat(Object.keys(columns).length)}--- | --- |`,
    ...table.map((row) => {
      const gates = row.opensWhen.length > 0 ? row.opensWhen.map((gate) => `\`${gate}\``).join(", ") : "at once";
      const back = "row" in row.wayBack ? `\`${row.wayBack.row}\`` : "none";
      const values = Object.values(columns).map((value) => value(row));
      return `| \`${row.name}\` | ${values.join(" | ")} | ${gates} | ${back} |`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}

function indexOf(strategy: readonly { readonly name: string }[], name: string): number {
  const at = strategy.findIndex((row) => row.name === name);
  if (at < 0) throw new Error(`no row "${name}" in this strategy`);
  return at;
}
