import assert from "node:assert/strict";
import { parse } from "yaml";
import { proposalOf } from "../assess/waves.ts";
import type { Inventory } from "../config/inventory.ts";
import { coupled, coupledPath, problemsOf, stackOf, type World } from "./support/coupled.ts";
import type { StackInput } from "./support/stack.ts";

const files = { configFile: "Pulumi.shop.yaml", path: coupledPath };

/** What the checks of a stack's config say once a proposal is pasted into it. */
function accepted(input: StackInput, inventory: Inventory, text: string): readonly string[] {
  const { "kafka-migration:waves": waves } = parse(text) as Record<string, unknown>;
  return problemsOf({ input: { ...input, waves }, inventory });
}

const shop: World = {
  topics: ["carts", "reserved", "paid", "old"],
  groups: { stock: ["carts", "paid"], pay: ["reserved"], view: ["paid", "old"] },
  workloads: [
    coupled("web", [], ["carts"]),
    coupled("stock", ["stock"], ["reserved"]),
    coupled("pay", ["pay"], ["paid"]),
    coupled("view", ["view"], []),
  ],
};

describe("npm run assess -- --waves", () => {
  it("prints waves to paste, each with what put it there, and names what nobody writes or reads", () => {
    const { input, inventory } = stackOf(shop);
    assert.equal(
      proposalOf(input as never, inventory, files),
      [
        "# 3 waves for 4 workloads, from Pulumi.shop.yaml and inventory/shop.json.",
        "# Neighbours may be joined, and names changed. Whoever reads a topic moves before its writers or with them.",
        "# Topics that no workload writes; they close with the last wave: old.",
        "",
        "kafka-migration:waves:",
        "  # nothing holds it back, and nothing closes",
        "  - name: view",
        "    workloads:",
        "      - view",
        '  # together: "stock" reads "paid" of "pay"',
        '  # together: "pay" reads "reserved" of "stock"',
        '  # not before view: "view" reads "paid" of "pay"',
        "  # closes reserved, paid",
        "  - name: stock-and-1",
        "    workloads:",
        "      - stock",
        "      - pay",
        '  # not before stock-and-1: "stock" reads "carts" of "web"',
        "  # closes carts",
        "  - name: web",
        "    workloads:",
        "      - web",
      ].join("\n"),
    );
  });

  it("is accepted by the checks as it is, also with neighbours joined", () => {
    const { input, inventory } = stackOf(shop);
    for (const most of [undefined, 2, 1])
      assert.deepEqual(accepted(input, inventory, proposalOf(input as never, inventory, { ...files, most })), []);
  });

  it("is refused for writers that name no topics, all at once", () => {
    const { input, inventory } = stackOf({ ...shop, workloads: [coupled("web", [], []), ...shop.workloads.slice(1)] });
    assert.throws(
      () =>
        proposalOf(
          { ...input, workloads: [{ ...input.workloads[0], role: "producer" }, ...input.workloads.slice(1)] },
          inventory,
          files,
        ),
      /^Error: Pulumi\.shop\.yaml has 1 problem; no waves are proposed\.\n {2}workloads\[0\]\.topics: missing; "web" writes/,
    );
  });

  it("is refused for an invalid workload with what is wrong in it", () => {
    const { input, inventory } = stackOf(shop);
    assert.throws(
      () => proposalOf({ ...input, workloads: [{ name: "web" }] }, inventory, files),
      /workloads\[0\]\.role: /,
    );
  });

  it("orders 60 applications on 1,000 topics in under 5 s, and the checks take it as it is", function () {
    this.timeout(60_000);
    const topics = Array.from({ length: 1_000 }, (_, at) => `team-${at % 20}.events-${at}`);
    const some = (at: number, count: number, step: number): string[] => [
      ...new Set(Array.from({ length: count }, (_, index) => topics[(at * 37 + index * step) % topics.length]!)),
    ];
    const groups: Record<string, string[]> = {};
    const workloads = Array.from({ length: 60 }, (_, at) => {
      const name = `application-${at}`;
      const group = `${name}-group`;
      if (at % 3 === 0) return coupled(name, [], some(at * 3, 40, 1));
      // Services in pairs that read each other, and what a producer writes.
      const partner = at % 6 === 2 ? at + 3 : at - 3;
      groups[group] = at % 3 === 1 ? some(at + 1, 60, 13) : [topics[partner]!, ...some(at, 3, 7)];
      return coupled(name, [group], at % 3 === 1 ? [] : [topics[at]!]);
    });
    const { input, inventory } = stackOf({ topics, groups, workloads });
    const from = performance.now();
    const text = proposalOf(input, inventory, files);
    const seconds = (performance.now() - from) / 1000;
    assert.ok(seconds < 5, `${seconds.toFixed(1)} s`);
    const { "kafka-migration:waves": waves } = parse(text) as Record<string, { workloads: string[] }[]>;
    assert.ok(waves!.length > 20 && waves!.some((wave) => wave.workloads.length > 1), `${waves!.length} waves`);
    assert.deepEqual(accepted(input, inventory, text), []);
    console.log(`      ${waves!.length} waves in ${seconds.toFixed(2)} s`);
  });
});
