import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse, stringify } from "yaml";
import type { AsMirrorMaker } from "../demo/as-mirror-maker.ts";
import { parseCheckpoint } from "../demo/checkpoints.ts";
import { readArguments, type DemoOptions } from "../demo/cli.ts";
import { isPreviewed } from "../demo/legs.ts";
import { roundTrip, tableOf, tables } from "../phases/strategies/index.ts";
import { MoveSteps, stepsTable } from "../demo/move-steps.ts";
import { report, type Demands } from "../demo/report.ts";
import { configForLab } from "../demo/stack.ts";
import { audit } from "../lab/traffic/audit.ts";
import { HeldBack, holdBack } from "../lab/traffic/hold-back.ts";
import { processedOn } from "../lab/traffic/logged.ts";

describe("the demo's arguments", () => {
  it("choose a table, and leave persistedData to the strategy where nothing is said", () => {
    const { strategy, persistedData, messagesPerSecond, keep } = readArguments([]) as DemoOptions;
    assert.deepEqual([strategy, persistedData, messagesPerSecond, keep], ["producers-first", undefined, 1000, false]);
    assert.equal((readArguments(["--persisted-data", "none"]) as DemoOptions).persistedData, "none");
    assert.equal(readArguments(["--strategy", "dual-consume", "--persisted-data", "none"]).strategy, "dual-consume");
  });

  it("choose the table with the way back, which is walked there and back", () => {
    const options = readArguments(["--way-back"]) as DemoOptions;
    assert.deepEqual([options.wayBack, options.messagesPerSecond], ["mirrored", 500]);
    assert.equal(tableOf(options), "producers-first-way-back");
    assert.deepEqual(
      roundTrip(tables[tableOf(options)]).map(({ name }) => name),
      [
        ...["prepare", "mirror", "move-producers", "move-consumers", "validate"],
        ...["mirror", "move-producers", "move-consumers", "validate", "close", "retire"],
      ],
    );
    assert.deepEqual(roundTrip(tables["producers-first"]), tables["producers-first"].slice(0, -1));
  });

  it("previews what only a walk there and back has", () => {
    for (const [table, wanted] of [
      ["producers-first-way-back", ["0 prepare", "3 move-consumers", "5 mirror", "9 close"]],
      ["together-way-back", ["0 prepare", "2 move", "4 mirror", "7 close"]],
    ] as const) {
      const rows = roundTrip(tables[table]);
      const previewed = rows.map(({ name }, at) => `${at} ${name}`).filter((_, at) => isPreviewed(rows, at));
      assert.deepEqual(previewed, wanted);
    }
  });

  it("choose a table of Pega, whose tiers write less", () => {
    assert.deepEqual(readArguments(["--strategy", "pega-lossy", "--keep"]), {
      strategy: "pega-lossy",
      messagesPerSecond: 150,
      keep: true,
    });
  });

  it("add quiet topics and groups, a fifth as many where nothing is said, and records to be written in all", () => {
    const { many, records } = readArguments(["--topics", "1000", "--records", "10000000"]) as DemoOptions;
    assert.deepEqual([many, records], [{ topics: 1_000, groups: 200 }, 10_000_000]);
    assert.equal((readArguments(["--topics", "50", "--groups", "7"]) as DemoOptions).many?.groups, 7);
    assert.equal((readArguments([]) as DemoOptions).many, undefined);
  });

  for (const [args, said] of [
    [["--groups", "20"], /--groups needs --topics, which the added groups read$/],
    [["--topics", "6"], /--topics is "6"; allowed: whole numbers from 7 to 5000$/],
    [["--topics", "100", "--strategy", "waves"], /are possible with producers-first and consumers-first only/],
    [["--records", "100", "--vendor", "--strategy", "consumers-first"], /only, without --vendor$/],
    [["--topics", "100", "--strategy", "pega-lossy"], /--topics is not possible with pega-lossy$/],
    [["--strategy", "pega-drained", "--persisted-data", "none"], /with pega-drained, which copies nothing/],
    [
      ["--strategy", "both"],
      /--strategy "both" is unknown; allowed: producers-first, consumers-first, dual-consume, together, waves, pega-drained, pega-lossy/,
    ],
    [["--persisted-data", "some"], /"some" is not possible with producers-first; allowed: mirrored, none/],
    [["--strategy", "consumers-first", "--persisted-data", "none"], /with consumers-first; allowed: mirrored$/],
    [["--strategy", "dual-consume", "--persisted-data", "mirrored"], /with dual-consume; allowed: none$/],
    [["--messages-per-second", "7"], /allowed: whole numbers from 50 to 20000/],
    [["--way-back", "--persisted-data", "none"], /--way-back is not possible with --persisted-data none$/],
    [
      ["--way-back", "--strategy", "dual-consume"],
      /--way-back is not possible with dual-consume, which copies nothing$/,
    ],
    [["--way-back", "--strategy", "pega-lossy"], /--way-back is not possible with pega-lossy, which copies nothing$/],
    [
      ["--way-back", "--strategy", "waves"],
      /--way-back is not possible with waves, two of which share a topic in the demo$/,
    ],
    [["--way-back", "--strategy", "consumers-first", "--vendor"], /--way-back is not possible with --vendor$/],
    [["--phase", "mirror"], /allowed: --strategy <name>, --persisted-data/],
  ] as const) {
    it(`refuse ${args.join(" ")}`, () => assert.throws(() => readArguments(args), said));
  }
});

describe("a stack's config for the lab", () => {
  const lab = { block: 7, dir: "/tmp/lab" };
  const written = stringify({
    encryptionsalt: "v1:salt",
    config: {
      "kafka-migration:inventory": ".lab/inventory.json",
      "kafka-migration:source": { runnerBootstrap: ["127.0.1.1:9094"], credentials: { mirror: {}, runner: {} } },
      "kafka-migration:connect": {},
      "kafka-migration:mirror": { tasksMax: 4 },
      "kafka-migration:workloads": [
        { name: "foo-producer", role: "producer" },
        { name: "foo-consumer", role: "consumer" },
      ],
    },
  });

  it("has the lab's own addresses and files", () => {
    const { encryptionsalt, config } = parse(configForLab(written, lab)) as Record<string, Record<string, unknown>>;
    assert.equal(encryptionsalt, "v1:salt");
    assert.equal(config!["kafka-migration:inventory"], "/tmp/lab/inventory.json");
    assert.deepEqual(config!["kafka-migration:source"], {
      runnerBootstrap: ["127.7.1.1:9094"],
      credentials: { mirror: {}, runner: {} },
    });
  });

  it("has no mirror where nothing is copied, and twins where both sides are read", () => {
    const text = configForLab(written, lab, { strategy: "dual-consume" });
    const { config } = parse(text) as { config: Record<string, unknown> };
    assert.equal(config["kafka-migration:strategy"], "dual-consume");
    assert.equal("kafka-migration:connect" in config, false);
    assert.equal("kafka-migration:mirror" in config, false);
    assert.deepEqual(config["kafka-migration:source"], {
      runnerBootstrap: ["127.7.1.1:9094"],
      credentials: { runner: {} },
    });
    assert.deepEqual(config["kafka-migration:workloads"], [
      { name: "foo-producer", role: "producer" },
      {
        name: "foo-consumer",
        role: "consumer",
        twin: { name: "foo-consumer-twin", bootstrap: { configMap: "foo-consumer-twin-config", key: "BOOTSTRAP" } },
      },
    ]);
  });

  it("keeps the mirror, whose checkpoints follow the groups, and gets no twins in consumers-first", () => {
    const text = configForLab(written, lab, { strategy: "consumers-first" });
    const { config } = parse(text) as { config: Record<string, unknown> };
    assert.deepEqual(config["kafka-migration:connect"], {});
    const checkpoint = { "emit.checkpoints.interval.seconds": "1" };
    assert.deepEqual(config["kafka-migration:mirror"], { tasksMax: 4, checkpoint });
    assert.doesNotMatch(text, /twin/);
  });
});

const start = 1_760_000_000_000;
const line = (...fields: (string | number)[]): string => fields.join("\t");
const writes = [
  line("start", start, "producer", "p", "p-1", "source:9092", "", "foo"),
  ...[1, 2, 3, 4].flatMap((seq) => [
    line("sent", start + seq, "foo", `k:${seq}`),
    line("ack", start + seq * 1000, "foo", 0, seq, "k", seq),
  ]),
];
const reads = (bootstrap: string, at: number, ...seqs: number[]): string[] => [
  line("start", start, "consumer", "c", "c-1", bootstrap, "c", "foo"),
  ...seqs.map((seq, index) => line("read", start + at + index, "foo", 0, seq, "k", seq, "ok")),
];

describe("a walk's report", () => {
  const demands: Demands = { rows: ["one"], perSecond: 0, total: 4, afterLast: 0 };
  const phases = [
    {
      name: "one",
      seconds: 1,
      gates: [],
      reached: true,
      steps: [],
      upFrom: start,
      upUntil: start,
      from: start,
      until: start + 5000,
    },
  ];
  const acrossSides = audit([writes, reads("target-kafka:9092", 6000, 3, 4), reads("source-kafka:9092", 7000, 1, 2)]);
  const problems = (of: Partial<Demands>, found = acrossSides, measured?: AsMirrorMaker) =>
    report("any", phases, found, 0, { ...demands, ...of }, measured).problems;

  it("lets records of one key be read from both sides in any order where that is not promised", () => {
    assert.deepEqual(problems({ order: "within-side" }), []);
    assert.deepEqual(problems({}), ["the audit found lost 0, redelivered 0, outOfOrder 2, corrupt 0, unexpected 0"]);
    const within = audit([writes, reads("target-kafka:9092", 6000, 4, 3), reads("source-kafka:9092", 7000, 1, 2)]);
    assert.equal(problems({ order: "within-side" }, within).length, 1);
  });

  it("demands as many lost records as were counted beside it, no more and no less", () => {
    const unread = audit([writes, reads("source:9092", 6000, 1, 2, 3)]);
    assert.deepEqual(problems({ lost: 1 }, unread), []);
    assert.deepEqual(problems({ lost: 2 }, unread), [
      "the audit found lost 1, redelivered 0, outOfOrder 0, corrupt 0, unexpected 0; lost 2 expected",
    ]);
    assert.equal(problems({}, unread).length, 1);
  });

  it("says where each group read", () => {
    assert.deepEqual(acrossSides.groups[0]!.read, { target: 2, source: 2 });
  });

  it("demands that no producer was stopped up to a row, and that MirrorMaker 2's own offsets repeated something", () => {
    const measured = { redelivered: 7, groups: [] };
    const again = [line("start", start + 3000, "producer", "p", "p-2", "source:9092", "", "foo")];
    const steady = (until: number) =>
      audit([writes, again, reads("source:9092", 6000, 1, 2, 3, 4)], { steadyUntil: until });
    assert.deepEqual(problems({ steady: true }, steady(start + 2000), measured), []);
    assert.deepEqual(problems({ steady: true }, steady(start + 4000), measured), [
      "producers were stopped before the row that moves them: p",
    ]);
    assert.match(
      problems({ steady: true }, acrossSides, measured).join(),
      /did not look whether producers were stopped/,
    );
    assert.match(problems({ steady: true }, steady(start + 2000)).join(), /were not measured/);
    const nothing = { redelivered: 0, groups: [] };
    assert.match(problems({ steady: true }, steady(start + 2000), nothing).join(), /proves nothing/);
  });
});

describe("what the demo reads of others", () => {
  it("takes group, topic, partition and the target's offset from a checkpoint of MirrorMaker 2", () => {
    const text = (value: string): Buffer => {
      const length = Buffer.alloc(2);
      length.writeInt16BE(value.length);
      return Buffer.concat([length, Buffer.from(value)]);
    };
    const numbers = Buffer.alloc(4 + 2 + 8 + 8);
    numbers.writeInt32BE(5, 0);
    numbers.writeBigInt64BE(1000n, 6);
    numbers.writeBigInt64BE(990n, 14);
    const key = Buffer.concat([text("foo-consumer"), text("foo"), numbers.subarray(0, 4)]);
    const value = Buffer.concat([numbers.subarray(4), text("")]);
    assert.deepEqual(parseCheckpoint(key, value), { group: "foo-consumer", topic: "foo", partition: 5, offset: 990n });
    assert.equal(parseCheckpoint(key, null), null);
  });

  it("takes what a group processed on one side from its logs", () => {
    const directory = mkdtempSync(path.join(tmpdir(), "logs-"));
    try {
      const lines = [...reads("source-kafka:9092", 1, 1, 2), line("other", start, "history", 0, 9, "h", "beef")];
      writeFileSync(path.join(directory, "a.log"), lines.map((each) => `${each}\n`).join(""));
      writeFileSync(path.join(directory, "b.log"), `${reads("target-kafka:9092", 1, 3).join("\n")}\n`);
      assert.deepEqual([...processedOn(directory, "c", "source")], ["foo\tk\t1", "foo\tk\t2", "history\th\tbeef"]);
      assert.deepEqual([...processedOn(directory, "c", "target")], ["foo\tk\t3"]);
      assert.deepEqual([...processedOn(directory, "d", "source")], []);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("a consumer that is held back", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "held-"));
  after(() => rmSync(directory, { recursive: true }));
  const offsets = ["96", "97", "98", "99"];

  it("processes what lies further behind the end than it is told to stay, in the topics that it is told of", () => {
    assert.equal(new HeldBack(directory).due("foo", "100", offsets), 4);
    holdBack(directory, { foo: 3 });
    const held = new HeldBack(directory);
    assert.deepEqual([held.due("foo", "100", offsets), held.due("bar", "100", offsets)], [1, 4]);
    assert.equal(held.due("foo", "50", offsets), 0);
    holdBack(directory, {});
    assert.equal(new HeldBack(directory).due("foo", "100", offsets), 4);
  });
});

describe("the steps of a move in the demo's report", () => {
  const heard = new MoveSteps();
  const switchLine = " +  kafka:Switch shop-switch-producers creating (4s) switch producers";
  for (const text of [
    `${switchLine} after 1.5 s: 5 workloads at 0 pods`,
    "mirror: shop-checkpoint stopped",
    `${switchLine} after 4.0 s: ledger entry 1 written: 19 partitions`,
    // As the CLI repeats it at the end.
    "    switch producers after 1.5 s: 5 workloads at 0 pods",
  ])
    heard.hear(text);

  it("are those that the move tells, each once", () =>
    assert.deepEqual(heard.all, [
      { after: 1.5, what: "5 workloads at 0 pods" },
      { after: 4, what: "ledger entry 1 written: 19 partitions" },
    ]));

  it("are printed with the seconds since the step before", () => {
    const none = { name: "mirror", steps: [] };
    assert.deepEqual(stepsTable([none, { name: "move-producers", steps: heard.all }]), [
      "each move in steps: seconds since it began, and since the step before",
      "move-producers",
      "    1.5     1.5  5 workloads at 0 pods",
      "    4.0     2.5  ledger entry 1 written: 19 partitions",
    ]);
    assert.deepEqual(stepsTable([none]), []);
  });

  it("are those of a wave by its name, too", () => {
    const steps = new MoveSteps();
    steps.hear("switch wave orders after 0.5 s: 3 workloads at 0 pods");
    assert.deepEqual(steps.all, [{ after: 0.5, what: "3 workloads at 0 pods" }]);
  });
});
