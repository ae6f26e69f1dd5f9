/** What a gate resource is given. */
import type { GateSettings, PegaGateInputs } from "../runtime/model/gates.ts";
import type { Scope } from "../runtime/model/scope.ts";
import type { Condition } from "./index.ts";

/** A gate of a migration between two Kafka clusters. */
export interface KafkaGateInputs extends GateSettings {
  readonly scope: Scope;
  readonly condition: Condition;
}

export type GateInputs = KafkaGateInputs | PegaGateInputs;
