/** The strategies of Pega. A new one is a file in `strategies/`, a line in `files`, and its golden text. */
import { pegaDrained } from "./strategies/pega-drained.ts";
import { pegaLossy } from "./strategies/pega-lossy.ts";
import type { PegaStrategyFile } from "./strategies/strategy.ts";

const files = {
  "pega-drained": pegaDrained,
  "pega-lossy": pegaLossy,
} as const satisfies Record<string, PegaStrategyFile>;

type Files = typeof files;
export type PegaStrategyName = keyof Files;

export const pegaStrategyNames = Object.keys(files) as readonly PegaStrategyName[];

/** The rows of each. */
export const pegaTables = Object.fromEntries(pegaStrategyNames.map((name) => [name, files[name].rows])) as {
  readonly [Name in PegaStrategyName]: Files[Name]["rows"];
};

const fileOf = (name: PegaStrategyName): PegaStrategyFile => files[name];

/** When a table is the right one, and what it promises. */
export const aboutPegaTable = (name: PegaStrategyName): string => fileOf(name).about;

/** Whether what the embedded stream holds unread is lost. */
export const losesUnread = (name: PegaStrategyName): boolean => fileOf(name).loses;
