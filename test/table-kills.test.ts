import assert from "node:assert/strict";
import { tableNames } from "../phases/strategies/index.ts";
import { Stack } from "./support/model/stack.ts";
import type { Fate } from "./support/model/world.ts";

/** Every step from a row: forward, the same again, and back. */
function stepsFrom(stack: Stack): string[] {
  return stack.rows.map(({ name }) => name).filter((name) => stack.refusal(name) === null);
}

/** Runs a step, and sees that nothing disagrees then. */
async function step(stack: Stack, row: string, flags: Parameters<Stack["up"]>[1] = {}): Promise<string> {
  const before = stack.reached;
  const ending = await stack.up(row, flags);
  assert.deepEqual(stack.disagreements(row, ending, before), [], `after ${row}`);
  return ending.ok ? "" : ending.error.message;
}

describe("every row of every table", function () {
  this.timeout(600_000);
  for (const table of tableNames)
    it(`${table}`, async () => {
      const log = console.log; console.log = () => {};
      const errors = new Map<string, number>();
      const stack = new Stack(table);
      let runs = 0;
      const t = Date.now();
      for (const { name } of stack.rows) {
        for (const row of stepsFrom(stack)) {
          const baseline = stack.clone();
          const e = await step(baseline, row);
          if (e) errors.set(`BASE ${stack.reached} -> ${row}: ${e}`, 1);
          const changes = baseline.world.changes.length;
          for (const fate of ["kill", "error", "interrupt"] as const satisfies Fate[])
            for (let at = 1; at <= changes; at += 1) {
              const other = stack.clone();
              runs += 1;
              const where = `${stack.reached} -> ${row}, ${fate} at ${at}: `;
              try {
                await step(other, row, { fate: (change) => (change === at ? fate : null) });
                const what = other.world.changes[at - 1];
                const again = await step(other, row);
                if (again) errors.set(where + what + " AGAIN " + again, 1);
                else assert.deepEqual(await other.preview(row), []);
              } catch (error) {
                errors.set(where + other.world.changes[at - 1] + " !! " + (error as Error).message, 1);
              }
            }
        }
        await step(stack, name);
      }
      stack.world.data.quiet = true;
      stack.world.pass(10_000);
      assert.deepEqual(stack.world.lost(), []);
      console.log = log;
      console.log(table, runs, Date.now() - t);
      console.log([...errors.keys()].map((e) => e.slice(0, 400)).join("\n"));
    });
});
