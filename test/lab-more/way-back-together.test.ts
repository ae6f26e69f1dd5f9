import assert from "node:assert/strict";
import { sourceClusterId } from "../../lab/traffic/cluster-id.ts";
import { timelinesOf, writePauseIn } from "../../lab/traffic/timeline.ts";
import { isClean } from "../../lab/traffic/audit.ts";
import { inOrder } from "../support/in-order.ts";
import { auditOf, eventually, labWalk, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { WalkChecks } from "../lab/support/walk-checks.ts";

/** A leg back may pause the writers for so many seconds longer than the leg forward. */
const longerBack = 5;

/** Services that read and write each other's topics go back and forth in one pause each, until the way back is closed. */
describe("the way back of twelve applications that move together, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);
  const pauses: { readonly leg: string; readonly seconds: number }[] = [];

  before(async () => {
    walk = await labWalk(150, shortTimes, { strategy: "together", wayBack: "mirrored" });
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  /** Applies a row, waits until everybody writes again, and notes how long the writers paused. */
  async function leg(row: string): Promise<string> {
    const from = Date.now();
    const output = await walk.goes(row);
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged", 90, async () => walk.traffic.acknowledged() > before + 1_000);
    const seconds = writePauseIn(timelinesOf(walk.traffic.logDir), { from, until: Date.now() });
    pauses.push({ leg: row, seconds });
    console.log(`      ${row}: writing paused for ${seconds.toFixed(1)} s`);
    return output;
  }

  it("opens with the move, and shows how far the mirror back is", async () => {
    assert.match(await leg("move"), /way back: open since ledger entry \d+: \d+ positions written/);
    const validated = await walk.reaches("validate");
    assert.match(validated, /way-back-within is open: at most \d+ records? left to copy back/);
    assert.match(
      validated,
      /source-as-copied is open: [\d,]+ records? came back to \d+ partitions?, and the source has got no other/,
    );
  });

  it("says in a preview who pauses, and how much comes along", async () => {
    await walk.stack.set("kafka-migration:phase", "mirror");
    const { code, output } = await walk.stack.attempt(["preview"]);
    assert.equal(code, 0, output);
    assert.match(output, /the way back of ledger entry \d+: .*stock.* pause together until they run on the source/);
    assert.match(output, /\d+ records? written on the target come along/);
    await walk.stack.set("kafka-migration:phase", "validate");
  });

  it("goes back with everything that was written on the target, in a pause like that of the move", async () => {
    const output = await leg("mirror");
    assert.match(output, /records written on the target since the way back opened are on the source/);
    const preview = await walk.stack.attempt(["preview", "--expect-no-changes", "--diff"]);
    assert.equal(preview.code, 0, preview.output);
    const [forward, back] = pauses as [(typeof pauses)[number], (typeof pauses)[number]];
    assert.ok(
      back.seconds <= forward.seconds + longerBack,
      `forward ${forward.seconds.toFixed(1)} s, back ${back.seconds.toFixed(1)} s`,
    );
  });

  it("goes forward, and back once more although it was killed once all had stopped, its provider host too", async () => {
    await leg("move");
    await checks.killed("mirror", /nothing left to copy back/, true);
    await leg("mirror");
  });

  it("goes forward for good, although it was killed once the way back was open, and is closed", async () => {
    await checks.killed("move", /way back: open since ledger entry/, false);
    await leg("move");
    await walk.goes("validate");
    const closed = await walk.reaches("close");
    assert.match(closed, /the way back is closed: ledger entry \d+ takes the place of \d+/);
    await checks.refused("mirror", /phase "close" has no way back: it was closed/);
    const admin = (await walk.kafka("source")).admin();
    await admin.connect();
    const left = (await admin.listTopics()).filter((name) => name.startsWith("mm2-"));
    await admin.disconnect();
    assert.deepEqual(left, [], "its topics are gone from the source");
  });

  it("cannot go back after retire", async () => {
    const { kubeconfig, options } = walk.traffic;
    await walk.stack.set("kafka-migration:retire.sourceClusterId", await sourceClusterId(kubeconfig, options));
    await walk.goes("retire");
    await checks.refused("validate", /phase "retire" has no way back: it was closed with phase close/);
  });

  it("has lost nothing, repeated nothing, and kept every order, with one output for each input", async () => {
    const audit = await auditOf(walk);
    assert.ok(isClean(audit), JSON.stringify(audit.chains));
    assert.ok(audit.chains!.inputs > 5_000, `${audit.chains!.inputs} inputs`);
  });
});
