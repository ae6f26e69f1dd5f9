import assert from "node:assert/strict";
import { gateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import type { ConfigInput } from "../config/schema.ts";
import type { Snapshot } from "../runtime/judging/reading.ts";
import { judge, needs } from "../runtime/measure/judge.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { stackConfig } from "./support/stack.ts";
import { at, entry, groups, ledger, now, placed, scope, snapshot, target } from "./support/verdict-readings.ts";

const condition = { kind: "groups-active", externals: true } as const;
const externals: Scope["externals"] = [
  { name: "billing-vm", role: "consumer", groups: ["g"], topics: [] },
  { name: "shop-vm", role: "producer", groups: [], topics: ["orders"] },
];
const ends = { "orders[0]": 30, "orders[1]": 40, "payments[0]": 8 };
const producers = entry(1, "producers", at(ends));
const switched = ledger(producers, entry(2, "consumers", placed(ends)));
const grown = target({ "orders[0]": [0, 31, 31], "orders[1]": [0, 40, 40], "payments[0]": [0, 9, 9] });
const still = target({ "orders[0]": [0, 30, 30], "orders[1]": [0, 40, 40], "payments[0]": [0, 9, 9] });
const reads = groups("targetGroups", { "orders[0]": 31, "orders[1]": 40 });
const left = groups("sourceGroups", ends, { state: "Empty", members: [] });
const stays = groups("sourceGroups", ends);
const open = "on the target 1 group advanced in 4 s";

describe("groups-active with external workloads", () => {
  const before = {
    ...snapshot(
      { ...still, ...groups("targetGroups", { "orders[0]": 30, "orders[1]": 40 }), ...left, ...switched },
      now - 4000,
    ),
  };
  // prettier-ignore
  const cases: readonly [when: string, parts: object, open: boolean, sentence: string][] = [
    ["they read and write on the target", { ...grown, ...reads, ...left, ...switched }, true, open],
    ["a consumer is still a member on the source", { ...grown, ...reads, ...stays, ...switched }, false, "external consumer billing-vm has not moved: app on 10.0.0.1 in group g on the source"],
    ["a consumer has not been started on the target", { ...grown, ...groups("targetGroups", ends, { state: "Empty", members: [] }), ...left, ...switched }, false, "group g has no members on the target; external consumer billing-vm has to join it there"],
    ["nobody has written to a producer's topics on the target", { ...still, ...reads, ...left, ...switched }, false, "external producer shop-vm has not moved: nothing has been written to orders on the target since ledger entry 1"],
    ["a producer's topics grew before it was to move", { ...still, ...reads, ...left, ...ledger(entry(1, "consumers", placed(ends))) }, true, open],
    ["consumers read on both sides before they were to move", { ...grown, ...reads, ...stays, ...ledger(producers) }, true, open],
    ["the group cannot be read on the source", { ...grown, ...reads, ...groups("sourceGroups", {}, {}, "NOT_COORDINATOR"), ...switched }, false, "group g on the source could not be measured: NOT_COORDINATOR"],
  ];
  for (const [when, parts, isOpen, sentence] of cases)
    it(`${isOpen ? "opens" : "stays closed"} when ${when}`, () => {
      const withExternals = (one: Snapshot): Snapshot => ({ ...one, scope: { ...scope, externals } });
      const verdict = judge(condition, withExternals(snapshot(parts)), [withExternals(before)]);
      assert.deepEqual([verdict.open, verdict.sentence], [isOpen, sentence]);
    });

  it("looks at the source and the ledger, and without external workloads it does not", () => {
    assert.deepEqual(Object.keys(needs(condition, scope)), [
      "target",
      "targetGroups",
      "marks",
      "sourceGroups",
      "ledger",
    ]);
    assert.deepEqual(Object.keys(needs({ kind: "groups-active" }, scope)), ["target", "targetGroups", "marks"]);
  });

  it("is what a config with one makes of the gate", () => {
    const planned = { row: "validate", gate: "groups-active", sealed: false } as const;
    const vm: ConfigInput["workloads"][number] = { kind: "external", role: "producer", name: "vm", topics: ["foo"] };
    const config = stackConfig("dev", (input) => void input.workloads.push(vm));
    assert.deepEqual(gateInputs(config, scopeOf(config), planned).condition, {
      kind: "groups-active",
      externals: true,
    });
    assert.deepEqual(scopeOf(config).externals, [{ name: "vm", role: "producer", groups: [], topics: ["foo"] }]);
    const plain = stackConfig("dev");
    assert.deepEqual(gateInputs(plain, scopeOf(plain), planned).condition, { kind: "groups-active" });
    assert.ok(!("externals" in scopeOf(plain)));
  });
});
