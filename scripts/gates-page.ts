import { format } from "prettier";
import { gates } from "../gates/index.ts";

const begin = "<!-- gates -->";
const end = "<!-- /gates -->";

/** docs/gates.md with the table of every gate between its markers; null if it has no markers. */
export async function withGateTable(page: string): Promise<string | null> {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) return null;
  const table = `${page.slice(0, from + begin.length)}\n\n${gateTable()}\n\n${page.slice(to)}`;
  return format(table, { parser: "markdown", printWidth: 120 });
}

function gateTable(): string {
  const rows = Object.values(gates).map(
    ({ name, page: { closedBecause, whatToDo } }) => `| \`${name}\` | ${closedBecause} | ${whatToDo} |`,
  );
  const any =
    "| any | it could not be measured, or source and target are one cluster | make the named broker or worker reachable; correct the addresses |";
  return ["| gate | closed because | what to do |", "| --- | --- | --- |", any, ...rows].join("\n");
}
