import assert from "node:assert/strict";
import fc from "fast-check";
import { pegaStrategyNames } from "../phases/pega/tables.ts";
import { tableNames } from "../phases/strategies/index.ts";
import { PegaStack } from "./support/model/pega-stack.ts";
import { Stack } from "./support/model/stack.ts";
import type { Fate } from "./support/model/process.ts";
import { thorough as more } from "./support/thorough.ts";

/**
 * Usually a sixteenth of the changes that an update makes in the clusters is tried, another sixteenth in the next row, and
 * a few walks of each table are made up; `npm run test:all` tries an eighth. MODEL_RUNS=200 makes up so many walks, and
 * every change of every row goes wrong in every way; MODEL_SEED=7 begins with another part and makes up other walks.
 */
const thorough = process.env["MODEL_RUNS"] !== undefined;
const walks = Number(process.env["MODEL_RUNS"] ?? (more ? 3 : 2));
/** One in so many changes. */
const part = more ? 8 : 16;
const seed = Number(process.env["MODEL_SEED"] ?? 1);
/** MODEL_TABLES=waves,together leaves the others out. */
const chosen = (table: string): boolean => (process.env["MODEL_TABLES"] ?? table).split(",").includes(table);

/** One update of a walk, and what happens in it. */
interface Leg {
  /** Which of the rows that are allowed then, the last first. */
  readonly row: number;
  readonly fate: Fate;
  /** Which change of the update it befalls; most updates have thirty. */
  readonly at: number;
  /** Chooses among resources that may be next. */
  readonly order: number;
  readonly flag: "none" | "continue-on-error" | "leave out";
  /** `--target` and `--exclude` leave one resource in so many out. */
  readonly share: number;
  /** A workload whose pods are evicted afterwards, if there is one of that number. */
  readonly evicted: number;
}

const leg: fc.Arbitrary<Leg> = fc.record({
  row: fc.nat(5),
  fate: fc.constantFrom<Fate>(null, "kill", "kill-after", "error", "interrupt"),
  at: fc.integer({ min: 1, max: 45 }),
  order: fc.nat(1000),
  flag: fc.constantFrom<Leg["flag"]>("none", "none", "none", "continue-on-error", "leave out"),
  share: fc.integer({ min: 2, max: 5 }),
  evicted: fc.nat(12),
});

function flagsOf({ fate, at, order, flag, share }: Leg): NonNullable<Parameters<Stack["up"]>[1]> {
  let [random, number] = [order, order];
  const next = () => (random = (random * 1_103_515_245 + 12_345) % 2_147_483_648);
  return {
    choose: (count) => (order === 0 ? 0 : next() % count),
    fate: (change) => (change === at ? fate : null),
    continues: flag === "continue-on-error",
    ...(flag === "leave out" && { leavesOut: () => (number += 1) % share === 0 }),
  };
}

/** A stack of either kind of table. */
type AnyStack = Pick<Stack | PegaStack, "reached" | "refusal" | "checked" | "preview" | "world"> & {
  readonly rows: readonly { readonly name: string }[];
  clone(): AnyStack;
};

const rowAfter = ({ rows, reached }: AnyStack): string | undefined =>
  rows[rows.findIndex(({ name }) => name === reached) + 1]?.name;

/** Rows that may be asked for now: forward, the same, back. */
const allowed = (stack: AnyStack): string[] =>
  stack.rows.map(({ name }) => name).filter((name) => stack.refusal(name) === null);

/** Plain updates until one ends: of the row that was wanted last, of the recorded one, of the one after. */
async function settle(stack: AnyStack, wanted: string): Promise<void> {
  const said: string[] = [];
  for (const choice of [() => wanted, () => stack.reached, () => rowAfter(stack)]) {
    const name = choice();
    if (name === undefined || stack.refusal(name) !== null) continue;
    const failed = await stack.checked(name);
    if (failed === null) return assert.deepEqual(await stack.preview(name), [], `a preview after ${name}`);
    said.push(`${name}: ${failed}`);
  }
  assert.fail(`no phase can be reached any more: ${said.join("; ")}`);
}

/** From whatever row is recorded to the last one. */
async function finish(stack: AnyStack): Promise<void> {
  for (let next = rowAfter(stack); next !== undefined; next = rowAfter(stack))
    assert.equal(await stack.checked(next), null, next);
}

/** Every group reads what is left, and then has read every record once. */
function assertAllRead({ world }: Stack): void {
  world.data.quiet = true;
  world.pass(20_000);
  assert.deepEqual(world.lost(), [], "records that a group has never read");
}

/** What may give no answer. */
const parts = ["source", "target", "connect"] as const;

/** Which part is next. */
let turn = seed;

/** Numbers of the changes at which an update is broken. Those that the engine makes for itself are much alike. */
function breakable(changes: readonly string[], fate: Fate): number[] {
  const numbers = changes.map((_, index) => index + 1);
  if (thorough) return numbers;
  const own = (at: number) => !/^(create|update|record|delete|outputs)\b/.test(changes[at - 1]!);
  const one = (of: number) => (_: number, index: number) => index % of === turn % of;
  const acts = numbers.filter(own).filter(one(fate === "kill" ? part : 3 * part));
  return fate === "kill" ? [...acts, ...numbers.filter((at) => !own(at)).filter(one(3 * part))] : acts;
}

/** Whatever of a row goes wrong, from wherever it is asked for: the next update of the row ends all the same. */
async function breakEverywhere(stack: AnyStack): Promise<void> {
  for (const { name } of stack.rows) {
    for (const row of allowed(stack)) {
      if (row === stack.reached && !thorough) continue;
      const whole = stack.clone();
      // Some ways back are refused by the preview, for what is on the target by then.
      const refused = await whole.preview(row).then(
        () => null,
        (error: Error) => error.message,
      );
      if (refused !== null) {
        assert.match(refused, /no way back/);
        continue;
      }
      assert.equal(await whole.checked(row), null, row);
      const { changes } = whole.world;
      for (const fate of ["kill", "error", "interrupt"] as const) {
        turn += 1;
        for (const at of breakable(changes, fate)) {
          const what = `${stack.reached} -> ${row}, ${fate} at change ${at}, ${changes[at - 1]}`;
          const other = stack.clone();
          await other.checked(row, { fate: (change) => (change === at ? fate : null) });
          // What takes it up may find less than the killed one had found.
          if (fate === "kill" && other instanceof Stack)
            await other.checked(row, { silent: parts[(turn + at) % parts.length]! });
          assert.equal(await other.checked(row), null, what);
        }
      }
      assert.deepEqual(await whole.preview(row), [], row);
    }
    assert.equal(await stack.checked(name), null);
  }
}

async function walk(stack: AnyStack, begin: number, legs: readonly Leg[], between: (leg: Leg) => void): Promise<void> {
  for (const { name } of stack.rows.slice(0, begin % stack.rows.length)) assert.equal(await stack.checked(name), null);
  let wanted = stack.reached ?? stack.rows[0]!.name;
  for (const leg of legs) {
    wanted = allowed(stack).at(-1 - (leg.row % allowed(stack).length))!;
    await stack.checked(wanted, flagsOf(leg));
    between(leg);
  }
  await settle(stack, wanted);
  await finish(stack);
}

const anyWalk = (run: (begin: number, legs: readonly Leg[]) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(fc.nat(8), fc.array(leg, { minLength: 1, maxLength: 4 }), run), { numRuns: walks, seed });

describe("the tables of phases, in a world and an engine in memory", function () {
  this.timeout(thorough ? 3_600_000 : 600_000);
  const said = console.log;
  before(() => void (console.log = () => {}));
  after(() => void (console.log = said));

  for (const table of tableNames.filter(chosen))
    describe(table, () => {
      it("ends each update that was killed, refused or interrupted anywhere with the next one", async () => {
        const stack = new Stack(table);
        await breakEverywhere(stack);
        assertAllRead(stack);
      });

      it("ends every walk in the last row, with each record read once", () =>
        anyWalk(async (begin, legs) => {
          const stack = new Stack(table);
          const { world } = stack;
          await walk(stack, begin, legs, ({ evicted }) => {
            const workload = world.scope.workloads[evicted];
            if (workload !== undefined) world.restart(workload);
            world.pass(2_000);
          });
          assertAllRead(stack);
        }));
    });

  for (const strategy of pegaStrategyNames.filter(chosen))
    describe(strategy, () => {
      it("ends each update that was killed, refused or interrupted anywhere with the next one", () =>
        breakEverywhere(new PegaStack(strategy)));

      it("ends every walk in the last row", () =>
        anyWalk((begin, legs) => walk(new PegaStack(strategy), begin, legs, () => {})));
    });
});
