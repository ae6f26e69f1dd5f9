/** Gates of a migration between two Kafka clusters. */
import type { KafkaGateInputs } from "../../gates/inputs.ts";
import type { Snapshot } from "../judging/reading.ts";
import type { GateKind } from "../model/gate-kind.ts";
import { gateOf, judge } from "./judge.ts";
import { snapshot } from "./snapshot.ts";

/** Movement is judged over the readings of this long. */
const windowMilliseconds = 30_000;

export function kafkaGate({ scope, condition }: KafkaGateInputs): GateKind<Snapshot> {
  return {
    movement: condition.kind === "groups-active",
    windowMilliseconds,
    read: (options) => snapshot(scope, condition, options),
    judge: (reading, earlier) => judge(condition, reading, earlier),
    remedy: gateOf(condition).remedy,
  };
}
