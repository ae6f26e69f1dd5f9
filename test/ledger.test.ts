import assert from "node:assert/strict";
import { createHash, randomInt } from "node:crypto";
import { ledgerFits } from "../config/checks/size.ts";
import { readDocument, writeDocument } from "../runtime/kubernetes/documents.ts";
import { partsWith, readLedger } from "../runtime/ledger/ledger.ts";
import { forecastLedger } from "../runtime/model/ledger-forecast.ts";
import { entryText, ledgerData, liveEntry, parseEntry, parseLedger } from "../runtime/model/ledger-text.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import { clusterApi } from "./support/cluster-api.ts";

const producers: LedgerEntry = {
  number: 1,
  switch: "producers",
  row: "move-producers",
  writtenAt: "2026-11-21T10:00:00.000Z",
  voids: null,
  sourceClusterId: "5L6g3nShT-eMCtK--X86sw",
  targetClusterId: "MkU3OEVBNTcwNTJENDM2Qk",
  partitions: [
    { topic: "orders", partition: 1, sourceEnd: "9007199254740993", targetEnd: "12" },
    { topic: "orders", partition: 0, sourceEnd: "120", targetEnd: "131" },
    { topic: "empty", partition: 0, sourceEnd: "0", targetEnd: "0" },
  ],
  groups: [],
};

const consumers: LedgerEntry = {
  ...producers,
  number: 2,
  switch: "consumers",
  row: "move-consumers",
  partitions: [],
  groups: [
    { group: "orders-consumer", topic: "orders", partition: 0, committed: "119", placed: "131" },
    { group: "orders-consumer", topic: "orders", partition: 1, committed: null, placed: "12" },
  ],
};

const golden = `{"number":1,"switch":"producers","row":"move-producers","writtenAt":"2026-11-21T10:00:00.000Z","voids":null,"sourceClusterId":"5L6g3nShT-eMCtK--X86sw","targetClusterId":"MkU3OEVBNTcwNTJENDM2Qk",
"partitions":{
"empty":{"source":["0"],"target":["0"]},
"orders":{"source":["120","9007199254740993"],"target":["131","12"]}
},
"groups":{}}`;

describe("the ledger", () => {
  it("has the same bytes whatever order Kafka answered in", () => {
    assert.equal(entryText(producers), golden);
    assert.equal(entryText({ ...producers, partitions: producers.partitions.toReversed() }), golden);
    assert.equal(entryText(parseEntry(golden)), golden);
  });

  it("keeps groups, with what they never committed", () => {
    const text = entryText(consumers);
    assert.match(
      text,
      /"groups":\{\n"orders-consumer":\{\n"orders":\{"committed":\["119",null\],"placed":\["131","12"\]\}\n\}\n\}\}$/,
    );
    assert.deepEqual(parseEntry(text), consumers);
  });

  it("keeps where a group begins, and the numbers of the partitions that it reads", () => {
    const at = { group: "shard", topic: "orders", committed: null, before: "3" };
    const groups = [
      { ...at, partition: 1, placed: "12", unread: "latest" },
      { ...at, partition: 4, committed: "7", placed: "9" },
    ] as const;
    const text = entryText({ ...consumers, groups: groups.toReversed() });
    assert.match(
      text,
      /"orders":\{"partitions":\[1,4\],"committed":\[null,"7"\],"placed":\["12","9"\],"before":\["3","3"\],"unread":\["latest",null\]\}/,
    );
    assert.deepEqual(parseEntry(text).groups, groups);
    assert.throws(() => parseEntry(text.replace("[1,4]", "[1]")), /one offset for every partition/);
  });

  it("keeps offsets beyond what a double holds", () => {
    const { partitions } = parseEntry(golden);
    const found = partitions.find(({ topic, partition }) => topic === "orders" && partition === 1);
    assert.equal(found?.sourceEnd, "9007199254740993");
  });

  it("keeps its bytes for topics whose names are numbers", () => {
    const partitions = ["10", "9", "topic"].map((topic) => ({ topic, partition: 0, sourceEnd: "1", targetEnd: "1" }));
    const text = entryText({ ...producers, partitions });
    assert.ok(text.indexOf('"10"') < text.indexOf('"9"'));
    assert.equal(entryText(parseEntry(text)), text);
  });

  it("refuses a topic with a partition left out", () => {
    const partitions = producers.partitions.filter(({ topic, partition }) => topic === "orders" && partition === 1);
    assert.throws(
      () => entryText({ ...producers, partitions }),
      /entry 1, orders: found partition 1 where 0 was expected/,
    );
  });

  it("refuses an entry that names an offset for one side only", () => {
    assert.throws(
      () => parseEntry(golden.replace('"target":["131","12"]', '"target":["131"]')),
      /one offset for every partition/,
    );
  });

  it("reads back what it wrote, hash and all", () => {
    const data = ledgerData([producers, consumers].map(entryText));
    assert.equal(data.sha256, createHash("sha256").update(data["ledger.json"]!).digest("hex"));
    assert.deepEqual(parseLedger(data, "it").map(entryText), [producers, consumers].map(entryText));
  });

  const broken = [
    // what happened                 data                                                              message
    [
      "an offset was edited",
      (d: string, h: string) => ({ "ledger.json": d.replace("120", "121"), sha256: h }),
      /it was changed by another client: its content has the hash \w{12}…/,
    ],
    ["the hash was lost", (d: string, _: string) => ({ "ledger.json": d }), /written with it is none/],
    ["the text was lost", (_: string, h: string) => ({ sha256: h }), /it has no key ledger\.json/],
  ] as const;
  for (const [when, change, message] of broken)
    it(`is refused when ${when}`, () => {
      const { "ledger.json": json, sha256 } = ledgerData([entryText(producers)]);
      assert.throws(() => parseLedger(change(json!, sha256!), "it"), message);
    });

  it("is refused when an entry is missing in the middle", () => {
    assert.throws(() => parseLedger(ledgerData([entryText(consumers)]), "it"), /found entry 2 where 1 was expected/);
  });

  const many = (topics: number, partitions: number, groups: number) => {
    const names = Array.from({ length: topics }, (_, at) => `team-${at % 20}.service.event-stream-${at}`);
    const offset = () => String(randomInt(10 ** 12, 10 ** 13));
    const all = names.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
    const readers = Array.from({ length: groups }, (_, at) => ({
      name: `reader-${at}`,
      topics: [0, 1].map((next) => names[(2 * at + next) % topics]!),
    }));
    const placements = readers.flatMap(({ name: group, topics: read }) =>
      read.flatMap((topic) =>
        Array.from({ length: partitions }, (_, partition) => ({
          ...{ group, topic, partition, committed: offset(), placed: offset(), before: offset() },
        })),
      ),
    );
    const ends = all.map((each) => ({ ...each, sourceEnd: offset(), targetEnd: offset() }));
    const first = entryText({ ...producers, partitions: ends });
    const second = entryText({ ...consumers, groups: placements });
    return { names: names.map((name) => ({ name, partitions })), readers, first, second };
  };

  it("is one text while it fits into one ConfigMap, and one for each entry beyond", () => {
    const { first, second } = many(1_000, 6, 50);
    assert.deepEqual(Object.keys(ledgerData([first])), ["ledger.json", "sha256"]);
    const apart = ledgerData([first, second, first, first, first]);
    assert.deepEqual(Object.keys(apart), [...[1, 2, 3, 4, 5].map((number) => `entry-00000${number}.json`), "sha256"]);
    assert.equal(apart["entry-000002.json"], second);
    const { ["entry-000003.json"]: _, ...lost } = apart;
    assert.throws(() => parseLedger(lost, "it"), /it was changed by another client: its content has the hash/);
  });

  it("holds 100,000 partitions and 5,000 groups in ConfigMaps, read back byte by byte, within its forecast", async () => {
    const { names, readers, first, second } = many(10_000, 10, 5_000);
    const api = await clusterApi();
    try {
      const ledger = { kubernetes: { namespace: "demo", kubeconfig: api.kubeconfig }, configMap: "shop-ledger" };
      await writeDocument({ ...ledger, migration: "shop" }, ledgerData([first, second]), null);
      assert.deepEqual((await readLedger({ ledger })).map(entryText), [first, second]);
      const { bytes, parts } = forecastLedger(names, readers);
      assert.ok(first.length + second.length < bytes, `${first.length + second.length} bytes, forecast ${bytes}`);
      assert.ok(api.objects.size <= parts, `${api.objects.size} ConfigMaps, forecast ${parts}`);
      assert.ok(api.objects.size > 3, `${api.objects.size} ConfigMaps`);
      // Each leg of a way back appends as much again, which is asked for before anybody stops.
      const { entryBytes } = forecastLedger(names, readers);
      const before = await partsWith({ ledger }, entryBytes);
      const { resourceVersion } = await readDocument(ledger);
      await writeDocument({ ...ledger, migration: "shop" }, ledgerData([first, second, second]), resourceVersion);
      assert.ok(api.objects.size - 1 <= before, `${api.objects.size} ConfigMaps, ${before} and one expected at most`);
      assert.ok(before < parts + parts / 2, `${before} besides the first, ${parts} forecast for two entries`);
    } finally {
      api.close();
    }
  }).timeout(60_000);

  it("is refused in the first row's preview where it could not be written, with the groups that make it large", () => {
    const topics = Array.from({ length: 10_000 }, (_, at) => ({ name: `topic-${at}`, partitions: 10 }));
    const migratedTopics = topics.map(({ name }) => name);
    const sections = (groups: number) => ({
      ...{ locked: { topics }, migratedTopics },
      migratedGroups: Array.from({ length: groups }, (_, at) => ({ name: `archive-${at}`, topics: migratedTopics })),
    });
    assert.deepEqual(ledgerFits(sections(5)), []);
    const [problem, ...more] = ledgerFits(sections(50));
    assert.deepEqual(more, []);
    assert.match(
      problem?.message ?? "",
      /^the ledger can become \d+ MB large, which needs \d+ ConfigMaps, allowed: 64; the largest groups are "archive-0" \(100,000 partitions\), /,
    );
  });
});

describe("the entry that counts", () => {
  const void1: LedgerEntry = { ...producers, number: 2, voids: 1 };
  const marker: LedgerEntry = { ...producers, number: 2, voids: 1, voidOnly: true, partitions: [] };
  const cases = [
    // when                                   entries                                       number
    ["there is none", [], null],
    ["there is one", [producers], 1],
    ["a second switch voids the first", [producers, void1], 2],
    ["the migration went back before it", [producers, marker], null],
    ["it was made again after going back", [producers, marker, { ...producers, number: 3 }], 3],
    ["the consumers' switch follows", [producers, consumers], 1],
  ] as const;
  for (const [when, entries, number] of cases)
    it(`is ${number === null ? "none" : `entry ${number}`} when ${when}`, () => {
      assert.equal(liveEntry(entries, "producers")?.number ?? null, number);
    });

  const wave = (number: number, name: string): LedgerEntry => ({
    ...producers,
    ...{ number, switch: "applications", wave: name, row: `move-${name}` },
    partitions: [{ topic: name, partition: 0, sourceEnd: "1", targetEnd: "2" }],
    groups: [{ group: name, topic: name, partition: 0, committed: "1", placed: "2" }],
  });
  const billing = wave(1, "billing");
  const orders = wave(2, "orders");
  const back: LedgerEntry = { ...orders, number: 3, voids: 2, voidOnly: true, partitions: [], groups: [] };
  const { wave: _, ...everybody } = billing;
  const only = (...names: readonly string[]) => ({ only: names });

  it("of applications is the one of their wave", () => {
    assert.equal(liveEntry([billing, orders], "applications", { wave: "billing" }), billing);
    assert.equal(liveEntry([billing, orders, back], "applications", { wave: "orders" }), null);
    assert.equal(liveEntry([billing, orders], "applications"), null);
    assert.equal(liveEntry([everybody], "applications"), everybody);
  });

  const moved = [
    // when                                    entries                   scope                      topics
    ["everybody has moved", [everybody], {}, ["billing"]],
    ["one wave has moved", [billing], only("billing", "orders"), ["billing"]],
    ["two waves have moved", [billing, orders], only("billing", "orders"), ["billing", "orders"]],
    ["the second went back", [billing, orders, back], only("billing", "orders"), ["billing"]],
    ["the scope has one of them", [billing, orders], only("orders"), ["orders"]],
    ["the scope has another one", [billing], only("orders"), null],
    ["all went back", [orders, { ...back, number: 2, voids: 2 }], {}, null],
  ] as const;
  for (const [when, entries, scope, topics] of moved)
    it(`of producers and of consumers has the places of ${topics?.join(" and ") ?? "nobody"} when ${when}`, () => {
      for (const what of ["producers", "consumers"] as const) {
        const found = liveEntry(entries, what, scope);
        assert.deepEqual(found?.partitions.map(({ topic }) => topic) ?? null, topics);
        assert.deepEqual(found?.groups.map(({ topic }) => topic) ?? null, topics);
      }
      assert.equal(liveEntry(entries, "twins", scope), null);
    });

  it("says in its text which wave it is of", () => {
    assert.match(entryText(orders), /^\{"number":2,"switch":"applications","wave":"orders","row":/);
    assert.deepEqual(parseEntry(entryText(orders)), orders);
  });

  it("says in its text that it only makes another void", () => {
    assert.match(entryText(marker), /"voids":1,"voidOnly":true,/);
    assert.deepEqual(parseEntry(entryText(marker)), marker);
  });
});
