/** One phase after the other on a stack, as tests take them. */
import assert from "node:assert/strict";
import type { RunResult } from "../../../demo/process.ts";
import type { Stack } from "../../../demo/stack.ts";

export interface StackSteps {
  /** Sets the phase and runs `up`; returns however it ends. */
  up(phase: string, watch?: Parameters<Stack["attempt"]>[1]): Promise<RunResult>;
  /** Sets the phase and runs `up`, which must succeed; returns what it printed. */
  goes(phase: string): Promise<string>;
  /** Sets the phase and runs `up`, which must succeed, and leave nothing to change; returns what it printed. */
  reaches(phase: string): Promise<string>;
}

export function stackSteps(stack: Stack): StackSteps {
  const up: StackSteps["up"] = async (phase, watch) => {
    await stack.set("kafka-migration:phase", phase);
    return stack.attempt(["up", "--yes", "--skip-preview"], watch);
  };
  const goes: StackSteps["goes"] = async (phase) => {
    const { code, output } = await up(phase);
    assert.equal(code, 0, output);
    return output;
  };
  return {
    up,
    goes,
    async reaches(phase) {
      const output = await goes(phase);
      const preview = await stack.attempt(["preview", "--expect-no-changes", "--diff"]);
      assert.equal(preview.code, 0, preview.output);
      return output;
    },
  };
}
