import assert from "node:assert/strict";
import { isClean } from "../../lab/traffic/audit.ts";
import { inOrder } from "../support/in-order.ts";
import { auditOf, eventually, labWalk, namespace, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { WalkChecks } from "../lab/support/walk-checks.ts";

/** `shop` closes what nobody else writes; `events` has its two writers in the last wave. */
const waves = [
  { name: "views", workloads: ["store-consumer", "events-consumer", "orders-consumer", "notes-consumer"] },
  { name: "shop", workloads: ["stock", "pay"] },
  { name: "chain", workloads: ["enrich", "clean"] },
  { name: "rest", workloads: ["web-producer", "notes-producer", "sensor-producer", "app-producer"] },
];

/** The second of four waves goes back and forth while the first stays and the third has not moved. */
describe("the way back of one wave, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);

  before(async () => {
    walk = await labWalk(150, { ...shortTimes, waves }, { strategy: "waves", wayBack: "mirrored" });
    await walk.goes("prepare");
    await walk.goes("mirror");
    await walk.goes("move-views");
  });

  async function sides(): Promise<Record<string, string>> {
    const found = await Promise.all(
      ["store-consumer", "stock", "pay", "enrich"].map(async (name) => {
        const { data } = await walk.core.readNamespacedConfigMap({ namespace, name: `${name}-config` });
        return [name, /source-kafka/.test(data!["BOOTSTRAP"]!) ? "source" : "target"] as const;
      }),
    );
    return Object.fromEntries(found);
  }

  /** Everybody goes on, and nothing goes in a circle: what would do so is copied without end. */
  async function goesOn(): Promise<void> {
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged", 90, async () => walk.traffic.acknowledged() > before + 1_500);
  }

  it("opens with the wave that closes topics", async () => {
    const output = await walk.reaches("move-shop");
    assert.match(output, /way back of wave shop: open since ledger entry \d+/);
    await goesOn();
  });

  it("takes that wave back alone, and forward again", async () => {
    const output = await walk.reaches("move-views");
    assert.match(output, /records written on the target since the way back opened are on the source/);
    assert.deepEqual(await sides(), { "store-consumer": "target", stock: "source", pay: "source", enrich: "source" });
    await goesOn();
    await walk.goes("move-shop");
    await goesOn();
  });

  it("takes up a leg back that was killed when its applications had stopped", async () => {
    await checks.killed("move-views", /workloads at 0 pods|nothing left to copy back/, true);
    await walk.goes("move-views");
    await goesOn();
    await walk.goes("move-shop");
  });

  it("goes back over three waves at once, each to its exact place, and forward for good", async () => {
    await walk.goes("move-chain");
    await goesOn();
    await walk.goes("mirror");
    assert.deepEqual(await sides(), { "store-consumer": "source", stock: "source", pay: "source", enrich: "source" });
    await goesOn();
    for (const { name } of waves) await walk.goes(`move-${name}`);
    await walk.reaches("validate");
    await goesOn();
  });

  it("is closed for all of them, wave by wave", async () => {
    const output = await walk.reaches("close");
    // Pulumi prints each line twice, the second time among its diagnostics.
    const closed = new Set(output.match(/the way back is closed: ledger entry \d+ takes the place of \d+/g));
    assert.equal(closed.size, 3, [...closed].join());
  });

  it("has lost nothing, repeated nothing and kept every order, with one output for each input", async () => {
    const audit = await auditOf(walk);
    assert.ok(isClean(audit), JSON.stringify(audit.chains));
    assert.ok(audit.chains!.inputs > 5_000, `${audit.chains!.inputs} inputs`);
  });
});
