import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Batch, EachBatchPayload, KafkaMessage, Message, Producer, ProducerRecord, RecordMetadata } from "kafkajs";
import { applicationTopics, applicationTraffic } from "../lab/traffic/application-workloads.ts";
import { audit, isClean, type Audit } from "../lab/traffic/audit.ts";
import { auditTable } from "../lab/traffic/audit-files.ts";
import { HeldBack, holdBack } from "../lab/traffic/hold-back.ts";
import { TrafficLog } from "../lab/traffic/log-lines.ts";
import { trafficManifests } from "../lab/traffic/manifests.ts";
import { randomPayload } from "../lab/traffic/payload.ts";
import { partitionTime, requireTimes, timeIn } from "../lab/traffic/streams-time.ts";
import { transforming } from "../lab/traffic/transforming.ts";
import { internalTopics } from "../runtime/model/streams.ts";

/** What reached the fake brokers, in order. */
type Event =
  | {
      readonly what: "send";
      readonly topic: string;
      readonly messages: readonly Message[];
      readonly transaction: number;
    }
  | { readonly what: "commit" | "abort"; readonly transaction: number }
  | { readonly what: "offset"; readonly transaction: number; readonly offset: string; readonly metadata?: string };

function fakeProducer(events: Event[]): Producer {
  let transactions = 0;
  const send =
    (transaction: number) =>
    async ({ topic, messages }: ProducerRecord): Promise<RecordMetadata[]> => {
      events.push({ what: "send", topic, messages, transaction });
      return [{ topicName: topic, partition: messages[0]!.partition!, errorCode: 0, baseOffset: "100" }];
    };
  const transaction = async () => {
    transactions += 1;
    const number = transactions;
    return {
      send: send(number),
      sendOffsets: async ({ topics }: { topics: { partitions: { offset: string; metadata?: string }[] }[] }) => {
        const { offset, metadata } = topics[0]!.partitions[0]!;
        events.push({ what: "offset", transaction: number, offset, ...(metadata !== undefined && { metadata }) });
      },
      commit: async () => void events.push({ what: "commit", transaction: number }),
      abort: async () => void events.push({ what: "abort", transaction: number }),
    };
  };
  return { send: send(0), transaction } as unknown as Producer;
}

/** A record as a producer of the traffic wrote it; those of others have no headers of ours. */
const message = (offset: number, key: string, seq: number | null): KafkaMessage =>
  ({
    offset: String(offset),
    key: Buffer.from(key),
    timestamp: "1",
    ...(seq === null ? { value: Buffer.from("old"), headers: {} } : randomPayload(key, seq, false)),
  }) as unknown as KafkaMessage;

interface Ran {
  readonly events: readonly Event[];
  readonly lines: readonly string[];
  readonly resolved: readonly string[];
}

/** Gives a service batches of partition 1 of `in`, whose records end one offset before a marker. */
async function run(
  batches: readonly KafkaMessage[][],
  transactional: boolean,
  behind = 0,
  also?: string,
): Promise<Ran> {
  const directory = mkdtempSync(path.join(tmpdir(), "service-"));
  try {
    const events: Event[] = [];
    const resolved: string[] = [];
    if (behind > 0) holdBack(directory, { in: behind });
    const handler = transforming({
      log: new TrafficLog(directory, "pod"),
      heldBack: new HeldBack(directory),
      producer: fakeProducer(events),
      routes: new Map([["in", also === undefined ? ["out"] : ["out", also]]]),
      transactionalGroup: transactional ? "group" : undefined,
      keepsTime: also !== undefined,
    });
    for (const messages of batches) {
      const last = String(Number(messages.at(-1)!.offset) + 1);
      const batch = {
        topic: "in",
        partition: 1,
        messages,
        highWatermark: String(Number(last) + 1),
        lastOffset: () => last,
      };
      await handler({
        batch: batch as unknown as Batch,
        resolveOffset: (offset: string) => void resolved.push(offset),
        pause: () => () => undefined,
      } as unknown as EachBatchPayload);
    }
    const lines = readFileSync(path.join(directory, "pod.log"), "utf8").trimEnd().split("\n");
    return { events, lines, resolved };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const withoutTime = (line: string): string => line.split("\t").toSpliced(1, 1).join(" ");
const whats = (events: readonly Event[]): string[] => events.map(({ what, transaction }) => `${what} ${transaction}`);

describe("a service of the lab's traffic", () => {
  it("writes several topics in one transaction, with the time of the partition beside its offset", async () => {
    const { events, lines } = await run([[message(4, "a", 7)]], true, 0, "changelog");
    assert.deepEqual(whats(events), ["send 1", "send 1", "offset 1", "commit 1"]);
    assert.deepEqual(
      lines.map(withoutTime).filter((line) => line.startsWith("ack")),
      ["ack out 1 100 a 7", "ack changelog 1 100 a 7"],
    );
    const committed = events.find(({ what }) => what === "offset");
    assert.ok(committed?.what === "offset" && timeIn(committed.metadata ?? null) === 1n);
  });

  it("writes one record of the same key, number and partition for each that it reads, and none for those of others", async () => {
    const { events, lines, resolved } = await run(
      [[message(4, "a", 7), message(5, "past", null), message(6, "b", 3)]],
      false,
    );
    assert.deepEqual(whats(events), ["send 0"]);
    const [sent] = events;
    assert.ok(sent?.what === "send");
    assert.equal(sent.topic, "out");
    assert.deepEqual(
      sent.messages.map(({ key, partition, headers }) => [key, partition, headers!["seq"]]),
      [
        ["a", 1, "7"],
        ["b", 1, "3"],
      ],
    );
    assert.deepEqual(lines.map(withoutTime).slice(0, 5), [
      "sent out a:7 b:3",
      "ack out 1 100 a 7",
      "ack out 1 101 b 3",
      "read in 1 4 a 7 ok",
      lines.map(withoutTime)[4]!,
    ]);
    assert.match(withoutTime(lines[4]!), /^other in 1 5 past [0-9a-f]{16}$/);
    assert.equal(withoutTime(lines[5]!), "read in 1 6 b 3 ok");
    assert.deepEqual(resolved, ["7"], "past the marker");
  });

  it("commits records and offsets as one transaction, and makes again what it aborts on purpose", async () => {
    const batches = Array.from({ length: 10 }, (_, at) => [message(at * 2, "a", at + 1)]);
    const { events, lines } = await run(batches, true);
    assert.deepEqual(whats(events.slice(0, 3)), ["send 1", "offset 1", "commit 1"]);
    assert.deepEqual(whats(events.slice(-6)), [
      "send 10",
      "offset 10",
      "abort 10",
      "send 11",
      "offset 11",
      "commit 11",
    ]);
    assert.equal(events[1]!.what === "offset" && events[1]!.offset, "2", "behind the marker");
    const of = (event: string): string[] => lines.filter((line) => line.startsWith(`${event}\t`));
    assert.deepEqual([of("sent").length, of("ack").length, of("read").length], [11, 10, 10]);
  });

  it("sends at most 500 records at once", async () => {
    const { events } = await run([Array.from({ length: 1_001 }, (_, at) => message(at, "a", at + 1))], false);
    assert.deepEqual(
      events.map((event) => event.what === "send" && event.messages.length),
      [500, 500, 1],
    );
  });

  it("leaves alone what is held back, and resolves up to there", async () => {
    const messages = Array.from({ length: 10 }, (_, at) => message(at, "a", at + 1));
    const { events, resolved } = await run([messages], false, 7);
    // The high watermark is 11, so offsets below 4 are due.
    assert.equal(events[0]?.what === "send" && events[0].messages.length, 4);
    assert.deepEqual(resolved, ["3"]);
  });
});

const time = 1_760_000_000_000;
const links = [{ service: "clean", from: "in", to: "out" }];

/** A producer of `in`, a service that makes `out` of it, a reader of `out`: five records of one key. */
function chainLogs(): { producer: string[]; service: string[]; reader: string[] } {
  const producer = [`start\t${time}\tproducer\tfeed\tfeed-1\tsource:9092\t\tin`];
  const service = [`start\t${time}\tboth\tclean\tclean-1\tsource:9092\tclean\tin`];
  const reader = [`start\t${time}\tconsumer\tstore\tstore-1\tsource:9092\tstore\tout`];
  for (let seq = 1; seq <= 5; seq += 1) {
    const at = time + seq * 1_000;
    producer.push(`sent\t${at}\tin\tk:${seq}`, `ack\t${at}\tin\t0\t${seq}\tk\t${seq}`);
    service.push(
      `sent\t${at}\tout\tk:${seq}`,
      `ack\t${at}\tout\t0\t${seq}\tk\t${seq}`,
      `read\t${at}\tin\t0\t${seq}\tk\t${seq}\tok`,
    );
    reader.push(`read\t${at}\tout\t0\t${seq}\tk\t${seq}\tok`);
  }
  return { producer, service, reader };
}

const auditOf = ({ producer, service, reader }: ReturnType<typeof chainLogs>): Audit =>
  audit([producer, service, reader], { links, groups: { clean: ["in"], store: ["out"] } });

describe("the audit of a chain", () => {
  it("finds one output for each input, and counts the service's pauses and group as those of others", () => {
    const result = auditOf(chainLogs());
    assert.deepEqual(result.chains, {
      ...{ inputs: 5, missing: 0, repeated: 0, unexpected: 0 },
      links: [{ ...links[0]!, inputs: 5, missing: 0, repeated: 0, unexpected: 0 }],
    });
    assert.ok(isClean(result));
    assert.deepEqual(result.processed, { clean: 5, store: 5 });
    assert.equal(result.writePauses["clean"], 1);
    assert.ok(auditTable(result).includes("chain: each input exactly one output (5 inputs; in > out)"));
  });

  const lastAck = (lines: readonly string[]): number => lines.findLastIndex((line) => line.startsWith("ack"));
  // prettier-ignore
  const bad: readonly [what: string, spoil: (logs: ReturnType<typeof chainLogs>) => void, counts: string, says: RegExp][] = [
    ["an output is missing",             ({ service }) => void service.splice(lastAck(service), 1),                   "1 0 0", /clean made of 5 records of in in out: 1 none/],
    ["an output was written twice",      ({ service }) => void service.push(service[lastAck(service)]!),              "0 1 0", /0 none, 1 more than once/],
    ["an output has no input",           ({ service }) => void service.push(`ack\t${time}\tout\t0\t9\tk\t9`),         "0 0 1", /1 of nothing/],
    ["an output has a key of its own",   ({ service }) => void service.push(`ack\t${time}\tout\t0\t9\tother\t1`),     "0 0 1", /outputOfNothing: out key other number 1 in clean/],
    ["an aborted input has an output",   ({ producer, service }) => {
      producer.push(`sent\t${time}\tin\tk:6`, `abort\t${time}\tin\tk:6`);
      service.push(`ack\t${time}\tout\t0\t9\tk\t6`);
    }, "0 0 1", /1 of nothing/],
  ];
  for (const [what, spoil, counts, says] of bad) {
    it(`is not clean if ${what}`, () => {
      const logs = chainLogs();
      spoil(logs);
      const result = auditOf(logs);
      const { missing, repeated, unexpected } = result.chains!;
      assert.equal(`${missing} ${repeated} ${unexpected}`, counts);
      assert.equal(isClean(result), false);
      assert.match(auditTable(result).join("\n"), says);
    });
  }

  it("is not clean if nothing went through it", () => {
    const { producer, reader } = chainLogs();
    assert.equal(isClean(audit([producer.slice(0, 1), reader.slice(0, 1)], { links })), false);
  });

  it("does not know of an input without an answer whether it is there, so it may have an output or none", () => {
    for (const more of [[], [`ack\t${time + 7_000}\tout\t0\t9\tk\t6`]]) {
      const logs = chainLogs();
      logs.producer.push(`sent\t${time}\tin\tk:6`);
      logs.service.push(...more);
      logs.reader.push(...more.map(() => `read\t${time + 8_000}\tout\t0\t9\tk\t6\tok`));
      assert.ok(isClean(auditOf(logs)));
    }
  });

  it("takes what a service sent again after an abort for one record", () => {
    const logs = chainLogs();
    logs.service.splice(1, 0, `sent\t${time}\tout\tk:1`);
    assert.ok(isClean(auditOf(logs)));
  });
});

describe("the traffic of twelve applications", () => {
  const { producers, consumers, services = [] } = applicationTraffic;

  it("has two services that read what the other writes, one in transactions, a chain of three, and a topic of two writers", () => {
    assert.equal(producers.length + consumers.length + services.length, 12);
    const service = (name: string) => services.find((one) => one.name === name)!;
    const [stock, pay, clean, enrich] = ["stock", "pay", "clean", "enrich"].map(service);
    assert.ok(
      pay!.routes.every(({ to }) => stock!.reads.includes(to)) &&
        stock!.routes.every(({ to }) => pay!.reads.includes(to)),
    );
    assert.deepEqual([stock!.transactional ?? false, pay!.transactional], [false, true]);
    const ends = consumers.filter(({ reads }) => reads.includes("enriched"));
    assert.ok(clean!.routes[0]!.to === enrich!.reads[0] && ends.length === 1);
    const writers = producers.filter(({ writes }) => writes.some(({ topic }) => topic === "events"));
    assert.equal(new Set(writers.map(({ keyPrefix }) => keyPrefix)).size, 2, "their keys differ");
  });

  it("has as many partitions on both ends of each route, and a reader for each topic", () => {
    const partitions = new Map(applicationTopics.map(({ topic, numPartitions }) => [topic, numPartitions]));
    for (const { from, to } of services.flatMap(({ routes }) => routes))
      assert.equal(partitions.get(from), partitions.get(to));
    const read = new Set([...consumers, ...services].flatMap(({ reads }) => reads));
    const [unread, ...others] = [...partitions.keys()].filter((topic) => !read.has(topic));
    assert.deepEqual([unread, others], ["enrich-totals-changelog", []], "Kafka Streams reads its state when it starts");
  });

  it("has an application with the internal topics of Kafka Streams, by which an assessment knows it", () => {
    const found = internalTopics(
      services.map(({ group, streams }) => ({ name: group, ...(streams && { streams: true as const }) })),
      applicationTopics.map(({ topic }) => topic),
    );
    assert.deepEqual(
      found.map(({ group, topic, use }) => [group, use, topic]),
      [
        ["enrich", "repartition", services.find(({ name }) => name === "enrich")!.streams!.repartition],
        ["enrich", "changelog", "enrich-totals-changelog"],
      ],
    );
  });

  it("does not begin where the time of a partition was left behind", () => {
    const at = (offset: string, metadata: string | null) => [
      { topic: "in", partitions: [{ partition: 1, offset, metadata }] },
    ];
    requireTimes([...at("-1", null), ...at("7", partitionTime(1_790_000_000_000n))]);
    for (const metadata of [null, "", "host-7"])
      assert.throws(() => requireTimes(at("7", metadata)), /in\[1\] is at offset 7 without its time/);
    assert.equal(timeIn(partitionTime(1_790_000_000_000n)), 1_790_000_000_000n);
  });

  it("runs each service by its own program, one pod at a time, with its routes and its transactional id", () => {
    const found = trafficManifests({
      ...{ namespace: "demo", messagesPerSecond: 100, twins: false, logDir: "/logs" },
      ...{ bootstrap: "source:9092", secret: "user", caSecret: "ca", traffic: applicationTraffic },
    });
    const pod = found.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "pay")!;
    const { strategy, template } = pod["spec"] as {
      strategy: object;
      template: { spec: { containers: { command: string[]; env: { name: string; value?: string }[] }[] } };
    };
    const [{ command, env } = assert.fail()] = template.spec.containers;
    assert.deepEqual(strategy, { type: "Recreate" });
    assert.deepEqual(command, ["node", "lab/traffic/service.ts"]);
    const valueOf = (name: string): string | undefined => env.find((one) => one.name === name)?.value;
    assert.deepEqual(["ROUTES", "TOPICS", "GROUP", "TRANSACTIONAL_ID"].map(valueOf), [
      "reserved>paid",
      "reserved",
      "pay",
      "pay",
    ]);
  });
});
