import assert from "node:assert/strict";
import fc from "fast-check";
import type { Direction } from "../runtime/model/placement.ts";
import { begunBehind, build, place, plans, wrong, type Faults } from "./support/mirror-model.ts";
import { thorough } from "./support/thorough.ts";

/** More of them, from another seed each time, if `PROPERTY_RUNS` is set. */
const wanted = process.env["PROPERTY_RUNS"];
const runs = Number(wanted ?? (thorough ? 1_500 : 300));
const seed = wanted === undefined ? { seed: 5 } : {};
const none: Faults = { duplicates: false, compaction: false, retention: false };

// prettier-ignore
const worlds: readonly [string, Faults, refuses: boolean][] = [
  ["an exactly-once mirror",                     none,                                                false],
  ["transactions that are open on either side",  { ...none, open: true },                             false],
  ["open transactions and retention",            { ...none, open: true, retention: true },            true ],
  ["a mirror with duplicates",                   { ...none, duplicates: true },                       true ],
  ["a compacted topic",                          { ...none, compaction: true },                       true ],
  ["retention on either side",                   { ...none, retention: true },                        true ],
  ["retention and duplicates",                   { ...none, duplicates: true, retention: true },      true ],
  ["compaction and retention",                   { ...none, compaction: true, retention: true },      true ],
  ["duplicates, compaction and retention",       { duplicates: true, compaction: true, retention: true }, true ],
];

describe("exact placement over generated logs", function () {
  this.timeout(120_000);
  for (const [what, faults, mayRefuse] of worlds) {
    for (const direction of ["to-target", "to-source"] satisfies Direction[]) {
      it(`is never wrong ${direction}${mayRefuse ? "" : ", and never refuses"}: ${what}`, () => {
        const found = { exact: 0, behind: 0, refused: 0 };
        fc.assert(
          fc.property(plans(faults), fc.double({ min: 0, max: 1, noNaN: true }), (plan, share) => {
            const world = build(plan);
            const own = direction === "to-target" ? world.source : world.target;
            const committed = BigInt(Math.round(Number(own.bounds.stable) * share));
            const decision = place(world, direction, committed);
            found[decision.kind] += 1;
            if (decision.kind === "exact") {
              assert.equal(wrong(world, direction, committed, decision.placed), null, JSON.stringify(decision.how));
              return;
            }
            assert.ok(mayRefuse || decision.kind !== "refused", decision.reason);
            const held = [world.source, world.target].some(({ bounds }) => bounds.stable < bounds.end);
            const all = world.mirrored === world.source.records.length && !held;
            assert.ok(mayRefuse || !all, `all is mirrored: ${decision.reason}`);
          }),
          { numRuns: runs, ...seed },
        );
        assert.ok(found.exact > runs / 20, JSON.stringify(found));
        if (wanted !== undefined) console.log(`      ${JSON.stringify(found)}`);
      });
    }
  }

  for (const [what, faults] of worlds) {
    it(`decides the same about a mirror back, which began behind what both sides held: ${what}`, () => {
      fc.assert(
        fc.property(
          ...([plans(faults), fc.double({ min: 0, max: 1, noNaN: true })] as const),
          ...([fc.bigInt({ min: 0n, max: 99n }), fc.bigInt({ min: 0n, max: 99n })] as const),
          (plan, share, source, target) => {
            const world = build(plan);
            const committed = BigInt(Math.round(Number(world.source.bounds.stable) * share));
            const there = place(world, "to-target", committed);
            const here = place(begunBehind(world, source, target), "back", committed + source);
            assert.equal(here.kind, there.kind);
            if (here.kind === "exact" && there.kind === "exact") assert.equal(here.placed, there.placed + target);
          },
        ),
        { numRuns: runs, ...seed },
      );
    });
  }
});
