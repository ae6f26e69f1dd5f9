import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pegaStrategyNames } from "../phases/pega/tables.ts";
import {
  choiceOf,
  hasVendorDemo,
  hasWaves,
  movesApplications,
  movesLagging,
  neverCopying,
} from "../phases/strategies/index.ts";
import { persistedDataOf, strategyNames, tableNames, tableOf } from "../phases/strategies/index.ts";
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

  it("move groups that lag where consumers do not wait for producers", () => {
    assert.deepEqual(tableNames.filter(movesLagging), ["consumers-first", "together", "waves"]);
    assert.deepEqual(tableNames.filter(movesApplications), ["together", "waves"]);
    assert.deepEqual(tableNames.filter(hasWaves), ["waves"]);
    assert.deepEqual(strategyNames.filter(hasVendorDemo), ["consumers-first"]);
  });
});
