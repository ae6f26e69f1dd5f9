import assert from "node:assert/strict";
import { gateApplies, gateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import { judge } from "../runtime/measure/judge.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { stackConfig } from "./support/stack.ts";
import { at, entry, ledger, placed, scope, snapshot, target, writerRef } from "./support/verdict-readings.ts";

const condition = { kind: "producers-active" } as const;
const ends = { "orders[0]": 30, "orders[1]": 40, "payments[0]": 8 };
const switched = ledger(entry(1, "producers", at(ends)));
const still = target({ "orders[0]": [0, 30, 30], "orders[1]": [0, 40, 40], "payments[0]": [0, 8, 8] });
const grown = target({ "orders[0]": [0, 30, 30], "orders[1]": [0, 41, 41], "payments[0]": [0, 8, 8] });
const shop = writerRef("shop", { topics: ["orders"] });
const till = writerRef("till", { topics: ["payments"] });
const open = "since ledger entry 1 1 of 2 topics has grown on the target";

describe("producers-active", () => {
  // prettier-ignore
  const cases: readonly [when: string, parts: object, workloads: Scope["workloads"], open: boolean, sentence: string][] = [
    ["a producer has written to its topic", grown, [shop], true, `${open}; 1 producer has written to its topics`],
    ["a producer has written nothing since it moved", still, [shop], false, "producer shop has written nothing to orders on the target since ledger entry 1"],
    ["another producer's topic has grown", grown, [shop, till], false, "producer till has written nothing to payments on the target since ledger entry 1"],
    ["a producer writes to one of its topics", grown, [writerRef("shop", { topics: ["orders", "payments"] })], true, `${open}; 1 producer has written to its topics`],
    ["a partition is new on the target and holds a record", target({ "orders[0]": [0, 30, 30], "orders[1]": [0, 40, 40], "orders[2]": [0, 1, 1], "payments[0]": [0, 8, 8] }), [shop], true, `${open}; 1 producer has written to its topics`],
    ["somebody writes, and the config does not say who writes what", grown, [writerRef("a"), writerRef("b")], true, `${open}; the config does not say which of them a and b write to`],
    ["nobody writes, and the config does not say who writes what", still, [writerRef("a"), writerRef("b")], false, "producers a and b have written nothing to any migrated topic on the target since ledger entry 1"],
    ["one writes rarely, the other has written", grown, [shop, { ...till, writesRarely: true }], true, `${open}; 1 producer has written to its topics; till writes only now and then`],
    ["a CronJob has not run yet", still, [writerRef("nightly", { kind: "CronJob", topics: ["orders"] })], true, "nightly writes only now and then: not waited for"],
    ["an application that reads and writes is silent", still, [writerRef("billing", { role: "both", groups: ["g"], topics: ["payments"] })], false, "producer billing has written nothing to payments on the target since ledger entry 1"],
    ["nobody writes at all", still, [writerRef("reader", { role: "consumer", groups: ["g"] })], true, "no producer moves, so there is none to wait for"],
  ];
  for (const [when, parts, workloads, isOpen, sentence] of cases)
    it(`${isOpen ? "opens" : "stays closed"} when ${when}`, () => {
      const verdict = judge(condition, { ...snapshot({ ...parts, ...switched }), scope: { ...scope, workloads } }, []);
      assert.deepEqual([verdict.open, verdict.sentence], [isOpen, sentence]);
    });

  it("stays closed where no move of producers is written down, or a topic cannot be measured", () => {
    const of = (parts: object) => judge(condition, { ...snapshot(parts), scope: { ...scope, workloads: [shop] } }, []);
    const unwritten = of({ ...grown, ...ledger(entry(1, "consumers", placed(ends))) });
    assert.deepEqual([unwritten.open, unwritten.sentence], [false, "no switch of producers is recorded in the ledger"]);
    const away = of({ target: { error: "the target cannot be reached" }, ...switched });
    assert.deepEqual([away.open, away.sentence], [false, "could not be measured: the target cannot be reached"]);
  });

  it("is asked of stacks whose producers this program moves, and knows which of them write rarely", () => {
    const config = stackConfig("dev", (input) => {
      const producer = input.workloads.find(({ role }) => role === "producer")!;
      Object.assign(producer, { writesRarely: "a few a month" });
    });
    assert.ok(gateApplies(config)("producers-active"));
    const planned = { row: "validate", gate: "producers-active", sealed: false } as const;
    const inputs = gateInputs(config, scopeOf(config), planned);
    assert.deepEqual(inputs.condition, { kind: "producers-active" });
    assert.deepEqual(
      inputs.scope.workloads.filter(({ writesRarely }) => writesRarely).map(({ name }) => name),
      [config.workloads.find(({ role }) => role === "producer")!.name],
    );
    const external = stackConfig("dev", (input) => {
      input.workloads = input.workloads.filter(({ role }) => role === "consumer");
      input.workloads.push({ kind: "external", role: "producer", name: "vm", topics: ["foo"] });
    });
    assert.ok(!gateApplies(external)("producers-active"));
  });
});
