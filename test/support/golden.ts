import { format } from "prettier";
import { describe as describePlan, markdownTable, type Cast } from "../../phases/plan.ts";
import type { Strategy } from "../../phases/row.ts";
import { describePega, pegaMarkdownTable } from "../../phases/pega/describe.ts";
import { aboutPegaTable, pegaTables, type PegaStrategyName } from "../../phases/pega/tables.ts";
import {
  aboutTable,
  hasTwins,
  hasWaves,
  movesApplications,
  tables,
  type TableName,
} from "../../phases/strategies/index.ts";

/** Golden texts and README parts are about this cast: one workload of each role is enough to read. */
const cast = { migration: "shop", producers: ["foo-producer"], consumers: ["foo-consumer"], twins: [] as string[] };

/** Every strategy by its name. */
export const allStrategies: readonly (readonly [string, Strategy])[] = Object.entries(tables);

/** What test/golden/<strategy>.txt holds. */
export const planText = (name: string, strategy: Strategy): string =>
  describePlan(name, strategy, castOf(name as TableName));

function castOf(table: TableName): Cast {
  if (hasTwins(table)) return { ...cast, twins: ["foo-twin"] };
  if (!movesApplications(table)) return cast;
  if (!hasWaves(table)) return { ...cast, applications: ["foo-service"] };
  const waves = { reports: cast.consumers, orders: [...cast.producers, "foo-service"] };
  return { ...cast, producers: [], consumers: [], waves };
}

/** What test/golden/<strategy of Pega>.txt holds. */
export const pegaPlanText = (name: string): string => describePega(name, pegaTables[name as PegaStrategyName]);

const begin = "<!-- phases -->";
const end = "<!-- /phases -->";

/** The README with the table of producers-first written again; null where it has no markers. */
export async function withPhaseTable(readme: string): Promise<string | null> {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) return null;
  const formatted = await format(markdownTable(tables["producers-first"]), { parser: "markdown" });
  return `${readme.slice(0, from + begin.length)}\n\n${formatted}\n${readme.slice(to)}`;
}

/** Every table of Pega by its name. */
export const allPegaTables = Object.entries(pegaTables);

/** docs/strategies.md: every table with what it is for. */
export async function strategiesPage(): Promise<string> {
  const parts = [
    ...allStrategies.map(
      ([name, strategy]) => `## ${name}\n\n${aboutTable(name as TableName)}\n\n${markdownTable(strategy)}`,
    ),
    ...allPegaTables.map(
      ([name, table]) => `## ${name}\n\n${aboutPegaTable(name as PegaStrategyName)}\n\n${pegaMarkdownTable(table)}`,
    ),
  ];
  const intro =
    "# Strategies\n\n`strategy` and `persistedData` choose one of these tables, and a stack keeps its choice. A row is the " +
    "complete desired state of one phase: to go back, set `phase` to an earlier one, if the row has a way back. `npm run golden` writes " +
    "this page from the program itself.\n";
  return format([intro, ...parts].join("\n"), { parser: "markdown", printWidth: 120, proseWrap: "always" });
}
