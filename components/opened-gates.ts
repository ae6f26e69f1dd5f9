import * as pulumi from "@pulumi/pulumi";
import type { Gate } from "./resources.ts";

/** What a gate measured when it opened. */
export interface OpenedGate {
  readonly row: string;
  readonly name: string;
  readonly sentence: string;
}

/** What each gate of a row, and of those before it, measured when it opened. */
export const openedGates = (
  gates: readonly { readonly planned: { readonly row: string; readonly gate: string }; readonly gate: Gate }[],
): pulumi.Output<OpenedGate[]> =>
  pulumi.all(
    gates.map(({ planned, gate }) =>
      gate.sentence.apply((sentence) => ({ row: planned.row, name: planned.gate, sentence })),
    ),
  );
