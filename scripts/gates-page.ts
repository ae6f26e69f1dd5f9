import { format } from "prettier";
import type { GateFile } from "../gates/gate.ts";
import { gates } from "../gates/index.ts";
import { pegaGates } from "../gates/pega/index.ts";

const begin = "<!-- gates -->";
const end = "<!-- /gates -->";

type Page = Pick<GateFile<string, object>, "name" | "page">;

const any: Page = {
  name: "any",
  page: {
    closedBecause: "it could not be measured, or source and target are one cluster",
    whatToDo: "see that the named broker or worker can be reached; correct the addresses",
  },
};

/** Pages with the table of every gate, and the gates in it. */
export const gatePages: Readonly<Record<string, readonly Page[]>> = {
  "docs/gates.md": [any, ...Object.values(gates)],
  "docs/pega.md": Object.values(pegaGates),
};

/** A page with its table written again between its markers; null if it has no markers. */
export async function withGateTable(page: string, of: readonly Page[]): Promise<string | null> {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) return null;
  const table = `${page.slice(0, from + begin.length)}\n\n${gateTable(of)}\n\n${page.slice(to)}`;
  return format(table, { parser: "markdown", printWidth: 120 });
}

function gateTable(of: readonly Page[]): string {
  const rows = of.map(
    ({ name, page: { closedBecause, whatToDo } }) =>
      `| ${name === any.name ? name : `\`${name}\``} | ${closedBecause} | ${whatToDo} |`,
  );
  return ["| gate | closed because | what to do |", "| --- | --- | --- |", ...rows].join("\n");
}
