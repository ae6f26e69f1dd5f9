import assert from "node:assert/strict";
import { movesReport, movesTable, type AppliedRow } from "../../demo/applications/moves.ts";
import { planned } from "../../demo/applications/planned.ts";
import { applicationTraffic } from "../../lab/traffic/application-workloads.ts";
import { isClean } from "../../lab/traffic/audit.ts";
import { timelinesOf } from "../../lab/traffic/timeline.ts";
import { readFileSync } from "node:fs";
import { inOrder } from "../support/in-order.ts";
import { auditOf, labWalk, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { WalkChecks } from "../lab/support/walk-checks.ts";

/** Five waves of twelve applications; `events` is written in two of them. */
describe("twelve applications that move in waves, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);
  const applied: AppliedRow[] = [];

  before(async () => {
    walk = await labWalk(150, shortTimes, { strategy: "waves" });
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  /** Applies a row and remembers when. */
  async function moves(row: string): Promise<void> {
    const from = Date.now();
    await walk.goes(row);
    applied.push({ row, from, until: Date.now() });
  }

  it("move readers first, and take them back to the exact place on the source", async () => {
    await walk.goes("move-views");
    await walk.goes("mirror");
    await moves("move-views");
  });

  it("go on with the same up where the command was killed in the middle of a wave", async () => {
    const from = Date.now();
    await checks.killed("move-shop", /workloads at 0 pods|pointed at the target/, false);
    await walk.goes("move-shop");
    applied.push({ row: "move-shop", from, until: Date.now() });
  });

  it("move a chain, and then its writers, in waves of their own", async () => {
    await moves("move-chain");
    await moves("move-web");
  });

  it("cannot go back in a wave that has written on the target", async () => {
    const { code, output } = await walk.up("move-chain");
    assert.notEqual(code, 0, output);
  });

  it("close what two waves write with the second of them, and make progress", async () => {
    await moves("move-devices");
    await walk.reaches("validate");
  });

  it("have lost nothing, repeated nothing and kept every order, with one output for each input", async () => {
    const audit = await auditOf(walk);
    assert.ok(isClean(audit), JSON.stringify(audit.chains));
    assert.ok(audit.chains!.inputs > 5_000, `${audit.chains!.inputs} inputs`);
  });

  it("stop nobody outside a wave", () => {
    const { moves } = planned(readFileSync(walk.stack.configFile, "utf8"), { strategy: "waves" });
    const found = movesReport(timelinesOf(walk.traffic.logDir), moves, applied, applicationTraffic);
    for (const line of movesTable(found.moves)) console.log(`      ${line}`);
    assert.deepEqual(found.problems, []);
    assert.equal(found.moves.length, moves.length);
    for (const { row, times, outside } of found.moves) {
      assert.ok(times !== null && outside.length > 0, row);
      // What the demo reports in milliseconds may be several times as much where the machine is busy.
      const late = outside.filter(({ during, before }) => during > 4 * Math.max(before, 1));
      assert.deepEqual(late, [], `${row}: applications outside it paused`);
    }
  });
});
