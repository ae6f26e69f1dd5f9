import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { plan, switchesOf, topicsFoundSetFor, topicsSetFor } from "../phases/plan.ts";
import type { Row, Strategy } from "../phases/row.ts";
import { movesApplications, rowsOf, tables, type TableName } from "../phases/strategies/index.ts";
import {
  allPegaTables,
  allStrategies,
  pegaPlanText,
  planText,
  strategiesPage,
  withPhaseTable,
} from "./support/golden.ts";
import { root } from "./support/stack.ts";

/** Gates that only open if something of an earlier row has happened. */
const relies: Partial<Record<Row["opensWhen"][number], (before: readonly Row[]) => boolean>> = {
  "inventory-current": (before) => before.every((row) => row.source === "running"),
  "mirror-within": (before) => before.at(-1)?.mirror === "running",
  "mirror-drained": (before) => before.some((row) => row.mirror !== "absent"),
  "source-still-at-ledger": (before) => before.some((row) => row.producers === "target" || row.moved !== undefined),
  "newest-equal": (before) => before.some((row) => row.mirror !== "absent"),
  "groups-drained": (before) => before.at(-1)?.consumers === "source",
  "groups-placeable": (before) => before.at(-1)?.mirror === "running",
  "offsets-placed": (before) => readThere(before.at(-1)),
  "groups-active": (before) => readThere(before.at(-1)),
  "producers-active": (before) => before.at(-1)?.producers === "target" || before.at(-1)?.moved !== undefined,
  "way-back-within": (before) => before.at(-1)?.reverse === "running",
  "source-as-copied": (before) => before.at(-1)?.reverse === "running",
  "source-rights-kept": (before) => before.at(-1)?.reverse === "running",
  soaked: (before) => before.some((row) => row.producers === "target"),
};

const readThere = (row: Row | undefined): boolean =>
  row?.consumers === "target" || row?.twins === "running" || row?.moved !== undefined;

/**
 * What makes a row unsafe, as sentences. Pulumi deletes last, after everything else of an update, so nothing that a
 * row starts may rely on something that the same row takes away.
 */
function dangers(strategy: Strategy): string[] {
  return strategy.flatMap((row, at) => {
    const above = strategy[at - 1];
    const moves = switchesOf(strategy, row.name).length > 0;
    const removes =
      above !== undefined &&
      ((above.mirror !== "absent" && row.mirror === "absent") ||
        (above.connect === "present" && row.connect === "absent") ||
        (above.source === "running" && row.source === "halted"));
    const wrong: [boolean, string][] = [
      [moves && removes, "takes something away and moves writers or readers"],
      [moves && row.opensWhen.length === 0, "moves writers or readers without a gate"],
      [removes && above?.mirror === "running", "takes something away while the mirror still runs"],
      [row.mirror === "running" && row.producers === "target", "mirrors although producers write to the target"],
      [row.mirror !== "absent" && row.connect === "absent", "has connectors without a Connect cluster"],
      [row.source === "halted" && row.mirror !== "absent", "mirrors from a halted source"],
      [row.reverse === "running" && row.source === "halted", "mirrors back to a halted source"],
      [row.reverse === "running" && row.mirror !== "stopped", "mirrors in both directions"],
      [row.reverse === "running" && row.consumers !== "target", "mirrors back what groups would read on the source"],
      [row.reverse === "running" && row.sourceRights !== "granted", "mirrors back without rights on the source"],
      [row.source === "halted" && above?.reverse === "running", "halts the source before the mirror back has gone"],
      [row.source === "halted" && (row.producers === "source" || row.consumers === "source"), "halts a source in use"],
      ...row.opensWhen.map((gate): [boolean, string] => [
        !(relies[gate]?.(strategy.slice(0, at)) ?? true),
        `has gate ${gate}, which can never open there`,
      ]),
    ];
    return wrong.filter(([is]) => is).map(([, what]) => `${row.name} ${what}`);
  });
}

describe("a strategy's plan", () => {
  for (const [name, strategy] of allStrategies) {
    describe(name, () => {
      it("reads as the golden text says; npm run golden writes it again", () => {
        assert.equal(planText(name, strategy), readFileSync(join(root, "test/golden", `${name}.txt`), "utf8"));
      });

      it("takes nothing away that something in the same row relies on", () => {
        assert.deepEqual(dangers(strategy), []);
      });

      it("leads back to an earlier row only, or says why there is no way back", () => {
        for (const [at, row] of strategy.entries()) {
          const back = row.wayBack;
          if ("none" in back) assert.match(back.none, /^no way back\b.*[^.]$/);
          else assert.ok(strategy.findIndex((one) => one.name === back.row) in strategy.slice(0, at), row.name);
        }
      });

      it("does not lead back to before producers wrote on the target, unless both sides are read, applications move or it is copied back", () => {
        for (const row of strategy) {
          if (!("row" in row.wayBack) || row.producers === "source" || row.reverse === "running") continue;
          // Refused as soon as one of them has written there; see `Ledger`.
          if (switchesOf(strategy, row.name).some(({ what }) => what === "applications")) continue;
          const { row: back } = row.wayBack;
          const before = strategy.find(({ name }) => name === back)!;
          assert.ok(before.producers === "target" || before.twins === "running", row.name);
        }
      });

      it("begins with nothing moved, nothing mirrored and no gate", () => {
        const { producers, consumers, mirror, source, opensWhen } = strategy[0]!;
        assert.deepEqual(
          { producers, consumers, mirror, source, opensWhen },
          { producers: "source", consumers: "source", mirror: "absent", source: "running", opensWhen: [] },
        );
      });

      it("ends with everything at the target, and moves each of the two once", () => {
        const { producers, consumers, twins } = strategy.at(-1)!;
        assert.equal(producers, "target");
        assert.deepEqual([consumers, twins], twins === "absent" ? ["target", "absent"] : ["stopped", "running"]);
        const moves = strategy.flatMap((row) => switchesOf(strategy, row.name));
        if (movesApplications(name as TableName)) {
          const waves = strategy.at(-1)!.moved ?? [undefined];
          assert.deepEqual(
            moves.map(({ what, wave }) => [what, wave]),
            waves.map((wave) => ["applications", wave]),
          );
          return;
        }
        const whats = moves.map(({ what }) => what).sort();
        assert.deepEqual(whats, ["consumers", "producers", ...(twins === "absent" ? [] : ["twins"])]);
      });

      it("watches the source in every row after the producers have left it", () => {
        const left = strategy.findIndex((row) => row.producers === "target" || row.moved !== undefined);
        for (const row of strategy.slice(left + 1)) {
          // The last one looks at the source itself, halted or not.
          const watched = ["source-still-at-ledger", "way-back-within", "source-unused"] as const;
          assert.ok(
            watched.some((gate) => row.opensWhen.includes(gate)),
            row.name,
          );
        }
      });

      it("names rows and gates once", () => {
        const names = strategy.map((row) => row.name);
        assert.equal(new Set(names).size, names.length);
        for (const row of strategy) assert.equal(new Set(row.opensWhen).size, row.opensWhen.length, row.name);
      });

      for (const [at, row] of strategy.entries()) {
        const upTo = strategy.slice(0, at + 1);
        for (const reached of [strategy[at - 1]?.name, row.name]) {
          it(`${row.name} after ${reached ?? "nothing"} keeps what lies behind it and seals what was reached`, () => {
            const { gates, switches, topicsSetFor: _, ...rest } = plan(name, strategy, row.name, reached);
            assert.deepEqual(rest, { strategyName: name, row });
            const sealed = (of: string): boolean => reached === row.name || of !== row.name;
            assert.deepEqual(
              gates,
              upTo.flatMap((one) => one.opensWhen.map((gate) => ({ row: one.name, gate, sealed: sealed(one.name) }))),
            );
            assert.deepEqual(
              switches,
              upTo
                .flatMap((one) => switchesOf(strategy, one.name))
                .map((step) => ({ ...step, sealed: sealed(step.row) })),
            );
          });
        }
      }
    });
  }

  it("seals nothing of a row that was left backwards", () => {
    const { gates, switches } = plan("producers-first", tables["producers-first"], "prepare", "mirror");
    assert.deepEqual([gates, switches], [[], []]);
  });

  const [prepare, mirror, moved] = tables["producers-first"];
  const unsafe: [string, Strategy, string][] = [
    [
      "removes the mirror while producers move",
      [prepare, mirror, { ...moved, mirror: "absent" }],
      "move-producers takes something away and moves writers or readers",
    ],
    ["moves at once", [prepare, mirror, { ...moved, opensWhen: [] }], "moves writers or readers without a gate"],
    ["halts a source in use", [prepare, { ...prepare, name: "halt", source: "halted" }], "halts a source in use"],
    [
      "waits for a mirror that is not there",
      [prepare, { ...moved, name: "move" }],
      "has gate mirror-within, which can never open there",
    ],
  ];
  for (const [what, strategy, danger] of unsafe) {
    it(`is found unsafe if a row ${what}`, () => {
      assert.ok(
        dangers(strategy).some((found) => found.includes(danger)),
        dangers(strategy).join("; "),
      );
    });
  }

  describe("of waves", () => {
    const workloads = [
      { name: "loader", role: "consumer" },
      { name: "indexer", role: "consumer" },
      { name: "billing", role: "both" },
      { name: "checkout", role: "producer" },
    ];
    const waves = [
      { name: "reports", workloads: ["loader"] },
      { name: "search", workloads: ["indexer"] },
      { name: "billing", workloads: ["billing"] },
      { name: "shop", workloads: ["checkout"] },
    ];
    const rows = rowsOf({ table: "waves", waves, workloads });

    it("has a row for each, in their order, and the rows of every mirror around them", () => {
      assert.deepEqual(
        rows.map(({ name, moved = [], wayBack }) => [name, moved.join(), "row" in wayBack ? wayBack.row : ""]),
        [
          ["prepare", "", ""],
          ["mirror", "", "prepare"],
          ["move-reports", "reports", "mirror"],
          ["move-search", "reports,search", "move-reports"],
          ["move-billing", "reports,search,billing", "move-search"],
          ["move-shop", "reports,search,billing,shop", "move-billing"],
          ["validate", "reports,search,billing,shop", "move-shop"],
          ["retire", "reports,search,billing,shop", ""],
          ["cleanup", "reports,search,billing,shop", ""],
        ],
      );
      assert.deepEqual(dangers(rows), []);
    });

    it("copies until the last has moved, and opens the target's registry with the first that writes", () => {
      assert.deepEqual(
        rows.map(({ mirror: of, schemas, producers, consumers }) => [of, schemas, producers, consumers].join(" ")),
        [
          "absent source source source",
          "running copied source source",
          "running copied source source",
          "running copied source source",
          "running target source source",
          "stopped target target target",
          "stopped target target target",
          "absent target target target",
          "absent target target target",
        ],
      );
    });

    it("moves one wave in a row, whatever its roles, wherever its groups are", () => {
      assert.deepEqual(
        rows.flatMap(({ name }) => switchesOf(rows, name)),
        waves.map(({ name: wave }) => ({ row: `move-${wave}`, what: "applications", wave, offsets: "exact" })),
      );
    });

    it("moves nobody backwards: a wave is left by the ledger", () => {
      assert.deepEqual(plan("waves", rows, "mirror", "move-search").switches, []);
      assert.deepEqual(
        plan("waves", rows, "move-reports", "move-billing").switches.map(({ wave, sealed }) => [wave, sealed]),
        [["reports", true]],
      );
    });
  });

  it("has one golden text per strategy and no other", () => {
    const others = ["broken-config.txt", "kafbat-values.txt", "pega-prod.txt", "resources.txt"];
    const texts = readdirSync(join(root, "test/golden")).filter((file) => !others.includes(file));
    assert.deepEqual(texts.sort(), [...allStrategies, ...allPegaTables].map(([name]) => `${name}.txt`).sort());
  });

  for (const [name] of allPegaTables) {
    it(`of ${name} reads as the golden text says; npm run golden writes it again`, () => {
      assert.equal(pegaPlanText(name), readFileSync(join(root, "test/golden", `${name}.txt`), "utf8"));
    });
  }

  it("is the README's phase table; npm run golden writes it again", async function () {
    const file = join(root, "README.md");
    const readme = existsSync(file) ? readFileSync(file, "utf8") : "";
    const expected = await withPhaseTable(readme);
    if (expected === null) return this.skip();
    assert.equal(readme, expected);
  });

  it("is what docs/strategies.md says; npm run golden writes it again", async () => {
    assert.equal(await strategiesPage(), readFileSync(join(root, "docs/strategies.md"), "utf8"));
  });
});

describe("the configs of the topics on the target", () => {
  const table = (name: keyof typeof tables, of: typeof topicsSetFor) =>
    Object.fromEntries(tables[name].map((row) => [row.name, of(tables[name], row.name)]));

  it("let the mirror write until the row after the switch of the producers, in the middle of which it is drained", () => {
    assert.deepEqual(table("producers-first", topicsSetFor), {
      prepare: "mirror",
      mirror: "mirror",
      "move-producers": "mirror",
      "move-consumers": "writers",
      validate: "writers",
      retire: "writers",
      cleanup: "writers",
    });
    for (const [name, rows] of Object.entries(tables)) {
      for (const row of rows.filter(({ mirror }) => mirror === "running"))
        assert.equal(topicsSetFor(rows, row.name), "mirror", `${name} ${row.name}`);
    }
  });

  it("are the source's own from the beginning where nothing is mirrored", () => {
    assert.deepEqual([...new Set(Object.values(table("producers-first-unmirrored", topicsSetFor)))], ["writers"]);
  });

  it("are compared by a gate with what the row above has left", () => {
    assert.equal(topicsFoundSetFor(tables["producers-first"], "move-consumers"), "mirror");
    assert.equal(topicsFoundSetFor(tables["producers-first"], "validate"), "writers");
  });
});
