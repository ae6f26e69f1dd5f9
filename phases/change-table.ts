import { isLike, rowsOf, tableNames, wayBackOf, type RowsChoice, type TableName } from "./strategies/index.ts";

/** What a stack has reached, by the table that it was walked by. */
interface Reached {
  readonly strategy: string;
  readonly row: string;
}

/**
 * What a stack has reached as its config's table says it: two tables that differ in the way back alone have the same rows
 * up to where it opens, and a stack may change from one to the other. Any other is left as it is. Pure.
 */
export function reachedIn(reached: Reached | undefined, table: TableName): Reached | undefined {
  const former = tableNames.find((name) => name === reached?.strategy);
  if (reached === undefined || former === undefined || !isLike(former, table)) return reached;
  return { ...reached, strategy: table };
}

/** Why the config's table must not take the place of the one that a stack was walked by, or null. Pure. */
export function refuseChange(reached: Reached | undefined, choice: RowsChoice): string | null {
  const { table } = choice;
  const former = tableNames.find((name) => name === reached?.strategy);
  if (reached === undefined || former === undefined || former === table || !isLike(former, table)) return null;
  const row = rowsOf({ ...choice, table: former }).find(({ name }) => name === reached.row);
  if (row?.reverse !== "running" || wayBackOf(table) === "mirrored") return null;
  return (
    `wayBack is none, but this stack has reached "${reached.row}", in which the way back is open. Set wayBack to mirrored; ` +
    `phase "close" closes it.`
  );
}
