import * as pulumi from "@pulumi/pulumi";
import type { Receipts } from "@kafka-migration/kafka";
import type { GateInputs } from "../gates/inputs.ts";
import type { PlannedGate } from "../phases/plan.ts";
import { Gate } from "./resources.ts";

/** What a gate measured when it opened. */
export interface OpenedGate {
  readonly row: string;
  readonly name: string;
  readonly sentence: string;
}

export interface Gates {
  readonly all: Gate[];
  /** Those that are measured by this update. */
  readonly measured: Gate[];
  /** What each gate of the row, and of those before it, measured when it opened. */
  readonly opened: pulumi.Output<OpenedGate[]>;
  /** What each gate of one row measured when it opened, by the gate's name. */
  passed(row: string): pulumi.Output<Receipts>;
}

/** Registers the planned gates of a migration. */
export function registerGates(
  name: string,
  planned: readonly PlannedGate[],
  inputsOf: (gate: PlannedGate) => GateInputs,
  opts: pulumi.CustomResourceOptions,
): Gates {
  const all = planned.map((one) => new Gate(`${name}-${one.row}-${one.gate}`, inputsOf(one), opts));
  const passed = (row: string): pulumi.Output<Receipts> => {
    const found = planned.flatMap(({ row: of, gate }, at) => (of === row ? [{ gate, resource: all[at]! }] : []));
    const receipts = found.map(({ gate, resource: { sentence, measuredAt } }) =>
      pulumi.all([sentence, measuredAt]).apply(([said, at]) => [gate, { sentence: said, measuredAt: at }] as const),
    );
    return pulumi.all(receipts).apply((each) => Object.fromEntries(each));
  };
  return {
    all,
    passed,
    measured: all.filter((_, at) => !planned[at]!.sealed),
    opened: pulumi.all(
      planned.map(({ row, gate }, at) => all[at]!.sentence.apply((sentence) => ({ row, name: gate, sentence }))),
    ),
  };
}
