import assert from "node:assert/strict";
import { applicationTraffic } from "../../lab/traffic/application-workloads.ts";
import { isClean } from "../../lab/traffic/audit.ts";
import { inOrder } from "../support/in-order.ts";
import { connectRest } from "../lab/support/lab-parts.ts";
import { auditOf, eventually, labWalk, namespace, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { WalkChecks } from "../lab/support/walk-checks.ts";

const writers = applicationTraffic.producers.map(({ name }) => name);

/** Every wave is killed once, goes on with the same `up`, and goes back where nothing was written at the target yet. */
describe("waves in which everything breaks on the way", function () {
  inOrder();
  this.timeout(15 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);

  before(async () => {
    walk = await labWalk(100, shortTimes, { strategy: "waves" });
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  async function scaleWriters(replicas: number): Promise<void> {
    const body = [{ op: "replace", path: "/spec/replicas", value: replicas }];
    for (const name of writers) await walk.apps.patchNamespacedDeploymentScale({ name, namespace, body });
  }

  /** Nobody writes, and all that was written is read and made something of. */
  async function quiet(): Promise<void> {
    await scaleWriters(0);
    await eventually("everything read", 120, async () => {
      const { lost, chains } = walk.traffic.audit();
      return lost + (chains?.missing ?? 0) === 0;
    });
  }

  async function writing(): Promise<void> {
    const before = walk.traffic.acknowledged();
    await scaleWriters(1);
    await eventually("records acknowledged", 120, async () => walk.traffic.acknowledged() > before + 500);
  }

  /** Killed in its middle under traffic, then the same `up` again. */
  async function killedAndGoesOn(row: string, line: RegExp, host: boolean): Promise<void> {
    await checks.killed(row, line, host);
    await walk.goes(row);
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged", 120, async () => walk.traffic.acknowledged() > before + 500);
  }

  /** Moves while nobody writes, goes back, and finds everybody where they were. */
  async function goesBack(row: string, before: string): Promise<void> {
    await quiet();
    const acknowledged = walk.traffic.acknowledged();
    await walk.goes(row);
    const output = await walk.goes(before);
    assert.match(output, /are back on the source; entry \d+ says where/);
    assert.equal(walk.traffic.acknowledged(), acknowledged, "nobody wrote");
    await writing();
  }

  it("a wave of readers is killed while its groups are placed", async () => {
    await killedAndGoesOn("move-views", /workloads at 0 pods/, true);
  });

  it("a wave of services goes back within it, while nothing was written at the target", async () => {
    await goesBack("move-shop", "move-views");
  });

  it("a wave of services moves although the connector of a later wave has failed, and that one is started again", async () => {
    // What copies orders and carts, which this wave reads, has to run; readings are another wave's.
    const neighbour = "shop-devices-source";
    // Less than a batch of one record, and more than the marker of a transaction, which would hang.
    await limit({ "max.message.bytes": "100" });
    await eventually(`${neighbour} has failed`, 120, async () => (await connectRest().failed(neighbour)) || undefined);
    let healed: Promise<void> | undefined;
    const { code, output } = await walk.up("move-shop", {
      onLine: (line) => {
        if (/pointed at the target/.test(line)) healed ??= limit({});
      },
    });
    await healed;
    assert.equal(code, 0, output);
    assert.match(output, /switch wave shop after [\d.]+ s: ledger entry \d+ written/);
    await eventually(`${neighbour} runs`, 120, async () => (await connectRest().allRunning(neighbour)) || undefined);
  });

  it("a wave with the internal topics of Kafka Streams goes back within it, and is killed once its mirror is drained", async () => {
    await goesBack("move-chain", "move-shop");
    await killedAndGoesOn("move-chain", /nothing left to mirror/, false);
  });

  it("a wave of writers is killed once its entry is written, and says why it does not go back", async () => {
    await killedAndGoesOn("move-web", /ledger entry \d+ written/, false);
    const { code, output } = await walk.up("move-chain");
    assert.notEqual(code, 0, output);
    assert.match(output, /no way back yet: .*(may have written to .*events|records written on the target)/);
    await walk.goes("move-web");
  });

  it("the last wave is killed while it stops, its provider's host too", async () => {
    await killedAndGoesOn("move-devices", /workloads at 0 pods/, true);
  });

  it("nothing was lost, repeated or out of order, and each input has one output", async () => {
    await walk.reaches("validate");
    const audit = await auditOf(walk);
    assert.ok(isClean(audit), JSON.stringify(audit.chains));
    for (const { group, read } of audit.groups)
      assert.ok(read["source"]! > 0 && read["target"]! > 0, `${group} read on both sides`);
  });

  /** Sets configs of the topic `readings` on the target beside those that the migration declares, and no others. */
  async function limit(configs: Readonly<Record<string, string>>): Promise<void> {
    const admin = (await walk.kafka("target")).admin();
    await admin.connect();
    try {
      const declared = { "message.timestamp.after.max.ms": "9223372036854775807" };
      const configEntries = Object.entries({ ...declared, ...configs }).map(([name, value]) => ({ name, value }));
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: "readings", configEntries }] });
    } finally {
      await admin.disconnect();
    }
  }
});
