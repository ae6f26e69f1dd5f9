import { format } from "prettier";
import { describe as describePlan, markdownTable } from "../../phases/plan.ts";
import type { Strategy } from "../../phases/row.ts";
import { hasTwins, tables } from "../../phases/strategies.ts";
import type { TableName } from "../../phases/strategies.ts";

/** Golden texts and README parts are about this cast: one workload of each role is enough to read. */
const cast = { migration: "shop", producers: ["foo-producer"], consumers: ["foo-consumer"], twins: [] as string[] };

/** Every strategy by its name. */
export const allStrategies: readonly (readonly [string, Strategy])[] = Object.entries(tables);

/** What test/golden/<strategy>.txt holds. */
export const planText = (name: string, strategy: Strategy): string =>
  describePlan(name, strategy, hasTwins(name as TableName) ? { ...cast, twins: ["foo-twin"] } : cast);

const begin = "<!-- phases -->";
const end = "<!-- /phases -->";

/** The README with its phase table written anew; null where it has no markers. */
export async function withPhaseTable(readme: string): Promise<string | null> {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) return null;
  const written = allStrategies.map(([name, strategy]) => {
    const title = allStrategies.length > 1 ? `**${name}**\n\n` : "";
    return `${title}${markdownTable(strategy)}`;
  });
  const formatted = await format(written.join("\n"), { parser: "markdown" });
  return `${readme.slice(0, from + begin.length)}\n\n${formatted}\n${readme.slice(to)}`;
}
