import assert from "node:assert/strict";
import { comingBack } from "../config/coming-back.ts";
import { gateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import type { MigrationConfig } from "../config/migration-config.ts";
import { judge } from "../runtime/measure/judge.ts";
import { setTable } from "../demo/table-config.ts";
import { stackConfig } from "./support/stack.ts";
import { scope, snapshot, source, target } from "./support/verdict-readings.ts";

type Writable<T> = { -readonly [Key in keyof T]: Writable<T[Key]> };
type Editable = Writable<MigrationConfig>;

/** What the source does to what comes back of `orders`, which sets these there. */
function orders(configs: Record<string, string>, edit: (config: Editable) => void = () => {}) {
  const config = structuredClone(stackConfig("dev")) as Editable;
  config.inventory.topics.find(({ name }) => name === "orders")!.configs = configs;
  config.retire.soakHours = 24;
  edit(config);
  const { refused, changed } = comingBack(config);
  const of = (found: typeof refused) =>
    Object.entries(found).flatMap(([what, topics]) => (topics.includes("orders") ? [what] : []));
  return { refused: of(refused), changed: of(changed) };
}
const brokers = (defaults: Record<string, string>) => (config: Editable) => {
  for (const [key, value] of Object.entries(defaults)) config.inventory.defaults[key] = { value, from: "broker" };
};
const onTarget = (configs: Record<string, string>) => (config: Editable) => {
  config.selection.topics.configs = { orders: configs };
};
const whileMirroring =
  (configs: Record<string, string>, compression = "none") =>
  (config: Editable) => {
    config.selection.topics.whileMirroring = { orders: configs };
    config.mirror.source = { "producer.override.compression.type": compression };
  };

describe("what comes back to the source", () => {
  const cases: readonly [string, Record<string, string>, ((config: Editable) => void) | undefined, string[]][] = [
    ["is taken as it is where nobody sets anything", {}, undefined, []],
    [
      "is too old for a topic that takes records of the last minute",
      { "message.timestamp.difference.max.ms": "60000" },
      undefined,
      ["message.timestamp.difference.max.ms=60000"],
    ],
    [
      "is too old under the newer name, set by the brokers",
      {},
      brokers({ "message.timestamp.before.max.ms": "60000" }),
      ["message.timestamp.before.max.ms=60000"],
    ],
    ["is young enough for a bound of 30 days", { "message.timestamp.before.max.ms": "2592000000" }, undefined, []],
    ["is never too new", { "message.timestamp.after.max.ms": "60000" }, undefined, []],
    [
      "is in transactions, which no former format has",
      {},
      brokers({ "message.format.version": "0.10.2-IV0" }),
      ["message.format.version=0.10.2-IV0"],
    ],
    ["is in a format of Kafka 0.11", { "message.format.version": "0.11.0" }, undefined, []],
    ["is in a format of Kafka 2", { "message.format.version": "2.8-IV1" }, undefined, []],
    [
      "is as large as the config lets it be on the target",
      { "max.message.bytes": "1000" },
      onTarget({ "max.message.bytes": "2000" }),
      ["max.message.bytes=1000"],
    ],
    ["is no larger than it may be", { "max.message.bytes": "2000" }, onTarget({ "max.message.bytes": "1000" }), []],
    [
      "is uncompressed, for which the limit had to be raised on the target",
      { "max.message.bytes": "1000" },
      whileMirroring({ "max.message.bytes": "9000" }),
      ["max.message.bytes=1000"],
    ],
    [
      "is compressed where the mirror compresses",
      { "max.message.bytes": "1000" },
      whileMirroring({ "max.message.bytes": "9000" }, "lz4"),
      [],
    ],
    [
      "may have no keys where the target does not compact",
      { "cleanup.policy": "compact" },
      onTarget({ "cleanup.policy": "delete" }),
      ["cleanup.policy=compact"],
    ],
  ];
  for (const [what, configs, edit, expected] of cases) {
    it(what, () => assert.deepEqual(orders(configs, edit).refused, expected));
  }

  it("gets the time of the copy where the source sets it", () => {
    const { refused, changed } = orders({ "message.timestamp.type": "LogAppendTime" });
    assert.deepEqual([refused, changed], [[], ["message.timestamp.type=LogAppendTime"]]);
  });

  it("is asked before the way back opens, and of the topics alone that move", () => {
    const config = stackConfig("dev", (input) => {
      setTable(input, { strategy: "producers-first" });
      input.wayBack = "mirrored";
      input.retire = { soakHours: 24 };
    });
    const found = config.inventory.topics.find(({ name }) => name === "orders")!;
    Object.assign(found.configs, { "message.timestamp.before.max.ms": "1000" });
    const planned = { row: "move-consumers", gate: "source-takes-back", sealed: false } as const;
    const { condition } = gateInputs(config, scopeOf(config), planned);
    const { refused } = condition as { refused?: object };
    assert.deepEqual(refused, { "message.timestamp.before.max.ms=1000": ["orders"] });
    const parts = (topic: string) => ({
      ...{ ...source({ [`${topic}[0]`]: [0, 5, 5] }), ...target({ [`${topic}[0]`]: [0, 5, 5] }) },
      unwritable: { value: [] },
    });
    const of = (topic: string) => judge(condition, { ...snapshot(parts(topic)), scope: { ...scope, topics: [topic] } });
    const closed = of("orders");
    assert.ok(!closed.open && closed.cause === "source-would-refuse", closed.sentence);
    assert.match(closed.sentence, /for good: orders \(message.timestamp.before.max.ms=1000\)/);
    assert.ok(of("payments").open);
  });
});
