import assert from "node:assert/strict";
import { tableOf, tables, type TableChoice } from "../../phases/strategies/index.ts";
import { sourceClusterId } from "../../lab/traffic/cluster-id.ts";
import { labTraffic } from "../../lab/traffic/lab-traffic.ts";
import { faults, whole, type Fault } from "../lab/support/faults.ts";
import { auditOf, eventually, labWalk, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { WalkChecks } from "../lab/support/walk-checks.ts";
import { inOrder } from "../support/in-order.ts";

/**
 * In each row one fault strikes the `up` that brings it about, and every other one while the row stands. Which fault
 * meets which `up` turns with the round: FAULTS=all walks every round of both strategies, which takes hours.
 */
const killed = "up killed";
const all = [...faults.map(({ name }) => name), killed];
const rounds = process.env["FAULTS"] === "all" ? all.map((_, round) => round) : [0];
const strategies =
  process.env["FAULTS"] === "all" ? (["producers-first", "consumers-first"] as const) : (["producers-first"] as const);

for (const strategy of strategies)
  for (const round of rounds)
    describe(`${strategy} with a fault in every row, round ${round + 1}`, function () {
      inOrder();
      this.timeout(20 * 60_000);
      usesLab(this, "apart");
      let walk: LabWalk;
      const checks = new WalkChecks(() => walk);
      const choice: TableChoice = { strategy };
      const rows = tables[tableOf(choice)];

      before(async () => {
        walk = await labWalk(
          150,
          {
            gates: { maxLag: 2000, holdSeconds: 2, timeoutSeconds: 180, sweepSeconds: 60 },
            switch: { drainSeconds: 120, fenceSeconds: 90 },
          },
          { ...choice, remembers: true },
        );
      });

      for (const [index, { name: row }] of rows.entries()) {
        const acting = all[(index + round) % all.length]!;

        it(`reaches ${row} although its update meets: ${acting}`, async () => {
          if (row === "retire") {
            const { kubeconfig, options } = labTraffic(0);
            await walk.stack.set("kafka-migration:retire.sourceClusterId", await sourceClusterId(kubeconfig, options));
          }
          const struck = await upUnder(row, acting);
          await writing();
          await healed(index);
          if (!struck) await again(row);
        });

        it(`stays in ${row} whatever else fails`, async () => {
          for (const fault of faults.filter(({ name }) => name !== acting)) {
            await fault.strike();
            await healed(index);
            await writing();
          }
          await again(row);
          await checks.succeeds(["preview", "--expect-no-changes", "--diff"]);
        });
      }

      it("has lost nothing, repeated nothing, and kept every order", async () => {
        const audit = await auditOf(walk);
        assert.equal(audit.outOfOrder, 0);
        assert.ok(audit.acknowledged > 20_000, `${audit.acknowledged} records`);
      });

      /** Whether `up` succeeded although the fault struck it at its first act. */
      async function upUnder(row: string, name: string): Promise<boolean> {
        const first = /^\s*[+~] .*(created|updated|creating|updating)/;
        if (name === killed) {
          await checks.killed(row, first, true);
          return false;
        }
        const fault = faults.find((one): one is Fault => one.name === name)!;
        let strike: Promise<void> | undefined;
        const { code } = await walk.up(row, {
          onLine: (line) => {
            if (strike === undefined && first.test(line)) strike = fault.strike();
          },
        });
        assert.ok(strike !== undefined, "the update had no act that the fault could strike");
        await strike;
        return code === 0;
      }

      /** A plain `up` ends what was begun; the first may find a part that was away too long. */
      async function again(row: string): Promise<void> {
        const outputs: string[] = [];
        for (let attempt = 0; attempt < 2; attempt++) {
          const { code, output } = await walk.up(row);
          if (code === 0) return;
          outputs.push(output);
        }
        assert.fail(outputs.join("\n\n"));
      }

      /** The producers' own logs say that they write, on whichever side. */
      async function writing(): Promise<void> {
        const before = walk.traffic.acknowledged();
        await eventually("records acknowledged", 60, async () => walk.traffic.acknowledged() > before + 150);
      }

      const healed = (index: number): Promise<void> =>
        whole(walk, {
          source: rows[index]!.name !== "retire",
          target: true,
          mirror: rows[index]!.mirror === "running",
        });
    });
