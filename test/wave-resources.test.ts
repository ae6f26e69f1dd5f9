import assert from "node:assert/strict";
import type { MirrorStateInputs, Scope, StartInputs, SwitchInputs } from "@kafka-migration/kafka";
import { targetTopics } from "../config/target-topics.ts";
import { alerts } from "../components/alerts.ts";
import { connectorProperties, reverseProperties } from "../components/connector-properties.ts";
import { gateInputs } from "../components/gates.ts";
import { ignoredGroupLines } from "../components/ignored-groups.ts";
import { mirrorRights } from "../components/mirror-rights.ts";
import { mirrorNames } from "../components/names.ts";
import { scopeOf } from "../components/scope.ts";
import { waveLines } from "../components/wave-parts.ts";
import type { MigrationConfig } from "../config/migration-config.ts";
import { setTable } from "../demo/table-config.ts";
import { plan } from "../phases/plan.ts";
import { movesApplications, rowsOf, wayBackOf } from "../phases/strategies/index.ts";
import { backScopes } from "../runtime/model/waves.ts";
import { ofType, register, setRegistries, settled, walkedConfigs, type Registered } from "./support/rows.ts";
import { setServices } from "./support/services.ts";
import { stackConfig, type StackInput } from "./support/stack.ts";

const configOf = (strategy: "together" | "waves", edit: (input: StackInput) => void = () => {}) =>
  stackConfig("dev", (input) => {
    setTable(input, { strategy });
    setServices(input);
    edit(input);
  });

const config = configOf("waves", (input) => {
  const kept = { "retention.ms": "-1" };
  input.topics!.whileMirroring = { foo: kept, orders: kept };
});
const all = ["reports", "stock", "store", "core"];

/** What gates of a row are about: the names of its workloads, sorted. */
function castOf(row: string, gate: string): string[] {
  const { scope } = gateInputs(config, scopeOf(config), { row, gate, sealed: false });
  return [...scope.workloads, ...(scope.externals ?? [])].map(({ name }) => name).sort();
}

/** The resources of the update that moves to a row, by the row. */
async function moving(of: MigrationConfig, names: readonly string[]): Promise<Map<string, readonly Registered[]>> {
  const found = new Map<string, readonly Registered[]>();
  const rows = rowsOf(of).map(({ name }) => name);
  for (const row of names) {
    const before = rows[rows.indexOf(row) - 1];
    const reached = before === undefined ? undefined : { strategy: of.table, row: before };
    found.set(row, (await register({ config: { ...of, phase: row }, reached })).resources);
  }
  return found;
}

describe("the resources of waves", function () {
  this.timeout(600_000);
  let rows: Map<string, readonly Registered[]>;
  before(async () => (rows = await moving(config, ["prepare", "mirror", ...all.map((wave) => `move-${wave}`)])));
  const inputsOf = <T>(row: string, type: RegExp): [string, T][] =>
    ofType(rows.get(row)!, type).map(({ name, inputs }) => [name, inputs as T]);

  it("switch one wave in its row, and keep the switches of those before sealed in the program", () => {
    const found = inputsOf<SwitchInputs>("move-store", /:Switch$/).map(([name, one]) => [
      ...[name, one.what, one.wave, one.offsets, one.starts, one.sealed],
    ]);
    assert.deepEqual(found, [
      ["shop-switch-reports", "applications", "reports", "exact", true, true],
      ["shop-switch-stock", "applications", "stock", "exact", true, true],
      ["shop-switch-store", "applications", "store", "exact", true, false],
    ]);
    assert.deepEqual(
      inputsOf<{ behind: string[] }>("move-store", /:Ledger$/).map(([, { behind }]) => behind),
      [["applications/reports", "applications/stock", "applications/store"]],
    );
  });

  it("start each wave on the side where it is, and stop its connector with it; the checkpoints go with the last", () => {
    const states = ["mirror", ...all.map((wave) => `move-${wave}`)].map((row) => [
      inputsOf<StartInputs>(row, /:Start$/).map(([, { role, wave, side }]) => `${role} ${wave} ${side}`),
      inputsOf<MirrorStateInputs>(row, /:MirrorState$/).map(
        ([name, { wave, others, desired }]) => `${name} ${wave ?? others} ${desired}`,
      ),
    ]);
    const started = (moved: number) => all.map((wave, at) => `application ${wave} ${at < moved ? "target" : "source"}`);
    const mirrored = (store: string, core: string) => [
      `shop-mirror-state-store store ${store}`,
      `shop-mirror-state-core core ${core}`,
      `shop-mirror-state true ${core}`,
    ];
    assert.deepEqual(states, [
      [started(0), mirrored("running", "running")],
      [started(1), mirrored("running", "running")],
      [started(2), mirrored("running", "running")],
      [started(3), mirrored("stopped", "running")],
      [started(4), mirrored("stopped", "stopped")],
    ]);
  });

  it("give every resource the whole scope", () => {
    for (const [name, { scope }] of inputsOf<{ scope: Scope }>("move-store", /:(Switch|Start|MirrorState|Ledger)$/)) {
      assert.deepEqual(
        scope.waves?.map((wave) => wave.name),
        all,
        name,
      );
      assert.equal(scope.wave, undefined, name);
    }
  });

  it("let owners of a closed topic give it partitions, and of no other", () => {
    const counted = (row: string) =>
      ofType(rows.get(row)!, /:Topic$/)
        .filter(({ ignoreChanges }) => ignoreChanges.includes("partitions"))
        .map(({ inputs }) => inputs["name"]);
    assert.deepEqual(counted("move-stock"), []);
    assert.deepEqual(counted("move-store"), ["foo"]);
    assert.equal(counted("move-core").length, config.topics.length);
  });

  it("give a closed topic its writers' configs in the row after its wave's, while the mirror writes the others", () => {
    const configIn = (row: string, topic: string) =>
      ofType(rows.get(row)!, /:Topic$/).find(({ inputs }) => inputs["name"] === topic)!.inputs["config"];
    const own = targetTopics(config).find(({ name }) => name === "foo")!.config;
    assert.notDeepEqual(configIn("move-store", "foo"), own);
    assert.deepEqual(configIn("move-core", "foo"), own);
    for (const row of ["move-store", "move-core"])
      assert.match(JSON.stringify(configIn(row, "orders")), /"retention.ms":"-1"/);
  });

  it("record what of the waves has to stay as it is, from when they are copied", () => {
    const recorded = (row: string) =>
      ofType(rows.get(row)!, /:Reached$/)[0]!.inputs["waves"] as { name: string; closes: string[]; moved?: true }[];
    assert.deepEqual(recorded("prepare"), []);
    assert.deepEqual(
      recorded("move-store").map(({ name, closes, moved }) => [name, closes.length, moved]),
      [
        ["reports", 0, true],
        ["stock", 0, true],
        ["store", 1, true],
        ["core", 6, undefined],
      ],
    );
  });

  it("refuse a config in which a wave that has moved is another, before anything is registered", async () => {
    const here = { ...config, phase: "move-store" };
    const { migration } = await register({
      config: here,
      reached: { strategy: "waves", row: "move-stock", waves: [] },
    });
    const waves = (await settled(migration.waves!))!;
    const reached = { strategy: "waves", row: "move-store", waves };
    const moved = { ...here, waves: here.waves!.filter(({ name }) => name !== "stock") };
    await assert.rejects(register({ config: moved, reached }), /wave "stock" has moved, and is no longer under waves/);
  });
});

describe("a gate of a row that moves a wave", () => {
  const before = ["profiles-consumer", "bar-consumer", "orders-consumer"].sort();
  const wave = ["foo-consumer", "foo-producer", "bar-producer"].sort();
  const everybody = config.workloads.map(({ name }) => name).sort();

  /** [gate, about whom in move-store, in validate] */
  const cases: [string, string[]][] = [
    ["inventory-current", everybody],
    ["topics-as-locked", wave],
    ["mirror-within", wave],
    ["groups-placeable", wave],
    ["source-still-at-ledger", before],
    ["offsets-placed", before],
    ["groups-active", before],
  ];
  for (const [gate, cast] of cases) {
    it(`${gate} is about ${cast.length === everybody.length ? "all" : cast.join(", ")}`, () => {
      assert.deepEqual(castOf("move-store", gate), cast);
      assert.deepEqual(castOf("validate", gate), everybody);
    });
  }

  it("asks of the wave's topics alone whether they are as locked", () => {
    const { condition } = gateInputs(config, scopeOf(config), {
      row: "move-store",
      gate: "topics-as-locked",
      sealed: false,
    });
    const wanted = (condition as unknown as { wanted: { topics: Record<string, number> }[] }).wanted;
    assert.deepEqual(wanted.flatMap(({ topics }) => Object.keys(topics)).sort(), ["bar", "foo"]);
  });

  it("lets new schemas wait for the switch only where the wave opens the target's registry", () => {
    const known = configOf("waves", setRegistries);
    const passes = ["move-reports", "move-stock", "move-store"].map((row) => {
      const { condition } = gateInputs(known, scopeOf(known), { row, gate: "schemas-equal", sealed: false });
      return (condition as { lastPass?: boolean }).lastPass;
    });
    assert.deepEqual(passes, [false, true, false]);
  });

  it("shares its scope with the row's other gates, so that they measure together", () => {
    const scope = scopeOf(config);
    const of = (gate: string) => gateInputs(config, scope, { row: "move-store", gate, sealed: false }).scope;
    assert.equal(of("mirror-within"), of("groups-placeable"));
    assert.equal(of("offsets-placed"), of("groups-active"));
  });
});

describe("the mirror of applications", () => {
  it("has a connector for each wave that closes a topic, which copies those, and shares the tasks out", () => {
    const { sources, connectors } = mirrorNames(config);
    assert.deepEqual(connectors, ["shop-store-source", "shop-core-source", "shop-checkpoint"]);
    const [store, core] = sources.map((source) => connectorProperties(config, source));
    assert.equal(store!.source["topics"], "foo");
    assert.equal(core!.source["topics"]!.split(",").length, 6);
    assert.ok(Number(store!.source["tasks.max"]) >= 1);
    assert.ok(Number(core!.source["tasks.max"]) <= config.mirror.tasksMax);
    // Groups are known by all topics that they read.
    assert.equal(store!.checkpoint["topics"]!.split(",").length, 7);
  });

  it("keeps alias and topics of its own, so that two migrations onto one target share none", () => {
    const other = configOf("together", (input) => {
      input.name = "billing";
      input.connect.name = "billing-connect";
    });
    const [ours, theirs] = [config, other].map((of) => {
      const { mm2Topics, connectTopics, connectors } = mirrorNames(of);
      return [...mm2Topics, ...Object.values(connectTopics), ...connectors];
    });
    assert.deepEqual(
      ours!.filter((name) => theirs!.includes(name)),
      [],
    );
    assert.ok(ours!.includes("mm2-offset-syncs.shop-source.internal"));
    assert.equal(connectorProperties(other).source["source.cluster.alias"], "billing-source");
    assert.equal(scopeOf(other).mirror!.sourceAlias, "billing-source");
  });

  it("is watched connector by connector, each by its own consumers", () => {
    const watched = configOf("waves", (input) => {
      input.connect.monitor = { serviceMonitorLabels: { release: "prometheus" } };
      input.monitoring = { prometheusRule: { labels: {} } };
    });
    const stalled = alerts(watched).filter(({ alert }) => alert.endsWith("MirrorStalled"));
    assert.deepEqual(
      stalled.map(({ labels }) => labels["connector"]),
      ["shop-store-source", "shop-core-source"],
    );
    for (const { expr, labels } of stalled) {
      const name = labels["connector"]!;
      assert.ok(expr.includes(`connector="${name}"`) && expr.includes(`.*${name}-[0-9]+.*replication-consumer`), expr);
    }
    const missing = alerts(watched).find(({ alert }) => alert.endsWith("MirrorMetricsMissing"))!;
    assert.ok(missing.expr.includes('connector=~"shop-store-source|shop-core-source"'), missing.expr);
  });
});

describe("the mirror back of applications", function () {
  this.timeout(600_000);
  const open = configOf("waves", (input) => {
    input.wayBack = "mirrored";
    input.connect.monitor = { serviceMonitorLabels: { release: "prometheus" } };
    input.monitoring = { prometheusRule: { labels: {} } };
  });

  it("has a connector for each wave that closes a topic, with aliases and topics that no other shares", () => {
    const { reverses } = mirrorNames(open);
    assert.deepEqual(
      reverses.map(({ name, wave, topics }) => [name, wave, topics.length]),
      [
        ["shop-store-reverse", "store", 1],
        ["shop-core-reverse", "core", 6],
      ],
    );
    const own = reverses.flatMap(({ alias, own: topics }) => [alias, ...Object.values(topics)]);
    assert.equal(new Set(own).size, 6, own.join());
    const [store, core] = reverses.map((reverse) => reverseProperties(open, reverse));
    assert.deepEqual([store!["topics"], core!["topics"]!.split(",").length], ["foo", 6]);
    assert.notEqual(store!["offsets.storage.topic"], core!["offsets.storage.topic"]);
    assert.ok(Number(core!["tasks.max"]) <= open.mirror.tasksMax);
  });

  it("is allowed to write as each of its connectors", () => {
    const names = mirrorRights(open, "source", "running").map(({ operation, name }) => `${operation} ${name}`);
    for (const { name, own } of mirrorNames(open).reverses) {
      assert.ok(names.includes(`Write ${open.connect.name}-${name}-`), names.join());
      for (const topic of Object.values(own)) assert.ok(names.includes(`Delete ${topic}`), topic);
    }
  });

  it("runs in a scope of its own topics: of other waves it has no positions", async () => {
    const resources = (await moving(open, ["move-store"])).get("move-store")!;
    const back = ofType(resources, /:MirrorState$/).find(({ name }) => name === "shop-reverse-store-state");
    const { scope } = back!.inputs as unknown as MirrorStateInputs;
    assert.deepEqual([scope.topics, scope.mirror!.sourceConnectors], [["foo"], ["shop-store-reverse"]]);
  });

  it("is known to a wave's scope alone, which closes what it copies back", () => {
    const scope = scopeOf(open);
    const [store] = backScopes(scope);
    assert.equal(scope.mirror!.reverse, undefined);
    assert.deepEqual(
      backScopes(scope).map(({ wave, topics }) => [wave, topics.length]),
      [
        ["store", 1],
        ["core", 6],
      ],
    );
    assert.deepEqual([store!.mirror!.reverse!.connector, store!.topics], ["shop-store-reverse", ["foo"]]);
    assert.deepEqual(backScopes(scopeOf(config)), []);
  });

  it("runs for the waves that have moved, and for no other", async () => {
    const reverse = async (row: string): Promise<string[]> => {
      const resources = (await moving(open, [row])).get(row)!;
      return ofType(resources, /:WayBack$/).map(({ inputs }) => String(inputs["wave"]));
    };
    assert.deepEqual(await reverse("move-stock"), []);
    assert.deepEqual(await reverse("move-store"), ["store"]);
    assert.deepEqual(await reverse("validate"), ["store", "core"]);
    assert.deepEqual(await reverse("close"), []);
  });

  it("is watched connector by connector, where there is one", () => {
    const stalled = (of: MigrationConfig) =>
      alerts(of as typeof open).filter(({ alert }) => alert.endsWith("WayBackStalled"));
    assert.deepEqual(
      stalled(open).map(({ labels }) => labels["connector"]),
      ["shop-store-reverse", "shop-core-reverse"],
    );
    for (const { expr, labels } of stalled(open))
      assert.ok(expr.includes(`.*${labels["connector"]}-[0-9]+.*replication-consumer`), expr);
    const watched = configOf("waves", (input) => {
      input.connect.monitor = { serviceMonitorLabels: { release: "prometheus" } };
      input.monitoring = { prometheusRule: { labels: {} } };
    });
    assert.deepEqual(stalled(watched), []);
  });
});

describe("the preview of a wave", () => {
  const known = configOf("waves", setRegistries);
  const lines = (row: string, of = known) => waveLines(of, plan("waves", rowsOf(of), row, undefined));

  it("names topics that nobody is known to write to", () => {
    assert.match(lines("mirror")[0]!, /^no workload names empty under topics, .* closed with the last wave, core$/);
  });

  it("says in the wave that opens the target's registry who cannot register schemas meanwhile", () => {
    const of = (row: string) =>
      plan("waves", rowsOf(known), row, rowsOf(known)[rowsOf(known).findIndex(({ name }) => name === row) - 1]!.name);
    const found = ["move-reports", "move-stock", "move-store"].map((row) => waveLines(known, of(row)).slice(1));
    assert.deepEqual(found[0], []);
    assert.match(found[1]![0]!, /read-only with wave stock; applications of store, core cannot register new schemas/);
    assert.deepEqual(found[2], []);
  });

  it("says which ignored groups get nothing new once the wave has moved", () => {
    const ignoring = configOf("waves", (input) => {
      input.groups!.migrate = input.groups!.migrate!.filter(({ name }) => name !== "foo-consumer");
      input.groups!.ignore = [{ name: "foo-consumer", reason: "read by nobody any more" }];
      input.workloads = input.workloads.filter(({ name }) => name !== "foo-consumer");
      input.waves![2]!.workloads = ["foo-producer", "bar-producer"];
    });
    const of = (row: string) => ignoredGroupLines(ignoring, plan("waves", rowsOf(ignoring), row, "move-stock"));
    assert.match(of("move-store").join(), /group foo-consumer is ignored .* reads foo: .* once wave store has moved/);
  });
});

describe("a stack of another strategy", function () {
  this.timeout(600_000);

  it("sees nothing of waves in any input, so that one of the former version shows no change", async () => {
    const others = walkedConfigs().filter(([, of]) => !movesApplications(of.table) && wayBackOf(of.table) === "none");
    let checked = 0;
    for (const [what, of] of others.filter(([name]) => !name.includes("with"))) {
      for (const resources of (await moving(of, ["validate"])).values()) {
        for (const { name, inputs } of resources) {
          const text = JSON.stringify({ ...inputs, __provider: "" });
          assert.doesNotMatch(text, /"(wave|waves|others|closes|moved)":/, `${what}: ${name}`);
          checked++;
        }
      }
    }
    assert.ok(checked > 200, `only ${checked}`);
  });
});
