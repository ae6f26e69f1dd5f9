/** What a gate resource is given. */
import type { GateSettings, HaltRef } from "../runtime/model/gates.ts";
import type { SwitchInputs } from "../runtime/model/inputs.ts";
import type { PegaScope } from "../runtime/model/pega.ts";
import type { Scope } from "../runtime/model/scope.ts";
import type { Condition } from "./index.ts";
import type { PegaCondition } from "./pega/index.ts";

/** A gate of a migration between two Kafka clusters. */
export interface KafkaGateInputs extends GateSettings {
  readonly scope: Scope;
  readonly condition: Condition;
  /** Present on gates of a row that halts the source. */
  readonly halts?: HaltRef;
  /** The switches of a row that is not reached: what a killed one has left stopped does not wait for a gate. */
  readonly moves?: readonly SwitchInputs[];
}

/** A gate of a migration of Pega, which takes no records along. */
export interface PegaGateInputs extends GateSettings {
  readonly pega: PegaScope;
  readonly condition: PegaCondition;
}

export type GateInputs = KafkaGateInputs | PegaGateInputs;
