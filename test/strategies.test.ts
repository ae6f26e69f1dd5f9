import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pegaStrategyNames } from "../phases/pega/tables.ts";
import {
  choiceOf,
  hasVendorDemo,
  hasWaves,
  isLike,
  movesApplications,
  movesLagging,
  neverCopying,
  persistedDataOf,
  strategyNames,
  tableNames,
  tableOf,
  wayBackOf,
} from "../phases/strategies/index.ts";
import { root } from "./support/stack.ts";

describe("the strategies", () => {
  const shared = ["index.ts", "parts.ts", "strategy.ts"];
  const filesOf = (folder: string) => readdirSync(join(root, folder)).filter((file) => !shared.includes(file));

  it("have a file each, which the index names", () => {
    assert.deepEqual(filesOf("phases/strategies").sort(), tableNames.map((name) => `${name}.ts`).sort());
    assert.deepEqual(filesOf("phases/pega/strategies").sort(), pegaStrategyNames.map((name) => `${name}.ts`).sort());
  });

  it("are chosen by strategy and persistedData, each table by one choice", () => {
    assert.deepEqual(
      tableNames.map((name) => tableOf(choiceOf(name))),
      tableNames,
    );
    assert.deepEqual(
      strategyNames.map((strategy) => tableOf({ strategy })),
      strategyNames,
    );
    // The config's checks refuse it, with the reason.
    assert.equal(tableOf({ strategy: "consumers-first", persistedData: "none" }), "consumers-first");
  });

  it("say what becomes of records that the source holds, their default first", () => {
    assert.deepEqual(Object.fromEntries(strategyNames.map((name) => [name, persistedDataOf(name)])), {
      "producers-first": ["mirrored", "none"],
      "consumers-first": ["mirrored"],
      "dual-consume": ["none"],
      together: ["mirrored"],
      waves: ["mirrored"],
    });
    assert.deepEqual(neverCopying, ["dual-consume"]);
  });

  it("have a way back over every move where a config asks for it and something is mirrored", () => {
    assert.equal(tableOf({ strategy: "producers-first", wayBack: "mirrored" }), "producers-first-way-back");
    assert.equal(tableOf({ strategy: "consumers-first", wayBack: "mirrored" }), "consumers-first-way-back");
    assert.equal(tableOf({ strategy: "dual-consume", wayBack: "mirrored" }), "dual-consume");
    const unmirrored = { strategy: "producers-first", persistedData: "none", wayBack: "mirrored" } as const;
    assert.equal(tableOf(unmirrored), "producers-first-unmirrored");
    assert.deepEqual(
      tableNames.filter((name) => wayBackOf(name) === "mirrored"),
      ["producers-first-way-back", "consumers-first-way-back", "together-way-back", "waves-way-back"],
    );
  });

  it("may be changed by a stack for one that differs in the way back alone", () => {
    assert.ok(isLike("producers-first", "producers-first-way-back"));
    assert.ok(!isLike("producers-first", "producers-first-unmirrored"));
    assert.ok(!isLike("producers-first-way-back", "consumers-first-way-back"));
  });

  it("move groups that lag where consumers do not wait for producers", () => {
    assert.deepEqual(tableNames.filter(movesLagging), [
      "consumers-first",
      "consumers-first-way-back",
      "together",
      "together-way-back",
      "waves",
      "waves-way-back",
    ]);
    const together = ["together", "together-way-back", "waves", "waves-way-back"];
    assert.deepEqual(tableNames.filter(movesApplications), together);
    assert.deepEqual(tableNames.filter(hasWaves), ["waves", "waves-way-back"]);
    assert.deepEqual(strategyNames.filter(hasVendorDemo), ["consumers-first"]);
  });
});
