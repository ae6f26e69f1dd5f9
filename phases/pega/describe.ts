import { rowText, tableText } from "../plan.ts";
import type { PegaRow, PegaTable } from "./row.ts";

/** Every row of a table as text: what opens it, what changes against the row above, the way back. */
export const describePega = (name: string, table: PegaTable): string =>
  table.map((row, at) => rowText<PegaRow>(name, row, table[at - 1], things)).join("\n");

const things: [string, (of: PegaRow) => string][] = [
  ["producing tiers", ({ producers }) => producers],
  ["stream", ({ stream }) => stream],
  ["stream tiers' volumes", ({ volumes }) => volumes],
];

/** A table as Markdown. */
export const pegaMarkdownTable = (table: PegaTable): string =>
  tableText<PegaRow>(table, {
    "producing tiers": ({ producers }) => producers,
    stream: ({ stream }) => stream,
    volumes: ({ volumes }) => volumes,
  });
