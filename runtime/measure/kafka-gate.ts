/** Gates of a migration between two Kafka clusters. */
import type { KafkaGateInputs } from "../../gates/inputs.ts";
import type { Snapshot } from "../judging/reading.ts";
import { recordOf } from "../ledger/record.ts";
import type { GateKind, SweepOptions } from "../model/gate-kind.ts";
import { gateOf, judge } from "./judge.ts";
import { countingReceipts, withReceipt, type Receipt } from "./receipts.ts";
import { snapshot } from "./snapshot.ts";

/** Movement is judged over the readings of this long. */
const windowMilliseconds = 30_000;

/** A snapshot, and the receipt of the gate where nothing else is left to look at. */
type Reading = Snapshot & { readonly receipt?: Receipt };

export function kafkaGate({ scope, condition, halts }: KafkaGateInputs): GateKind<Reading> {
  const read = async (options: SweepOptions): Promise<Reading> => {
    const measured = await snapshot(scope, condition, options);
    if (halts === undefined || !judge(condition, measured, []).unmeasured) return measured;
    const receipt = (await countingReceipts(recordOf(scope), halts))[condition.kind];
    return { ...measured, ...(receipt && { receipt }) };
  };
  return {
    movement: condition.kind === "groups-active",
    windowMilliseconds,
    read,
    judge: (reading, earlier) => withReceipt(judge(condition, reading, earlier), reading.receipt),
    remedy: gateOf(condition).remedy,
  };
}
