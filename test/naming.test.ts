import assert from "node:assert/strict";
import { alerts } from "../components/alerts.ts";
import { connectorProperties } from "../components/connector-properties.ts";
import { mirrorRights } from "../components/mirror-rights.ts";
import { namingOf } from "../components/naming.ts";
import { mirrorNames } from "../components/names.ts";
import type { Recorded } from "../components/reached.ts";
import { scopeOf } from "../components/scope.ts";
import type { MirroredConfig } from "../config/migration-config.ts";
import { movesApplications, tableNames, wayBackOf, choiceOf, hasMirror } from "../phases/strategies/index.ts";
import { writeRecord } from "../runtime/ledger/record.ts";
import type { MirrorTopicsInputs, Naming } from "../runtime/model/inputs.ts";
import { heartbeatsTopic } from "../runtime/model/mirror-topics.ts";
import { decodeHeartbeat } from "../runtime/placement/heartbeats.ts";
import { mirrorTopics } from "../runtime/resources/mirror-topics.ts";
import { reached as reachedDriver } from "../runtime/resources/reached.ts";
import { stillBeating } from "../runtime/switch/mirror-topics.ts";
import { setTable } from "../demo/table-config.ts";
import { clusterApi, type ClusterApi } from "./support/cluster-api.ts";
import { ofType, register } from "./support/rows.ts";
import { setServices } from "./support/services.ts";
import { stackConfig } from "./support/stack.ts";

const mirrored = tableNames.filter(hasMirror);
const configOf = (table: (typeof mirrored)[number], name = "shop"): MirroredConfig =>
  stackConfig("dev", (input) => {
    setTable(input, choiceOf(table));
    if (movesApplications(table)) setServices(input);
    input.name = name;
    input.phase = "prepare";
  });
const former = (config: MirroredConfig): MirroredConfig => ({ ...config, naming: "source" });

describe("the names of a new stack", function () {
  this.timeout(60_000);

  for (const table of mirrored)
    it(`are its own in ${table}, so that another migration has the same target`, () => {
      const [one, other] = ["shop", "billing"].map((name) => mirrorNames(configOf(table, name)));
      const all = ({ sourceAlias, mm2Topics, connectors, reverses }: typeof one & object) => [
        ...[sourceAlias, ...mm2Topics, ...connectors],
        ...reverses.flatMap(({ name, alias, own }) => [name, alias, own.offsets, own.syncs]),
      ];
      const shared = all(one!).filter((name) => all(other!).includes(name));
      assert.deepEqual(shared, []);
      assert.deepEqual(one!.mm2Topics, ["mm2-offset-syncs.shop-source.internal", "shop-source.checkpoints.internal"]);
      assert.equal(one!.sharedTopic, movesApplications(table) ? undefined : heartbeatsTopic);
    });

  it("are in its connectors, in what gates read and in the rights of its user", () => {
    const config = configOf("producers-first");
    for (const properties of Object.values(connectorProperties(config)))
      assert.equal(properties["source.cluster.alias"], "shop-source");
    assert.equal(scopeOf(config).mirror!.sourceAlias, "shop-source");
    const written = mirrorRights(config, "target").map(({ operation, name }) => `${operation} ${name}`);
    for (const name of ["mm2-offset-syncs.shop-source.internal", "shop-source.checkpoints.internal", heartbeatsTopic])
      assert.ok(written.includes(`Write ${name}`), name);
  });

  it("are recorded with the row, but in tables that never had others", async () => {
    const namingIn = async (config: MirroredConfig, reached?: Recorded) =>
      ofType((await register({ config, reached })).resources, /:Reached$/)[0]!.inputs["naming"];
    assert.equal(await namingIn(configOf("producers-first")), "own");
    assert.equal(await namingIn(configOf("together")), undefined);
    const before = { strategy: "producers-first", row: "prepare" };
    assert.equal(await namingIn(former(configOf("producers-first")), before), undefined);
    const inputs = { row: "prepare", acts: {}, naming: "own" } as const;
    const recorded = await reachedDriver.apply(inputs);
    assert.deepEqual(recorded, { recorded: "prepare", namedAs: "own" });
    assert.deepEqual(await reachedDriver.changes({ ...inputs, ...recorded }, inputs), { changes: false });
    assert.deepEqual(await reachedDriver.changes({ row: "prepare", acts: {}, recorded: "prepare" }, inputs), {
      changes: true,
    });
  });
});

describe("the names of a stack that a former version has begun", function () {
  this.timeout(60_000);
  let api: ClusterApi;
  before(async () => {
    api = await clusterApi();
  });
  after(() => api.close());

  const reached = (naming?: Naming): Recorded => ({
    ...{ strategy: "producers-first", row: "mirror" },
    ...(naming && { naming }),
  });

  it("stay, because they key the mirror's positions", async () => {
    const config = configOf("producers-first");
    assert.equal(await namingOf(config, undefined), "own");
    assert.equal(await namingOf(config, reached()), "source");
    assert.equal(await namingOf(config, reached("own")), "own");
    const { sourceAlias, connectors, mm2Topics, sharedTopic } = mirrorNames(former(config));
    assert.deepEqual(
      [sourceAlias, connectors, mm2Topics, sharedTopic],
      [
        "source",
        ["shop-source-all", "shop-checkpoint", "shop-heartbeat"],
        ["mm2-offset-syncs.source.internal", "source.checkpoints.internal", "heartbeats"],
        undefined,
      ],
    );
  });

  it("are in every input as they were, so that nothing is replaced or deleted", async () => {
    for (const table of mirrored.filter((name) => !movesApplications(name) && wayBackOf(name) === "none")) {
      const config = { ...former(configOf(table)), phase: "mirror" };
      const { resources } = await register({ config, reached: { strategy: table, row: "prepare" } });
      const [topics] = ofType(resources, /:MirrorTopics$/);
      const { topics: kept, heartbeatsOf } = topics!.inputs as unknown as MirrorTopicsInputs;
      assert.deepEqual(kept.slice(0, 3), [
        ...["mm2-offset-syncs.source.internal", "source.checkpoints.internal", "heartbeats"],
      ]);
      assert.equal(heartbeatsOf, undefined);
      const own = resources.filter(({ inputs }) => /shop-source(\.|"|->)|"naming"/.test(JSON.stringify(inputs)));
      assert.deepEqual(
        own.map(({ name }) => name),
        [],
        table,
      );
    }
  });

  it("are looked up where a stack goes on in a later row without the state that has been there", async () => {
    const config: MirroredConfig = {
      ...configOf("producers-first"),
      startAt: { row: "mirror", reason: "a new state" },
    };
    config.kubernetes["lab"]!.kubeconfig = api.kubeconfig;
    const ref = { migration: "shop", kubernetes: scopeOf(config).ledger.kubernetes, configMap: "shop-record" };
    assert.equal(await namingOf(config, undefined), "own");
    const found = (topic: string) =>
      writeRecord(ref, () => ({ "mirror-topics.json": JSON.stringify({ [topic]: "1" }) }));
    await found("mm2-offset-syncs.shop-source.internal");
    assert.equal(await namingOf(config, undefined), "own");
    await found("mm2-offset-syncs.source.internal");
    assert.equal(await namingOf(config, undefined), "source");
    api.fails = 403;
    await assert.rejects(
      namingOf(config, undefined),
      /^Error: startAt begins in mirror, and whether the mirror has been there is written in ConfigMap demo\/shop-record, which cannot be read: /,
    );
    delete api.fails;
  });
});

/** A record as Heartbeat.java writes it: two strings as key; a version of 16 bits and the time as value. */
const text = (value: string) => {
  const length = Buffer.alloc(2);
  length.writeInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value)]);
};
const beat = (alias: string, at: number) => {
  const value = Buffer.alloc(10);
  value.writeBigInt64BE(BigInt(at), 2);
  return { key: Buffer.concat([text(alias), text("target")]), value };
};

describe("heartbeats of several migrations on one target", () => {
  it("are told from an application's records", () => {
    const { key, value } = beat("shop-source", 1_700_000_000_000);
    assert.deepEqual(decodeHeartbeat({ key, value }), { alias: "shop-source", at: 1_700_000_000_000 });
    const others: [string, Buffer | null, Buffer | null][] = [
      ["no key", null, value],
      ["no value", key, null],
      ["a plain key", Buffer.from("sensor-7"), value],
      ["one string", text("shop-source"), value],
      ["more behind the aliases", Buffer.concat([key, Buffer.from([0])]), value],
      ["a longer value", key, Buffer.concat([value, Buffer.from([0])])],
      ["another version", key, Buffer.concat([Buffer.from([0, 1]), value.subarray(2)])],
    ];
    for (const [what, ...record] of others)
      assert.equal(decodeHeartbeat({ key: record[0], value: record[1] }), null, what);
  });

  it("keep their topic for whoever still writes them", () => {
    const now = 1_700_000_000_000;
    const newest = new Map([
      ["shop-source", now],
      ["billing-source", now - 30_000],
      ["gone-source", now - 3_600_000],
    ]);
    assert.deepEqual(stillBeating({ newest, others: 0 }, "shop-source", now), ["billing-source"]);
    assert.deepEqual(stillBeating({ newest, others: 0 }, "billing-source", now), ["shop-source"]);
  });

  it("are no reason for an alert where there are none", () => {
    const watched = (table: (typeof mirrored)[number]) =>
      alerts({ ...configOf(table), monitoring: stackConfig("prod").monitoring }).map(
        ({ alert, expr }) => `${alert} ${expr}`,
      );
    assert.ok(watched("producers-first").some((line) => line.includes("HeartbeatsStopped")));
    assert.ok(!watched("together").some((line) => /HeartbeatsStopped|undefined/.test(line)));
  });

  it("are a change of the resource that looks after their topic", () => {
    const record = { migration: "shop", kubernetes: { namespace: "demo" }, configMap: "shop-record" };
    const inputs = {
      target: scopeOf(configOf("producers-first")).target,
      topics: ["a"],
      record,
      ledger: "shop-ledger",
    };
    const shared = { ...inputs, heartbeatsOf: "shop-source" };
    assert.deepEqual(mirrorTopics.changes({ ...shared, absent: [] }, shared), { changes: false });
    assert.deepEqual(mirrorTopics.changes({ ...inputs, absent: [] }, shared), { changes: true });
  });
});
