import assert from "node:assert/strict";
import type { Direction } from "../../runtime/model/placement.ts";
import { offsetsByTool } from "../lab/support/lab-kafka.ts";
import { eventually } from "../lab/support/lab-walk.ts";
import {
  PlacementLab,
  deleteRecords,
  message,
  one,
  place,
  refusal,
  shown,
  source,
  target,
} from "../lab/support/placement-lab.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { misplaced, readLogs, type Seen } from "../lab/support/two-logs.ts";

const [transactions, equal, trimmed] = ["placement-transactions", "placement-equal", "placement-trimmed"];
const [gone, twice, compacted] = ["placement-gone", "placement-twice", "placement-compacted"];
const empty = "placement-empty";
/** On the source with two partitions, on the target with one; not mirrored. */
const aside = "placement-aside";
const compaction = { "cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.001" };
const configEntries = Object.entries(compaction).map(([name, value]) => ({ name, value }));
const everyOffset = (seen: readonly Seen[], more: bigint) =>
  Array.from({ length: Number(seen.at(-1)!.offset + more) }, (_, offset) => BigInt(offset));

/** One source, one target, one Connect worker with MM2: where a group goes on from every offset of many kinds of logs. */
describe("exact placement on real brokers", function () {
  this.timeout(120_000);
  usesLab(this, "plain");
  let lab: PlacementLab;

  before(async function () {
    this.timeout(300_000);
    const mirrored = [transactions, equal, trimmed, gone, twice, empty].map((topic) => ({ topic }));
    lab = await PlacementLab.start(
      [...mirrored, { topic: compacted, configEntries }],
      { source: [{ topic: aside, numPartitions: 2 }], target: [{ topic: aside }] },
      fill,
    );
    await faults();
    await lab.look([transactions, equal, trimmed, gone, twice, compacted]);
  });
  after(() => lab.end());

  async function fill(lab: PlacementLab): Promise<void> {
    const writer = lab.onSource.producer({ transactionalId: "placement", idempotent: true, maxInFlightRequests: 1 });
    lab.clients.push(writer);
    await writer.connect();
    let value = 0;
    // Three aborted transactions at the end leave records and markers behind the last that counts.
    for (const commits of [true, false, true, true, false, true, false, false, false]) {
      const transaction = await writer.transaction();
      const messages = [message(value++), message(value++)];
      await transaction.send({ topic: transactions, messages });
      await (commits ? transaction.commit() : transaction.abort());
      if (commits && value < 8) await lab.send(transactions, value++, value);
    }
    const timestamp = `${Date.now()}`;
    for (let batch = 0; batch < 3; batch++) {
      await lab.producer.send({
        topic: equal,
        messages: Array.from({ length: 40 }, () => message("same", { timestamp })),
      });
    }
    for (const topic of [trimmed, gone, twice]) await lab.send(topic, 0, 30);
    await lab.send(aside, 0, 9);
    await lab.producer.send({ topic: aside, messages: [message(1, { partition: 1 })] });
    for (let round = 0; round < 12; round++) {
      const messages = Array.from({ length: 5 }, (_, key) => message(round * 5 + key, { key: `${key}` }));
      await lab.producer.send({ topic: compacted, messages });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }

  /** What happens to a log besides being mirrored. */
  async function faults(): Promise<void> {
    const records = await readLogs(lab.onTarget, [twice, gone]);
    const copy = records.get(`${twice}[0]`)![12]!;
    const rogue = lab.onTarget.producer();
    lab.clients.push(rogue);
    await rogue.connect();
    await rogue.send({ topic: twice, messages: [message(copy.value)] });
    await lab.send(twice, 30, 60);
    await lab.copied([`${twice}[0]`, 60]);
    await deleteRecords(source, trimmed, 12n);
    await deleteRecords(target, gone, records.get(`${gone}[0]`)![20]!.offset);
  }

  // prettier-ignore
  const everywhere = [
    ["transactions: commit markers, aborted records, several markers at the end", transactions],
    ["records that equal their neighbours in all they hold",                      equal],
  ] as const;
  for (const [what, topic] of everywhere) {
    for (const direction of ["to-target", "to-source"] satisfies Direction[]) {
      it(`places every offset exactly ${direction} among ${what}`, async () => {
        const [own, other] = lab.both(topic, direction);
        const offsets = everyOffset(own, 1n);
        const found = await place(direction, topic, offsets);
        for (const [index, placement] of found.entries()) {
          assert.ok(placement.kind === "exact", shown(placement));
          assert.equal(misplaced(own, other, offsets[index]!, placement.placed), null, placement.how);
        }
      });
    }
  }

  it("places a group after the several markers at the end of its log", async () => {
    const at = (await offsetsByTool(source, [transactions])).get(`${transactions}[0]`)!;
    const [own, other] = lab.both(transactions, "to-target");
    assert.ok(at > own.at(-1)!.offset + 8n, `${at}`);
    const [found] = await place("to-target", transactions, [at]);
    assert.ok(found?.kind === "exact");
    assert.equal(misplaced(own, other, at, found.placed), null);
  });

  it("places an empty partition, and one that was never mirrored, at the beginning", async () => {
    for (const at of [null, 0]) {
      const found = await one(empty, at);
      assert.deepEqual([found.kind, found.kind === "exact" && found.placed], ["exact", 0n]);
    }
    const unread = await one(aside, 0);
    assert.deepEqual([unread.kind, unread.kind === "exact" && unread.placed], ["exact", 0n]);
    const read = await one(aside, 5);
    assert.ok(read.kind === "behind");
    assert.equal(read.left, 5);
    assert.equal(
      read.reason,
      `group g in ${aside}[0] has read the source up to 5, and 5 records before that are not on the target yet`,
    );
  });

  it("refuses a partition that was never committed although it holds records, and one that the target lacks", async () => {
    assert.match(
      await refusal(aside, null),
      /^group g in placement-aside\[0\] never committed, although the source holds 9 records there; let/,
    );
    assert.match(
      await refusal(aside, 1, 1),
      /^group g in placement-aside\[1\]: the target does not have that partition; give topic/,
    );
  });

  it("refuses what retention removed before it was read, on either side, and places what lies behind", async () => {
    assert.match(
      await refusal(trimmed, 5),
      /^group g in placement-trimmed\[0\] has committed 5 on the source, whose log begins at 12: retention has removed/,
    );
    assert.match(
      await refusal(gone, 10),
      /has committed 10 on the source, and the target, whose log begins at \d+, has removed records/,
    );
    for (const [topic, at] of [
      [trimmed, 12n],
      [trimmed, 30n],
      [gone, 20n],
      [gone, 25n],
      [gone, 30n],
    ] as const) {
      const [found] = await place("to-target", topic, [at]);
      const [own, other] = lab.both(topic, "to-target");
      assert.ok(found?.kind === "exact", shown(found));
      assert.equal(misplaced(own, other, at, found.placed), null, `${topic} ${at}`);
    }
  });

  it("refuses a group next to a duplicate in the mirror, and places one that is past it or before it", async () => {
    const [own, other] = lab.both(twice, "to-target");
    assert.equal(other.length, own.length + 1);
    const offsets = everyOffset(own, 2n);
    const found = await place("to-target", twice, offsets);
    const refused = found.flatMap((each, index) => (each.kind === "refused" ? [index] : []));
    assert.ok(refused.length > 0 && refused.length < 45, refused.join());
    const reason = found[refused.at(-1)!]!;
    assert.match(
      reason.kind === "refused" ? reason.reason : "",
      /: offsets \d+\.\.\d+ there hold \d+ records, offsets \d+\.\.\d+ of the target hold \d+, and the first difference is at 30 and \d+: the target holds a duplicate/,
    );
    for (const [index, placement] of found.entries()) {
      if (placement.kind !== "exact") continue;
      const unread = own.slice(index).map(({ value }) => value);
      const got = other.filter(({ offset }) => offset >= placement.placed).map(({ value }) => value);
      // The duplicate stands at the record 12 twice; no place can hide it from a group that has yet to read that far.
      if (index < 30) got.splice(got.lastIndexOf("12"), 1);
      assert.equal(got.join(), unread.join(), `at ${index}`);
    }
  });

  it("places a group in a compacted topic where the survivors settle it, and is never wrong", async function () {
    const counts = () => [lab.logs.source, lab.logs.target].map((side) => side.get(`${compacted}[0]`)!.length);
    await eventually("compaction", 60, async () => {
      await lab.look([compacted]);
      return counts().some((number) => number < 60);
    });
    for (const direction of ["to-target", "to-source"] satisfies Direction[]) {
      const [own, other] = lab.both(compacted, direction);
      const index = (seen: readonly Seen[], at: bigint) =>
        seen.filter(({ offset }) => offset < at).map(({ value }) => Number(value));
      const found = await place(direction, compacted, everyOffset(own, 1n));
      const exact = found.filter(({ kind }) => kind === "exact");
      for (const placement of exact) {
        if (placement.kind !== "exact" || placement.committed === null) continue;
        const read = index(own, placement.committed);
        const skipped = index(other, placement.placed).filter((value) => !read.includes(value));
        const again = other.filter(({ offset, value }) => offset >= placement.placed && read.includes(Number(value)));
        assert.deepEqual(again, [], `at ${placement.committed}`);
        assert.ok(
          skipped.every((value) => value <= Math.max(-1, ...read)),
          `at ${placement.committed}: skips ${skipped.join()}`,
        );
      }
      console.log(
        `    ${direction}: ${counts().join(" and ")} of 60 records left, ${exact.length} of ${found.length} offsets placed`,
      );
      assert.ok(exact.length > 0);
    }
  });
});
