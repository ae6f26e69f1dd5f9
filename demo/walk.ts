import { setTimeout as sleep } from "node:timers/promises";
import { CliDisplay } from "./display.ts";
import { MoveSteps, type MoveStep } from "./move-steps.ts";
import type { Stack } from "./stack.ts";

/** A row of the strategy as the walk needs it. */
export interface WalkedRow {
  readonly name: string;
  readonly purpose: string;
  readonly opensWhen: readonly string[];
}

/** What one row of the walk took and found. */
export interface PhaseReport {
  readonly name: string;
  /** From the changed config line to the end of `pulumi up`; of the last row to the preview that finds no changes. */
  readonly seconds: number;
  readonly gates: readonly { readonly name: string; readonly open: boolean; readonly sentence: string }[];
  readonly reached: boolean;
  /** What a move did, in its order; empty in a row that moves nobody. */
  readonly steps: readonly MoveStep[];
  /** Milliseconds since 1970 between which `pulumi up` ran; equal where it did not begin. */
  readonly upFrom: number;
  readonly upUntil: number;
  /** Milliseconds since 1970 between which the row's traffic is counted. */
  readonly from: number;
  readonly until: number;
}

export interface WalkOptions {
  readonly stack: Stack;
  readonly rows: readonly WalkedRow[];
  /** Seconds of traffic after each row. */
  readonly trafficSeconds: number;
  /** Whether the row with this index is previewed before its update. @default every row is */
  readonly previews?: (index: number) => boolean;
  /** Kafka's id of the source, typed into the config before a row that asks for it. */
  readonly sourceClusterId?: () => Promise<string>;
  /** Called before the config line of a row is changed. */
  readonly before?: (row: string) => Promise<void>;
  /** Called once a row is reached, before its traffic. */
  readonly after?: (row: string) => Promise<void>;
  /** Gets every line that `pulumi up` prints. */
  readonly onLine?: (line: string) => void;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Walks every row by the CLI: config, preview, up; after the last one a preview must find nothing to change. `phases` is
 * filled as rows are done.
 */
export async function walk(options: WalkOptions, phases: PhaseReport[]): Promise<void> {
  const { stack, rows, print, signal } = options;
  for (const [index, row] of rows.entries()) {
    print("");
    print(`${index + 1} of ${rows.length}  ${row.name}: ${row.purpose}`);
    await options.before?.(row.name);
    const from = Date.now();
    let gates: PhaseReport["gates"] = [];
    let reached = false;
    let seconds = 0;
    let [upFrom, upUntil] = [from, from];
    const steps = new MoveSteps();
    try {
      if (row.opensWhen.includes("source-confirmed") && options.sourceClusterId !== undefined)
        await stack.set("kafka-migration:retire.sourceClusterId", await options.sourceClusterId());
      await stack.set("kafka-migration:phase", row.name);
      if (options.previews?.(index) ?? true) {
        print("  pulumi preview");
        await stack.preview(shown(print));
      }
      print("  pulumi up");
      // What a gate measured while it was held is printed below, as the stack's output has it.
      const show = shown((line) => (line.trimStart().startsWith("gate ") ? undefined : print(line)));
      upFrom = Date.now();
      await stack
        .up((line) => {
          options.onLine?.(line);
          steps.hear(line);
          show(line);
        })
        .finally(() => (upUntil = Date.now()));
      const last = index === rows.length - 1;
      if (last) await stack.expectNoChanges();
      reached = true;
      seconds = (Date.now() - from) / 1000;
      const traffic = sleep(options.trafficSeconds * 1000, undefined, { signal });
      gates = (await stack.gates())
        .filter((gate) => gate.row === row.name)
        .map(({ name, sentence }) => ({ name, open: true, sentence }));
      for (const { name, sentence } of gates) print(`  gate ${name} opened: ${sentence}`);
      print(`  reached after ${seconds.toFixed(0)} s${last ? "; another preview finds no changes" : ""}`);
      await options.after?.(row.name);
      await traffic;
    } finally {
      if (!reached) seconds = (Date.now() - from) / 1000;
      const times = { upFrom, upUntil, from, until: Date.now() };
      phases.push({ name: row.name, seconds, gates, reached, steps: steps.all, ...times });
    }
  }
}

/** Prints what matters of one command's output. */
function shown(print: (line: string) => void): (line: string) => void {
  const display = new CliDisplay();
  return (line) => {
    const text = display.show(line);
    if (text !== null) print(`    ${text}`);
  };
}
