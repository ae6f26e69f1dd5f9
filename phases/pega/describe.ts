import { changeLine, wayBack } from "../plan.ts";
import type { PegaRow, PegaTable } from "./row.ts";

/** Every row of a table as text: what opens it, what changes against the row above, the way back. */
export function describePega(name: string, table: PegaTable): string {
  return table.map((row, at) => describeRow(name, row, table[at - 1])).join("\n");
}

function describeRow(name: string, row: PegaRow, above: PegaRow | undefined): string {
  const columns: [string, (of: PegaRow) => string][] = [
    ["producing tiers", ({ producers }) => producers],
    ["stream", ({ stream }) => stream],
    ["stream tiers' volumes", ({ volumes }) => volumes],
  ];
  const lines = [
    `${name} / ${row.name}`,
    `  ${row.purpose}`,
    `  way back      ${wayBack(row)}`,
    ...row.opensWhen.map((gate) => `  opens when    ${gate}`),
    ...columns.map(([column, value]) => `  ${changeLine(column, value(row), above && value(above))}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** A table as Markdown. */
export function pegaMarkdownTable(table: PegaTable): string {
  const lines = [
    "| phase | producing tiers | stream | volumes | opens when | way back |",
    "| --- | --- | --- | --- | --- | --- |",
    ...table.map((row) => {
      const gates = row.opensWhen.length > 0 ? row.opensWhen.map((gate) => `\`${gate}\``).join(", ") : "at once";
      const back = "row" in row.wayBack ? `\`${row.wayBack.row}\`` : "none";
      return `| \`${row.name}\` | ${row.producers} | ${row.stream} | ${row.volumes} | ${gates} | ${back} |`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}
