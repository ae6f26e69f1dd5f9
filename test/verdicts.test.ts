import assert from "node:assert/strict";
import type { Condition } from "../gates/index.ts";
import { rangeName } from "../runtime/brokers/ranges.ts";
import type { Parts } from "../runtime/judging/reading.ts";
import { ids, judge, needs, wants } from "../runtime/measure/judge.ts";
import {
  at,
  away,
  both,
  counts,
  entry,
  groups,
  ledger,
  logs,
  mirror,
  now,
  placed,
  scope,
  snapshot,
  source,
  split,
  state,
  table,
  target,
} from "./support/verdict-readings.ts";

const full = { "orders[0]": [0, 50, 50], "orders[1]": [0, 40, 40], "payments[0]": [0, 8, 8] } as const;
const done = { "orders[0]": 49, "orders[1]": 39, "payments[0]": 7 };

const undecided = "orders[0]: a transaction that moves its offset is not decided yet";

describe("mirror-drained", () => {
  // prettier-ignore
  table({ kind: "mirror-drained" }, [
    ["every record is mirrored", { ...both(full), ...mirror(done) }, true, "0 records left to mirror in 3 partitions"],
    ["nothing but markers is left", { ...both(full), ...mirror({ ...done, "payments[0]": 5 }), ...counts({ "payments[0] 6..8": 0 }) }, true, "0 records left to mirror in 3 partitions"],
    ["empty partitions were never mirrored", { ...both({ "orders[0]": [0, 0, 0], "orders[1]": [30, 30, 30] }), ...mirror({}) }, true, "0 records left to mirror in 2 partitions"],
    ["we have stopped the connector and all is mirrored", { ...both(full), ...mirror(done, state("STOPPED")) }, true, "0 records left to mirror in 3 partitions"],
    ["the source's ends are those of the reading before", { ...both(full), ...mirror(done) }, true, "0 records left to mirror in 3 partitions", snapshot({ ...both(full), ...mirror(done), ...ledger() })],
    ["one record is left", { ...both(full), ...mirror({ ...done, "orders[1]": 38 }), ...counts({ "orders[1] 39..40": 1 }) }, false, "orders[1] has 1 record left to mirror, 0 allowed"],
    ["records are left in several partitions", { ...both(full), ...mirror({ ...done, "orders[0]": 37, "orders[1]": 38 }), ...counts({ "orders[0] 38..50": 12, "orders[1] 39..40": 1 }) }, false, "orders[0] has 12 records left to mirror, 0 allowed; and 1 more partition"],
    ["a partition was never mirrored", { ...both(full), ...mirror({ "orders[0]": 49, "orders[1]": 39 }), ...counts({ "payments[0] 0..8": 6 }) }, false, "payments[0] has 6 records left to mirror, 0 allowed"],
    ["there are too many to be counted", { ...both(full), ...mirror({ ...done, "orders[0]": 9 }), ...counts({ "orders[0] 10..50": -20 }) }, false, "orders[0] has at most 40 records left to mirror, 0 allowed"],
    ["the rest cannot be counted", { ...both(full), ...mirror({ ...done, "orders[0]": 9 }), ...counts({}, {}, { "orders[0] 10..50": "broker 2 is away" }) }, false, "orders[0] could not be counted: broker 2 is away"],
    ["records are left and we have stopped the connector", { ...both(full), ...mirror({ ...done, "orders[1]": 38 }, state("STOPPED")), ...counts({ "orders[1] 39..40": 1 }) }, false, "orders[1] has 1 record left to mirror, 0 allowed, and connector m is STOPPED: Exception: boom"],
    ["a transaction is open", { ...both({ ...full, "payments[0]": [0, 8, 11] }), ...mirror(done) }, false, "open transaction since offset 8 holds records back in payments[0], whose end is 11"],
    ["a transaction is open and the mirror is past its start", { ...both({ ...full, "payments[0]": [0, 8, 11] }), ...mirror({ ...done, "payments[0]": 9 }) }, false, "open transaction since offset 8 holds records back in payments[0], whose end is 11"],
    ["retention overtook the mirror", { ...both({ ...full, "orders[0]": [45, 50, 50] }), ...mirror({ ...done, "orders[0]": 11 }) }, false, "retention overtook the mirror in orders[0]: it is at offset 12 and the log begins at 45; whether the 33 offsets between held records cannot be counted any more"],
    ["retention removed what a switch has counted", { ...both({ ...full, "orders[0]": [50, 50, 50] }), ...mirror({ ...done, "orders[0]": 48 }), ...ledger(entry(1, "producers", at({ "orders[0]": 50 }))) }, true, "0 records left to mirror in 3 partitions"],
    ["retention removed more than a switch has counted", { ...both({ ...full, "orders[0]": [52, 52, 52] }), ...mirror({ ...done, "orders[0]": 48 }), ...ledger(entry(1, "producers", at({ "orders[0]": 50 }))) }, false, "retention overtook the mirror in orders[0]: it is at offset 49 and the log begins at 52; whether the 3 offsets between held records cannot be counted any more"],
    ["the topic was re-created", { ...both({ ...full, "orders[0]": [0, 5, 5] }), ...mirror(done) }, false, "the mirror is at offset 50 of orders[0], past its end 5: it is being written to right now, or the topic was re-created"],
    ["the mirror has copied what was written after the ends were read", { ...both(full), ...mirror({ ...done, "orders[0]": 52 }) }, false, "the source still grows: the end of orders[0] went from 47 to 50 between two readings", snapshot({ ...both({ ...full, "orders[0]": [0, 47, 47] }), ...mirror(done), ...ledger() })],
    ["a producer still writes", { ...both(full), ...mirror(done) }, false, "the source still grows: the end of orders[0] went from 45 to 50 between two readings", snapshot({ ...both({ ...full, "orders[0]": [0, 45, 45] }), ...mirror(done), ...ledger() })],
    ["a connector has failed", { ...both(full), ...mirror(done, state("FAILED")) }, false, "connector m is FAILED: Exception: boom"],
    ["a task has failed under a running connector", { ...both(full), ...mirror(done, state("RUNNING", "UNASSIGNED", "FAILED")) }, false, "task 1 of connector m is FAILED: ConnectException: too large"],
    ["a task waits for a worker", { ...both(full), ...mirror(done, { connector: { state: "RUNNING" }, tasks: [{ id: 0, state: "UNASSIGNED" }] }) }, false, "task 0 of connector m is UNASSIGNED"],
    ["a connector is paused", { ...both(full), ...mirror(done, { connector: { state: "PAUSED" }, tasks: [] }) }, false, "connector m is PAUSED"],
    ["a connector has no task", { ...both(full), ...mirror(done, { connector: { state: "RUNNING" }, tasks: [] }) }, false, "connector m has no task"],
    ["the connector does not exist", { ...both(full), mirror: { value: { connectors: new Map([["m", null]]), mirrored: new Map() } }, ...counts({ "orders[0] 0..50": 50, "orders[1] 0..40": 40, "payments[0] 0..8": 6 }) }, false, "connector m does not exist in Connect; and 3 more partitions"],
    ["a topic is missing on the target", { ...source(full), ...target({ "orders[0]": [0, 50, 50], "orders[1]": [0, 40, 40] }, [{ kind: "missing" as const, topic: "payments", sentence: "topic payments does not exist on the target" }]), ...mirror(done) }, false, "topic payments does not exist on the target"],
    ["a partition is missing on the target", { ...source(full), ...target({ "orders[0]": [0, 50, 50], "payments[0]": [0, 8, 8] }), ...mirror(done) }, false, "orders[1] does not exist on the target"],
    ["a topic is missing on the source", { ...source({ "orders[0]": [0, 1, 1] }, [{ kind: "missing" as const, topic: "payments", sentence: "topic payments does not exist on the source" }]), ...target(full), ...mirror({ "orders[0]": 0 }) }, false, "topic payments does not exist on the source"],
    ["a partition has no leader", { ...source({ "orders[0]": [0, 1, 1] }, [{ kind: "unreadable" as const, topic: "orders", partition: 1, sentence: "orders[1] has no leader on the source" }]), ...target(full), ...mirror({ "orders[0]": 0 }) }, false, "orders[1] has no leader on the source"],
    ["a broker is away", { ...source({ "orders[0]": [0, 1, 1] }, [1, 2].map((partition) => ({ kind: "broker" as const, topic: "orders", partition, sentence: "broker 2 of the source (10.0.0.2:9094) cannot be reached: connect ECONNREFUSED" }))), ...target(full), ...mirror({ "orders[0]": 0 }) }, false, "broker 2 of the source (10.0.0.2:9094) cannot be reached: connect ECONNREFUSED; 2 partitions could not be measured"],
    ["the source is away", { source: away, ...target(full), ...mirror(done) }, false, "could not be measured: the source at source.example:9094 cannot be reached: connect ECONNREFUSED"],
    ["Connect is away", { ...both(full), mirror: { error: "Connect is away" } }, false, "could not be measured: Connect is away"],
    ["no partition is measured", { ...both({}), ...mirror({}) }, false, "nothing was measured"],
    ["both sides are one cluster", { ...source(full), target: { value: logs("S", full) }, ...mirror(done) }, false, "source and target are the same cluster S; correct the addresses of the wrong side in the config"],
  ]);

  it("counts what lies between the mirror's position and the last stable offset, as far as the log still has it", () => {
    const offsets = { ...full, "payments[0]": [0, 8, 11], "gone[0]": [30, 40, 40] } as const;
    const parts = { ...both(offsets), ...mirror({ "orders[0]": 47, "orders[1]": 39, "gone[0]": 10 }) };
    const wanted = wants({ kind: "mirror-drained" }, snapshot(parts));
    assert.deepEqual(wanted?.ranges.map(rangeName), ["orders[0] 48..50", "payments[0] 0..8"]);
    assert.equal(wanted?.isolation, "read_committed");
  });
});

describe("mirror-within", () => {
  // prettier-ignore
  table({ kind: "mirror-within", maxLag: 10 }, [
    ["every partition is within", { ...both(full), ...mirror({ ...done, "orders[0]": 41 }) , ...counts({}) }, true, "at most 8 records left to mirror in each of 3 partitions, 10 allowed"],
    ["what is beyond are markers", { ...both(full), ...mirror({ ...done, "orders[0]": 29 }), ...counts({ "orders[0] 30..50": 10 }) }, true, "at most 10 records left to mirror in each of 3 partitions, 10 allowed"],
    ["the mirror was read after the ends", { ...both(full), ...mirror({ ...done, "orders[0]": 60 }) }, true, "at most 0 records left to mirror in each of 3 partitions, 10 allowed"],
    ["a transaction is open and what it holds is within", { ...both({ ...full, "payments[0]": [0, 8, 11] }), ...mirror(done) }, true, "at most 3 records left to mirror in each of 3 partitions, 10 allowed"],
    ["a transaction is open and the mirror is past its start", { ...both({ ...full, "payments[0]": [0, 8, 19] }), ...mirror({ ...done, "payments[0]": 13 }) }, true, "at most 5 records left to mirror in each of 3 partitions, 10 allowed"],
    ["one partition is beyond", { ...both(full), ...mirror({ ...done, "orders[0]": 29 }), ...counts({ "orders[0] 30..50": 11 }) }, false, "orders[0] has 11 records left to mirror, 10 allowed"],
    ["a transaction holds more than that", { ...both({ ...full, "payments[0]": [0, 8, 19] }), ...mirror(done) }, false, "open transaction since offset 8 holds records back in payments[0], whose end is 19"],
    ["a switch has stopped the connector and nothing is left", { ...both(full), ...mirror(done, { connector: { state: "STOPPED" }, tasks: [] }) }, true, "at most 0 records left to mirror in each of 3 partitions, 10 allowed"],
    ["the connector is stopped and behind", { ...both(full), ...mirror({ ...done, "orders[0]": 29 }, { connector: { state: "STOPPED" }, tasks: [] }), ...counts({ "orders[0] 30..50": 11 }) }, false, "orders[0] has 11 records left to mirror, 10 allowed, and connector m is STOPPED"],
    ["retention overtook the mirror", { ...both({ ...full, "orders[0]": [45, 50, 50] }), ...mirror({ ...done, "orders[0]": 43 }) }, false, "retention overtook the mirror in orders[0]: it is at offset 44 and the log begins at 45; whether the 1 offset between held records cannot be counted any more"],
  ]);

  it("counts nothing where the difference of offsets is within", () => {
    assert.equal(wants({ kind: "mirror-within", maxLag: 50 }, snapshot({ ...both(full), ...mirror({}) })), null);
    const held = { ...both({ ...full, "payments[0]": [0, 8, 19] }), ...mirror(done) };
    assert.equal(wants({ kind: "mirror-within", maxLag: 10 }, snapshot(held)), null);
  });
});

const ends = { "orders[0]": 50, "orders[1]": 40 };
const orders = { "orders[0]": [0, 50, 50], "orders[1]": [0, 40, 40] } as const;
const switched = ledger(entry(1, "producers", at(ends)));

describe("the pace of the mirror in mirror-within", () => {
  const condition = { kind: "mirror-within", maxLag: 10 } as const;
  const at = (copied: number, end: number, takenAt = now) =>
    snapshot(
      {
        ...both({ ...full, "orders[0]": [0, end, end] }),
        ...mirror({ ...done, "orders[0]": copied - 1 }),
        ...counts({ [`orders[0] ${copied}..${end}`]: end - copied }),
        ...ledger(),
      },
      takenAt,
    );
  const sentence = (after: ReturnType<typeof at>, before?: ReturnType<typeof at>) =>
    judge(condition, after, before ? [before] : []).sentence;
  const left = "orders[0] has 400 records left to mirror, 10 allowed";

  it("is offsets a minute and the time that what is left takes, once there are two readings", () => {
    assert.equal(sentence(at(600, 1000)), left);
    // 300 copied and 100 written in 30 s: 200 gained, and 400 are left.
    assert.equal(
      sentence(at(600, 1000), at(300, 900, now - 30_000)),
      `${left}; the mirror copies 600 offsets a minute, about 60 s to go`,
    );
  });

  it("says where it never ends at this pace", () => {
    assert.equal(
      sentence(at(600, 1000), at(550, 900, now - 30_000)),
      `${left}; the mirror copies 100 offsets a minute, while 200 a minute are written: at this pace it never ends`,
    );
  });
});

describe("mirror-within of compacted topics", () => {
  const old = { first: { offset: 48n, timestamp: BigInt(now - 90_000_000), producer: null } };
  table({ kind: "mirror-within", maxLag: 10, deletionsKept: { orders: 86_400_000 } }, [
    [
      "their records wait for longer than deletions are kept",
      { ...both(full), ...mirror({ ...done, "orders[0]": 47 }), ...counts({ "orders[0] 48..50": 2 }, old) },
      false,
      "orders[0] is compacted and its oldest record left to mirror is 25.0 h old, while deletions are kept for 24.0 h: keys deleted meanwhile may live on at the target",
    ],
    [
      "records of another topic wait for as long",
      { ...both(full), ...mirror({ ...done, "payments[0]": 5 }), ...counts({ "payments[0] 6..8": 2 }, old) },
      true,
      "at most 2 records left to mirror in each of 3 partitions, 10 allowed",
    ],
  ]);

  it("has their rests counted, however short", () => {
    const parts = { ...both(full), ...mirror({ ...done, "orders[0]": 47, "payments[0]": 5 }) };
    const wanted = wants({ kind: "mirror-within", maxLag: 10, deletionsKept: { orders: 1 } }, snapshot(parts));
    assert.deepEqual(wanted?.ranges.map(rangeName), ["orders[0] 48..50"]);
  });
});

describe("groups-drained", () => {
  // prettier-ignore
  table({ kind: "groups-drained" }, [
    ["every group has committed the end", { ...source(orders), ...groups("sourceGroups", ends), ...switched }, true, "0 records left to read for 1 group in 2 partitions up to ledger entry 1"],
    ["only a marker is left", { ...source(orders), ...groups("sourceGroups", { ...ends, "orders[1]": 39 }), ...switched, ...counts({ "orders[1] 39..40": 0 }) }, true, "0 records left to read for 1 group in 2 partitions up to ledger entry 1"],
    ["an empty partition was never committed", { ...source({ "orders[0]": [0, 50, 50], "orders[1]": [40, 40, 40] }), ...groups("sourceGroups", { "orders[0]": 50 }), ...switched }, true, "0 records left to read for 1 group in 2 partitions up to ledger entry 1"],
    ["a later entry replaces a void one", { ...source(orders), ...groups("sourceGroups", ends), ...ledger(entry(1, "producers", at({ "orders[0]": 10, "orders[1]": 10 })), entry(2, "producers", { ...at(ends), voids: 1 })) }, true, "0 records left to read for 1 group in 2 partitions up to ledger entry 2"],
    ["a topic that the group does not read has records", { ...source({ ...orders, "payments[0]": [0, 8, 8] }), ...groups("sourceGroups", ends), ...ledger(entry(1, "producers", at({ ...ends, "payments[0]": 8 }))) }, true, "0 records left to read for 1 group in 3 partitions up to ledger entry 1"],
    ["retention removed records before the group read them", { ...source({ ...orders, "orders[1]": [38, 40, 40] }), ...groups("sourceGroups", { ...ends, "orders[1]": 33 }), ...switched, ...counts({ "orders[1] 38..40": 2 }) }, false, "group g has 2 records left to read in orders[1] (committed 33, end 40)"],
    ["a group is behind", { ...source(orders), ...groups("sourceGroups", { ...ends, "orders[1]": 33 }), ...switched, ...counts({ "orders[1] 33..40": 7 }) }, false, "group g has 7 records left to read in orders[1] (committed 33, end 40)"],
    ["a group is behind and has no members", { ...source(orders), ...groups("sourceGroups", { ...ends, "orders[1]": 33 }, { state: "Empty", members: [] }), ...switched, ...counts({ "orders[1] 33..40": 7 }) }, false, "group g has 7 records left to read in orders[1] (committed 33, end 40), and no members to read them"],
    ["a partition with records was never committed", { ...source(orders), ...groups("sourceGroups", { "orders[0]": 50 }), ...switched, ...counts({ "orders[1] 0..40": 40 }) }, false, "group g has 40 records left to read in orders[1] (nothing committed, end 40)"],
    ["the source grew past the ledger", { ...source({ ...orders, "orders[0]": [0, 53, 53] }), ...groups("sourceGroups", { ...ends, "orders[0]": 53 }), ...switched }, false, "the source grew past ledger entry 1 in orders[0]: offsets 50..52"],
    ["the group cannot be read", { ...source(orders), ...groups("sourceGroups", {}, {}, "COORDINATOR_NOT_AVAILABLE"), ...switched, ...counts({}) }, false, "group g on the source could not be measured: COORDINATOR_NOT_AVAILABLE"],
    ["no switch is recorded", { ...source(orders), ...groups("sourceGroups", ends), ...ledger() }, false, "no switch of producers is recorded in the ledger"],
    ["the ledger is about another cluster", { source: { value: logs("X", orders) }, ...groups("sourceGroups", ends), ...switched }, false, "ledger entry 1 is about source cluster S, but this one is X"],
    ["the topic was re-created", { ...source({ ...orders, "orders[0]": [0, 7, 7] }), ...groups("sourceGroups", ends), ...switched }, false, "orders[0] on the source ends at 7, before the 50 of ledger entry 1: was the topic re-created?"],
    ["the ledger cannot be read", { ...source(orders), ...groups("sourceGroups", ends), ledger: { error: "could not read ConfigMap" } }, false, "could not be measured: could not read ConfigMap"],
  ]);

  const reading = (group: object) => ({ scope: { ...scope, groups: [{ name: "g", topics: ["orders"], ...group }] } });
  const zero = "0 records left to read for 1 group in 2 partitions up to ledger entry 1";
  const half = { ...source(orders), ...groups("sourceGroups", { "orders[0]": 50 }), ...switched };
  // prettier-ignore
  table({ kind: "groups-drained" }, [
    ["the config says where it begins in a partition that it never committed", { ...half, ...reading({ unread: "latest" }) }, true, `${zero}; group g begins at the end of 1 partition that it has never committed, as unread says`],
    ["the config lets it begin at the beginning there", { ...half, ...reading({ unread: "earliest" }) }, true, `${zero}; group g begins at the beginning of 1 partition that it has never committed, as unread says`],
    ["it is behind where it has committed, whatever it may pass over elsewhere", { ...source(orders), ...groups("sourceGroups", { "orders[0]": 10 }), ...switched, ...reading({ unread: "latest" }), ...counts({ "orders[0] 10..50": 40 }) }, false, "group g has 40 records left to read in orders[0] (committed 10, end 50)"],
    ["it has read the partitions that are its own", { ...half, ...reading({ partitions: { orders: [0] } }) }, true, zero],
    ["it has not read the partitions that are its own", { ...half, ...reading({ partitions: { orders: [1] } }), ...groups("sourceGroups", {}), ...counts({ "orders[1] 0..40": 40 }) }, false, "group g has 40 records left to read in orders[1] (nothing committed, end 40)"],
    ["it has committed in a partition that the config leaves out", { ...half, ...reading({ partitions: { orders: [1] }, unread: "latest" }) }, false, "group g has committed in orders[0], which its partitions in groups.migrate leave out"],
  ]);

  const alone = { state: "Empty", members: [] };
  const keeping = (positions?: "own" | "group") => ({
    scope: { ...scope, workloads: [{ ...job, ...(positions && { positions }) }] },
  });
  const job = { kind: "Deployment", name: "job", role: "consumer", groups: ["g"], kubernetes: scope.ledger.kubernetes };
  const read = (offset: number, about: object) => ({
    ...source(orders),
    ...groups("sourceGroups", { ...ends, "orders[1]": offset }, about),
    ...switched,
  });
  const own = "so its consumers may begin at positions of their own";
  // prettier-ignore
  table({ kind: "groups-drained" }, [
    ["its offsets were committed by clients that never joined", { ...read(40, { ...alone, simple: true }), ...keeping() }, false, `the offsets of group g were committed by clients that never joined it, ${own}`],
    ["its offsets advance without members", { ...read(40, alone), ...keeping() }, false, `the offsets of group g advance although it has no members, ${own}`, snapshot(read(33, alone), now - 4000)],
    ["it had members when its offsets advanced", { ...read(40, alone), ...keeping() }, true, zero, snapshot(read(33, {}), now - 4000)],
    ["it has nothing but no members", { ...read(40, alone), ...keeping() }, true, zero, snapshot(read(40, alone), now - 4000)],
    ["the config says that its group's position counts", { ...read(40, { ...alone, simple: true }), ...keeping("group") }, true, zero],
    ["the config says that it keeps its own", { ...read(40, { ...alone, simple: true }), ...keeping("own") }, true, zero],
    ["a twin takes its place, which begins at the beginning", { ...read(40, { ...alone, simple: true }), scope: { ...scope, workloads: [job, { ...job, name: "twin", role: "twin", of: "job" }] } }, true, zero],
  ]);

  it("counts nothing in a partition in which the config says where the group begins", () => {
    assert.equal(wants({ kind: "groups-drained" }, snapshot({ ...half, ...reading({ unread: "latest" }) })), null);
    assert.equal(wants({ kind: "groups-drained" }, snapshot(half))?.ranges.length, 1);
  });

  const since = (minutes: number) => ({ offset: 33n, timestamp: BigInt(now - minutes * 60_000), producer: null });
  const earlier = (offset: number, seconds: number) =>
    snapshot(
      { ...source(orders), ...groups("sourceGroups", { ...ends, "orders[1]": offset }), ...switched },
      now - seconds * 1000,
    );
  const waits = { ...source(orders), ...groups("sourceGroups", { ...ends, "orders[1]": 33 }), ...switched };
  const seven = "group g has 7 records left to read in orders[1] (committed 33, end 40)";
  // prettier-ignore
  table({ kind: "groups-drained" }, [
    ["the first unread record is old",       { ...waits, ...counts({ "orders[1] 33..40": 7 }, { first: since(48) }) },  false, `${seven}, the first of them written at 2026-11-21T11:12:00.000Z, 48 min ago`],
    ["the first unread record is very old",  { ...waits, ...counts({ "orders[1] 33..40": 7 }, { first: since(192) }) }, false, `${seven}, the first of them written at 2026-11-21T08:48:00.000Z, 3 h 12 min ago`],
    ["a record says that it is of tomorrow", { ...waits, ...counts({ "orders[1] 33..40": 7 }, { first: since(-60) }) }, false, seven],
    ["a group stands still",                 { ...waits, ...counts({ "orders[1] 33..40": 7 }) },                        false, `${seven}, nothing read in the last 28 s`, earlier(33, 28)],
    ["a group reads on",                     { ...waits, ...counts({ "orders[1] 33..40": 7 }) },                        false, `${seven}, 21 offsets read in the last 28 s (45 offsets a minute, about 9 s to go)`, earlier(12, 28)],
    ["a transaction moves the group",        { ...source(orders), ...groups("sourceGroups", {}, {}, undecided, true), ...switched, ...counts({}) }, false, `it is not known yet where group g is on the source: ${undecided}`],
    ["a group is behind in two partitions",  { ...source(orders), ...groups("sourceGroups", { "orders[0]": 10, "orders[1]": 33 }), ...switched, ...counts({ "orders[0] 10..50": 38, "orders[1] 33..40": 7 }) }, false, "group g has 45 records left to read in 2 partitions, most of them in orders[0]: 38 (committed 10, end 50)"],
    ["there are too many to be counted",     { ...waits, ...counts({ "orders[1] 33..40": -5 }) },                       false, "group g has at most 7 records left to read in orders[1] (committed 33, end 40)"],
  ]);

  it("names the group that is furthest behind and counts the others", () => {
    const two = { ...scope, groups: [...scope.groups, { name: "h", topics: ["orders"] }] };
    const position = (partition: string, offset: bigint) => [partition, { ...split(partition), offset }] as const;
    const offsets = (of: bigint) => new Map([position("orders[0]", 50n), position("orders[1]", of)]);
    const none = { problems: new Map(), refused: new Set(), pending: new Set() };
    const states = { groups: new Map(), ...none };
    const committed = {
      groups: new Map([
        ["g", offsets(33n)],
        ["h", offsets(12n)],
      ]),
      ...none,
    };
    const read = { sourceGroups: { value: { committed, states, clusterId: "S" } } };
    const counted = counts({ "orders[1] 33..40": 7, "orders[1] 12..40": 28 });
    assert.deepEqual(
      judge(
        { kind: "groups-drained" },
        { ...snapshot({ ...source(orders), ...read, ...switched, ...counted }), scope: two },
      ),
      {
        open: false,
        cause: "group-behind",
        sentence: "group h has 28 records left to read in orders[1] (committed 12, end 40); and 1 more group",
      },
    );
  });
});

describe("source-still-at-ledger", () => {
  const first = { offset: 50n, timestamp: BigInt(now), producer: { id: 4001n, epoch: 3 } };
  const named = ({ counts: { value } }: ReturnType<typeof counts>, ids: Record<string, string>) => ({
    counts: {
      value: { ...value, transactionalIds: new Map(Object.entries(ids).map(([id, name]) => [BigInt(id), name])) },
    },
  });
  // prettier-ignore
  table({ kind: "source-still-at-ledger" }, [
    ["the ends are the ledger's", { ...source(orders), ...switched }, true, "the source has not grown since ledger entry 1 in 2 partitions"],
    ["the last entry replaced a void one", { ...source(orders), ...ledger(entry(1, "producers", at({ "orders[0]": 10 })), entry(2, "producers", { ...at(ends), voids: 1 }), entry(3, "consumers")) }, true, "the source has not grown since ledger entry 2 in 2 partitions"],
    ["a producer has written", { ...source({ ...orders, "orders[0]": [0, 93, 93] }), ...switched, ...counts({ "orders[0] 50..93": 43 }, { first }) }, false, "orders[0] grew on the source after the switch: offsets 50..92, 43 records, the first of 2026-11-21T12:00:00.000Z by producer id 4001 epoch 3"],
    ["a producer with a transactional id has written, and then another one", { ...source({ ...orders, "orders[0]": [0, 93, 93] }), ...switched, ...named(counts({ "orders[0] 50..93": 43 }, { first, last: { ...first, offset: 92n, producer: { id: 4002n, epoch: 0 } } }), { 4001: "pay", 4002: "pay-eu" }) }, false, "orders[0] grew on the source after the switch: offsets 50..92, 43 records, the first of 2026-11-21T12:00:00.000Z by producer id 4001 epoch 3 (transactional id pay), the last by producer id 4002 epoch 0 (transactional id pay-eu)"],
    ["a producer without id has written", { ...source({ ...orders, "orders[0]": [0, 51, 51] }), ...switched, ...counts({ "orders[0] 50..51": 1 }, { first: { ...first, producer: null } }) }, false, "orders[0] grew on the source after the switch: offsets 50..50, 1 record, the first of 2026-11-21T12:00:00.000Z"],
    ["the growth cannot be counted", { ...source({ ...orders, "orders[0]": [0, 51, 51], "orders[1]": [0, 45, 45] }), ...switched, counts: away }, false, "orders[1] grew on the source after the switch: offsets 40..44; and 1 more partition"],
    ["a topic that the ledger does not know has records", { ...source({ ...orders, "new[0]": [0, 2, 2] }), ...switched, ...counts({ "new[0] 0..2": 2 }, { first }) }, false, "new[0] grew on the source after the switch: offsets 0..1, 2 records, the first of 2026-11-21T12:00:00.000Z by producer id 4001 epoch 3"],
    ["a partition of the ledger is gone", { ...source({ "orders[0]": [0, 50, 50] }), ...switched }, false, "orders[1] of ledger entry 1 does not exist on the source"],
    ["a topic that left the config is gone from the source", { ...source(orders), ...ledger(entry(1, "producers", at({ ...ends, "tmp[0]": 7 }))) }, true, "the source has not grown since ledger entry 1 in 2 partitions"],
    ["the last switch is void and was not repeated", { ...source(orders), ...ledger(entry(1, "producers", at(ends)), entry(2, "producers", { voids: 1, voidOnly: true })) }, false, "no switch of producers is recorded in the ledger"],
    ["no switch is recorded", { ...source(orders), ...ledger(entry(1, "consumers")) }, false, "no switch of producers is recorded in the ledger"],
  ]);
});

describe("offsets-placed", () => {
  const moved = ledger(
    entry(1, "producers", at(ends)),
    entry(2, "consumers", placed({ "orders[0]": 48, "orders[1]": 0 })),
  );
  // prettier-ignore
  table({ kind: "offsets-placed" }, [
    ["every offset is where it was placed or later", { ...groups("targetGroups", { "orders[0]": 48, "orders[1]": 6 }), ...moved }, true, "2 offsets of 1 group on the target are at or after where they were placed"],
    ["an offset is missing", { ...groups("targetGroups", { "orders[0]": 48 }), ...moved }, false, "group g has no committed offset for orders[1] on the target, but 0 was placed"],
    ["a group was rewound", { ...groups("targetGroups", { "orders[0]": 41, "orders[1]": 0 }), ...moved }, false, "group g is at 41 of orders[0] on the target, before the 48 that was placed"],
    ["the group cannot be read", { ...groups("targetGroups", {}, {}, "NOT_COORDINATOR"), ...moved }, false, "offsets of group g on the target could not be read: NOT_COORDINATOR"],
    ["a transaction moves the group", { ...groups("targetGroups", {}, {}, undecided, true), ...moved }, false, `it is not known yet where group g is on the target: ${undecided}`],
    ["no switch of consumers is recorded", { ...groups("targetGroups", {}), ...switched }, false, "no switch of consumers is recorded in the ledger"],
    ["the switch placed nothing", { ...groups("targetGroups", {}), ...ledger(entry(1, "consumers")) }, false, "group g is in the config, but ledger entry 1 has not placed it"],
    ["a group that left the config has no offsets any more", { ...groups("targetGroups", { "orders[0]": 48, "orders[1]": 6 }), ...ledger(entry(1, "producers", at(ends)), entry(2, "consumers", { groups: [...placed({ "orders[0]": 48, "orders[1]": 0 }).groups, { topic: "orders", partition: 0, group: "ignored-since", committed: "1", placed: "1" }] })) }, true, "2 offsets of 1 group on the target are at or after where they were placed"],
    ["no group moves", { ...groups("targetGroups", {}), ...ledger(entry(1, "consumers")), scope: { ...scope, groups: [] } }, true, "no group moves, so there are no offsets to check"],
  ]);
});

describe("groups-active", () => {
  const resting = { scope: { ...scope, groups: scope.groups.map((group) => ({ ...group, idle: true })) } };
  const before = snapshot(
    { ...target(orders), ...groups("targetGroups", { "orders[0]": 30, "orders[1]": 40 }) },
    now - 4000,
  );
  // prettier-ignore
  table({ kind: "groups-active" }, [
    ["committed offsets advance", { ...target(orders), ...groups("targetGroups", { "orders[0]": 35, "orders[1]": 40 }) }, true, "on the target 1 group advanced in 4 s", before],
    ["a group has read all there is", { ...target({ ...orders, "orders[0]": [0, 30, 30] }), ...groups("targetGroups", { "orders[0]": 30, "orders[1]": 40 }) }, true, "on the target 1 group has read everything", before],
    ["only markers are unread", { ...target({ ...orders, "orders[0]": [0, 31, 31] }), ...groups("targetGroups", { "orders[0]": 30, "orders[1]": 40 }), ...counts({ "orders[0] 30..31": 0 }) }, true, "on the target 1 group has read everything", before],
    ["a group of the new protocol advances", { ...target(orders), ...groups("targetGroups", { "orders[0]": 35, "orders[1]": 40 }, { type: "consumer" }) }, true, "on the target 1 group advanced in 4 s", before],
    ["there is one reading only", { ...target(orders), ...groups("targetGroups", { "orders[0]": 35 }) }, false, "only one reading so far; it takes two to see whether groups progress"],
    ["the group has no members", { ...target(orders), ...groups("targetGroups", { "orders[0]": 35 }, { state: "Empty", members: [] }) }, false, "group g has no members on the target", before],
    ["the group may have none, and has left records", { ...target(orders), ...groups("targetGroups", { "orders[0]": 30 }, { state: "Empty", members: [] }), ...resting }, true, "on the target 1 group has no members, as is expected", before],
    ["the group may have none, and has members that do not advance", { ...target(orders), ...groups("targetGroups", { "orders[0]": 30, "orders[1]": 40 }), ...counts({ "orders[0] 30..50": 20 }), ...resting }, false, "group g has not advanced on the target in 4 s: 20 records left to read in orders[0] (committed 30, end 50)", before],
    ["the group rebalances", { ...target(orders), ...groups("targetGroups", { "orders[0]": 35 }, { state: "PreparingRebalance" }) }, false, "group g is in state PreparingRebalance on the target; it must be Stable", before],
    ["a group stands before unread records", { ...target(orders), ...groups("targetGroups", { "orders[0]": 30, "orders[1]": 40 }), ...counts({ "orders[0] 30..50": 20 }) }, false, "group g has not advanced on the target in 4 s: 20 records left to read in orders[0] (committed 30, end 50)", before],
    ["a group stands still while its topics grow", { ...target({ ...orders, "orders[0]": [0, 55, 55] }), ...groups("targetGroups", { "orders[0]": 30, "orders[1]": 40 }), ...counts({ "orders[0] 30..55": 25 }) }, false, "group g has not advanced on the target in 4 s while its topics grew by 5 offsets: 25 records left to read in orders[0] (committed 30, end 55)", before],
    ["no group moves", { ...target(orders), ...groups("targetGroups", {}), scope: { ...scope, groups: [] } }, true, "no group moves, so there is no group to wait for", before],
    ["the group cannot be read", { ...target(orders), ...groups("targetGroups", {}, {}, "NOT_COORDINATOR") }, false, "group g on the target could not be measured: NOT_COORDINATOR", before],
  ]);

  const job = { kind: "Deployment", name: "job", role: "consumer", groups: ["g"], kubernetes: scope.ledger.kubernetes };
  const keeping = (more: object) => ({ scope: { ...scope, workloads: [{ ...job, ...more }] } });
  const empty = { state: "Empty", members: [] };
  const waits = {
    ...target(orders),
    ...groups("targetGroups", { "orders[0]": 30, "orders[1]": 40 }, empty),
    ...counts({ "orders[0] 30..50": 20 }),
  };
  const applied = { by: "ada", at: "2026-11-21T10:00:00Z", words: "the savepoint has the new offsets" };
  const at = (offset: number) => ledger(entry(2, "consumers", placed({ "orders[0]": offset, "orders[1]": 40 })));
  // prettier-ignore
  table({ kind: "groups-active" }, [
    ["a group without members advances, of clients that are assigned by hand", { ...target(orders), ...groups("targetGroups", { "orders[0]": 35, "orders[1]": 40 }, empty), ...keeping({ positions: "group" }) }, true, "on the target 1 group advanced in 4 s", before],
    ["it stands still", { ...waits, ...keeping({ positions: "group" }) }, false, "group g has not advanced on the target in 4 s: 20 records left to read in orders[0] (committed 30, end 50)", before],
  ]);
  // prettier-ignore
  table({ kind: "groups-active", own: true }, [
    ["a consumer with its own positions has committed since it was placed", { ...waits, ...at(20), ...keeping({ positions: "own", positionsApplied: applied }) }, true, "on the target 1 group advanced in 4 s", snapshot({ ...waits, ...at(20) }, now - 4000)],
    ["it has committed nothing since", { ...waits, ...at(30), ...keeping({ positions: "own", positionsApplied: applied }) }, false, "group g has not advanced on the target in 4 s: 20 records left to read in orders[0] (committed 30, end 50)", snapshot({ ...waits, ...at(30) }, now - 4000)],
    ["nobody has said that it has got the new ones", { ...waits, ...at(20), ...keeping({ positions: "own" }) }, false, "consumer job keeps its own positions, and has to be given those of ledger entry 2: the config does not say that they were applied", snapshot({ ...waits, ...at(20) }, now - 4000)],
    ["an external one has not got them", { ...waits, ...at(20), scope: { ...scope, externals: [{ name: "vm", role: "consumer", groups: ["g"], topics: [], positions: "own" }] } }, false, "consumer vm keeps its own positions, and has to be given those of ledger entry 2: the config does not say that they were applied", snapshot({ ...waits, ...at(20) }, now - 4000)],
  ]);

  it("ignores an earlier reading that failed", () => {
    const parts = { ...target(orders), ...groups("targetGroups", { "orders[0]": 35, "orders[1]": 40 }) };
    const { open, sentence } = judge({ kind: "groups-active" }, snapshot(parts), [
      snapshot({ target: away }, now - 9000),
      before,
    ]);
    assert.deepEqual({ open, sentence }, { open: true, sentence: "on the target 1 group advanced in 4 s" });
  });
});

describe("soaked and source-confirmed", () => {
  // prettier-ignore
  table({ kind: "soaked", hours: 2 }, [
    ["the last switch is old enough", switched, true, "the last switch was 2 h 12 min ago, 2 h required"],
    ["a later switch is not", ledger(entry(1, "producers"), entry(2, "consumers", { writtenAt: "2026-11-21T11:30:00Z" })), false, "the last switch was 0 h 30 min ago, 2 h required"],
    ["there was no switch", ledger(), false, "no switch is recorded in the ledger"],
  ]);
  // prettier-ignore
  table({ kind: "source-confirmed", clusterId: "S" }, [
    ["the id is the source's", { sourceId: { value: "S" } }, true, "the source is cluster S, as the config says"],
    ["the id is another's", { sourceId: { value: "X" } }, false, "the source is cluster X, not S as the config says"],
    ["the source is away", { sourceId: away }, false, "could not be measured: the source at source.example:9094 cannot be reached: connect ECONNREFUSED"],
  ]);
  // prettier-ignore
  table({ kind: "source-confirmed", clusterId: "" }, [
    ["no id was typed in", { sourceId: { value: "X" } }, false, "retire.sourceClusterId is not set in the config; the source is cluster X"],
  ]);
});

describe("one cluster on both sides", () => {
  const same = {
    open: false,
    cause: "one-cluster",
    sentence: "source and target are the same cluster S; correct the addresses of the wrong side in the config",
  };
  const read = groups("targetGroups", ends) as { targetGroups: { value: object } };
  const targetGroups = { targetGroups: { value: { ...read.targetGroups.value, clusterId: "S" } } };
  const entries = ledger(entry(1, "producers", at(ends)), entry(2, "consumers", placed(ends)));
  const conditions: readonly (readonly [Condition, object])[] = [
    [
      { kind: "mirror-within", maxLag: 10 },
      { ...source(full), target: { value: logs("S", full) }, ...mirror(done) },
    ],
    [{ kind: "mirror-drained" }, { ...source(full), target: { value: logs("S", full) }, ...mirror(done) }],
    [{ kind: "groups-drained" }, { ...source(orders), ...groups("sourceGroups", ends), ...entries }],
    [{ kind: "source-still-at-ledger" }, { ...source(orders), ...entries }],
    [{ kind: "offsets-placed" }, { ...targetGroups, ...entries }],
    [{ kind: "groups-active" }, { target: { value: logs("S", orders) }, ...targetGroups }],
    [{ kind: "source-confirmed", clusterId: "S" }, { sourceId: { value: "S" } }],
  ];
  for (const [condition, parts] of conditions) {
    it(`closes ${condition.kind}, which asks for the other side's id where it does not measure that side`, () => {
      const beside = Object.fromEntries(Object.keys(ids(condition, scope)).map((name) => [name, { value: "S" }]));
      const before = snapshot({ ...target(orders), ...groups("targetGroups", { "orders[0]": 1 }) }, now - 4000);
      assert.deepEqual(judge(condition, snapshot({ ...parts, ...beside }), [before]), same);
    });
  }

  it("is not taken for granted where one side is away", () => {
    const parts = { ...source(orders), ...entries, targetId: { error: "the target is away" } };
    assert.equal(judge({ kind: "source-still-at-ledger" }, snapshot(parts)).open, true);
  });
});

describe("what gates ask for", () => {
  const cases: readonly (readonly [Condition, readonly (keyof Parts)[]])[] = [
    [{ kind: "groups-active" }, ["target", "targetGroups", "marks"]],
    [{ kind: "offsets-placed" }, ["targetGroups", "ledger"]],
    [{ kind: "soaked", hours: 1 }, ["ledger"]],
  ];
  for (const [condition, asked] of cases) {
    it(`${condition.kind} asks neither the source nor Connect`, () =>
      assert.deepEqual(Object.keys(needs(condition, scope)), asked));
  }
});
