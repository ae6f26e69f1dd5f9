/** A migration whose target has taken a million records goes back and forth, and each leg back pauses writers no longer than forward. */
import assert from "node:assert/strict";
import { isClean } from "../../../lab/traffic/audit.ts";
import { sourceClusterId } from "../../../lab/traffic/cluster-id.ts";
import { timelinesOf, writePauseIn } from "../../../lab/traffic/timeline.ts";
import { inOrder } from "../../support/in-order.ts";
import { auditOf, eventually, labWalk, shortTimes, type LabWalk } from "./lab-walk.ts";
import { usesLab } from "./shared-lab.ts";

export interface BackAndForth {
  readonly strategy: "producers-first" | "together";
  /** Rows of a leg forward, the one in which writers move first. */
  readonly forward: readonly string[];
  /** Records written per second. */
  readonly rate: number;
  /** Records that the target takes before the first leg back. */
  readonly records: number;
}

/** A leg back may pause the writers for so many seconds longer than the leg forward. */
const longerBack = 5;

/** To `validate`, so many records, back, forward, back, forward, and closed for good. */
export function backAndForth({ strategy, forward, rate, records }: BackAndForth): void {
  describe(`${strategy}, back and forth with ${records.toLocaleString("en")} records on the target`, function () {
    inOrder();
    this.timeout(30 * 60_000);
    usesLab(this, "plain");
    let walk: LabWalk;
    const pauses: Record<"forward" | "back", number[]> = { forward: [], back: [] };

    before(async () => {
      walk = await labWalk(rate, shortTimes, { strategy, wayBack: "mirrored" });
      await walk.goes("prepare");
      await walk.goes("mirror");
    });

    const written = async (more: number, seconds: number): Promise<void> => {
      const before = walk.traffic.acknowledged();
      await eventually(`${more} records`, seconds, async () => walk.traffic.acknowledged() > before + more);
    };

    /** Notes how long the writers paused. */
    async function leg(direction: "forward" | "back", rows: readonly string[]): Promise<void> {
      const from = Date.now();
      for (const row of rows) await walk.goes(row);
      await written(2_000, 90);
      const seconds = writePauseIn(timelinesOf(walk.traffic.logDir), { from, until: Date.now() });
      pauses[direction].push(seconds);
      console.log(`      ${direction}: writing paused for ${seconds.toFixed(1)} s`);
    }

    it("moves, and the target takes the records while they are copied back", async () => {
      await leg("forward", forward);
      await written(records, 25 * 60);
      await walk.reaches("validate");
    });

    it("goes back and forth twice, and is retired", async () => {
      await leg("back", ["mirror"]);
      await leg("forward", forward);
      await leg("back", ["mirror"]);
      await leg("forward", forward);
      await walk.goes("close");
      const { kubeconfig, options } = walk.traffic;
      await walk.stack.set("kafka-migration:retire.sourceClusterId", await sourceClusterId(kubeconfig, options));
      await walk.goes("retire");
    });

    it("pauses writers on a leg back no longer than forward, but for five seconds", () => {
      for (const [index, back] of pauses.back.entries()) {
        const there = pauses.forward[index]!;
        assert.ok(back <= there + longerBack, `forward ${there.toFixed(1)} s, back ${back.toFixed(1)} s`);
      }
    });

    it("has lost nothing, repeated nothing, and kept every order", async () => {
      const audit = await auditOf(walk);
      console.log(`      ${audit.acknowledged} records acknowledged`);
      assert.ok(isClean(audit), JSON.stringify(audit));
      assert.ok(audit.acknowledged > records, `${audit.acknowledged} records`);
    });
  });
}
