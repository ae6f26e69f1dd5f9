import { format } from "prettier";
import { describe as describePlan, markdownTable } from "../../phases/plan.ts";
import type { Strategy } from "../../phases/row.ts";
import { describePega, pegaMarkdownTable } from "../../phases/pega/describe.ts";
import { pegaTables, type PegaStrategyName } from "../../phases/pega/tables.ts";
import { hasTwins, tables, type TableName } from "../../phases/strategies.ts";

/** Golden texts and README parts are about this cast: one workload of each role is enough to read. */
const cast = { migration: "shop", producers: ["foo-producer"], consumers: ["foo-consumer"], twins: [] as string[] };

/** Every strategy by its name. */
export const allStrategies: readonly (readonly [string, Strategy])[] = Object.entries(tables);

/** What test/golden/<strategy>.txt holds. */
export const planText = (name: string, strategy: Strategy): string =>
  describePlan(name, strategy, hasTwins(name as TableName) ? { ...cast, twins: ["foo-twin"] } : cast);

/** What test/golden/<strategy of Pega>.txt holds. */
export const pegaPlanText = (name: string): string => describePega(name, pegaTables[name as PegaStrategyName]);

const begin = "<!-- phases -->";
const end = "<!-- /phases -->";

/** The README with the table of producers-first written anew; null where it has no markers. */
export async function withPhaseTable(readme: string): Promise<string | null> {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) return null;
  const formatted = await format(markdownTable(tables["producers-first"]), { parser: "markdown" });
  return `${readme.slice(0, from + begin.length)}\n\n${formatted}\n${readme.slice(to)}`;
}

/** When each order is the right one, and what it promises. */
const about: Record<TableName, string> = {
  "producers-first":
    "For most: producers pause once, for seconds; groups read the source to its end and go on at the target at the " +
    "end that the ledger has. Nothing is lost, nothing is read twice, every order is kept.",
  "producers-first-unmirrored":
    "`persistedData: none`: what the source holds need not be on the target. Groups read it where it is, and begin at " +
    "the target's beginning. Nothing is lost, nothing is read twice, every order is kept.",
  "consumers-first":
    "Where producers cannot stop together with the consumers, or groups never read to the end. Groups stop wherever " +
    "they are and go on at the copy of their first unread record, proved record by record; producers write on until " +
    "their own row. Nothing is lost, nothing is read twice, every order is kept. Consumers can go back to the source, " +
    "to the exact place there, until the producers have moved. A group for which no place can be proved is refused by " +
    "name, or named under `groups.allowRedelivery`; the preview says how many records it will read again.",
  "dual-consume":
    "Where consumers can run twice and order across the switch does not matter: each consumer names its `twin`, the " +
    "same application for the target, which begins at its beginning. Nothing is copied. Nothing is lost, nothing is " +
    "read twice; every row up to `validate` leads back.",
};

/** The same for the tables of Pega. */
const aboutPega: Record<PegaStrategyName, string> = {
  "pega-drained":
    "For production. Tiers that produce stop, the others read what is left in the embedded stream, and only then does " +
    "every tier start anew on the external cluster. Nothing is lost, nothing is read twice. `docs/pega.md` has the rest.",
  "pega-lossy":
    "For everything else: one step, and what the embedded stream holds unread is lost, which the config accepts in " +
    "words. Refused on a stack marked as production.",
};

/** Every table of Pega by its name. */
export const allPegaTables = Object.entries(pegaTables);

/** docs/orders.md: every table with what it is for. */
export async function ordersPage(): Promise<string> {
  const parts = [
    ...allStrategies.map(
      ([name, strategy]) => `## ${name}\n\n${about[name as TableName]}\n\n${markdownTable(strategy)}`,
    ),
    ...allPegaTables.map(
      ([name, table]) => `## ${name}\n\n${aboutPega[name as PegaStrategyName]}\n\n${pegaMarkdownTable(table)}`,
    ),
  ];
  const intro =
    "# The orders of moving\n\n`strategy` and `persistedData` choose one of these tables, which a stack keeps. A row is a " +
    "whole desired state: going back is setting an earlier name, where the row has a way back. `npm run golden` writes " +
    "this page from the program itself.\n";
  return format([intro, ...parts].join("\n"), { parser: "markdown", printWidth: 120, proseWrap: "always" });
}
