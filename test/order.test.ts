import assert from "node:assert/strict";
import { reachedIn, refuseChange } from "../phases/change-table.ts";
import { refuseStep, type Step, type WaveParts } from "../phases/order.ts";
import { rowsOf, tables, type TableName } from "../phases/strategies/index.ts";

const name = "producers-first";
const inOrder = "In order: prepare, mirror, move-producers, move-consumers, validate, retire, cleanup.";
const noWayBack = "no way back yet: records written on the target would stay there";
const reason = "copied by hand before";

/** [what, reached, wanted phase, startAt, refusal or null] */
const cases: [string, Step["reached"] | string, string, Step["startAt"], string | null][] = [
  ["a new stack begins in the first row", undefined, "prepare", undefined, null],
  [
    "a new stack does not begin elsewhere",
    undefined,
    "mirror",
    undefined,
    'phase "mirror" is not the first one, and this stack has reached none; it begins at "prepare". If the phases before it were done elsewhere, set startAt: {row: mirror, reason: …}.',
  ],
  ["a new stack begins where startAt says", undefined, "mirror", { row: "mirror", reason }, null],
  [
    "startAt of another row does not count",
    undefined,
    "validate",
    { row: "mirror", reason },
    'phase "validate" is not the first one, and this stack has reached none; it begins at "prepare". If the phases before it were done elsewhere, set startAt: {row: validate, reason: …}.',
  ],
  [
    "startAt may stay in the config of a new stack that begins in the first row",
    undefined,
    "prepare",
    { row: "mirror", reason },
    null,
  ],
  ["the same row is applied again", "mirror", "mirror", undefined, null],
  ["the last row is applied again", "retire", "retire", undefined, null],
  ["the next row is taken", "mirror", "move-producers", undefined, null],
  ["the last row is taken from the one before", "validate", "retire", undefined, null],
  [
    "one row is not skipped",
    "prepare",
    "move-producers",
    undefined,
    'phase "move-producers" skips "mirror"; this stack has reached "prepare", the next phase is "mirror". Set phase to that.',
  ],
  [
    "several rows are not skipped",
    "mirror",
    "retire",
    undefined,
    'phase "retire" skips "move-producers", "move-consumers", "validate"; this stack has reached "mirror", the next phase is "move-producers". Set phase to that.',
  ],
  [
    "startAt does not skip rows of a stack that has reached one",
    "prepare",
    "move-producers",
    { row: "move-producers", reason },
    'phase "move-producers" skips "mirror"; this stack has reached "prepare", the next phase is "mirror". Set phase to that.',
  ],
  ["a row with a way back is left backwards", "mirror", "prepare", undefined, null],
  [
    "a row without a way back is not left backwards",
    "move-producers",
    "mirror",
    undefined,
    `phase "mirror" comes before "move-producers", which this stack has reached, and phase "move-producers" has ${noWayBack}. Set phase to "move-producers" or a later one.`,
  ],
  [
    "going back is refused by the latest row without a way back",
    "validate",
    "prepare",
    undefined,
    `phase "prepare" comes before "validate", which this stack has reached, and phase "move-consumers" has ${noWayBack}. Set phase to "move-consumers" or a later one.`,
  ],
  [
    "a misspelt row is named with the one that was meant",
    "mirror",
    "move-consumer",
    undefined,
    `phase "move-consumer" is not in strategy "producers-first"; did you mean "move-consumers"? ${inOrder}`,
  ],
  [
    "capitals do not hide what was meant",
    undefined,
    "Prepare",
    undefined,
    `phase "Prepare" is not in strategy "producers-first"; did you mean "prepare"? ${inOrder}`,
  ],
  [
    "a word that is like no row is named without a guess",
    "mirror",
    "cut-over",
    undefined,
    `phase "cut-over" is not in strategy "producers-first". ${inOrder}`,
  ],
  [
    "a migration keeps its strategy",
    { strategy: "consumers-first", row: "mirror" },
    "mirror",
    undefined,
    'strategy "producers-first" differs from "consumers-first", in which this stack has reached "mirror"; a migration keeps its strategy. Set strategy back to "consumers-first".',
  ],
  [
    "a row of another version of the program is named",
    "baseline",
    "mirror",
    undefined,
    `this stack has reached "baseline", which strategy "producers-first" does not have; it was written by another version of the program. ${inOrder} Continue with the version that wrote it.`,
  ],
];

describe("the order of phases", () => {
  for (const [what, reached, phase, startAt, refusal] of cases) {
    it(`${what} (${typeof reached === "string" ? reached : (reached?.row ?? "nothing")} -> ${phase})`, () => {
      const step = { strategyName: name, strategy: tables[name], phase, startAt };
      const row = typeof reached === "string" ? { strategy: name, row: reached } : reached;
      assert.equal(refuseStep({ ...step, reached: row }), refusal);
    });
  }

  it("a row that leads back past others leads to none of them, and no further than the way back of where it leads", () => {
    const [prepare, mirror, moved] = tables[name];
    const after = { ...mirror, name: "after", wayBack: { row: "mirror" } };
    const step = { strategyName: "test", strategy: [prepare, mirror, moved, after], startAt: undefined };
    const reached = { strategy: "test", row: "after" };
    assert.equal(refuseStep({ ...step, reached, phase: mirror.name }), null);
    assert.match(
      refuseStep({ ...step, reached, phase: moved.name }) ?? "",
      /leads back to "mirror" and to no phase between/,
    );
    const first = { ...mirror, wayBack: { none: "no way back: it is the first" } };
    const further = { ...step, strategy: [prepare, first, moved, after], reached, phase: prepare.name };
    assert.match(refuseStep(further) ?? "", /phase "mirror" has no way back: it is the first/);
  });
});

describe("a stack whose config changes wayBack", () => {
  const reached = (row: string) => ({ strategy: name, row });
  const choice = (table: TableName) => ({ table, workloads: [] });

  it("goes on from the row that it has reached in the other table", () => {
    const found = reachedIn(reached("move-producers"), "producers-first-way-back");
    assert.deepEqual(found, { strategy: "producers-first-way-back", row: "move-producers" });
    assert.equal(refuseChange(reached("validate"), choice("producers-first-way-back")), null);
  });

  it("keeps the way back while it is open", () => {
    const open = { strategy: "producers-first-way-back", row: "validate" };
    assert.equal(
      refuseChange(open, choice(name)),
      'wayBack is none, but this stack has reached "validate", in which the way back is open. Set wayBack to mirrored; phase "close" closes it.',
    );
    assert.equal(refuseChange({ ...open, row: "mirror" }, choice(name)), null);
  });

  it("keeps it open in a row that follows from its own waves", () => {
    const workloads = [{ name: "checkout", role: "both" }];
    const of = { table: "waves" as const, workloads, waves: [{ name: "shop", workloads: ["checkout"] }] };
    const open = { strategy: "waves-way-back", row: "move-shop" };
    assert.match(refuseChange(open, of) ?? "", /reached "move-shop", in which the way back is open/);
  });

  it("keeps its strategy", () => {
    assert.deepEqual(reachedIn(reached("mirror"), "consumers-first-way-back"), reached("mirror"));
    assert.equal(reachedIn(undefined, name), undefined);
  });
});

describe("a way back over several rows", () => {
  const back = (phase: string, row: string) =>
    refuseStep({
      ...{ strategyName: "producers-first-way-back", strategy: tables["producers-first-way-back"], phase },
      ...{ startAt: undefined, reached: { strategy: "producers-first-way-back", row } },
    });

  it("leads to the row that is named, and on from there", () => {
    assert.equal(back("mirror", "validate"), null);
    assert.equal(back("mirror", "move-consumers"), null);
    assert.equal(back("prepare", "validate"), null);
  });

  it("leads to no row between", () => {
    assert.equal(
      back("move-producers", "validate"),
      'phase "move-producers" comes before "validate", which this stack has reached, and phase "validate" leads back to "mirror" and to no phase between. Set phase to "mirror".',
    );
  });

  it("begins with the row that opens it, and ends with the one that closes it", () => {
    assert.match(
      back("mirror", "move-producers")!,
      /phase "move-producers" has no way back yet: .* until the next phase opens it/,
    );
    assert.match(back("validate", "close")!, /phase "close" has no way back: it was closed/);
    assert.match(back("close", "retire")!, /phase "retire" has no way back: it was closed with phase close/);
  });

  describe("of waves", () => {
    const workloads = ["loader", "billing", "checkout"].map((of) => ({ name: of, role: "both" }));
    const wave = (of: string, cast: string[], closes: string[], moved?: true): WaveParts => ({
      ...{ name: of, workloads: cast, closes },
      ...(moved && { moved }),
    });
    const loader = wave("reports", ["loader"], []);
    const billing = wave("billing", ["billing"], ["invoices"]);
    const shop = wave("shop", ["checkout"], ["orders", "payments"]);
    const moved = { ...billing, moved: true } as const;

    /** [what, the waves now, as they were recorded, refusal or null] */
    const edits: [string, WaveParts[], WaveParts[], string | null][] = [
      ["nothing has been copied, and every wave is another", [shop, loader], [], null],
      ["no wave has changed", [loader, billing, shop], [{ ...loader, moved: true }, moved, shop], null],
      [
        "a wave that has moved was renamed",
        [wave("money", ["billing"], ["invoices"]), shop],
        [moved, shop],
        'wave "billing" has moved, and is no longer under waves; put it back: {name: billing, workloads: [billing]}.',
      ],
      [
        "a wave whose connector copies was renamed",
        [loader, billing, wave("store", ["checkout"], ["orders", "payments"])],
        [loader, billing, shop],
        'wave "shop" is no longer under waves, but its connector has begun to copy, and is known by that name; put it back: {name: shop, workloads: [checkout]}',
      ],
      [
        "a wave that closes nothing and has not moved was renamed",
        [wave("x", ["loader"], []), shop],
        [loader, shop],
        null,
      ],
      [
        "the order of waves that have moved was changed",
        [billing, loader, shop],
        [{ ...loader, moved: true }, moved, shop],
        "waves that have moved come first, in the order in which they moved: reports, billing; found billing, reports.",
      ],
      [
        "the order of waves to come was changed",
        [loader, shop, billing],
        [{ ...loader, moved: true }, billing, shop],
        null,
      ],
      [
        "a workload joins a wave that has moved",
        [wave("billing", ["billing", "invoicing"], ["invoices"]), shop],
        [moved, shop],
        'workload "invoicing" is new in wave "billing", which has moved, so nothing would stop it and place its groups; name it in a wave that is still to come.',
      ],
      [
        "a workload leaves a wave that has moved",
        [wave("billing", [], []), wave("shop", ["checkout", "billing"], ["orders", "payments"])],
        [wave("billing", ["billing"], [], true), shop],
        'workload "billing" has moved with wave "billing" and has left it; put it back there.',
      ],
      [
        "a workload joins a wave to come",
        [billing, wave("shop", ["checkout", "x"], ["orders", "payments"])],
        [moved, shop],
        null,
      ],
      [
        "a topic closes with another wave",
        [billing, wave("shop", ["checkout"], ["payments"]), wave("rest", ["x"], ["orders"])],
        [billing, shop],
        'topic "orders" closed with wave "shop", whose connector has begun to copy it, and now closes with wave "rest", whose connector would copy it a second time; have its last writer move in wave "shop".',
      ],
      [
        "a topic was added",
        [billing, wave("shop", ["checkout"], ["orders", "payments", "new"])],
        [billing, shop],
        null,
      ],
    ];
    for (const [what, now, before, refusal] of edits) {
      it(`${refusal === null ? "is kept" : "is refused"} where ${what}`, () => {
        const strategy = rowsOf({ table: "waves", waves: now, workloads });
        const row = before.some((one) => one.moved) ? "move-billing" : "mirror";
        const kept = strategy.some(({ name: of }) => of === row);
        const found = refuseStep({
          ...{ strategyName: "waves", strategy, phase: kept ? row : "mirror", startAt: undefined },
          ...{ reached: { strategy: "waves", row }, waves: { now, before } },
        });
        if (refusal === null) assert.equal(found, null);
        else assert.ok(found?.includes(refusal), found ?? "not refused");
      });
    }

    it("names every problem at once", () => {
      const now = [wave("billing", ["x"], []), wave("shop", ["checkout"], ["orders", "payments", "invoices"])];
      const found = refuseStep({
        ...{ strategyName: "waves", strategy: rowsOf({ table: "waves", waves: now, workloads }), phase: "mirror" },
        ...{ startAt: undefined, reached: { strategy: "waves", row: "move-billing" } },
        waves: { now, before: [moved, shop] },
      });
      for (const part of [/"x" is new/, /"billing" has moved with/, /topic "invoices"/])
        assert.match(found ?? "", part);
    });
  });
});
