import assert from "node:assert/strict";
import { RunError, runtime } from "@pulumi/pulumi";
import { providerOf } from "./support/provider.ts";
import { ofType, register, settled, type Registered } from "./support/rows.ts";
import { stackConfig } from "./support/stack.ts";
import { aims } from "../runtime/model/aims.ts";

describe("a migration", function () {
  this.timeout(60_000);
  const config = stackConfig("dev");
  const strategy = config.strategy;

  const refused: [string, string | undefined, string, RegExp][] = [
    ["skips a row", "prepare", "move-producers", /skips "mirror".* Nothing was changed\.$/],
    ["begins elsewhere", undefined, "mirror", /is not the first one.* Nothing was changed\.$/],
    ["goes back without a way back", "validate", "mirror", /no way back yet.* Nothing was changed\.$/],
    ["is misspelt", "prepare", "mirorr", /did you mean "mirror"\?.* Nothing was changed\.$/],
  ];
  for (const [what, row, phase, message] of refused) {
    it(`registers nothing when its phase ${what}`, async () => {
      const resources: Registered[] = [];
      const reached = row === undefined ? undefined : { strategy, row };
      await assert.rejects(
        register({ config: { ...config, phase }, reached }, resources),
        (error) => error instanceof RunError && message.test(error.message),
      );
      await runtime.disconnect();
      assert.deepEqual(resources, []);
    });
  }

  it("reports its row and what every gate measured", async () => {
    const { migration } = await register({
      config: { ...config, phase: "move-producers" },
      reached: { strategy, row: "mirror" },
    });
    assert.equal(await settled(migration.reached), "move-producers");
    assert.deepEqual(await settled(migration.gates), [
      { row: "mirror", name: "inventory-current", sentence: "shop-mirror-inventory-current is open" },
      { row: "mirror", name: "target-empty-or-ours", sentence: "shop-mirror-target-empty-or-ours is open" },
      { row: "mirror", name: "target-capacity", sentence: "shop-mirror-target-capacity is open" },
      { row: "mirror", name: "target-defaults", sentence: "shop-mirror-target-defaults is open" },
      { row: "move-producers", name: "inventory-current", sentence: "shop-move-producers-inventory-current is open" },
      { row: "move-producers", name: "topics-as-locked", sentence: "shop-move-producers-topics-as-locked is open" },
      { row: "move-producers", name: "mirror-within", sentence: "shop-move-producers-mirror-within is open" },
      { row: "move-producers", name: "newest-equal", sentence: "shop-move-producers-newest-equal is open" },
    ]);
  });

  it("names everything after itself, so that one program can hold several", async () => {
    const other = { ...config, name: "other", phase: "prepare" };
    const names = (await register({ config: other, reached: undefined })).resources.map(({ name }) => name);
    assert.ok(names.length > 10 && names.every((name) => name.startsWith("other")));
  });

  describe("keeps providers as text that", () => {
    let resources: readonly Registered[] = [];
    before(async () => {
      const reached = { strategy, row: "mirror" };
      ({ resources } = await register({ config: { ...config, phase: "move-producers" }, reached }));
    });
    const stored = (
      type: RegExp,
    ): { inputs: Record<string, unknown>; provider: NonNullable<ReturnType<typeof providerOf>> } => {
      // Of the gates the one that is measured: those of rows that are reached are sealed.
      const { inputs } = ofType(resources, type).find(
        (one) => !one.type.endsWith(":Gate") || one.name.endsWith("-within"),
      )!;
      return { inputs, provider: providerOf(inputs)! };
    };

    it("can be read back, is short and reaches the code that acts by one import", () => {
      const dynamic = ofType(resources, /^pulumi-nodejs:dynamic\//);
      const types = new Set(dynamic.map(({ type }) => type.split(":").at(-1)));
      assert.deepEqual([...types].sort(), [
        "ConnectorConfig",
        "Credentials",
        "Gate",
        "GeneratedSecret",
        "Ledger",
        "MirrorState",
        "MirrorTopics",
        "Prerequisites",
        "Reached",
        "Ready",
        "Running",
        "Start",
        "Switch",
        "TopicMarks",
        "TopicsGuard",
        "Unclaimed",
      ]);
      for (const { inputs, name } of dynamic) {
        const text = String(inputs.__provider);
        assert.equal(typeof providerOf(inputs)!.create, "function", name);
        assert.ok(text.length < 6000, `${name}: ${text.length} characters`);
        assert.match(text, /import\(["']@kafka-migration\/kafka["']\)/, name);
      }
    });

    it("measures a gate that is not sealed in every update, and never a sealed one", async () => {
      for (const type of [/:Gate$/, /:Switch$/]) {
        const { inputs, provider } = stored(type);
        for (const was of [true, false]) {
          const olds = { ...inputs, sealed: was };
          const edited = { ...inputs, holdSeconds: 99, fenceSeconds: 99 };
          assert.equal((await provider.diff!("id", olds, { ...edited, sealed: false })).changes, true);
          assert.equal((await provider.diff!("id", olds, { ...edited, sealed: true })).changes, false);
        }
      }
    });

    it("says in a preview that a gate could not be measured from here, and goes on", async () => {
      const { inputs, provider } = stored(/:Gate$/);
      const lines: string[] = [];
      const log = console.log;
      console.log = (line: string) => lines.push(line);
      try {
        const away = JSON.parse(
          JSON.stringify(inputs).replaceAll(".lab/kubeconfig", "test/support/no-such-kubeconfig"),
        ) as Record<string, unknown>;
        const checked = await provider.check!({}, { ...away, sweepSeconds: 1, looks: true });
        assert.deepEqual(checked.failures, []);
        const found = checked.inputs as Record<string, unknown>;
        assert.match(String(found.now), /^closed: ./);
        assert.ok(!("looks" in found), "the state would differ between previews and updates");
        const updating = { ...away, sweepSeconds: 1 };
        assert.deepEqual((await provider.check!({}, updating)).inputs, updating, "an update holds it instead");
      } finally {
        console.log = log;
      }
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(lines[0]!, /^gate move-producers \/ mirror-within is closed: /);
    });

    it("looks at gates and moves in a preview alone", async () => {
      for (const preview of [true, false]) {
        const found: Registered[] = [];
        await register(
          { config: { ...config, phase: "move-producers" }, reached: { strategy, row: "mirror" } },
          found,
          preview,
        );
        const looks = ofType(found, /:(Gate|Switch)$/).map(({ inputs }) => inputs.looks);
        assert.ok(looks.length > 4 && looks.every((each) => each === (preview || undefined)), String(looks));
      }
    });

    it("leaves the measured sentence of a sealed gate as it was", async () => {
      const { inputs, provider } = stored(/:Gate$/);
      const checked = await provider.check!({ now: "open: x" }, { ...inputs, sealed: true });
      assert.equal((checked.inputs as Record<string, unknown>).now, "open: x");
    });

    it("writes the ledger for a new entry only, whatever setting is edited", async () => {
      const { inputs, provider } = stored(/:Ledger$/);
      const olds = { ...inputs, entries: ["a"], pending: [], receipt: aims.Ledger(inputs as never) };
      const scope = { ...(inputs.scope as object), topics: ["other"] };
      const diff = async (news: Record<string, unknown>) =>
        (await provider.diff!("id", olds, { ...olds, ...news })).changes;
      assert.equal(await diff({ scope, row: "validate" }), false);
      assert.equal(await diff({ entries: [] }), false);
      assert.equal(await diff({ entries: ["a", "b"] }), true);
      // In a preview the entries of a switch that is yet to be made are unknown.
      assert.equal(await diff({ entries: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }), true);
    });

    it("marks topics again if there is another one or one is adopted, not for any other setting", async () => {
      const { inputs, provider } = stored(/:TopicMarks$/);
      const olds = { ...inputs, marks: {} };
      const diff = async (news: object) => (await provider.diff!("id", olds, { ...inputs, ...news })).changes;
      assert.equal(await diff({ target: {}, configMap: "other" }), false);
      assert.equal(await diff({ topics: ["other"] }), true);
      assert.equal(await diff({ adopted: ["foo"] }), true);
    });

    it("refuses to shrink a topic, naming each, without Kafka", async () => {
      const { inputs, provider } = stored(/:TopicsGuard$/);
      const topics = inputs.topics as Record<string, { partitions: number; replicationFactor: number }>;
      const news = {
        topics: {
          ...topics,
          foo: { partitions: 2, replicationFactor: 3 },
          bar: { ...topics["bar"]!, replicationFactor: 1 },
        },
      };
      const { failures } = await provider.check!(inputs, news);
      assert.deepEqual(
        failures?.map(({ reason }) => reason.split(";")[0]),
        [
          "topic bar has 3 replicas on the target, 1 requested",
          "topic foo has 3 partitions on the target, 2 requested",
        ],
      );
      assert.deepEqual((await provider.check!(inputs, inputs)).failures, []);
      assert.deepEqual((await provider.check!({}, news)).failures, [], "a new stack has nothing to shrink");
    });

    it("starts workloads again if they move or were found stopped, not if a deadline is edited", async () => {
      const { inputs, provider } = stored(/:Start$/);
      const olds = { ...inputs, receipt: aims.Start(inputs as never) };
      const diff = async (news: object) => (await provider.diff!("id", olds, { ...inputs, ...news })).changes;
      assert.equal(await diff({ startSeconds: 1, scope: {} }), false);
      assert.equal(await diff({ side: "source" }), true);
      assert.equal(await diff({ addresses: "other" }), true);
      assert.equal(await diff({ fenced: ["foo-producer"] }), true);
      const changes = async (receipt?: string) => (await provider.diff!("id", { ...inputs, receipt }, inputs)).changes;
      assert.equal(await changes("source and another address"), true, "an update that left it out");
      assert.equal(await changes(), true, "a stack of a version without receipts");
    });

    it("configures a connector again if a property or a reference changes, not if its text is the same", async () => {
      const { inputs, provider } = stored(/:ConnectorConfig$/);
      const olds = { ...inputs, sha256: "x" };
      const diff = (news: object) => provider.diff!("id", olds, { ...inputs, ...news });
      assert.deepEqual(await diff({ __provider: "another version" }), { changes: false, replaces: [] });
      assert.deepEqual(await diff({ properties: { a: "b" } }), { changes: true, replaces: [] });
      assert.deepEqual(await diff({ secretName: "other" }), { changes: true, replaces: ["secretName"] });
    });
  });
});

describe("topics that stand on the target already", function () {
  this.timeout(60_000);
  const config = stackConfig("dev");
  const existing = [{ name: "orders", partitions: 3, replicationFactor: 1, empty: true }];
  const target = { clusterId: "t", kafka: "4.2", brokers: 3, topics: existing };
  const adopting = { ...config, inventory: { ...config.inventory, target } };
  const topicsOf = async (phase: string, row: string | undefined): Promise<Map<string, Registered>> => {
    const reached = row === undefined ? undefined : { strategy: config.strategy, row };
    const { resources } = await register({ config: { ...adopting, phase }, reached });
    return new Map(ofType(resources, /^kafka:.*:Topic$/).map((topic) => [topic.name, topic]));
  };

  it("are imported and left as they are found in the first row, the others are made", async () => {
    const topics = await topicsOf("prepare", undefined);
    const { importId, ignoreChanges } = topics.get("shop-topic-orders")!;
    assert.deepEqual(
      { importId, ignoreChanges },
      { importId: "orders", ignoreChanges: ["partitions", "replicationFactor", "config"] },
    );
    for (const [name, topic] of topics) {
      if (name !== "shop-topic-orders") assert.deepEqual([topic.importId, topic.ignoreChanges], ["", []], name);
    }
  });

  it("are aligned with the lock in later rows", async () => {
    const { inputs, ignoreChanges } = (await topicsOf("mirror", "prepare")).get("shop-topic-orders")!;
    assert.deepEqual(ignoreChanges, []);
    assert.equal(inputs.partitions, 6);
  });

  it("keep the partitions that they have once producers write there: a refresh may have found more", async () => {
    const topics = await topicsOf("move-producers", "mirror");
    for (const [name, { ignoreChanges }] of topics) assert.deepEqual(ignoreChanges, ["partitions"], name);
  });
});
