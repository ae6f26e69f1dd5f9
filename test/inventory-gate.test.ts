import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import type { Recorded } from "../runtime/inventory/current.ts";
import { notMeasured, type Snapshot } from "../runtime/judging/reading.ts";
import { judge } from "../runtime/measure/judge.ts";
import type { Unread } from "../runtime/model/cluster-reading.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { stackConfig, stackInventory } from "./support/stack.ts";

const endpoint = (side: "source" | "target") =>
  ({ side, bootstrap: [`${side}.example:9094`], protocol: "PLAINTEXT" }) as const;
const scope: Scope = {
  migration: "shop",
  source: endpoint("source"),
  target: endpoint("target"),
  mirror: { connect: { urls: [] }, sourceConnectors: ["m"], otherConnectors: [], sourceAlias: "source" },
  topics: ["orders", "payments"],
  groups: [{ name: "billing", topics: ["orders"] }],
  workloads: [],
  ledger: { kubernetes: { namespace: "demo" }, configMap: "ledger" },
};
const topic = (name: string, partitions = 3, configs: Record<string, string> = {}) => ({
  ...{ name, partitions, configs },
  replicationFactor: 3,
});
const group = (name: string, ...topics: string[]) => ({ name, protocol: "classic" as const, topics });
const recorded: Recorded = {
  clusterId: "S",
  topics: [topic("clicks"), topic("orders", 3, { "retention.ms": "1" }), topic("payments")],
  groups: [group("billing", "orders"), group("report", "orders")],
};
const condition = { kind: "inventory-current", inventory: { path: "inventory/shop.json", sha256: "x" } } as const;

function verdict(
  edit: (now: { -readonly [Key in keyof Recorded]: Recorded[Key] }) => void,
  unread: Unread[] = [],
  entries: readonly LedgerEntry[] = [],
) {
  const now = structuredClone(recorded);
  edit(now);
  const value = { path: "inventory/shop.json", recorded, now, unread };
  const snapshot: Snapshot = { scope, takenAt: 0, inventory: { value }, ledger: { value: [...entries] } };
  return judge(condition, snapshot);
}

const replaced = (now: Recorded, changed: Recorded["topics"][number]) =>
  now.topics.map((one) => (one.name === changed.name ? changed : one));

describe("inventory-current", () => {
  it("opens while the source is what the inventory records", () => {
    const sentence = "the source matches inventory/shop.json, with 3 topics and 2 groups";
    assert.deepEqual(
      verdict(() => {}),
      { open: true, sentence },
    );
  });

  const changes: [when: string, Parameters<typeof verdict>[0], sentence: string][] = [
    ["another cluster answers", (now) => (now.clusterId = "X"), "it records cluster S, but the source is X"],
    [
      "a topic is new, migrated or not",
      (now) => (now.topics = [...now.topics, topic("refunds")]),
      "topic refunds is new on the source",
    ],
    [
      "a migrated topic is gone",
      (now) => (now.topics = now.topics.filter(({ name }) => name !== "orders")),
      "topic orders is gone from the source",
    ],
    [
      "a migrated topic has more partitions",
      (now) => (now.topics = replaced(now, topic("payments", 8))),
      "topic payments has 8 partitions, recorded: 3",
    ],
    [
      "a migrated topic's config is another",
      (now) => (now.topics = replaced(now, topic("orders", 3, { "retention.ms": "2" }))),
      "topic orders has retention.ms 2, recorded: 1",
    ],
    [
      "a migrated topic sets something more, and something less",
      (now) => (now.topics = replaced(now, topic("orders", 3, { "segment.ms": "5" }))),
      "topic orders has retention.ms not set, recorded: 1; topic orders has segment.ms 5, recorded: not set",
    ],
    [
      "a group that nobody knew reads a migrated topic",
      (now) => (now.groups = [...now.groups, group("fraud", "payments", "clicks")]),
      "group fraud reads payments, which is not recorded",
    ],
    [
      "a group that moves reads more than is placed for it",
      (now) => (now.groups = [group("billing", "orders", "payments")]),
      "group billing reads payments, which is not recorded",
    ],
  ];
  for (const [when, edit, sentence] of changes) {
    it(`stays closed when ${when}`, () => {
      const expected = {
        open: false,
        cause: "inventory-differs",
        sentence: `inventory/shop.json is not current: ${sentence}`,
      };
      assert.deepEqual(verdict(edit), expected);
    });
  }

  it("opens although topics are new on the source, once the producers have left it, and names them", () => {
    const clustersAndRow = { sourceClusterId: "S", targetClusterId: "T", row: "move-producers" };
    const moved: LedgerEntry = {
      ...{ number: 1, switch: "producers", writtenAt: "2026-11-21T09:47:10Z", voids: null, ...clustersAndRow },
      ...{ partitions: [], groups: [] },
    };
    const refunds: Parameters<typeof verdict>[0] = (now) => (now.topics = [...now.topics, topic("refunds")]);
    const found = verdict(refunds, [], [moved]);
    assert.deepEqual(found, {
      open: true,
      sentence:
        "the source matches inventory/shop.json, with 4 topics and 2 groups; not migrated, because the producers have " +
        "moved: refunds, new on the source",
    });
    const back = { ...moved, number: 2, voids: 1, voidOnly: true } as const;
    assert.equal(verdict(refunds, [], [moved, back]).open, false);
    const gone: Parameters<typeof verdict>[0] = (now) => (now.topics = [topic("refunds")]);
    assert.equal(verdict(gone, [], [moved]).open, false);
  });

  const harmless: [when: string, Parameters<typeof verdict>[0]][] = [
    ["a topic that stays behind is gone", (now) => (now.topics = now.topics.filter(({ name }) => name !== "clicks"))],
    ["a topic that stays behind grows", (now) => (now.topics = replaced(now, topic("clicks", 12)))],
    ["a group that is new reads what stays behind", (now) => (now.groups = [...now.groups, group("web", "clicks")])],
    ["a group that stays behind reads another topic", (now) => (now.groups = [group("report", "payments")])],
    ["a group has expired", (now) => (now.groups = [])],
  ];
  for (const [when, edit] of harmless) {
    it(`opens although ${when}`, () => assert.equal(verdict(edit).open, true));
  }

  it("names five differences and counts the others", () => {
    const { sentence } = verdict(
      (now) => (now.topics = [...now.topics, ...[1, 2, 3, 4, 5, 6, 7].map((n) => topic(`t${n}`))]),
    );
    assert.match(sentence, /topic t5 is new on the source; and 2 more differences$/);
  });

  it("stays closed where the configs of a migrated topic cannot be read", () => {
    const reason = "the user has no right to read it";
    const refused = { what: "configs of clicks, orders", reason, topics: ["clicks", "orders"] };
    assert.deepEqual(
      verdict(() => {}, [refused]),
      notMeasured(`configs of clicks, orders: ${reason}`),
    );
    assert.equal(verdict(() => {}, [{ ...refused, what: "configs of clicks", topics: ["clicks"] }]).open, true);
  });

  it("carries the inventory's path and hash, never the inventory", () => {
    const config = stackConfig("prod");
    const { text, path } = stackInventory("prod") as { text: string; path: string };
    const inputs = gateInputs(config, scopeOf(config), { row: "mirror", gate: "inventory-current", sealed: false });
    const sha256 = createHash("sha256").update(text).digest("hex");
    assert.deepEqual(inputs.condition, { kind: "inventory-current", inventory: { path, sha256 } });
    assert.doesNotMatch(JSON.stringify(inputs), /retention|cleanup\.policy/);
  });
});
