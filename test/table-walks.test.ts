import assert from "node:assert/strict";
import fc from "fast-check";
import { tableNames, type TableName } from "../phases/strategies/index.ts";
import { Stack } from "./support/model/stack.ts";
import type { Fate } from "./support/model/world.ts";

const runs = Number(process.env["MODEL_RUNS"] ?? 60);

/** One update of a walk, and what happens in it. */
interface Leg {
  /** Which of the rows that are allowed then. */
  readonly row: number;
  readonly fate: Fate;
  /** Which change of the update it befalls; an update has some thirty. */
  readonly at: number;
  readonly order: number;
  readonly flag: "none" | "continue" | "leave out";
  /** Which resources a flag leaves out: one in so many. */
  readonly share: number;
  /** A workload whose pods are evicted afterwards. */
  readonly evicted: number;
}

const leg: fc.Arbitrary<Leg> = fc.record({
  row: fc.nat(5),
  fate: fc.constantFrom("kill", "kill-after", "error", "interrupt", null),
  at: fc.integer({ min: 1, max: 45 }),
  order: fc.nat(1000),
  flag: fc.constantFrom("none", "none", "none", "continue", "leave out"),
  share: fc.integer({ min: 2, max: 5 }),
  evicted: fc.nat(12),
});

function flagsOf({ fate, at, order, flag, share }: Leg): NonNullable<Parameters<Stack["up"]>[1]> {
  let seed = order;
  const choose = (count: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % count;
  let number = order;
  return {
    choose: order === 0 ? () => 0 : choose,
    fate: (change) => (change === at ? fate : null),
    continues: flag === "continue",
    ...(flag === "leave out" && { leavesOut: () => (number += 7) % share === 0 }),
  };
}

/** Plain updates until one ends: of the row that was wanted last, of the one that is recorded, of the one after. */
async function settle(stack: Stack, wanted: string): Promise<void> {
  const said: string[] = [];
  const after = () => stack.rows[stack.rows.findIndex(({ name }) => name === stack.reached) + 1]?.name;
  for (const row of [() => wanted, () => stack.reached ?? stack.rows[0]!.name, after]) {
    const name = row();
    if (name === undefined || stack.refusal(name) !== null) continue;
    const failed = await stack.checked(name);
    if (failed === null) return assert.deepEqual(await stack.preview(name), [], `a preview after ${name}`);
    said.push(`${name}: ${failed}`);
  }
  assert.fail(`no phase can be reached any more: ${said.join("; ")}`);
}

async function walk(table: TableName, from: number, legs: readonly Leg[]): Promise<void> {
  const stack = new Stack(table);
  for (const { name } of stack.rows.slice(0, from)) assert.equal(await stack.checked(name), null);
  let wanted = stack.reached ?? stack.rows[0]!.name;
  for (const one of legs) {
    const allowed = stack.rows.filter(({ name }) => stack.refusal(name) === null);
    wanted = allowed[allowed.length - 1 - (one.row % allowed.length)]!.name;
    await stack.checked(wanted, flagsOf(one));
    const evicted = stack.world.scope.workloads[one.evicted];
    if (evicted !== undefined) stack.world.restart(evicted);
    stack.world.pass(2_000);
  }
  await settle(stack, wanted);
  for (const { name } of stack.rows.slice(stack.rows.findIndex(({ name }) => name === stack.reached) + 1))
    assert.equal(await stack.checked(name), null, name);
  stack.world.data.quiet = true;
  stack.world.pass(20_000);
  assert.deepEqual(stack.world.lost(), [], "records that a group never read");
}

describe("any walk through a table, with updates that are killed, refused, interrupted or left incomplete", function () {
  this.timeout(600_000);
  const said = console.log;
  before(() => (console.log = () => {}));
  after(() => (console.log = said));
  for (const table of tableNames)
    it(`ends in the last row with everything read once: ${table}`, async () => {
      const walks = fc.asyncProperty(fc.nat(5), fc.array(leg, { minLength: 1, maxLength: 4 }), (from, legs) =>
        walk(table, from, legs),
      );
      await fc.assert(walks, { numRuns: runs, endOnFailure: true, seed: Number(process.env["MODEL_SEED"] ?? 1) });
    });
});
