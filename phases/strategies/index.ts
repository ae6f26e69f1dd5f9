/** The strategies. To add one: a file next to this, a line in `files`, and the golden text that `npm run golden` writes. */
import { switchesOf } from "../plan.ts";
import type { Strategy } from "../row.ts";
import { consumersFirst } from "./consumers-first.ts";
import { consumersFirstWayBack } from "./consumers-first-way-back.ts";
import { dualConsume } from "./dual-consume.ts";
import { producersFirst } from "./producers-first.ts";
import { producersFirstUnmirrored } from "./producers-first-unmirrored.ts";
import { producersFirstWayBack } from "./producers-first-way-back.ts";
import type { PersistedData, StrategyFile, WayBack } from "./strategy.ts";
import { together } from "./together.ts";
import { togetherWayBack } from "./together-way-back.ts";
import { waves } from "./waves.ts";
import { wavesWayBack } from "./waves-way-back.ts";

/** By the name that a stack keeps. The first is the default. */
const files = {
  "producers-first": producersFirst,
  "producers-first-way-back": producersFirstWayBack,
  "producers-first-unmirrored": producersFirstUnmirrored,
  "consumers-first": consumersFirst,
  "consumers-first-way-back": consumersFirstWayBack,
  "dual-consume": dualConsume,
  together: together,
  "together-way-back": togetherWayBack,
  waves: waves,
  "waves-way-back": wavesWayBack,
} as const satisfies Record<string, StrategyFile>;

type Files = typeof files;
export type TableName = keyof Files;
export type StrategyName = Files[TableName]["strategy"];

export const tableNames = Object.keys(files) as readonly TableName[];

/** The rows of each table; where they follow from a config, those of an example. Of a config: `rowsOf`. */
export const tables = Object.fromEntries(tableNames.map((name) => [name, files[name].rows])) as {
  readonly [Name in TableName]: Files[Name]["rows"];
};

/** What the rows of a config follow from. */
export interface RowsChoice {
  readonly table: TableName;
  /** In order. @default none */
  readonly waves?: readonly { readonly name: string; readonly workloads: readonly string[] }[] | undefined;
  readonly workloads: readonly { readonly name: string; readonly role: string }[];
}

/** The rows that a config is walked by. */
export function rowsOf({ table, waves: moves = [], workloads }: RowsChoice): Strategy {
  const { rows, rowsOf: made } = fileOf(table);
  if (made === undefined) return rows;
  const writers = new Set(workloads.filter(({ role }) => role !== "consumer").map(({ name }) => name));
  return made(moves.map(({ name, workloads: of }) => ({ name, writes: of.some((one) => writers.has(one)) })));
}

/** Whether the rows of a table follow from the config's `waves`. */
export const hasWaves = (name: TableName): boolean => fileOf(name).rowsOf !== undefined;

/** Whether a table moves applications, whatever their role, and not one role after the other. */
export const movesApplications = (name: TableName): boolean => moves(name).some(({ what }) => what === "applications");

/** What a config may name, its default first. */
export const strategyNames = [
  ...new Set(tableNames.map((name) => files[name].strategy)),
] as readonly StrategyName[] as readonly ["producers-first", ...StrategyName[]];

/** What a user chooses: the strategy, whether records that the source holds are copied, and whether there is a way back. */
export interface TableChoice {
  readonly strategy: StrategyName;
  /** @default what the strategy has */
  readonly persistedData?: PersistedData | undefined;
  /** @default none */
  readonly wayBack?: WayBack | undefined;
}

/** The chosen table, which a stack keeps; a strategy's first one if it has none for the rest of the choice. */
export function tableOf({ strategy, persistedData, wayBack = "none" }: TableChoice): TableName {
  const ofStrategy = tableNames.filter((name) => files[name].strategy === strategy);
  const fitting = ofStrategy.filter((name) => files[name].persistedData === persistedData);
  const found = fitting.length > 0 ? fitting : ofStrategy.filter((name) => isLike(name, ofStrategy[0]!));
  return found.find((name) => wayBackOf(name) === wayBack) ?? found[0]!;
}

/** Whether two tables differ in the way back at most: a stack may change from one to the other. */
export const isLike = (name: TableName, other: TableName): boolean =>
  files[name].strategy === files[other].strategy && files[name].persistedData === files[other].persistedData;

/** What becomes of what is written on the target. */
export const wayBackOf = (name: TableName): WayBack => fileOf(name).wayBack ?? "none";

/** Whether a choice has a table with the way back that it asks for. */
export const hasWayBack = (choice: TableChoice): boolean => wayBackOf(tableOf(choice)) === (choice.wayBack ?? "none");

/** A table as far as it can be walked without a confirmation of its own: the row that deletes the source needs one. */
export const upToRetired = (rows: Strategy): Strategy => rows.filter(({ source }) => source !== "removed");

/**
 * Rows in the order in which a demo walks them: once to the row before the way back is closed, back as far as it leads, and
 * on to the row that retires the source. Rows without a way back over their moves are walked once.
 */
export function roundTrip(all: Strategy): Strategy {
  const rows = upToRetired(all);
  const closed = rows.findIndex(({ reverse }, at) => reverse === "absent" && rows[at - 1]?.reverse === "running");
  if (closed < 0) return rows;
  let again = closed - 1;
  for (let row = rows[again]!; row.reverse === "running" && "row" in row.wayBack; row = rows[again]!) {
    const { row: back } = row.wayBack;
    again = rows.findIndex(({ name }) => name === back);
  }
  return again === closed - 1 ? rows : [...rows.slice(0, closed), ...rows.slice(again)];
}

/** How a table is chosen. */
export const choiceOf = (name: TableName): Required<TableChoice> => {
  const { strategy, persistedData } = files[name];
  return { strategy, persistedData, wayBack: wayBackOf(name) };
};

/** What a strategy can do with records that the source holds already, its default first. */
export const persistedDataOf = (strategy: StrategyName): readonly PersistedData[] => [
  ...new Set(tableNames.filter((name) => files[name].strategy === strategy).map((name) => files[name].persistedData)),
];

/** Strategies that never copy what the source holds. */
export const neverCopying = strategyNames.filter((name) => !persistedDataOf(name).includes("mirrored"));

const fileOf = (name: TableName): StrategyFile => files[name];

/** When a table is the right one, and what it promises. */
export const aboutTable = (name: TableName): string => fileOf(name).about;

/** Why a strategy has one `persistedData` only, as a clause. */
export const whyOnly = (strategy: StrategyName): string =>
  fileOf(tableOf({ strategy })).onlyBecause ?? `${strategy} has no phases for it`;

/** Whether the demo of a move to a vendor can walk a strategy. */
export const hasVendorDemo = (strategy: StrategyName): boolean => fileOf(tableOf({ strategy })).vendorDemo ?? false;

const someRow = (name: TableName, holds: (row: Strategy[number]) => boolean): boolean => fileOf(name).rows.some(holds);

/** Whether the rows of a table copy records. */
export const hasMirror = (name: TableName): boolean => someRow(name, ({ connect }) => connect === "present");

/** Whether consumers of a table have twins. */
export const hasTwins = (name: TableName): boolean => someRow(name, ({ twins }) => twins !== "absent");

const moves = (name: TableName) => {
  const { rows } = fileOf(name);
  return rows.flatMap((row) => switchesOf(rows, row.name));
};

/** Whether groups move before they have read everything, wherever they are. */
export const movesLagging = (name: TableName): boolean => moves(name).some(({ offsets }) => offsets === "exact");

/** Whether a table has groups read the source to its end before they move. */
export const drainsGroups = (name: TableName): boolean =>
  someRow(name, ({ opensWhen }) => opensWhen.includes("groups-drained"));

/** Strategies in which one move takes readers and writers together. */
export const applicationStrategies: readonly StrategyName[] = strategyNames.filter((strategy) =>
  tableNames.some((name) => files[name].strategy === strategy && movesApplications(name)),
);
