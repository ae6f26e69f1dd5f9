/** A table of phases walked under traffic, with every fault in every row. */
import assert from "node:assert/strict";
import { tableOf, tables, upToRetired, type TableChoice } from "../../../phases/strategies/index.ts";
import type { Row } from "../../../phases/row.ts";
import { sourceClusterId } from "../../../lab/traffic/cluster-id.ts";
import { labTraffic } from "../../../lab/traffic/lab-traffic.ts";
import { inOrder } from "../../support/in-order.ts";
import { whole, type Fault } from "./faults.ts";
import { auditOf, eventually, labWalk, type LabWalk } from "./lab-walk.ts";
import { usesLab, type Shape } from "./shared-lab.ts";
import { WalkChecks } from "./walk-checks.ts";

export interface FaultyWalk extends TableChoice {
  readonly shape: Shape;
  readonly faults: readonly Fault[];
  /** Keys of the stack's config beside the usual ones. @default none */
  readonly settings?: () => Record<string, unknown>;
}

/** The first act of an update, but for the stack itself. */
const begun = /^\s*[+~] +(?!pulumi:pulumi:Stack ).*(created|updated|creating|updating)/m;
/** Everybody who moves is stopped. */
const stopped = /workloads at 0 pods/;

/**
 * The update of each row is killed at its first act; the next one meets one fault, in a row that moves somebody while
 * they are stopped; all other faults strike while the row stands. Which fault meets which update turns with the row, and
 * with FAULTS_ROUND, a number. At the end a table of row by fault is printed.
 */
export function walksThroughFaults({ shape, faults, settings = () => ({}), ...choice }: FaultyWalk): void {
  describe(`${choice.strategy} with every fault in every row (${faults.length} faults)`, function () {
    inOrder();
    this.timeout(15 * 60_000);
    usesLab(this, shape);
    const round = Number(process.env["FAULTS_ROUND"] ?? 0);
    const rows = upToRetired(tables[tableOf(choice)]);
    const checks = new WalkChecks(() => walk);
    /** What became of each fault, by row. */
    const outcomes = new Map(rows.map(({ name }) => [name, new Map<string, string>()]));
    let walk: LabWalk;

    before(async () => {
      walk = await labWalk(
        150,
        {
          gates: { maxLag: 2000, holdSeconds: 2, timeoutSeconds: 180, sweepSeconds: 60 },
          switch: { drainSeconds: 120, fenceSeconds: 90 },
          ...settings(),
        },
        { ...choice, remembers: true },
      );
    });
    after(() => console.log(pageOf(outcomes, ["up killed", ...faults.map(({ name }) => name)])));

    for (const [index, row] of rows.entries()) {
      const acting = faults[(index + round) % faults.length]!;
      const note = (fault: string, outcome: string) => void outcomes.get(row.name)!.set(fault, outcome);

      it(`reaches ${row.name} although one update is killed and the next meets: ${acting.name}`, async () => {
        if (row.name === "retire") {
          const { kubeconfig, options } = labTraffic(0);
          await walk.stack.set("kafka-migration:retire.sourceClusterId", await sourceClusterId(kubeconfig, options));
        }
        await checks.killed(row.name, begun, true);
        note("up killed", `writing after ${await writing()} s`);
        const { struck, failed } = await upUnder(row, acting);
        note(acting.name, outcomeOf(struck, `in \`up\`, which ${failed ? "failed" : "ended"}, ${await writing()} s`));
        await healed(row);
        if (failed) await again(row.name);
      });

      it(`stays in ${row.name} whatever else fails`, async () => {
        for (const fault of faults.filter(({ name }) => name !== acting.name)) {
          const struck = await fault.strike(walk);
          note(fault.name, outcomeOf(struck, `${await writing()} s`));
          await healed(row);
        }
        await again(row.name);
      });
    }

    it("has lost nothing, repeated nothing, and kept every order", async () => {
      for (const { name } of faults)
        assert.ok(
          [...outcomes.values()].some((of) => of.get(name) !== nothing),
          `${name} never struck anything`,
        );
      const audit = await auditOf(walk);
      assert.equal(audit.outOfOrder, 0);
      assert.ok(audit.acknowledged > 20_000, `${audit.acknowledged} records`);
    });

    async function upUnder(row: Row, fault: Fault): Promise<{ struck: boolean; failed: boolean }> {
      const above = rows[rows.indexOf(row) - 1];
      const moves = above !== undefined && (above.producers !== row.producers || above.consumers !== row.consumers);
      const line = moves ? stopped : begun;
      let strike: Promise<boolean> | undefined;
      const { code, output } = await walk.up(row.name, {
        onLine: (text) => {
          if (line.test(text)) strike ??= fault.strike(walk);
        },
      });
      assert.ok(strike !== undefined, `nothing for the fault to strike at:\n${output}`);
      return { struck: await strike, failed: code !== 0 };
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

    /** The producers' own logs say that they write, on whichever side; returns the seconds until they did. */
    async function writing(): Promise<number> {
      const since = Date.now();
      const before = walk.traffic.acknowledged();
      await eventually("records acknowledged", 60, async () => walk.traffic.acknowledged() > before + 150);
      return Math.round((Date.now() - since) / 1000);
    }

    const healed = ({ source, mirror }: Row): Promise<void> =>
      whole(walk, { source: source === "running", target: true, mirror: mirror === "running" });
  });
}

const nothing = "nothing there";
const outcomeOf = (struck: boolean, outcome: string): string => (struck ? outcome : nothing);

/** A line per row, a column per fault; each cell says after how long the producers had written again. */
function pageOf(outcomes: ReadonlyMap<string, ReadonlyMap<string, string>>, names: readonly string[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(["row", ...names]),
    line(["row", ...names].map(() => "---")),
    ...[...outcomes].map(([row, of]) => line([row, ...names.map((name) => of.get(name) ?? "")])),
  ].join("\n");
}
