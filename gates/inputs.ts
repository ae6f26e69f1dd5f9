/** What a gate resource is given. */
import type { GateSettings, PegaGateInputs } from "../runtime/model/gates.ts";
import type { Scope } from "../runtime/model/scope.ts";
import type { KubernetesRef } from "../runtime/model/sides.ts";
import type { Condition } from "./index.ts";

/** The source that a row halts: gates of that row cannot be measured any more once it is. */
export interface HaltRef {
  readonly kubernetes: KubernetesRef;
  /** The KubeDB Kafka object. */
  readonly name: string;
  /** Every gate of the row. */
  readonly gates: readonly string[];
}

/** A gate of a migration between two Kafka clusters. */
export interface KafkaGateInputs extends GateSettings {
  readonly scope: Scope;
  readonly condition: Condition;
  /** Present on gates of a row that halts the source. */
  readonly halts?: HaltRef;
}

export type GateInputs = KafkaGateInputs | PegaGateInputs;
