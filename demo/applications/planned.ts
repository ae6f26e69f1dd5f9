import { parse } from "yaml";
import { hasWaves, roundTrip, rowsOf, tableOf, type TableChoice } from "../../phases/strategies/index.ts";
import type { WalkedRow } from "../walk.ts";
import type { PlannedMove } from "./moves.ts";

interface Keys {
  readonly "kafka-migration:waves"?: readonly { readonly name: string; readonly workloads: readonly string[] }[];
  readonly "kafka-migration:workloads": readonly { readonly name: string; readonly role: string }[];
}

/** The rows of a stack's file, and who moves in which of them. */
export function planned(
  stackFile: string,
  choice: TableChoice,
): { readonly rows: readonly WalkedRow[]; readonly moves: readonly PlannedMove[] } {
  const table = tableOf(choice);
  const { config } = parse(stackFile) as { config: Keys };
  const { "kafka-migration:waves": waves = [], "kafka-migration:workloads": workloads } = config;
  const rows = roundTrip(rowsOf({ table, waves, workloads }));
  const moves = hasWaves(table)
    ? waves.map(({ name, workloads: of }) => ({ row: `move-${name}`, workloads: of }))
    : [{ row: "move", workloads: workloads.map(({ name }) => name) }];
  return { rows, moves };
}
