import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { audit, isClean, type Audit } from "../lab/traffic/audit.ts";

const start = 1_760_000_000_000;
const keyCount = 4;
const partitions = 6;
const perKey = 120;

interface Logs {
  readonly producer: string[];
  /** Two pods of one group; the second takes all partitions over from the first half-way. */
  readonly consumers: [string[], string[]];
}

const partitionOf = (key: number): number => key % partitions;

/** Logs as the traffic writes them: 480 records of `orders`, one every 10 ms, read 25 ms later. */
function cleanLogs(): Logs {
  const producer = [`start\t${start}\tproducer\torders-producer\torders-producer-1\tsource:9092\t\torders`];
  const first = [`start\t${start}\tconsumer\torders-consumer\torders-consumer-1\tsource:9092\torders-consumer\torders`];
  const second = [first[0]!.replaceAll("consumer-1", "consumer-2").replace(String(start), String(start + 2_000))];
  const ends = new Array<number>(partitions).fill(0);
  for (let number = 0; number < keyCount * perKey; number += 1) {
    const [key, seq] = [number % keyCount, Math.floor(number / keyCount) + 1];
    const partition = partitionOf(key);
    const place = `orders\t${partition}\t${ends[partition]!++}\torders-${key}\t${seq}`;
    const time = start + 100 + number * 10;
    producer.push(`sent\t${time}\torders\torders-${key}:${seq}`, `ack\t${time + 5}\t${place}`);
    (number < 240 ? first : second).push(`read\t${time + 25}\t${place}\tok`);
  }
  return { producer, consumers: [first, second] };
}

/** The later pod's log comes first: what counts is the time, not the order of the files. */
const auditOf = ({ producer, consumers: [first, second] }: Logs): Audit =>
  audit([second, first, producer], { groups: { "orders-consumer": ["orders"] }, compactedTopics: ["profiles"] });

const verdictOf = ({ lost, redelivered, outOfOrder }: Audit): Record<string, number> => ({
  lost,
  redelivered,
  outOfOrder,
});

/** Exit code of `lab audit` on these logs. */
function exitCode({ producer, consumers }: Logs): number | null {
  const directory = mkdtempSync(path.join(tmpdir(), "audit-"));
  try {
    for (const group of ["foo-consumer", "bar-consumer", "profiles-consumer"]) mkdirSync(path.join(directory, group));
    for (const [name, lines] of Object.entries({ a: producer, b: consumers[0], c: consumers[1] }))
      writeFileSync(path.join(directory, `${name}.log`), lines.map((line) => `${line}\n`).join(""));
    return spawnSync(process.execPath, ["lab/traffic/main.ts", "audit", directory], {
      cwd: path.join(import.meta.dirname, ".."),
    }).status;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The second pod's lines of one key, as indexes into its log. */
const linesOfKey = (lines: readonly string[], key: number): number[] =>
  lines.flatMap((line, index) => (line.includes(`\torders-${key}\t`) ? [index] : []));

const cases: readonly {
  readonly when: string;
  readonly change: (logs: Logs) => void;
  readonly found: Record<string, number>;
}[] = [
  { when: "every record was processed once", change: () => {}, found: { lost: 0, redelivered: 0, outOfOrder: 0 } },
  {
    when: "one record was dropped",
    change: ({ consumers: [first] }) => void first.splice(100, 1),
    found: { lost: 1, redelivered: 0, outOfOrder: 0 },
  },
  {
    when: "one group was rewound by 7 when a pod took over",
    change: ({ consumers: [first, second] }) => {
      const again = first.slice(-7).map((line) => line.replace(/\t\d+/, `\t${start + 2_510}`));
      second.splice(1, 0, ...again);
    },
    found: { lost: 0, redelivered: 7, outOfOrder: 0 },
  },
  {
    when: "one group was rewound by 7 within a pod",
    change: ({ consumers: [, second] }) => {
      const at = 150;
      const time = second[at]!.split("\t")[1]!;
      second.splice(at + 1, 0, ...second.slice(at - 6, at + 1).map((line) => line.replace(/\t\d+/, `\t${time}`)));
    },
    found: { lost: 0, redelivered: 7, outOfOrder: 0 },
  },
  {
    when: "two records of one key were swapped",
    change: ({ consumers: [, second] }) => {
      const [, , one = 0, two = 0] = linesOfKey(second, 3);
      const [a, b] = [second[one]!, second[two]!];
      // Each keeps the other's time: that is what a reader of swapped records would have written.
      const timeOf = (line: string): string => line.split("\t")[1]!;
      second[one] = b.replace(timeOf(b), timeOf(a));
      second[two] = a.replace(timeOf(a), timeOf(b));
    },
    found: { lost: 0, redelivered: 0, outOfOrder: 1 },
  },
];

describe("the traffic's audit", () => {
  for (const { when, change, found } of cases)
    it(`finds lost ${found["lost"]}, redelivered ${found["redelivered"]}, outOfOrder ${found["outOfOrder"]} when ${when}`, () => {
      const logs = cleanLogs();
      change(logs);
      const result = auditOf(logs);
      assert.deepEqual(verdictOf(result), found);
      assert.equal(result.acknowledged, 480);
      assert.equal(result.processed["orders-consumer"], 480 - found["lost"]!);
      assert.equal(
        isClean(result),
        Object.values(found).every((count) => count === 0),
      );
    });

  for (const { when, change, found } of cases)
    it(`ends with ${Object.values(found).every((count) => count === 0) ? "0" : "1"} when ${when}`, () => {
      const logs = cleanLogs();
      change(logs);
      assert.equal(exitCode(logs), Object.values(found).every((count) => count === 0) ? 0 : 1);
    });

  it("names the record that was lost", () => {
    const logs = cleanLogs();
    const [dropped] = logs.consumers[0].splice(100, 1);
    const [, , topic, , , key, seq] = dropped!.split("\t");
    assert.deepEqual(auditOf(logs).offences, [
      { kind: "lost", group: "orders-consumer", topic, key, seq: Number(seq) },
    ]);
  });

  it("counts everything as lost for a group that left no log", () => {
    const { producer } = cleanLogs();
    const result = audit([producer], { groups: { "orders-consumer": ["orders"] } });
    assert.deepEqual(verdictOf(result), { lost: 480, redelivered: 0, outOfOrder: 0 });
  });

  it("is not clean when nothing was written", () => {
    assert.equal(isClean(audit([], { groups: {} })), false);
  });

  it("takes one copy of a record with unknown outcome, and none, but not two", () => {
    for (const [copies, redelivered] of [
      [0, 0],
      [1, 0],
      [2, 1],
    ] as const) {
      const logs = cleanLogs();
      logs.producer.push(`sent\t${start + 9_000}\torders\torders-3:${perKey + 1}`);
      for (let copy = 0; copy < copies; copy += 1)
        logs.consumers[1].push(`read\t${start + 9_001 + copy}\torders\t3\t${80 + copy}\torders-3\t${perKey + 1}\tok`);
      const result = auditOf(logs);
      assert.deepEqual(verdictOf(result), { lost: 0, redelivered, outOfOrder: 0 });
      assert.equal(result.unknown, 1);
    }
  });

  it("reports a processed record whose transaction was aborted", () => {
    const logs = cleanLogs();
    const record = `orders-3:${perKey + 1}`;
    logs.producer.push(`sent\t${start + 9_000}\torders\t${record}`, `abort\t${start + 9_005}\torders\t${record}`);
    assert.equal(isClean(auditOf(logs)), true);
    logs.consumers[1].push(`read\t${start + 9_010}\torders\t3\t80\torders-3\t${perKey + 1}\tok`);
    assert.equal(auditOf(logs).unexpected, 1);
    assert.equal(isClean(auditOf(logs)), false);
  });

  it("reports a payload that does not fit its hash", () => {
    const logs = cleanLogs();
    logs.consumers[0][50] = logs.consumers[0][50]!.replace(/ok$/, "bad");
    assert.equal(auditOf(logs).corrupt, 1);
    assert.equal(isClean(auditOf(logs)), false);
  });

  /** The same logs with Avro values: id 7 at first, id 9 from the 300th record on. */
  const withSchemas = (): Logs => {
    const { producer, consumers } = cleanLogs();
    const id = (line: string): number => (Number(line.split("\t")[1]) - start < 3_100 ? 7 : 9);
    const added = (line: string): string => (/^(ack|read)/.test(line) ? `${line}\t${id(line)}` : line);
    // A record is read a moment after it was written: its id is that of the writing.
    const reads = (line: string): string => (line.startsWith("read") ? `${line}\t${id(earlier(line))}` : line);
    const earlier = (line: string): string => line.replace(/\t(\d+)/, (_, time) => `\t${Number(time) - 20}`);
    const target = (line: string): string => line.replace("\tsource:9092\t", "\ttarget:9092\t");
    return { producer: producer.map(added), consumers: [consumers[0].map(reads), consumers[1].map(reads).map(target)] };
  };

  it("counts on each side the values that were read by the schema they were written with", () => {
    const result = auditOf(withSchemas());
    assert.deepEqual(result.schemas, { decoded: { source: 240, target: 240 }, wrongIds: 0 });
    assert.equal(isClean(result), true);
    assert.equal(auditOf(cleanLogs()).schemas, undefined);
  });

  it("reports a value that was read under another id than it was written with", () => {
    const logs = withSchemas();
    logs.consumers[1][200] = logs.consumers[1][200]!.replace(/\t9$/, "\t8");
    const result = auditOf(logs);
    assert.deepEqual(result.schemas, { decoded: { source: 240, target: 239 }, wrongIds: 1 });
    assert.equal(result.offences[0]?.kind, "wrongId");
    assert.equal(isClean(result), false);
  });

  it("counts a value that its schema does not fit as corrupt, not as read", () => {
    const logs = withSchemas();
    logs.consumers[0][50] = logs.consumers[0][50]!.replace("\tok\t", "\tbad\t");
    const result = auditOf(logs);
    assert.deepEqual([result.corrupt, result.schemas?.decoded["source"]], [1, 239]);
    assert.equal(isClean(result), false);
  });

  it("does not call a record of a compacted topic lost once the newest of its key was processed", () => {
    const compacted = ({ producer, consumers }: Logs, dropped: number): Audit => {
      const lines = consumers[1].filter((_, index) => index !== linesOfKey(consumers[1], 3).at(dropped));
      return audit([producer, consumers[0], lines], { compactedTopics: ["orders"] });
    };
    const older = compacted(cleanLogs(), 4);
    assert.deepEqual([older.lost, older.groups[0]!.compactedAway], [0, 1]);
    const newest = compacted(cleanLogs(), -1);
    assert.deepEqual([newest.lost, newest.groups[0]!.compactedAway], [1, 0]);
  });

  it("finds a repeated record that no traffic producer wrote", () => {
    const logs = cleanLogs();
    const other = `other\t${start + 1_000}\thistory\t0\t207\th\tdeadbeefdeadbeef`;
    logs.consumers[0].push(other);
    assert.deepEqual([auditOf(logs).redelivered, auditOf(logs).groups[0]!.others], [0, 1]);
    logs.consumers[1].push(other);
    assert.equal(auditOf(logs).redelivered, 1);
  });

  it("measures the longest pause of writing and reading from the logs, over restarts of a pod", () => {
    const { producer, consumers } = cleanLogs();
    const later = (line: string): string => line.replace(/\t(\d+)/, (_, time) => `\t${Number(time) + 8_000}`);
    const half = producer.length - 240;
    const result = audit([
      producer.slice(0, half),
      [producer[0]!, ...producer.slice(half).map(later)],
      consumers[0],
      [consumers[1][0]!, ...consumers[1].slice(1).map(later)],
    ]);
    assert.deepEqual([result.writePauseSeconds, result.readPauseSeconds], [8.01, 8.01]);
  });

  it("counts a producer's silence up to the end as a pause", () => {
    const { producer } = cleanLogs();
    assert.equal(audit([producer], { writtenUntil: start + 34_895 }).writePauseSeconds, 30);
  });

  it("counts what was acknowledged in each second", () => {
    const { from, acknowledged } = auditOf(cleanLogs()).perSecond;
    assert.deepEqual([from, acknowledged], [start / 1000, [90, 100, 100, 100, 90]]);
  });

  it("reads half a million lines, with work for each that does not grow with their number", () => {
    const lines = function* (): Generator<string> {
      yield `start\t${start}\tproducer\tp\tp-1\tsource:9092\t\torders`;
      for (let n = 0; n < 250_000; n += 1)
        yield `ack\t${start + n}\torders\t0\t${n}\torders-${n % 200}\t${Math.floor(n / 200) + 1}`;
    };
    const reads = function* (): Generator<string> {
      yield `start\t${start}\tconsumer\tc\tc-1\tsource:9092\torders-consumer\torders`;
      for (let n = 0; n < 250_000; n += 1)
        yield `read\t${start + n}\torders\t0\t${n}\torders-${n % 200}\t${Math.floor(n / 200) + 1}\tok`;
    };
    assert.equal(isClean(audit([lines(), reads()])), true);
  }).timeout(30_000);
}).timeout(20_000);
