import { overlay } from "../../../components/pega/overlay.ts";
import type { Look } from "../../../components/pega/look.ts";
import { PegaMigration } from "../../../components/pega/pega-migration.ts";
import { pegaScope, streamSettings } from "../../../components/pega/settings.ts";
import { tiersOf } from "../../../components/pega/tiers.ts";
import type { PegaConfig } from "../../../config/pega/schema.ts";
import { pegaTables } from "../../../phases/pega/tables.ts";
import type { PegaRow } from "../../../phases/pega/row.ts";
import { registering, type Registered } from "../rows.ts";
import { rolesIn, valuesOf, type Shape } from "./shapes.ts";

/** What the program would have read of a release with the shape's values. */
function look(config: PegaConfig, row: PegaRow, shape: Shape): Look {
  const values = valuesOf(shape);
  const tiers = tiersOf(values);
  const roles = rolesIn(shape);
  return {
    scope: pegaScope(config, "pega", tiers, roles),
    values: overlay(values, row, { roles, former: shape.former, stream: streamSettings(config) }),
    changes: [],
  };
}

/** The row that the config's phase names, as an `up` registers it after another row, or first of all. */
export async function registeredRow(config: PegaConfig, reached: string | undefined, shape: Shape) {
  const table: readonly PegaRow[] = pegaTables[config.strategy];
  const resources: Registered[] = [];
  const seen = look(
    config,
    table.find(({ name }) => name === config.phase)!,
    shape,
  );
  const before = reached === undefined ? undefined : { strategy: config.strategy, row: reached };
  const migration = await registering(
    () => new PegaMigration(config.name, { config, reached: before, look: seen }),
    resources,
  );
  return { resources, migration };
}
