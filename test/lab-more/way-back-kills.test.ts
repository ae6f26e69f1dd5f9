import assert from "node:assert/strict";
import { labKill } from "../../lab/lab.ts";
import { inOrder } from "../support/in-order.ts";
import { auditOf, eventually, labWalk, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { patience, WalkChecks } from "../lab/support/walk-checks.ts";

const forward = ["move-producers", "move-consumers", "validate"] as const;

/** Each leg of a way back while something of it dies: it is taken up again, or put back as it was. */
describe("a way back in which something is killed, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "apart");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);

  before(async () => {
    walk = await labWalk(
      150,
      {
        gates: { maxLag: 2000, holdSeconds: 1, timeoutSeconds: patience },
        switch: { drainSeconds: 90, fenceSeconds: 60 },
      },
      // A consumer whose broker dies begins again at its last commit, on whichever side: that is no migration's doing.
      { strategy: "producers-first", wayBack: "mirrored", remembers: true },
    );
    await walk.goes("prepare");
    await walk.goes("mirror");
    for (const row of forward) await walk.goes(row);
  });

  async function goesOn(): Promise<void> {
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged", patience, async () => walk.traffic.acknowledged() > before + 500);
  }

  /** Goes to a row while a part dies once a line is printed; may need one more update. */
  async function kills(row: string, part: string, line: RegExp): Promise<void> {
    let dead = false;
    const { code, output } = await walk.up(row, {
      onLine: (text) => {
        if (!dead && line.test(text)) dead = labKill(part);
      },
    });
    assert.ok(dead, `${part} was not killed: ${output}`);
    if (code !== 0) {
      assert.doesNotMatch(output, /^\s+at .*\.ts:\d+/m, "no stack trace");
      await goesOn();
      await walk.goes(row);
    }
    await goesOn();
  }

  it("copies on after a Connect worker and a broker of the source were killed", async () => {
    assert.ok(labKill("connect/demo/migration-connect/migration-connect-0"));
    await goesOn();
    assert.ok(labKill("kafka/demo/source-kafka/source-kafka-1"));
    await goesOn();
    await walk.reaches("validate");
  });

  it("goes back although a Connect worker dies once the producers have stopped", async () => {
    await kills("mirror", "connect/demo/migration-connect/migration-connect-1", /workloads? at 0 pods/);
  });

  it("goes forward, and back although a broker of the target dies", async () => {
    for (const row of forward) await walk.goes(row);
    await kills("mirror", "kafka/demo/target-kafka/target-kafka-1", /workloads? at 0 pods/);
  });

  it("goes forward, and back although a broker of the source dies", async () => {
    for (const row of forward) await walk.goes(row);
    await kills("mirror", "kafka/demo/source-kafka/source-kafka-1", /workloads? at 0 pods/);
  });

  it("is put back as it was where it cannot drain, and goes on once it can", async () => {
    for (const row of forward) await walk.goes(row);
    await walk.stack.set("kafka-migration:switch.drainSeconds", "15");
    const part = "kafka/demo/source-kafka/source-kafka-1";
    let stands = false;
    try {
      const { code, output } = await walk.up("mirror", {
        onLine: (text) => {
          if (!stands && /workloads? at 0 pods/.test(text)) stands = labKill(part, "SIGSTOP");
        },
      });
      assert.ok(stands, output);
      assert.notEqual(code, 0, output);
      assert.match(output, /producers cannot go back to the source: .*They write on the target as before/);
      await goesOn();
    } finally {
      labKill(part, "SIGCONT");
    }
    await walk.stack.set("kafka-migration:switch.drainSeconds", "90");
    await walk.goes("mirror");
    await goesOn();
  });

  it("goes forward although the command dies where the way back opens", async () => {
    await walk.goes("move-producers");
    await checks.killed("move-consumers", /way back: open since ledger entry/, true);
    await walk.goes("move-consumers");
    await walk.reaches("validate");
    await walk.goes("close");
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    const audit = await auditOf(walk);
    assert.equal(audit.outOfOrder, 0);
    assert.ok(audit.acknowledged > 5000, `${audit.acknowledged} records`);
  });
});
