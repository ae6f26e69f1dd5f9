import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readArguments } from "../assess/arguments.ts";
import { changesBetween } from "../assess/changes.ts";
import { parseAssessConfig, readAssessConfig } from "../assess/config.ts";
import { toSample } from "../assess/gather.ts";
import { inventoryText, toInventory } from "../assess/lock.ts";
import { reportMarkdown, reportSummary } from "../assess/markdown.ts";
import { reportJson, toReport } from "../assess/report.ts";
import { reportPath, writeLock } from "../assess/write.ts";
import { inventorySchema, type Inventory } from "../config/inventory.ts";
import { setTable } from "../demo/table-config.ts";
import { configReading } from "../runtime/brokers/configs.ts";
import { releaseOf, releaseOfBrokers } from "../runtime/brokers/release.ts";
import { probeProperties } from "../runtime/connect/probe.ts";
import { cluster, facts, group, load, type FactsWords } from "./support/readings.ts";
import { stackConfig, stackInput, stackInventory } from "./support/stack.ts";

const topics = { orders: { configs: { "retention.ms": "1" } }, clicks: { partitions: 6, replicas: 2 } };
const source = () => cluster(topics, { groups: [group("billing", { "orders[0]": 4, "orders[2]": 9 })] });

describe("an inventory", () => {
  it("records the topics with what they set themselves, and the groups with what they read", () => {
    const { topics: found, groups } = toInventory(source(), null);
    assert.deepEqual(found, [
      { name: "clicks", partitions: 6, replicationFactor: 2, configs: {} },
      { name: "orders", partitions: 3, replicationFactor: 3, configs: { "retention.ms": "1" } },
    ]);
    assert.deepEqual(groups, [{ name: "billing", protocol: "classic", topics: ["orders"] }]);
  });

  it("is what its schema says", () => {
    const target = {
      cluster: cluster({}),
      topics: [{ name: "orders", partitions: 1, replicationFactor: 1, empty: true }],
    };
    const inventory = toInventory(source(), target);
    assert.deepEqual(inventorySchema.parse(JSON.parse(inventoryText(inventory))), inventory);
    assert.deepEqual(inventory.target?.defaults, { "retention.ms": "604800000" });
  });

  it("has the same bytes in whatever order the brokers answer, and however far groups and topics have come", () => {
    const { groups, topics: list, configs, ...rest } = source();
    const other = {
      ...rest,
      topics: [...list].reverse(),
      configs: new Map(
        [...configs].reverse().map(([name, found]) => [name, Object.fromEntries(Object.entries(found).reverse())]),
      ),
      groups: [
        { ...group("billing", { "orders[2]": 90, "orders[0]": 40, "orders[1]": 1 }), state: "Empty", members: [] },
        ...groups.slice(1),
      ],
    };
    assert.equal(inventoryText(toInventory(other, null)), inventoryText(toInventory(source(), null)));
  });

  it("knows the value of a config that every topic sets as it would be without", () => {
    const { defaults } = toInventory(cluster({ orders: { configs: { "retention.ms": "1" } } }), null);
    assert.deepEqual(defaults["retention.ms"], { value: "604800000", from: "kafka" });
  });

  const foreign: [string, Parameters<typeof cluster>[0], string[]][] = [
    ["Kafka's own topics", { __consumer_offsets: { internal: true }, __transaction_state: {} }, []],
    ["what KubeDB's health check writes", { "kafka-health": {} }, []],
    ["what MirrorMaker 2 keeps for itself", { "mm2-offset-syncs.a.internal": {}, "a.checkpoints.internal": {} }, []],
  ];
  for (const [what, more, expected] of foreign) {
    it(`leaves out ${what}`, () => {
      assert.deepEqual(toInventory(cluster(more), null).topics, expected);
    });
  }

  it("keeps a topic of somebody's own whose name ends with internal", () => {
    assert.equal(toInventory(cluster({ "jobs.internal": {} }), null).topics.length, 1);
  });

  it("leaves out groups of Kafka's tools, those that commit nothing, and those that read nothing that is recorded", () => {
    const groups = [
      group("console-consumer-4711", { "orders[0]": 1 }),
      group("reader", {}),
      group("health", { "kafka-health[0]": 1 }),
      group("former", { "deleted[0]": 1 }),
    ];
    assert.deepEqual(toInventory(cluster({ orders: {}, "kafka-health": {} }, { groups }), null).groups, []);
  });

  it("holds no time, no size and no offset", () => {
    const text = inventoryText(toInventory(source(), null));
    assert.doesNotMatch(text, /"(offset|bytes|takenAt|lag|members|host|state)"/);
  });
});

describe("what changed between two inventories", () => {
  const before = () => toInventory(source(), null);
  const change = (edit: (inventory: Inventory) => void): string[] => {
    const after = structuredClone(before());
    edit(after);
    return changesBetween(before(), after);
  };
  const cases: [string, (inventory: Inventory) => void, string[]][] = [
    ["nothing", () => {}, []],
    [
      "a new topic",
      ({ topics: list }) => list.push({ name: "new", partitions: 1, replicationFactor: 1, configs: {} }),
      ["topic new: new"],
    ],
    ["a topic that is gone", ({ topics: list }) => list.shift(), ["topic clicks: gone"]],
    ["more partitions", ({ topics: list }) => (list[0]!.partitions = 8), ["topic clicks: partitions 6 -> 8"]],
    [
      "a changed config",
      ({ topics: list }) => (list[1]!.configs["retention.ms"] = "2"),
      ["topic orders: retention.ms 1 -> 2"],
    ],
    [
      "a config that is not set any more",
      ({ topics: list }) => (list[1]!.configs = {}),
      ["topic orders: retention.ms 1 -> not set"],
    ],
    [
      "a group that reads more",
      ({ groups }) => (groups[0]!.topics = ["clicks", "orders"]),
      ['group billing: topics ["orders"] -> ["clicks","orders"]'],
    ],
    ["another cluster", ({ source: side }) => (side.clusterId = "x"), ["source: clusterId source-id -> x"]],
    [
      "a target that stands",
      (inventory) => (inventory.target = { clusterId: "t", kafka: null, brokers: 1, topics: [] }),
      ["target: exists now"],
    ],
  ];
  for (const [what, edit, lines] of cases) it(`names ${what}`, () => assert.deepEqual(change(edit), lines));
});

describe("the lockfile", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "assess-"))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it("is written once, left alone while nothing changes, and says what changed", () => {
    const file = join(directory, "inventory/prod.json");
    const inventory = toInventory(source(), null);
    assert.deepEqual(writeLock(file, inventory), { state: "new", changes: [] });
    assert.deepEqual(writeLock(file, inventory), { state: "unchanged", changes: [] });
    const more = toInventory(cluster({ ...topics, more: {} }, { groups: source().groups }), null);
    assert.deepEqual(writeLock(file, more), { state: "changed", changes: ["topic more: new"] });
    assert.equal(readFileSync(file, "utf8"), inventoryText(more));
    assert.deepEqual(readdirSync(join(directory, "inventory")), ["prod.json"], "no temporary file is left");
  });

  it("replaces a file that is no inventory, and says so", () => {
    const file = join(directory, "prod.json");
    writeFileSync(file, "{}");
    assert.deepEqual(writeLock(file, toInventory(source(), null)).changes, ["the file was not a valid lockfile"]);
  });

  for (const stack of ["dev", "prod"] as const) {
    it(`that is committed for ${stack} has the form in which it would be written`, () => {
      const { text } = stackInventory(stack) as { text: string };
      assert.equal(inventoryText(inventorySchema.parse(JSON.parse(text))), text);
    });
  }

  it("has its reports beside it", () => {
    assert.equal(reportPath("inventory/prod.json", "md"), "inventory/prod.report.md");
    assert.equal(reportPath(".lab/inventory.json", "json"), ".lab/inventory.report.json");
  });
});

describe("the report", () => {
  const words = () => {
    const reading = source();
    const first = load(reading, { orders: [0, 100, 100, 1000] }, { takenAt: 0 });
    const last = load(reading, { orders: [0, 150, 150, 2000] });
    return { source: reading, samples: [first, last] as const, ages: new Map([["billing", 4_000]]) };
  };

  it("says how fast a topic grows, by two samples", () => {
    const { topics: found } = toReport(facts(words()));
    const orders = found.find(({ name }) => name === "orders")!;
    assert.deepEqual(
      [orders.records, orders.bytes, orders.recordsPerSecond, orders.bytesPerSecond],
      [450n, 6000n, 15, 300],
    );
  });

  it("says how far behind a group is, and how old what it has not read", () => {
    const [billing] = toReport(facts(words())).groups;
    assert.deepEqual([billing!.lag, billing!.ageSeconds, billing!.members], [287n, 6, 1]);
  });

  it("counts from the log's start for a group that retention has overtaken", () => {
    const reading = source();
    const sample = load(reading, { orders: [100, 150, 150, 0] });
    const [billing] = toReport(facts({ source: reading, samples: [sample, sample] })).groups;
    assert.equal(billing!.lag, 100n);
  });

  it("does not take a topic for growing that retention made smaller", () => {
    const { samples, ...rest } = words();
    const { topics: found } = toReport(facts({ ...rest, samples: [samples[1], { ...samples[0], takenAt: 20_000 }] }));
    assert.equal(found.find(({ name }) => name === "orders")!.bytesPerSecond, null);
  });

  it("is text that says when it was taken, for people and for machines", () => {
    const report = toReport(facts(words()));
    const markdown = reportMarkdown(report);
    assert.match(markdown, /Taken at 2026-11-21T12:00:00.000Z/);
    for (const title of ["Advice", "To be attested", "Clusters", "Capacity", "Topics", "Groups", "Rights"]) {
      assert.match(markdown, new RegExp(`^## ${title}$`, "m"));
    }
    assert.match(markdown, /\| orders \| yes \| 3 \| 3 \| 450 \| 5.9 KiB \| 15.0 \|/);
    assert.match(markdown, /Every client that moves supports Kafka 2.1 or later.*billing-client/);
    const parsed = JSON.parse(reportJson(report)) as { topics: { name: string; records: string }[]; takenAt: string };
    assert.equal(parsed.takenAt, "2026-11-21T12:00:00.000Z");
    assert.equal(parsed.topics.find(({ name }) => name === "orders")?.records, "450");
    assert.ok(reportSummary(report).length < 12);
  });

  it("says how long records take on both sides, or how to have that measured", () => {
    const spread = (median: number) => ({ median, slowest: 2 * median });
    const of = (median: number) => ({ records: 30, acknowledged: spread(median), read: spread(median + 1) });
    const report = (latency?: NonNullable<FactsWords["latency"]>) =>
      toReport(facts({ ...words(), ...(latency && { latency }) }));
    assert.match(
      reportMarkdown(report()),
      /Not measured, since it writes records: `npm run assess .*--latency-topic <topic>`/,
    );
    const measured = reportMarkdown(report({ topic: "probe", source: of(3), target: of(8) }));
    assert.match(measured, /\| source \| 3 ms, slowest 6 ms \| 4 ms, slowest 8 ms \|/);
    assert.match(measured, /\| target \| 8 ms, slowest 16 ms \| 9 ms, slowest 18 ms \|/);
    assert.match(measured, /this report has what it is from this machine/);
    const problem = { problem: "topic probe does not exist on the target" };
    const half = reportMarkdown(report({ topic: "probe", source: of(3), target: problem }));
    assert.match(half, /\| target \| topic probe does not exist on the target \|/);
  });

  it("says so where the target does not exist yet", () => {
    const report = toReport(facts({ ...words(), target: null }));
    assert.match(reportMarkdown(report), /target: does not exist yet/);
  });
});

describe("the config of an assessment", () => {
  const problemsOf = (edit: (input: Record<string, unknown>) => void) => {
    const input = stackInput("prod") as unknown as Record<string, unknown>;
    edit(input);
    const parsed = parseAssessConfig(input, "prod");
    return "problems" in parsed ? parsed.problems.map(({ path }) => path) : [];
  };

  it("needs neither phase nor workloads nor an inventory", () => {
    const { phase: _, workloads: __, ...input } = stackInput("prod");
    const parsed = parseAssessConfig(input, "prod");
    assert.ok(!("problems" in parsed), JSON.stringify(parsed));
    assert.equal(parsed.config.inventoryFile.path, "inventory/prod.json");
  });

  it("knows who takes rights over, and asks for nothing where that is wrong", () => {
    const rightsOf = (rights: unknown) => {
      const parsed = parseAssessConfig({ ...stackInput("prod"), rights }, "prod");
      assert.ok(!("problems" in parsed), JSON.stringify(parsed));
      return parsed.config.rights;
    };
    assert.deepEqual(
      rightsOf({ users: [{ name: "billing", secret: "billing" }] })?.users.map(({ name }) => name),
      ["billing"],
    );
    assert.equal(rightsOf({ users: "billing" }), undefined);
    assert.equal(rightsOf(undefined), undefined);
  });

  it("needs no Connect cluster where nothing is copied", () => {
    const { connect: _, ...input } = stackInput("prod");
    setTable(input, { strategy: "dual-consume" });
    const parsed = parseAssessConfig(input, "prod");
    assert.ok(!("problems" in parsed), JSON.stringify(parsed));
    assert.equal(parsed.config.table, "dual-consume");
  });

  const broken: [string, (input: Record<string, unknown>) => void, string[]][] = [
    ["a Connect cluster that is missing", (input) => delete input["connect"], ["connect"]],
    ["a strategy that there is none of", (input) => (input["strategy"] = "both"), ["strategy"]],
    ["a gate's setting, which it does not need", (input) => (input["gates"] = { holdSeconds: "x" }), []],
    [
      "a source without a cluster",
      (input) => delete (input["source"] as Record<string, unknown>)["cluster"],
      ["source.cluster"],
    ],
    [
      "a Kubernetes connection that is not there",
      (input) => ((input["source"] as Record<string, unknown>)["kubernetes"] = "nowhere"),
      ["source.kubernetes"],
    ],
    [
      "an unknown key of a side",
      (input) => ((input["target"] as Record<string, unknown>)["bootstap"] = []),
      ["target.bootstap"],
    ],
  ];
  for (const [what, edit, paths] of broken) {
    it(`${paths.length === 0 ? "is silent about" : "names"} ${what}`, () => {
      const found = problemsOf(edit);
      for (const path of paths) assert.ok(found.includes(path), found.join());
      if (paths.length === 0) assert.deepEqual(found, []);
    });
  }

  it("says which file cannot be read", () => {
    assert.throws(
      () => readAssessConfig("Pulumi.nowhere.yaml", "nowhere"),
      /Pulumi.nowhere.yaml cannot be read \(ENOENT\)/,
    );
  });

  const wrong: [readonly string[], RegExp][] = [
    [[], /--stack is missing/],
    [["--stack", "dev", "--seconds", "soon"], /--seconds is "soon"; allowed: 1 to 3600/],
    [["--stack", "dev", "--sample-seconds", "0"], /--sample-seconds is "0"; allowed: 1 to 3600/],
    [["--stack", "dev", "now"], /"now" is one argument too many; allowed: --stack <name>/],
    [["--stak", "dev"], /'--stak'/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses ${args.join(" ") || "no arguments"}`, () => assert.throws(() => readArguments(args), message));
  }
});

describe("the records that an assessment reads", () => {
  it("are for as long as the command says, by default for 20 seconds", () => {
    assert.equal(readArguments(["--stack", "dev"]).sampleSeconds, 20);
    assert.equal(readArguments(["--stack", "dev", "--sample-seconds", "300"]).sampleSeconds, 300);
  });

  it("are those of the topics that move", () => {
    const reading = cluster({ orders: {}, _schemas: { partitions: 1 }, logs: { partitions: 1 } });
    const { selection: usual } = stackConfig("dev");
    const ignore = [{ name: "logs", reason: "not needed" }];
    const selection = { ...usual, topics: { ...usual.topics, ignore } };
    const partitions = load(reading, { orders: [0, 9, 9, 1], _schemas: [0, 9, 9, 1], logs: [0, 9, 9, 1] });
    assert.deepEqual(new Set(toSample(selection, reading, partitions).map(({ topic }) => topic)), new Set(["orders"]));
  });
});

describe("what Kafka answers", () => {
  const released: [number, string | null][] = [
    [1, "3.0"],
    [7, "3.3"],
    [20, "3.8"],
    [21, "3.9"],
    [25, "4.0"],
    [29, "4.2"],
    [99, null],
  ];
  for (const [level, release] of released) {
    it(`stands for ${release ?? "no known release"} at metadata.version ${level}`, () => {
      assert.equal(releaseOf(level), release);
    });
  }

  it("tells a release that is later than all known ones from a service that only speaks the protocol", () => {
    const versions = new Map([[2, { min: 1, max: 11 }]]);
    const abilities = (metadataVersion: number | null) => ({ versions, metadataVersion });
    assert.equal(releaseOfBrokers(abilities(99), "kraft"), "4.2");
    assert.equal(releaseOfBrokers(abilities(21), "kraft"), "3.9");
    assert.equal(releaseOfBrokers(abilities(null), "zookeeper"), "4.2");
    assert.equal(releaseOfBrokers(abilities(null), null), null);
  });

  const synonym = (name: string, value: string, source: 1 | 2 | 3 | 4 | 5) => ({ name, value, source });
  it("gives a config that the topic sets with what would hold without", () => {
    const reading = configReading({
      name: "retention.ms",
      value: "1000",
      configSource: 1,
      synonyms: [synonym("retention.ms", "1000", 1), synonym("log.retention.hours", "168", 5)],
    });
    assert.deepEqual(reading, { value: "1000", from: "topic", otherwise: { value: "604800000", from: "kafka" } });
  });

  for (const [source, from] of [
    [2, "broker"],
    [3, "broker"],
    [4, "broker"],
    [5, "kafka"],
  ] as const) {
    it(`takes config source ${source} for ${from}`, () => {
      const reading = configReading({ name: "min.insync.replicas", value: "2", configSource: source, synonyms: [] });
      assert.deepEqual(reading, { value: "2", from, otherwise: { value: "2", from } });
    });
  }
});

describe("the connector that asks Connect whether it can reach a broker", () => {
  const properties = probeProperties({ target: ["target:9092"], topic: "foo" }, "shop-probe-1", "broker-1:9092");

  it("has that broker alone, an alias of its own, and copies nothing", () => {
    assert.equal(properties["source.cluster.bootstrap.servers"], "broker-1:9092");
    assert.equal(properties["source.cluster.alias"], "shop-probe-1");
    assert.equal(properties["emit.offset-syncs.enabled"], "false");
    assert.equal(properties["source.consumer.max.poll.records"], "0");
  });
});
