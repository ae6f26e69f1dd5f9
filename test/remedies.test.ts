import assert from "node:assert/strict";
import { gateInputs } from "../components/gates.ts";
import { scopeOf } from "../components/scope.ts";
import { setTable } from "../demo/table-config.ts";
import { gates, type Condition } from "../gates/index.ts";
import { pegaGates, type PegaCondition } from "../gates/pega/index.ts";
import { refuseChange } from "../phases/change-table.ts";
import { rowsOf } from "../phases/strategies/index.ts";
import type { SideRights } from "../runtime/brokers/rights.ts";
import { readConnectors } from "../runtime/connectors/facts.ts";
import { judge, whatToDo, type AnyCondition, type AnyScope } from "../runtime/measure/judge.ts";
import { causes as shared, type Cause } from "../runtime/model/causes.ts";
import type { AnyVerdict } from "../runtime/model/gates.ts";
import type { RetiredReading } from "../runtime/judging/reading.ts";
import type { Scope, WorkloadRef } from "../runtime/model/scope.ts";
import { copySchemas, readBoth } from "../runtime/schemas/copy.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { instead } from "../runtime/switch/open-way-back.ts";
import type { NewestReading } from "../runtime/placement/newest.ts";
import { MoveWorld } from "./support/connectors/move.ts";
import * as pega from "./support/pega-readings.ts";
import { registries, shop } from "./support/registries.ts";
import { lockedAcl } from "./support/rights.ts";
import { setServices } from "./support/services.ts";
import { stackConfig } from "./support/stack.ts";
import { sideLoad, type SideWords } from "./support/side-loads.ts";
import { consumers, producersMoved } from "./support/switch-asserts.ts";
import * as words from "./support/verdict-readings.ts";
import { acceptAll, remembered, verdictOn } from "./support/world-readings.ts";
import { scope as worlds, World } from "./switch-world.ts";

/** A closed gate, and somebody who does what its sentence advises. */
interface Row {
  readonly condition: AnyCondition;
  readonly scope: AnyScope;
  readonly measure: () => AnyVerdict | Promise<AnyVerdict>;
  readonly advised: () => unknown;
  readonly done?: () => unknown;
}

type Parts = Record<string, unknown>;
const newest = (more: Partial<NewestReading>) => ({
  value: { ...{ equal: 3, records: 60, empty: 0 }, differing: [], undecided: [], left: [], ...more },
});
const { source, target, both, mirror, counts, groups, entry, at, placed, ledger, snapshot, now } = words;

/** Readings in words; what is advised changes them, or the config. */
function on(condition: Condition, parts: Parts, after: Parts, earlier?: Parts): Row {
  const measured = { ...parts };
  const before = earlier === undefined ? [] : [snapshot(earlier, now - 4000)];
  return {
    condition,
    scope: words.scope,
    measure: () => judge(condition, snapshot(measured), before),
    advised: () => Object.assign(measured, after),
  };
}

function onPega(
  condition: PegaCondition,
  parts: pega.PartsInWords,
  after: pega.PartsInWords,
  changed: PegaCondition = condition,
  earlier?: pega.PartsInWords,
): Row {
  let [measured, asked] = [parts, condition];
  const before = earlier === undefined ? [] : [pega.snapshot(earlier, pega.scope, now - 4000)];
  return {
    condition,
    scope: pega.scope,
    measure: () => judge(asked, pega.snapshot(measured), before),
    advised: () => void ([measured, asked] = [{ ...measured, ...after }, changed]),
  };
}

/** The world of the switches' tests, and what is done in it; the scope that the config has afterwards, if another. */
async function inWorld(
  condition: Condition,
  make: () => Promise<World>,
  closed: (world: World) => unknown,
  advised: (world: World) => Partial<Scope> | void | Promise<void>,
): Promise<Row> {
  const world = await make();
  const before = remembered(world);
  await closed(world);
  let scope: Scope = worlds;
  return {
    condition,
    scope,
    measure: () => verdictOn(world, condition, scope, before),
    advised: async () => void (scope = { ...scope, ...(await advised(world)) }),
  };
}

const write = (world: World, name: string, ...kinds: ("data" | "open" | "marker")[]) =>
  void world.logs.source.get(name)!.push(...kinds);
const bothMoved = async () => {
  const world = await producersMoved();
  await switchConsumers(world.effects(), consumers);
  world.startOn("target", "consumer");
  world.pass(1000);
  return world;
};
const running = async () => new World();

const pathProbe = { kubernetes: words.kubernetes, name: "shop-paths", workloads: ["checkout"] };
const pathFound = (result: object) => ({
  result: { brokers: 3, loggedIn: true, problems: [], more: 0, ...result },
  endedAt: now,
});
const path = (before: object | undefined, after: object) => {
  const paths = (found?: object) => ({ paths: { value: [{ probe: pathProbe, ...(found && { found }) }] } });
  const condition = { kind: "paths-open" as const, probes: [pathProbe], everyMinutes: 1, maxRoundTripMilliseconds: 20 };
  return on(condition, paths(before), paths(after));
};

const sourceObject = { kubernetes: words.kubernetes, cluster: { kind: "kubedb-existing", name: "source-kafka" } };
const unused: Extract<Condition, { kind: "source-unused" }> = {
  kind: "source-unused",
  object: sourceObject,
  closes: false,
};
const retired = (more: Partial<RetiredReading>) => ({
  retired: { value: { state: "halted", byUs: true, dependents: [], ...more } },
});

const full = { "orders[0]": [0, 50, 50], "orders[1]": [0, 40, 40], "payments[0]": [0, 8, 8] } as const;
const done = { "orders[0]": 49, "orders[1]": 39, "payments[0]": 7 };
const ends = { "orders[0]": 50, "orders[1]": 40, "payments[0]": 8 };
const moved = ledger(entry(1, "producers", at(ends)));
const wentOver = ledger(entry(1, "producers", at(ends)), entry(2, "consumers", placed({ "orders[0]": 48 })));
const away = { error: "the source cannot be reached" };

const wanted = (value: string, replicas = 3) => ({
  kind: "topics-as-locked" as const,
  wanted: [{ replicationFactor: replicas, config: { "retention.ms": value }, topics: { orders: 1 } }],
  defaults: {},
});
const existing = (topics: Readonly<Record<string, string>>, value = "1") => ({
  targetTopics: {
    value: {
      topics: new Map(
        Object.entries(topics).map(([name, id]) => [
          name,
          { id, partitions: 1, replicas: [3], configs: new Map([["retention.ms", { value, from: "topic" as const }]]) },
        ]),
      ),
      problems: new Map<string, string>(),
    },
  },
});
/** The target's brokers keep records for less long than the source's. */
const shortOnBrokers = (
  advised: (condition: { wanted: { config: Record<string, string> }[] }, brokers: { value: string }) => unknown,
): Promise<Row> => {
  const condition = {
    kind: "target-defaults" as const,
    wanted: [{ replicationFactor: 3, config: {} as Record<string, string>, topics: { orders: 1 } }],
    defaults: { "retention.ms": "9" },
  };
  const brokers = { value: "5", from: "broker" as const };
  const topic = { id: "a", partitions: 1, replicas: [3], configs: new Map([["retention.ms", brokers]]) };
  const targetTopics = { value: { topics: new Map([["orders", topic]]), problems: new Map<string, string>() } };
  return Promise.resolve({
    condition,
    scope: words.scope,
    measure: () => Promise.resolve(judge(condition, { scope: words.scope, takenAt: now, targetTopics })),
    advised: () => advised(condition, brokers),
  });
};
const marks = (ids: Readonly<Record<string, string>>) => ({ marks: { value: new Map(Object.entries(ids)) } });
const only = { scope: { ...words.scope, topics: ["orders"] } };

const rights = (lines: readonly string[], clusterId: string): { value: SideRights } => ({
  value: { clusterId, acls: lines.map(lockedAcl), superUsers: [], openByDefault: false, authorizer: true },
});
const asOnSource = (leftAlone: readonly string[]) => ({
  ...{ kind: "rights-as-on-source" as const, principals: [{ principal: "User:a", users: ["a"] }], leftAlone },
  ...{ staying: {}, granted: [], applications: {} },
});
const mine = "User:a Allow Read Topic orders";

const byHand: WorkloadRef = {
  ...{ kind: "Deployment", name: "by-hand", role: "consumer", groups: ["g"], positions: "group" },
  kubernetes: words.scope.ledger.kubernetes,
};
const keeps: WorkloadRef = { ...byHand, positions: "own" };
const applied = { by: "ada", at: new Date(now).toISOString(), words: "loaded into Flink's savepoint" };

const externals = [
  { name: "billing-vm", role: "consumer" as const, groups: ["g"], topics: [] },
  { name: "shop-vm", role: "producer" as const, groups: [], topics: ["orders"] },
];
const reads = groups("targetGroups", { "orders[0]": 31, "orders[1]": 40 });
const gone = groups("sourceGroups", ends, { state: "Empty", members: [] });
const active = { kind: "groups-active" as const, externals: true as const };
const outside = { scope: { ...words.scope, externals } };
const earlier = { ...both(full), ...groups("targetGroups", { "orders[0]": 30, "orders[1]": 40 }) };
const writer = (more: { readonly writesRarely?: true }) => ({
  scope: { ...words.scope, workloads: [{ ...words.writerRef("shop", { topics: ["orders"] }), ...more }] },
});
const grown = target({ ...full, "orders[0]": [0, 51, 51] });

/** Schemas in memory; what is advised is done on the registries themselves. */
async function schemas(
  kind: "registry-imports" | "schemas-equal",
  make: (made: ReturnType<typeof registries>) => unknown,
  advised: (made: ReturnType<typeof registries>) => unknown,
  rows: object = ledger(),
): Promise<Row> {
  const made = registries(shop());
  const probe: { probed: string | null } = { probed: null };
  const condition: Condition = kind === "schemas-equal" ? { kind, lastPass: false } : { kind };
  await make(Object.assign(made, { probe }));
  return {
    condition,
    scope: words.scope,
    measure: async () => {
      const value = { ...(await readBoth(made.rest)), switching: false, ...probe };
      const name = kind === "schemas-equal" ? "registries" : "importing";
      return judge(condition, { scope: words.scope, takenAt: now, [name]: { value }, ...rows });
    },
    advised: () => advised(made),
  };
}
type Made = ReturnType<typeof registries> & { probe?: { probed: string | null } };

/** A sink whose plugin the target's Connect does not have. */
async function unfit(): Promise<Row> {
  const world = new MoveWorld();
  await world.start("consumer");
  world.source.add("orders-sink", { "connector.class": "org.example.FileSinkConnector", topics: "orders" });
  const { plugins } = world.target;
  world.target.plugins = [];
  const scope: Scope = { ...world.scope, workloads: [world.connector] };
  const condition: Condition = { kind: "connectors-valid", roles: ["consumer"] };
  const patience = { requestMilliseconds: 20_000, deadlineMilliseconds: 20_000 };
  return {
    condition,
    scope,
    measure: async () => {
      const connectors = { value: await readConnectors(scope, [world.connector], patience, world.journal) };
      const ids = { sourceId: { value: "source-id" }, targetId: { value: "target-id" } };
      return judge(condition, { scope, takenAt: 0, ...ids, connectors });
    },
    advised: () => (world.target.plugins = plugins),
    done: () => world.stop(),
  };
}

const attested = (hours: number) => ({ by: "ada", at: pega.ago(hours), words: "seen in Admin Studio" });
const drained = { history: pega.history(["running"], ["drained"]) };
const external = { history: pega.history(["drained"], ["external"]) };
const tiers = (...list: ReturnType<typeof pega.tier>[]) => ({ tiers: { tiers: list, unread: [] } });
const queues = (...numbers: number[]) => ({ queues: numbers.map((records, n) => ({ name: `q${n}`, records })) });
const probe = { url: "http://queues.example/", counts: "$.n" };
const growth = (end: number) => ({ growth: words.logs("T", { "pega-a[0]": [0, end, end] }) });
const fit = (brokers: number) => ({
  fit: {
    brokers: Array.from({ length: brokers }, (_, id) => ({
      id,
      config: {
        "message.max.bytes": "5000000",
        "unclean.leader.election.enable": "false",
        "auto.create.topics.enable": "false",
      },
    })),
    level: 8,
    kafka: "3.4",
  },
});
const flow = (last: string) => ({
  ...{ kind: "flows-at-end" as const, convention: "next" as const },
  flows: [{ name: "Billing", topic: "orders", lastIds: { "0": last } }],
});
const flows = {
  ...drained,
  flows: { logs: words.logs("S", { "orders[0]": [0, 11, 11] }), left: counts({ "orders[0] 10..11": 1 }).counts.value },
};
const volumes = {
  volumes: { volumes: [{ name: "pega-stream-pega-stream-0", terminating: false, usedBy: [] }], sets: [] },
};
const decoding = { records: 1, decoded: 1, reread: 0, ids: 1, plain: [], empty: [], failures: [], notes: [] };
const inventory = (partitions: number) => {
  const reading = (count: number) => ({
    ...{ clusterId: "S", groups: [] },
    topics: ["orders", "payments"].map((name) => ({ name, partitions: count, configs: {}, replicationFactor: 3 })),
  });
  return {
    inventory: { value: { path: "inventory/shop.json", recorded: reading(partitions), now: reading(4), unread: [] } },
  };
};

/** What is wrong with the target's brokers, and how they are afterwards. */
function targetCarries(before: SideWords, after: SideWords, brokers?: number): Row {
  const condition: Condition = { kind: "target-healthy", maxDiskPercent: 85, ...(brokers && { brokers }) };
  return on(condition, { targetLoad: sideLoad(before), sourceId: { value: "S" } }, { targetLoad: sideLoad(after) });
}

const opened = (begun: boolean) => ({
  value: [{ topics: ["orders", "payments"], wayBack: { entry: 1, begun, topics: {}, from: new Map() } }],
});
const backAt = (offset: number) => ({
  returned: {
    value: [
      {
        connector: ["shop-reverse", words.running],
        copied: new Map(Object.entries({ ...done, "orders[0]": offset }).map(([name, at]) => [name, BigInt(at)])),
      },
    ],
  },
});
const since = (foreign: number) => ({
  value: {
    foreign: new Map(foreign > 0 ? [["orders[0]", { records: foreign, from: 47n, to: 50n }]] : []),
    ...{ lacking: new Map<string, number>(), equal: ["orders[1]"], copied: 5, undecided: [], left: [] },
  },
});
const takesBack = { kind: "source-takes-back", granted: false, soakHours: 24, shorter: {} } as const;

/** A source topic with room for 8 GiB that takes `size` of them for 6 hours of records, and then has room for `raised`. */
function byBytes(size: number | null, raised: number): Row {
  const gib = 1024 ** 3;
  let condition: Condition = { ...takesBack, soakHours: 8, limited: { orders: 8 * gib } };
  const head = { offset: 0n, timestamp: BigInt(now - 6 * 3_600_000), producer: null };
  const load: SideWords = {
    ...{ clusterId: "S", topics: { orders: [[1, [1], [1], size ?? 0]] } },
    ...(size === null && { unread: "not authorized" }),
  };
  const parts = {
    ...both({ "orders[0]": [0, 50, 50] }),
    ...{ unwritable: { value: [] }, sourceLoad: sideLoad(load) },
    ...counts({ "orders[0] 0..50": 50 }, { first: head, last: head }),
  };
  return {
    condition,
    scope: words.scope,
    measure: () => judge(condition, snapshot(parts)),
    advised: () => {
      condition = raised < 0 ? takesBack : { ...takesBack, soakHours: 8, limited: { orders: raised * gib } };
    },
  };
}

/** Sets `wayBack` to none where a row before the gate's is reached: the table without a way back has no such gate. */
function withoutWayBack(
  parts: Parts,
  shorter: Readonly<Record<string, number>>,
  more: { readonly refused?: Readonly<Record<string, readonly string[]>> } = {},
): Row {
  let asked = true;
  const condition = { ...takesBack, shorter, ...more };
  return {
    condition,
    scope: words.scope,
    measure: () => (asked ? judge(condition, snapshot(parts)) : { open: true, sentence: "not asked" }),
    advised: () => {
      const mirrored = rowsOf({ table: "producers-first-way-back", workloads: [] });
      for (const [at, { opensWhen }] of mirrored.entries()) {
        if (!opensWhen.some((kind) => kind === condition.kind)) continue;
        const reached = { strategy: "producers-first-way-back", row: mirrored[at - 1]!.name };
        assert.equal(refuseChange(reached, { table: "producers-first", workloads: [] }), null);
      }
      asked = rowsOf({ table: "producers-first", workloads: [] }).some(({ opensWhen }) =>
        opensWhen.some((kind) => kind === condition.kind),
      );
    },
  };
}

type OwnOf<File> = File extends { readonly causes?: readonly (infer Own)[] } ? Own : never;
type OwnCause = OwnOf<(typeof gates)[keyof typeof gates]> | OwnOf<(typeof pegaGates)[keyof typeof pegaGates]>;
type AnyCause = Cause | OwnCause;

const own = [...Object.values(gates), ...Object.values(pegaGates)].flatMap(
  ({ causes = [] }): readonly OwnCause[] => causes,
);
const causes: readonly AnyCause[] = [...shared, ...own];

/** For each cause what closes a gate, and what is advised: a new cause has no row, and this does not compile. */
const rows: Readonly<Record<AnyCause, readonly (() => Row | Promise<Row>)[]>> = {
  "way-back-not-open": [
    () =>
      on(
        { kind: "way-back-within", maxLag: 0 },
        { ...target(full), ...moved, ...backAt(49), wayBack: opened(false) },
        { wayBack: opened(true) },
      ),
  ],
  "source-not-writable": [
    () => on(takesBack, { ...both(full), unwritable: { value: ["orders"] } }, { unwritable: { value: [] } }),
    () => withoutWayBack({ ...both(full), unwritable: { value: ["orders"] } }, {}),
  ],
  "source-would-refuse": [
    () => {
      const parts = snapshot({ ...both(full), unwritable: { value: [] } });
      let condition: Condition = { ...takesBack, refused: { "message.timestamp.difference.max.ms=60000": ["orders"] } };
      return {
        condition,
        scope: words.scope,
        measure: () => judge(condition, parts),
        advised: () => (condition = takesBack),
      };
    },
    () => {
      const refused = { "message.format.version=0.10.2": ["orders"] };
      return withoutWayBack({ ...both(full), unwritable: { value: [] } }, {}, { refused });
    },
  ],
  "retention-short": [
    () => {
      let condition: Condition = { ...takesBack, shorter: { orders: 2 } };
      const parts = snapshot({ ...both(full), unwritable: { value: [] } });
      return {
        condition,
        scope: words.scope,
        measure: () => judge(condition, parts),
        // Raised on the source, or the hours lowered.
        advised: () => (condition = takesBack),
      };
    },
    () => withoutWayBack({ ...both(full), unwritable: { value: [] } }, { orders: 2 }),
    // By bytes: what came within six hours fills it.
    () => byBytes(8, 16),
    () => byBytes(8, -1),
    // Its brokers do not say how much of it is taken.
    () => byBytes(null, -1),
  ],
  "not-measured": [
    () => on({ kind: "soaked", hours: 1 }, { ledger: away }, wentOver),
    () => on({ kind: "mirror-drained" }, { ...both(full), mirror: away }, mirror(done)),
  ],
  "not-counted": [
    () =>
      on(
        { kind: "mirror-drained" },
        {
          ...both(full),
          ...mirror({ ...done, "orders[0]": 9 }),
          ...counts({}, {}, { "orders[0] 10..50": "no answer" }),
        },
        counts({ "orders[0] 10..50": 0 }),
      ),
  ],
  "nothing-measured": [
    () => on({ kind: "mirror-drained" }, { ...both({}), ...mirror({}) }, { ...both(full), ...mirror(done) }),
  ],
  "one-reading": [
    () => {
      const condition: Condition = { kind: "groups-active" };
      let before: Parts[] = [];
      return {
        condition,
        scope: words.scope,
        measure: () =>
          judge(
            condition,
            snapshot({ ...both(full), ...reads }),
            before.map((parts) => snapshot(parts, now - 4000)),
          ),
        advised: () => (before = [earlier]),
      };
    },
    () => {
      const condition: PegaCondition = { kind: "stream-in-use" };
      let before: ReturnType<typeof pega.snapshot>[] = [];
      return {
        condition,
        scope: pega.scope,
        measure: () => judge(condition, pega.snapshot(growth(5)), before),
        advised: () => (before = [pega.snapshot(growth(4), pega.scope, now - 4000)]),
      };
    },
  ],
  "one-cluster": [
    () =>
      on(
        { kind: "mirror-drained" },
        { ...source(full), target: { value: words.logs("S", full) }, ...mirror(done) },
        target(full),
      ),
  ],
  "topic-missing": [
    () =>
      on(
        takesBack,
        { ...both(full), ...source({ "orders[0]": [0, 50, 50] }), unwritable: { value: [] } },
        source(full),
      ),
    () =>
      on(
        { kind: "mirror-drained" },
        { ...source(full), ...target({ "orders[0]": [0, 50, 50], "orders[1]": [0, 40, 40] }), ...mirror(done) },
        target(full),
      ),
    () =>
      on(
        { kind: "source-still-at-ledger" },
        {
          ...source({}, [{ kind: "missing", topic: "payments", sentence: "topic payments does not exist" }]),
          ...moved,
        },
        { ...source({ "orders[0]": [0, 50, 50], "orders[1]": [0, 40, 40] }), ...only },
      ),
  ],
  "recreated-on-source": [
    () =>
      inWorld(
        { kind: "mirror-within", maxLag: 0 },
        running,
        (world) => world.recreate("source", "orders"),
        (world) => {
          // Emptied on the target, its positions reset, and named.
          for (const name of ["orders[0]", "orders[1]"]) {
            world.logs.target.set(name, []);
            world.copied.delete(name);
          }
          for (const name of ["foo-producer", "orders-producer"]) world.workloads.get(name)!.replicas = 0;
          world.pass(3000);
          return { recreated: [{ topic: "orders", id: world.topicIds.source.get("orders")! }] };
        },
      ),
  ],
  "recreated-on-target": [
    () => on(wanted("1"), { ...existing({ orders: "new" }), ...marks({ orders: "old" }) }, marks({ orders: "new" })),
    () =>
      on(
        { kind: "target-empty-or-ours" },
        { ...target({ "orders[0]": [0, 5, 5] }), ...existing({ orders: "new" }), ...marks({ orders: "old" }), ...only },
        marks({ orders: "new" }),
      ),
  ],
  "target-topic-missing": [
    () => on(wanted("1"), existing({}), existing({ orders: "a" })),
    () =>
      on(
        { kind: "target-empty-or-ours" },
        { ...target({}), ...existing({}), ...only },
        {
          ...target({ "orders[0]": [0, 0, 0] }),
          ...existing({ orders: "a" }),
        },
      ),
  ],
  "target-holds-records": [
    () =>
      on(
        { kind: "target-empty" },
        { ...target({ "orders[0]": [0, 5, 5] }), ...ledger(), ...counts({ "orders[0] 0..5": 5 }) },
        target({ "orders[0]": [5, 5, 5] }),
      ),
  ],
  "target-records-foreign": [
    () =>
      on(
        { kind: "target-empty-or-ours" },
        { ...target({ "orders[0]": [0, 5, 5] }), ...existing({ orders: "a" }), ...only },
        // Adopted, and marked by the update of the phase before.
        marks({ orders: "a" }),
      ),
  ],
  "topic-differs": [
    () => on(wanted("1"), existing({ orders: "a" }, "2"), existing({ orders: "a" }, "1")),
    () => shortOnBrokers((condition) => (condition.wanted[0]!.config = { "retention.ms": "9" })),
    () => shortOnBrokers((_condition, brokers) => (brokers.value = "9")),
  ],
  "inventory-differs": [
    () =>
      on(
        { kind: "inventory-current", inventory: { path: "i", sha256: "x" } },
        { ...inventory(3), ...ledger() },
        inventory(4),
      ),
  ],
  "broker-away": [() => targetCarries({ brokers: 2 }, { brokers: 3 }, 3)],
  "partition-offline": [
    () => targetCarries({ topics: { orders: [[-1, [1, 2], []]] } }, { topics: { orders: [[1, [1, 2], [1, 2]]] } }),
  ],
  "under-replicated": [
    () => targetCarries({ topics: { orders: [[1, [1, 2], [1]]] } }, { topics: { orders: [[1, [1, 2]]] } }),
  ],
  "disk-full": [() => targetCarries({ disk: [100, 5] }, { disk: [200, 105] })],
  "target-too-small": [
    () => {
      const orders = { orders: [[1, [1, 2, 3], [1, 2, 3], 20]] } as const;
      const condition: Condition = { kind: "target-capacity", maxDiskPercent: 85, objects: {}, given: {} };
      return on(
        condition,
        {
          ...{ sourceLoad: sideLoad({ clusterId: "S", topics: orders }), machines: { value: {} } },
          targetLoad: sideLoad({ disk: [20, 20] }),
        },
        { targetLoad: sideLoad({ disk: [30, 30] }) },
      );
    },
  ],
  "no-switch-recorded": [
    () => on({ kind: "soaked", hours: 1 }, ledger(), wentOver),
    () => on({ kind: "source-still-at-ledger" }, { ...source(full), ...ledger() }, moved),
  ],
  "other-source-cluster": [
    () =>
      on(
        { kind: "source-still-at-ledger" },
        { source: { value: words.logs("another", full) }, ...moved },
        source(full),
      ),
  ],
  "source-shorter": [
    () => {
      const lost = { value: { ...since(0).value, lacking: new Map([["orders[0]", 3]]) } };
      const ignored = { value: { ...since(0).value, left: ["orders[0]"] } };
      const begun = { ...moved, wayBack: opened(true) };
      return on({ kind: "source-as-copied" }, { ...begun, copiedSince: lost }, { copiedSince: ignored });
    },
    () =>
      inWorld(
        { kind: "source-still-at-ledger" },
        producersMoved,
        // Records were cut off; the topic is still the one it was.
        (world) => world.logs.source.set("orders[0]", []),
        () => ({ topics: ["foo", "empty"], groups: [worlds.groups[0]!] }),
      ),
  ],
  "gone-from-source": [
    () =>
      inWorld(
        { kind: "source-still-at-ledger" },
        producersMoved,
        (world) => world.logs.source.delete("orders[1]"),
        () => ({ topics: ["foo", "empty"], groups: [worlds.groups[0]!] }),
      ),
  ],
  "newest-differ": [
    () =>
      on(
        { kind: "newest-equal", records: 20 },
        {
          newest: newest({
            differing: [{ name: "orders[0]", from: "source", kind: "missing", original: 7n, copy: null }],
          }),
        },
        { newest: newest({}) },
      ),
  ],
  "not-compared": [
    () =>
      on(
        { kind: "newest-equal", records: 20 },
        { newest: newest({ undecided: ["orders[1]"] }) },
        { newest: newest({}) },
      ),
  ],
  "source-grew": [
    () =>
      on(
        { kind: "source-as-copied" },
        { ...moved, wayBack: opened(true), copiedSince: since(2) },
        { copiedSince: since(0) },
      ),
    () =>
      inWorld(
        { kind: "source-still-at-ledger" },
        producersMoved,
        (world) => write(world, "orders[1]", "data", "marker"),
        (world) => ({ stragglers: acceptAll(world) }),
      ),
    () =>
      inWorld(
        { kind: "groups-drained" },
        producersMoved,
        (world) => write(world, "orders[1]", "data", "marker"),
        (world) => {
          world.pass(1000);
          return { stragglers: acceptAll(world) };
        },
      ),
  ],
  "straggler-past-end": [
    async () => {
      const world = await producersMoved();
      const [topic, partition, end] = ["foo", 0, world.logs.source.get("foo[0]")!.length] as const;
      const condition: Condition = { kind: "source-still-at-ledger" };
      let to = end + 5;
      const scope = () => ({ ...worlds, stragglers: [{ topic, partition, to: String(to) }] });
      return {
        condition,
        scope: worlds,
        measure: () => verdictOn(world, condition, scope()),
        advised: () => (to = end),
      };
    },
  ],
  "too-soon": [
    () => {
      const condition: Condition = { kind: "soaked", hours: 2 };
      let time = Date.parse("2026-11-21T10:00:00Z");
      return {
        condition,
        scope: words.scope,
        measure: () => judge(condition, snapshot(wentOver, time)),
        advised: () => (time += 2 * 3_600_000),
      };
    },
    () =>
      onPega({ kind: "soaked", hours: 24 }, external, {
        history: pega.history(["drained", "superseded", 30], ["external", "deployed", 25]),
      }),
  ],
  "source-unconfirmed": [
    () => {
      let clusterId = "";
      const condition = (): Condition => ({ kind: "source-confirmed", clusterId });
      return {
        condition: condition(),
        scope: words.scope,
        measure: () => judge(condition(), snapshot({ sourceId: { value: "S" } })),
        advised: () => (clusterId = "S"),
      };
    },
  ],
  "source-not-retired": [() => on(unused, { ...moved, ...retired({ byUs: false }) }, retired({}))],
  "source-started-again": [() => on(unused, { ...moved, ...retired({ state: "running" }) }, retired({}))],
  "source-still-used": [
    () => on(unused, { ...moved, ...retired({ dependents: ["ConnectCluster demo/other"] }) }, retired({})),
    () =>
      on(
        unused,
        { ...moved, ...retired({ dependents: ["SchemaRegistry demo/schemas"] }) },
        retired({ state: "absent" }),
      ),
    () =>
      on(
        { kind: "source-unused", closes: false },
        { ...source(full), ...moved, ...groups("sourceGroups", done) },
        groups("sourceGroups", done, { state: "Empty", members: [] }),
      ),
  ],
  "way-back-open": [
    () => {
      const [entry] = moved.ledger.value;
      const closing = { ...entry!, number: 2, closing: true as const };
      return on({ ...unused, closes: true }, { ...moved, ...retired({}) }, { ledger: { value: [entry, closing] } });
    },
  ],
  "mirror-not-running": [
    () =>
      on(
        { kind: "mirror-within", maxLag: 0 },
        { ...both(full), ...mirror(done, words.state("RUNNING", "FAILED")), ...ledger() },
        mirror(done),
      ),
  ],
  "no-connector": [
    () =>
      on(
        { kind: "mirror-drained" },
        { ...both(full), mirror: { value: { ...mirror(done).mirror.value, connectors: new Map() } } },
        mirror(done),
      ),
  ],
  "copied-twice": [
    () =>
      on(
        { kind: "mirror-within", maxLag: 0 },
        { ...both(full), ...mirror(done), ...ledger(), unpositioned: { value: ["orders[0]"] } },
        { unpositioned: { value: [] } },
      ),
  ],
  overtaken: [
    () =>
      inWorld(
        { kind: "mirror-within", maxLag: 0 },
        async () => {
          const world = new World();
          for (const name of ["foo-producer", "orders-producer"]) world.workloads.get(name)!.replicas = 0;
          world.pass(3000);
          return world;
        },
        (world) => {
          write(world, "orders[0]", "marker", "marker");
          world.expire("source", "orders[0]", world.logs.source.get("orders[0]")!.length);
        },
        (world) => {
          const to = String(world.start("source", "orders[0]"));
          return { mirror: { ...worlds.mirror!, gaps: [{ topic: "orders", partition: 0, to }] } };
        },
      ),
  ],
  "left-to-mirror": [
    () =>
      on(
        { kind: "way-back-within", maxLag: 0 },
        {
          ...{ ...target(full), ...moved, ...backAt(46), wayBack: opened(true) },
          ...counts({ "orders[0] 47..50": 3 }),
        },
        backAt(49),
      ),
    // Before the switch of producers: the phase before resumes a mirror that somebody has stopped.
    () =>
      inWorld(
        { kind: "mirror-within", maxLag: 5 },
        running,
        (world) => {
          world.connectors.set("guide-source-all", "STOPPED");
          world.pass(20_000);
        },
        async (world) => {
          await world.effects().connect.resume("guide-source-all");
          world.pass(2000);
        },
      ),
    // After it nothing resumes the mirror: what is left came later.
    () =>
      inWorld(
        { kind: "mirror-drained" },
        producersMoved,
        (world) => write(world, "orders[1]", "data"),
        (world) => ({ stragglers: acceptAll(world) }),
      ),
  ],
  "held-back": [
    () =>
      inWorld(
        { kind: "mirror-drained" },
        producersMoved,
        (world) => write(world, "orders[1]", "open"),
        (world) => {
          world.logs.source.get("orders[1]")!.splice(-1, 1, "data", "marker");
          return { stragglers: acceptAll(world) };
        },
      ),
  ],
  "past-the-end": [
    () =>
      on(
        { kind: "mirror-drained" },
        { ...both(full), ...mirror({ ...done, "orders[0]": 55 }) },
        both({ ...full, "orders[0]": [0, 56, 56] }),
      ),
  ],
  "source-grows": [
    () => {
      const condition: Condition = { kind: "mirror-drained" };
      let before: words.Offsets = { ...full, "orders[0]": [0, 40, 40] };
      const parts = (offsets: words.Offsets) => ({ ...both(offsets), ...mirror(done), ...ledger() });
      return {
        condition,
        scope: words.scope,
        measure: () => judge(condition, snapshot(parts(full)), [snapshot(parts(before), now - 4000)]),
        advised: () => (before = { ...full, "orders[0]": [0, 50, 50] }),
      };
    },
  ],
  "tombstones-at-risk": [
    () => {
      const hour = 3_600_000;
      let kept = hour;
      const condition = () => ({ kind: "mirror-within" as const, maxLag: 5, deletionsKept: { orders: kept } });
      const first = { offset: 48n, timestamp: BigInt(now - 2 * hour), producer: null };
      const parts = {
        ...both(full),
        ...mirror({ ...done, "orders[0]": 47 }),
        ...ledger(),
        ...counts({ "orders[0] 48..50": 2 }, { first, last: first }),
      };
      return {
        condition: condition(),
        scope: words.scope,
        measure: () => judge(condition(), snapshot(parts)),
        advised: () => (kept = 3 * hour),
      };
    },
  ],
  "group-pending": [
    () =>
      on(
        { kind: "offsets-placed" },
        { ...groups("targetGroups", {}, {}, "a transaction is not decided yet", true), ...wentOver },
        groups("targetGroups", { "orders[0]": 48 }),
      ),
  ],
  "group-behind": [
    () =>
      inWorld(
        { kind: "groups-drained" },
        async () => {
          const world = await producersMoved();
          world.committed.source.get("orders-consumer")!.set("orders[0]", 3n);
          return world;
        },
        () => undefined,
        (world) => world.pass(1000),
      ),
  ],
  "not-placeable": [
    () =>
      inWorld(
        { kind: "groups-placeable" },
        running,
        (world) => {
          world.proof = () => ({
            kind: "refused",
            reason: "the mirror holds a record twice",
            translated: 3n,
            repeats: 2,
          });
        },
        () => ({ groups: worlds.groups.map((group) => ({ ...group, allowRedelivery: true })) }),
      ),
  ],
  "group-not-placed": [
    () =>
      on(
        { kind: "offsets-placed" },
        {
          ...groups("targetGroups", { "orders[0]": 48 }),
          ...wentOver,
          scope: { ...words.scope, groups: [...words.scope.groups, { name: "late", topics: ["orders"] }] },
        },
        { scope: words.scope },
      ),
  ],
  "offset-missing": [
    () =>
      inWorld(
        { kind: "offsets-placed" },
        bothMoved,
        (world) => world.committed.target.get("foo-consumer")!.delete("empty[0]"),
        (world) => {
          const { placed } = world.entries.at(-1)!.groups.find(({ topic }) => topic === "empty")!;
          world.committed.target.get("foo-consumer")!.set("empty[0]", BigInt(placed));
        },
      ),
  ],
  "offset-before-placed": [
    () =>
      inWorld(
        { kind: "offsets-placed" },
        bothMoved,
        (world) => world.committed.target.get("orders-consumer")!.set("orders[0]", 0n),
        // They read past it.
        (world) => world.pass(1000),
      ),
  ],
  "no-members": [
    () =>
      on(
        { kind: "groups-active" },
        { ...both(full), ...groups("targetGroups", { "orders[0]": 31 }, { state: "Empty", members: [] }) },
        reads,
        earlier,
      ),
  ],
  "positions-unsaid": [
    () =>
      on(
        { kind: "groups-drained" },
        {
          ...{ ...source(full), ...moved },
          ...groups("sourceGroups", ends, { state: "Empty", members: [], simple: true }),
        },
        { scope: { ...words.scope, workloads: [byHand] } },
      ),
  ],
  "positions-unapplied": [
    () =>
      on(
        { kind: "groups-active", own: true },
        {
          ...{ ...both(full), ...wentOver, ...groups("targetGroups", done, { state: "Empty", members: [] }) },
          scope: { ...words.scope, workloads: [keeps] },
        },
        { scope: { ...words.scope, workloads: [{ ...keeps, positionsApplied: applied }] } },
        { ...earlier, ...wentOver },
      ),
  ],
  "partition-not-its-own": [
    () =>
      on(
        { kind: "groups-drained" },
        {
          ...{ ...source(full), ...moved, ...groups("sourceGroups", ends) },
          scope: { ...words.scope, groups: [{ ...words.scope.groups[0]!, partitions: { orders: [0] } }] },
        },
        groups("sourceGroups", { "orders[0]": 50, "payments[0]": 8 }),
      ),
  ],
  "group-rebalances": [
    () =>
      on(
        { kind: "groups-active" },
        { ...both(full), ...groups("targetGroups", { "orders[0]": 31 }, { state: "PreparingRebalance" }) },
        reads,
        earlier,
      ),
  ],
  "group-stuck": [
    () =>
      on(
        { kind: "groups-active" },
        {
          ...both(full),
          ...groups("targetGroups", { "orders[0]": 30, "orders[1]": 40 }),
          ...counts({ "orders[0] 30..50": 20 }),
        },
        reads,
        earlier,
      ),
  ],
  "external-consumer-absent": [
    () =>
      on(
        active,
        {
          ...grown,
          ...groups("targetGroups", ends, { state: "Empty", members: [] }),
          ...gone,
          ...wentOver,
          ...outside,
        },
        reads,
        { ...earlier, ...gone, ...wentOver },
      ),
  ],
  "external-consumer-stays": [
    () =>
      on(active, { ...grown, ...reads, ...groups("sourceGroups", ends), ...wentOver, ...outside }, gone, {
        ...earlier,
        ...gone,
        ...wentOver,
      }),
  ],
  "external-producer-stays": [
    () =>
      on(active, { ...target(full), ...reads, ...gone, ...wentOver, ...outside }, grown, {
        ...earlier,
        ...gone,
        ...wentOver,
      }),
  ],
  "producer-silent": [
    () => on({ kind: "producers-active" }, { ...target(full), ...moved, ...writer({}) }, grown),
    () =>
      on({ kind: "producers-active" }, { ...target(full), ...moved, ...writer({}) }, writer({ writesRarely: true })),
  ],
  "principal-unknown": [
    () => {
      let ignored: string[] = [];
      const parts = {
        sourceRights: rights([mine, "User:new Allow Read Topic orders"], "S"),
        targetRights: rights([mine], "T"),
      };
      return {
        condition: asOnSource([]),
        scope: words.scope,
        measure: () => judge(asOnSource(ignored), snapshot(parts)),
        advised: () => (ignored = ["User:new"]),
      };
    },
  ],
  "right-lost": [
    () =>
      on(
        asOnSource([]),
        { sourceRights: rights([mine], "S"), targetRights: rights([], "T") },
        { targetRights: rights([mine], "T") },
      ),
    () =>
      on(
        { ...asOnSource([]), kind: "source-rights-kept" },
        { sourceRights: rights([], "S"), targetRights: rights([mine], "T") },
        { sourceRights: rights([mine], "S") },
      ),
  ],
  "user-refused": [
    () =>
      on(
        {
          kind: "users-log-in",
          users: [{ name: "a", mechanism: "PLAIN", credentials: { kubernetes: words.kubernetes, name: "a" } }],
          applications: {},
        },
        { logins: { value: new Map([["a", "the credentials are refused"]]) } },
        { logins: { value: new Map([["a", null]]) } },
      ),
  ],
  "path-untried": [() => path(undefined, pathFound({}))],
  "path-broken": [() => path(pathFound({ problems: [{ problem: "connect ETIMEDOUT" }] }), pathFound({}))],
  "path-slow": [
    () =>
      path(
        pathFound({ slowest: { address: "k:9092", milliseconds: 30 } }),
        pathFound({ slowest: { address: "k:9092", milliseconds: 2 } }),
      ),
  ],
  "connector-unfit": [unfit],
  "registry-taken": [
    () =>
      schemas(
        "registry-imports",
        ({ target: registry }) => registry.produce("theirs", '"double"'),
        ({ target: registry }) => {
          registry.remove("theirs", 1);
          registry.state.apply({ kind: "purge", subject: "theirs", version: 1 });
        },
      ),
  ],
  "registry-cannot-import": [
    () =>
      schemas(
        "registry-imports",
        (made: Made) => (made.probe!.probed = "it refuses the mode IMPORT (405)"),
        (made: Made) => (made.probe!.probed = null),
      ),
  ],
  "schemas-unordered": [
    () =>
      schemas(
        "registry-imports",
        ({ source: registry }) => registry.state.apply({ kind: "purge", subject: "money", version: 1 }),
        ({ source: registry }) => {
          // What refers to it is of no use to anybody any more.
          const uses = [
            ["orders-value", 1],
            ["orders-value", 2],
            ["orders-value", 3],
            ["price", 1],
          ] as const;
          for (const [subject, version] of uses) registry.state.apply({ kind: "purge", subject, version });
        },
      ),
  ],
  "schemas-differ": [
    () =>
      schemas(
        "schemas-equal",
        async ({ rest, source: registry }) => {
          await copySchemas(rest, () => undefined);
          registry.produce("new", '"double"');
        },
        // What the update of the phase before does.
        ({ rest }) => copySchemas(rest, () => undefined),
      ),
  ],
  "schemas-lacking-since-move": [
    () =>
      schemas(
        "schemas-equal",
        async ({ rest, source: registry, target: other }) => {
          await copySchemas(rest, () => undefined);
          other.put("mode", "", { mode: "READWRITE" });
          registry.produce("late", '"double"');
        },
        ({ source: registry }) => {
          registry.remove("late", 1);
          registry.state.apply({ kind: "purge", subject: "late", version: 1 });
        },
        moved,
      ),
  ],
  "record-undecodable": [
    () =>
      on(
        { kind: "records-decode", sampleRecords: 1 },
        { decoding: { value: { ...decoding, failures: ["orders[0] offset 3: no schema with id 9"] } } },
        { decoding: { value: decoding } },
      ),
  ],
  "cluster-unfit": [() => onPega({ kind: "cluster-fit", production: true, replicationFactor: 3 }, fit(2), fit(3))],
  "names-taken": [
    () =>
      onPega(
        { kind: "names-free" },
        { ...drained, names: { topics: ["pega-orders"], groups: [], unread: [] } },
        { names: { topics: [], groups: [], unread: [] } },
      ),
  ],
  unattested: [
    () =>
      onPega(
        { kind: "producers-attested", tiers: ["util"] },
        drained,
        {},
        {
          ...{ kind: "producers-attested", tiers: ["util"], attested: attested(0.5) },
        },
      ),
    () =>
      onPega(
        { kind: "producers-resumed", tiers: ["util"] },
        external,
        {},
        {
          ...{ kind: "producers-resumed", tiers: ["util"], attested: attested(0.5) },
        },
      ),
    () => onPega({ kind: "queues-empty" }, drained, {}, { kind: "queues-empty", attested: attested(0.5) }),
    () =>
      onPega(
        { kind: "flows-at-end", convention: "next", flows: [] },
        drained,
        {},
        {
          ...{ kind: "flows-at-end", convention: "next", flows: [], attested: attested(0.5) },
        },
      ),
  ],
  "attestation-doubted": [
    () =>
      onPega(
        { kind: "producers-attested", tiers: ["util"], attested: attested(2) },
        drained,
        {},
        {
          ...{ kind: "producers-attested", tiers: ["util"], attested: attested(0.5) },
        },
      ),
  ],
  "not-drained": [
    () =>
      onPega(
        { kind: "producers-attested", tiers: ["util"], attested: attested(0.5) },
        { history: pega.history(["running"]) },
        drained,
      ),
  ],
  "flow-behind": [() => onPega(flow("10"), flows, {}, flow("11"))],
  "queue-waiting": [() => onPega({ kind: "queues-empty", probe }, { ...drained, ...queues(1) }, queues(0))],
  "no-queue": [() => onPega({ kind: "queues-empty", probe }, { ...drained, ...queues() }, queues(0))],
  "no-release": [
    () => onPega({ kind: "soaked", hours: 1 }, { history: [] }, { history: pega.history(["external", "deployed", 2]) }),
  ],
  "not-deployed": [
    () =>
      onPega(
        { kind: "soaked", hours: 1 },
        { history: pega.history(["external", "deployed", 90], ["external", "failed"]) },
        { history: pega.history(["external", "superseded", 90], ["external", "failed", 3], ["external"]) },
      ),
  ],
  "no-external-stream": [
    () => onPega({ kind: "producers-resumed", tiers: ["util"], attested: attested(0.5) }, drained, external),
    () => onPega({ kind: "soaked", hours: 1 }, drained, external),
  ],
  "volumes-misnamed": [
    () =>
      onPega(
        { kind: "volumes-named", names: [] },
        volumes,
        {},
        { kind: "volumes-named", names: ["pega-stream-pega-stream-0"] },
      ),
  ],
  "tier-runs": [
    () => onPega({ kind: "tiers-stopped" }, { ...drained, ...tiers(pega.tier("web", 2)) }, tiers(pega.tier("web", 0))),
  ],
  "tier-unready": [
    () =>
      onPega(
        { kind: "tiers-ready" },
        tiers(pega.tier("web", 1, { pods: [pega.pod("p", { ready: false, stuck: "ImagePullBackOff" })] })),
        tiers(pega.tier("web", 1)),
      ),
  ],
  "no-tier": [() => onPega({ kind: "tiers-ready" }, tiers(), tiers(pega.tier("web", 1)))],
  "no-topic": [
    () => onPega({ kind: "stream-in-use" }, { growth: words.logs("T", {}) }, growth(5), undefined, growth(4)),
  ],
  "no-readers": [
    () => onPega({ kind: "stream-read" }, pega.readers(), pega.readers(["pega-a", 1, 7])),
    () => onPega({ kind: "stream-read" }, pega.readers(["pega-a", 0, 7]), pega.readers(["pega-a", 1, 7])),
  ],
  "nothing-read": [
    () => onPega({ kind: "stream-read" }, pega.readers(["pega-a", 1, 0]), pega.readers(["pega-a", 1, 1])),
  ],
  "nothing-grows": [() => onPega({ kind: "stream-in-use" }, growth(5), growth(6), undefined, growth(5))],
};

/** How many ways a sentence names: `raise this, lower that, or set a third; then run pulumi up again`. */
const waysIn = (advice: string): number => advice.split(/,? or (?!later)/).length;

/** Gates and causes whose advice names more ways than are tried here, and what opens the gate whichever is taken. */
const sameReading: Readonly<Record<string, string>> = {
  "groups-active no-members": "members have joined; groups.idle is tried in idle.test.ts",
  "groups-drained partition-not-its-own": "no offset lies outside the partitions of the group",
  "groups-drained positions-unsaid": "the config says whose positions count, whichever",
  "groups-placeable not-placeable": "every group has a place, exact or accepted",
  "mirror-within copied-twice": "there is a position, or nothing that could be copied twice",
  "mirror-within overtaken": "the gap is accepted",
  "mirror-within recreated-on-source": "the new id is accepted, once nothing is missing",
  "names-free names-taken": "nothing has the names of the stream",
  "newest-equal newest-differ": "the newest records are the same, or their topic is none of the migration's",
  "newest-equal not-compared": "every partition is compared; a reading goes on where the one before ended",
  "offsets-placed offset-before-placed": "the group is at its place or past it",
  "offsets-placed offset-missing": "the group is at its place or past it",
  "paths-open path-slow": "a round trip takes at most what is allowed",
  "schemas-equal schemas-lacking-since-move": "the target lacks no version that the source has",
  "source-as-copied source-grew": "the records are accepted, once nobody undeclared writes",
  "source-as-copied source-shorter": "the topic is left out, whatever had happened to it",
  "source-rights-kept right-lost": "no right of the target is missing on the source",
  "target-capacity target-too-small": "the disks have room",
  "target-empty-or-ours recreated-on-target": "no topic is foreign: it is gone, or has our mark",
  "target-empty-or-ours target-records-foreign": "no topic is foreign: it is gone, or has our mark",
  "target-healthy disk-full": "the disk is not as full",
  "target-healthy under-replicated": "the replicas are in sync",
  "topics-as-locked recreated-on-target": "the new id is adopted, once nothing is missing",
};

describe("what a closed gate advises", () => {
  const rehearsed = new Set<string>();
  /** By gate and cause: how often its advice was followed, and among how many ways its sentence lets people choose. */
  const followed = new Map<string, { tries: number; ways: number }>();
  for (const cause of causes) {
    for (const [index, make] of rows[cause].entries()) {
      it(`opens it: ${cause}${index === 0 ? "" : ` (${index + 1})`}`, async () => {
        const { condition, scope, measure, advised, done } = await make();
        rehearsed.add(condition.kind);
        try {
          const closed = await measure();
          assert.ok(!closed.open, `${condition.kind} is open: ${closed.sentence}`);
          assert.equal(closed.cause, cause, closed.sentence);
          const advice = whatToDo(closed, condition, scope);
          assert.notEqual(advice, "");
          const { tries = 0, ways = 1 } = followed.get(`${condition.kind} ${cause}`) ?? {};
          const named = waysIn(advice);
          followed.set(`${condition.kind} ${cause}`, { tries: tries + 1, ways: Math.max(ways, named) });
          await advised();
          const after = await measure();
          assert.ok(after.open, `${condition.kind} stays closed: ${after.sentence}`);
        } finally {
          await done?.();
        }
      });
    }
  }

  it("is tried in each way that a sentence names, unless all of them come to the same reading", () => {
    const untried = [...followed].filter(([, { tries, ways }]) => tries < ways).map(([name]) => name);
    assert.deepEqual(untried.sort(), Object.keys(sameReading).sort());
  });

  it("is about limits of bytes where a topic or its brokers have one", () => {
    const { params } = gates["source-takes-back"];
    const topic = (name: string, configs: Record<string, string>) => ({ name, configs });
    const of = (defaults: object) =>
      params(
        {
          source: {},
          topics: ["orders", "users"],
          retire: { soakHours: 24 },
          inventory: {
            topics: [
              topic("orders", { "retention.bytes": "100" }),
              topic("users", { "cleanup.policy": "compact" }),
              topic("left-out", { "retention.bytes": "100" }),
            ],
            defaults,
          },
        } as unknown as Parameters<typeof params>[0],
        { backOpen: false, comingBack: () => ({ refused: {}, changed: {} }) } as unknown as Parameters<
          typeof params
        >[1],
      ).limited;
    assert.deepEqual(of({}), { orders: 100 });
    assert.deepEqual(of({ "retention.bytes": { value: "50", from: "broker" } }), { orders: 100 });
  });

  it("is not to set wayBack to none where a way back is open already, which is refused", () => {
    const config = stackConfig("dev", (input) => {
      setTable(input, { strategy: "waves" });
      setServices(input);
      input.wayBack = "mirrored";
    });
    const { workloads, waves } = config;
    const of = { table: "waves-way-back" as const, workloads, ...(waves && { waves }) };
    const table = rowsOf(of);
    const closing = table.filter(({ opensWhen }) => opensWhen.includes("source-takes-back"));
    const refusals = closing.map(({ name }) => {
      const reached = { strategy: of.table, row: table[table.findIndex((row) => row.name === name) - 1]!.name };
      const refused = refuseChange(reached, { ...of, table: "waves" }) !== null;
      const planned = { row: name, gate: "source-takes-back", sealed: false } as const;
      const { condition } = gateInputs(config, scopeOf(config), planned);
      const shut: Condition = {
        ...takesBack,
        ...(condition as typeof takesBack),
        granted: false,
        shorter: { orders: 2 },
      };
      for (const unwritable of [["orders"], []]) {
        const found = judge(shut, snapshot({ ...both(full), unwritable: { value: unwritable } }));
        assert.ok(!found.open);
        const advised: readonly string[] = [whatToDo(found, shut, words.scope), instead.removedRecords(name, !refused)];
        for (const advice of advised)
          assert.equal(/[Ss]et wayBack to none/.test(advice), !refused, `${name}: ${advice}`);
      }
      return refused;
    });
    assert.deepEqual(new Set(refusals), new Set([false, true]), "the first way back and a later one");
    for (const name of ["source-rights-kept"] as const) assert.ok(!gates[name].page.whatToDo.includes("wayBack"), name);
  });

  it("is tried for every gate that can be closed", () => {
    // It counts what is lost, and opens.
    const never = ["loss-accepted"];
    const all = [...Object.keys(gates), ...Object.keys(pegaGates)].filter((name) => !never.includes(name));
    assert.deepEqual(
      all.filter((name) => !rehearsed.has(name)),
      [],
    );
  });
});
