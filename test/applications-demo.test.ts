import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { proposalOf } from "../assess/waves.ts";
import type { Inventory } from "../config/inventory.ts";
import { parseConfig } from "../config/load.ts";
import { movesReport, movesTable } from "../demo/applications/moves.ts";
import { stackOf } from "../demo/applications/options.ts";
import { planned } from "../demo/applications/planned.ts";
import { readArguments } from "../demo/cli.ts";
import { configForLab } from "../demo/stack.ts";
import { applicationTopics, applicationTraffic } from "../lab/traffic/application-workloads.ts";
import { moveTimes, outsideGaps, timelines, writePauseIn } from "../lab/traffic/timeline.ts";
import type { TrafficSet } from "../lab/traffic/workloads.ts";

const begin = 1_760_000_000_000;
const at = (seconds: number): number => begin + seconds * 1000;

/** A small world: `feed` writes `in`, `clean` makes `out` of it, `store` reads that; `other` has nothing to do with them. */
const traffic: TrafficSet = {
  producers: [
    { role: "producer", name: "feed", writes: [{ topic: "in", percent: 50, keys: 1 }] },
    { role: "producer", name: "other", writes: [{ topic: "else", percent: 50, keys: 1 }] },
  ],
  services: [{ role: "both", name: "clean", group: "clean", reads: ["in"], routes: [{ from: "in", to: "out" }] }],
  consumers: [{ role: "consumer", name: "store", group: "store", reads: ["out"], replicas: 2 }],
  compactedTopics: [],
};

/** A pod's log: it starts, works each second from `from` to `until`, and stops. */
function pod(
  role: string,
  workload: string,
  side: string,
  started: number,
  from: number,
  until: number,
  stopped?: number,
) {
  const event = role === "consumer" ? "read" : "ack";
  const lines = [`start\t${at(started)}\t${role}\t${workload}\t${workload}-1\t${side}-kafka-pods.demo.svc:9092\tg\tt`];
  for (let second = from; second <= until; second += 1) lines.push(`${event}\t${at(second)}\tt\t0\t1\tk\t1\tok`);
  return stopped === undefined ? lines : [...lines, `stop\t${at(stopped)}`];
}

/** `store` moves between 100 and 130, then `clean` and `feed` between 200 and 230. */
const logs = [
  pod("consumer", "store", "source", 0, 1, 105, 106),
  pod("consumer", "store", "target", 112, 114, 300),
  // The second member has no partition.
  pod("consumer", "store", "target", 112, 1, 0),
  pod("both", "clean", "source", 0, 1, 208, 209),
  pod("both", "clean", "target", 215, 218, 300),
  pod("producer", "feed", "source", 0, 1, 210, 211),
  pod("producer", "feed", "target", 214, 216, 300),
  pod("producer", "other", "source", 0, 1, 300),
];
const found = timelines(logs);
const first = { row: "move-store", workloads: ["store"] };
const second = { row: "move-rest", workloads: ["clean", "feed"] };
const applied = [
  { row: "move-store", from: at(100), until: at(130) },
  { row: "move-rest", from: at(200), until: at(230) },
];

describe("how long a move took, by the logs of those who moved", () => {
  it("is from up to the last that writes on the target, in parts", () => {
    assert.deepEqual(moveTimes(found, second.workloads, applied[1]!), {
      ...{ total: 18, untilStop: 9, stopping: 2, placing: 3, starting: 4 },
    });
  });

  it("is to the last that reads where nobody writes, and a member without a partition is not waited for", () => {
    assert.equal(moveTimes(found, first.workloads, applied[0]!)["total" as never], 14);
  });

  it("names who did not stop, and who does not work on the target", () => {
    const { missing } = moveTimes(found, ["store", "other", "nobody"], applied[0]!) as { missing: string[] };
    assert.deepEqual(missing, ["other", "nobody"]);
    const idle = timelines([...logs.slice(0, 4), pod("both", "clean", "target", 215, 1, 0), ...logs.slice(5)]);
    assert.deepEqual(moveTimes(idle, second.workloads, applied[1]!), { missing: ["clean"] });
  });
});

describe("the longest gaps of writers outside a wave", () => {
  const waves = [
    { ...first, ...applied[0]! },
    { ...second, ...applied[1]! },
  ];

  it("are those over the wave and before it, of everybody who writes and does not read what the wave writes", () => {
    assert.deepEqual(outsideGaps(found, waves, 0, traffic), [
      { workload: "clean", before: 1, during: 1 },
      { workload: "feed", before: 1, during: 1 },
      { workload: "other", before: 1, during: 1 },
    ]);
    assert.deepEqual(outsideGaps(found, waves, 1, traffic), [{ workload: "other", before: 1, during: 1 }]);
  });

  it("leave out services that the wave feeds, and before a wave the pauses of their own", () => {
    const feedAlone = [
      { ...applied[1]!, workloads: ["feed"] },
      { row: "last", workloads: ["other"], from: at(250), until: at(260) },
    ];
    assert.deepEqual(
      outsideGaps(found, feedAlone, 0, traffic).map(({ workload }) => workload),
      ["other"],
    );
    const [clean] = outsideGaps(found, feedAlone, 1, traffic);
    assert.deepEqual(clean, { workload: "clean", before: 1, during: 1 }, "the 10 s in which feed moved are left out");
  });

  it("tell how long writers waited while a row was applied, the last acknowledged record before it included", () => {
    const held = timelines([
      [...pod("producer", "other", "source", 0, 1, 110), ...pod("producer", "other", "target", 112, 117, 300)],
      pod("producer", "feed", "source", 0, 1, 300),
    ]);
    assert.equal(writePauseIn(held, { from: at(111), until: at(116) }), 7);
    assert.equal(writePauseIn(held, { from: at(200), until: at(210) }), 1);
    assert.equal(writePauseIn(new Map(), { from: at(200), until: at(210) }), 0);
  });

  it("tell it of a run with very many records", () => {
    const long = timelines([pod("producer", "feed", "source", 0, 1, 200_000)]);
    assert.equal(writePauseIn(long, { from: at(0), until: at(200_000) }), 1);
  });

  it("see a writer that was held up", () => {
    const held = timelines([
      ...logs.slice(0, -1),
      [...pod("producer", "other", "source", 0, 1, 110), ...pod("producer", "other", "source", 0, 115, 300).slice(1)],
    ]);
    assert.equal(outsideGaps(held, waves, 0, traffic).find(({ workload }) => workload === "other")?.during, 5);
  });
});

describe("the report of moves", () => {
  it("has each move with its parts, and no problem where only those stopped that moved", () => {
    const { moves, problems } = movesReport(found, [first, second], applied, traffic);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      moves.map(({ row, times }) => [row, times?.total]),
      [
        ["move-store", 14],
        ["move-rest", 18],
      ],
    );
    assert.match(movesTable(moves).join("\n"), /move-rest +18\.0 +9\.0 +2\.0 +3\.0 +4\.0 +1\.0 \(other\) +1\.0/);
  });

  it("has a problem if somebody else stopped meanwhile, or somebody of the move did not move", () => {
    assert.deepEqual(movesReport(found, [{ row: "move-rest", workloads: ["feed"] }], applied, traffic).problems, [
      "move-rest: stopped although they are not part of it: clean",
    ]);
    const { moves, problems } = movesReport(
      found,
      [{ row: "move-store", workloads: ["store", "other"] }],
      applied,
      traffic,
    );
    assert.deepEqual(problems, ["move-store: did not stop or did not work on the target: other"]);
    assert.match(movesTable(moves).join("\n"), /move-store +\? /);
  });

  it("leaves out moves that were not applied", () => {
    assert.deepEqual(movesReport(found, [first, second], applied.slice(0, 1), traffic).moves.length, 1);
  });
});

describe("the stack of the applications", () => {
  const text = readFileSync(path.join(import.meta.dirname, "../Pulumi.apps.yaml"), "utf8");
  const lab = { block: 7, dir: "/tmp/lab" };
  const waves = configForLab(text, lab, { strategy: "waves" });
  const { config } = parse(waves) as { config: Record<string, ReturnType<typeof JSON.parse>> };
  const { producers, consumers, services = [] } = applicationTraffic;

  it("says of each application of the lab's traffic what it reads and writes", () => {
    const expected = [
      ...producers.map(({ name, writes }) => ({ name, role: "producer", topics: writes.map(({ topic }) => topic) })),
      ...services.map(({ name, group, routes, streams }) => ({
        name,
        role: "both",
        groups: [group],
        topics: routes.map(({ to }) => to),
        ...(streams && {
          streams: {
            changelogs: {
              ...{ by: "the lab", at: "2026-11-30T12:00:00Z" },
              words: "it has one store, which has a changelog; its pods have no volumes",
            },
          },
        }),
      })),
      ...consumers.map(({ name, group, kind }) => ({ name, ...(kind && { kind }), role: "consumer", groups: [group] })),
    ];
    const written = (config["kafka-migration:workloads"] as Record<string, unknown>[]).map(
      ({ bootstrap, ...other }) => {
        assert.deepEqual(bootstrap, { configMap: `${String(other["name"])}-config`, key: "BOOTSTRAP" });
        return other;
      },
    );
    assert.deepEqual(written, expected);
    assert.deepEqual(
      config["kafka-migration:groups"].migrate,
      [...services, ...consumers].map(({ group, reads }) => ({ name: group, topics: reads })),
    );
    assert.deepEqual(
      config["kafka-migration:topics"].migrate,
      applicationTopics.map(({ topic }) => topic),
    );
  });

  it("is accepted by the checks, and waves are proposed for it", () => {
    const own = (text: string): Record<string, unknown> => {
      const { config } = parse(text) as { config: Record<string, unknown> };
      const entries = Object.entries(config).map(([key, value]) => [key.replace("kafka-migration:", ""), value]);
      return Object.fromEntries(entries.map(([key, value]) => [key, value === "false" ? false : value])) as never;
    };
    const inventory: Inventory = {
      ...(JSON.parse(readFileSync(path.join(import.meta.dirname, "support/inventory/dev.json"), "utf8")) as Inventory),
      topics: applicationTopics.map(({ topic: name, numPartitions, compacted }) => {
        const configs: Record<string, string> = compacted ? { "cleanup.policy": "compact" } : {};
        return { name, partitions: numPartitions, replicationFactor: 2, configs };
      }),
      groups: [...services, ...consumers].map((application) => {
        const { group, reads } = application;
        const streams = "streams" in application && { streams: true as const };
        return { name: group, protocol: "classic", ...streams, topics: [...reads].sort() };
      }),
    };
    for (const strategy of ["waves", "together"] as const) {
      const raw = own(configForLab(text, lab, { strategy }));
      const parsed = parseConfig(raw, { path: "inventory.json", text: JSON.stringify(inventory) });
      assert.deepEqual("problems" in parsed ? parsed.problems : [], []);
    }
    const files = { configFile: "Pulumi.apps.yaml", path: "inventory.json", most: 5 };
    const proposed = parse(proposalOf(own(waves), inventory, files)) as Record<string, { workloads: string[] }[]>;
    assert.equal(proposed["kafka-migration:waves"]?.length, 5);
  });

  it("is walked in at least four waves, with services of both roles, and a topic with writers in two of them", () => {
    const { rows, moves } = planned(waves, { strategy: "waves" });
    assert.deepEqual(
      rows.map(({ name }) => name),
      ["prepare", "mirror", ...moves.map(({ row }) => row), "validate", "retire"],
    );
    assert.ok(moves.length >= 4);
    const waveOf = (name: string): number => moves.findIndex(({ workloads }) => workloads.includes(name));
    const writers = producers.filter(({ writes }) => writes.some(({ topic }) => topic === "events"));
    assert.equal(new Set(writers.map(({ name }) => waveOf(name))).size, 2);
    assert.deepEqual(
      moves.flatMap(({ workloads }) => workloads).sort(),
      [...producers, ...services, ...consumers].map(({ name }) => name).sort(),
    );
  });

  it("is walked together without waves, everybody in one move", () => {
    const together = configForLab(text, lab, { strategy: "together" });
    assert.equal("kafka-migration:waves" in (parse(together) as { config: object }).config, false);
    const { rows, moves } = planned(together, { strategy: "together" });
    assert.deepEqual(
      rows.map(({ name }) => name),
      ["prepare", "mirror", "move", "validate", "retire"],
    );
    assert.equal(moves[0]?.workloads.length, 12);
  });

  it("is what the demo takes for together and waves, at a rate of its own", () => {
    for (const strategy of ["together", "waves"] as const) {
      assert.equal(stackOf({ strategy }), "apps");
      assert.equal(readArguments(["--strategy", strategy]).messagesPerSecond, 300);
    }
    assert.equal(stackOf({ strategy: "producers-first" }), "dev");
  });
});
