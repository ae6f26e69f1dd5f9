import type { Condition, GateInputs, Scope } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../config/migration-config.ts";
import type { PlannedGate } from "../phases/plan.ts";
import type { Gate as GateName } from "../phases/row.ts";

/** A planned gate with the parameters that the config gives it. Pure. */
export function gateInputs(config: MigrationConfig, scope: Scope, gate: PlannedGate): GateInputs {
  const { holdSeconds, timeoutSeconds, sweepSeconds } = config.gates;
  return {
    scope,
    row: gate.row,
    condition: condition(config, gate.gate),
    holdSeconds,
    timeoutSeconds,
    sweepSeconds,
    sealed: gate.sealed,
  };
}

function condition(config: MigrationConfig, gate: GateName): Condition {
  switch (gate) {
    case "inventory-current":
      return { kind: gate, inventory: config.inventoryFile };
    case "mirror-within":
      return { kind: gate, maxLag: config.gates.maxLag };
    case "soaked":
      return { kind: gate, hours: config.retire.soakHours };
    case "source-confirmed":
      // An id that nobody typed in confirms nothing.
      return { kind: gate, clusterId: config.retire.sourceClusterId ?? "" };
    default:
      return { kind: gate };
  }
}
