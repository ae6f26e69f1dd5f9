import type { Scope, SwitchInputs } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../config/migration-config.ts";
import type { PlannedSwitch } from "../phases/plan.ts";
import type { Row } from "../phases/row.ts";

/** What a switch of a row is given. Pure. */
export function switchInputs(
  config: MigrationConfig,
  scope: Scope,
  { consumers }: Pick<Row, "consumers">,
  { row, what, wave, offsets, sealed }: PlannedSwitch,
): SwitchInputs {
  const { fenceSeconds, stopSeconds, drainSeconds, startSeconds } = config.switch;
  return {
    scope,
    row,
    what,
    ...(wave !== undefined && { wave }),
    offsets,
    sealed,
    fenceSeconds,
    stopSeconds,
    drainSeconds,
    startSeconds,
    starts: what === "producers" || what === "applications" || (what === "consumers" && consumers !== "stopped"),
  };
}
