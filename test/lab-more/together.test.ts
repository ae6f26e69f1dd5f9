import assert from "node:assert/strict";
import { timelinesOf, moveTimes } from "../../lab/traffic/timeline.ts";
import { applicationTraffic } from "../../lab/traffic/application-workloads.ts";
import { isClean } from "../../lab/traffic/audit.ts";
import { inOrder } from "../support/in-order.ts";
import { auditOf, eventually, labWalk, namespace, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const { producers, consumers, services = [] } = applicationTraffic;
const everybody = [...producers, ...services, ...consumers].map(({ name }) => name);

/** Four of the twelve read and write, two of them each other's topics, and three are a chain. */
describe("twelve applications that move together, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(150, shortTimes, { strategy: "together" });
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  const scale = (name: string, replicas: number) =>
    walk.apps.patchNamespacedDeploymentScale({
      name,
      namespace,
      body: [{ op: "replace", path: "/spec/replicas", value: replicas }],
    });

  it("go back while nothing was written on the target, and read on at the source where they stopped", async () => {
    for (const { name } of producers) await scale(name, 0);
    await eventually("everything read", 90, async () => {
      const { lost, chains } = walk.traffic.audit();
      return lost + (chains?.missing ?? 0) === 0;
    });
    const before = walk.traffic.acknowledged();
    await walk.goes("move");
    assert.equal(walk.traffic.acknowledged(), before, "nobody wrote");
    await walk.goes("mirror");
    for (const { name } of producers) await scale(name, 1);
    await eventually("records acknowledged", 90, async () => walk.traffic.acknowledged() > before + 1_000);
  });

  it("move at once, and all of them work on the target", async () => {
    const from = Date.now();
    const output = await walk.reaches("move");
    assert.match(output, /ledger entry \d+ written/);
    const times = moveTimes(timelinesOf(walk.traffic.logDir), everybody, { from, until: Date.now() });
    assert.ok("total" in times, JSON.stringify(times));
    console.log(`      ${JSON.stringify(times)}`);
  });

  it("cannot go back once something was written on the target", async () => {
    const { code, output } = await walk.up("mirror");
    assert.notEqual(code, 0, output);
    assert.match(output, /written|records/);
  });

  it("make progress, and nothing was lost, repeated or out of order, with one output for each input", async () => {
    await walk.reaches("validate");
    const audit = await auditOf(walk);
    assert.ok(isClean(audit), JSON.stringify(audit.chains));
    assert.ok(audit.chains!.inputs > 5_000, `${audit.chains!.inputs} inputs`);
    for (const { group, read } of audit.groups) {
      assert.ok(read["source"]! > 0 && read["target"]! > 0, `${group} read on both sides`);
    }
    console.log(
      `      writing ${audit.writePauseSeconds.toFixed(1)} s, reading ${audit.readPauseSeconds.toFixed(1)} s`,
    );
  });
});
