import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  entryText,
  endsOf,
  ledgerBytesAllowed,
  ledgerData,
  liveEntry,
  parseEntry,
  parseLedger,
} from "../runtime/model/ledger-text.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";

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
    assert.equal(endsOf(parseEntry(golden), "source").get("orders")?.[1], 9007199254740993n);
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
    assert.equal(data.sha256, createHash("sha256").update(data["ledger.json"]).digest("hex"));
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
      assert.throws(() => parseLedger(change(json, sha256), "it"), message);
    });

  it("is refused when an entry is missing in the middle", () => {
    assert.throws(() => parseLedger(ledgerData([entryText(consumers)]), "it"), /found entry 2 where 1 was expected/);
  });

  it("fits into a ConfigMap twice over with 1,000 topics of 6 partitions and two groups each", () => {
    const topics = Array.from({ length: 1000 }, (_, index) => `team-${index % 20}.service.event-stream-${index}`);
    const six = [0, 1, 2, 3, 4, 5];
    const partitions = topics.flatMap((topic) =>
      six.map((partition) => ({ topic, partition, sourceEnd: "1234567890", targetEnd: "1234567899" })),
    );
    const groups = topics.flatMap((topic, index) =>
      [`reader-${index % 50}`, "archive"].flatMap((group) =>
        six.map((partition) => ({ group, topic, partition, committed: "1234567890", placed: "1234567899" })),
      ),
    );
    const first = entryText({ ...producers, partitions });
    const second = entryText({ ...consumers, groups });
    const { "ledger.json": json } = ledgerData([first, second]);
    assert.ok(Buffer.byteLength(json) < ledgerBytesAllowed * 0.75, `${Buffer.byteLength(json)} bytes`);
    assert.throws(() => ledgerData([first, second, second]), /the ledger would have \d+ bytes, but only 1000000 fit/);
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

  it("says in its text that it only makes another void", () => {
    assert.match(entryText(marker), /"voids":1,"voidOnly":true,/);
    assert.deepEqual(parseEntry(entryText(marker)), marker);
  });
});
