import assert from "node:assert/strict";
import { inOrder } from "../support/in-order.ts";
import { auditOf, eventually, labWalk, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { patience, WalkChecks } from "../lab/support/walk-checks.ts";

const forward = ["move-consumers", "move-producers"] as const;

/** Consumers move while they lag, so going forward again places groups among records that came back. */
describe("the way back of a migration, consumers first, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);

  before(async () => {
    walk = await labWalk(
      150,
      {
        gates: { maxLag: 2000, holdSeconds: 1, timeoutSeconds: patience },
        switch: { drainSeconds: 60, fenceSeconds: 60 },
      },
      { strategy: "consumers-first", wayBack: "mirrored" },
    );
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  async function goesOn(): Promise<void> {
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged", patience, async () => walk.traffic.acknowledged() > before + 500);
  }

  it("opens with the producers' move, although the command is killed right after", async () => {
    await walk.goes("move-consumers");
    await checks.killed("move-producers", /way back: open since ledger entry/, true);
    const output = await walk.goes("move-producers");
    assert.match(output, /ledger entry \d+ holds: the producers write to the target already/);
    const validated = await walk.reaches("validate");
    assert.match(validated, /source-as-copied is open: /);
    await goesOn();
  });

  it("goes back with everything that was written on the target, and forward again", async () => {
    const output = await walk.goes("mirror");
    assert.match(output, /records written on the target since the way back opened are on the source/);
    await goesOn();
    for (const row of forward) await walk.goes(row);
    await goesOn();
  });

  it("goes back once more, and forward for good, and is closed", async () => {
    await walk.goes("mirror");
    await goesOn();
    for (const row of forward) await walk.goes(row);
    await walk.goes("validate");
    const closed = await walk.reaches("close");
    assert.match(closed, /the way back is closed: ledger entry \d+ takes the place of \d+/);
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    const audit = await auditOf(walk);
    assert.equal(audit.outOfOrder, 0);
    assert.ok(audit.acknowledged > 5000, `${audit.acknowledged} records`);
  });
});
