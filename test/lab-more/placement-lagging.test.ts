import assert from "node:assert/strict";
import { commitOffsets, committed, groupStates } from "../../runtime/brokers/positions.ts";
import { placeExactly } from "../../runtime/placement/place.ts";
import { kafkaTool } from "../lab/support/lab-kafka.ts";
import { eventually } from "../lab/support/lab-walk.ts";
import { PlacementLab, connector, one, place, scope, shown, source, target } from "../lab/support/placement-lab.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { mirrorConnector } from "../lab/support/small-lab.ts";
import { misplaced, readAsGroup, readLogs } from "../lab/support/two-logs.ts";

const [long, waiting] = ["placement-long", "placement-waiting"];
const length = 60_000;
const lags = [5_000, 50_000];
const lagging = (lag: number) => `placement-lag-${lag}`;

/** The same for groups that lag far behind, groups with members, and a mirror that lags itself. */
describe("exact placement of lagging groups on real brokers", function () {
  this.timeout(120_000);
  usesLab(this, "plain");
  let lab: PlacementLab;

  before(async function () {
    this.timeout(300_000);
    const mirrored = [long, waiting].map((topic) => ({ topic }));
    lab = await PlacementLab.start(mirrored, { source: [], target: [] }, async (started) => {
      for (let from = 0; from < length; from += 2_000) await started.send(long, from, from + 2_000);
      await started.send(waiting, 0, 30);
    });
    await lab.look([long, waiting]);
  });
  after(() => lab.end());

  it("forecasts what MirrorMaker 2's own offsets make a lagging group read again, and places it exactly", async () => {
    for (const lag of lags)
      await commitOffsets(
        source,
        new Map([[lagging(lag), [{ topic: long, partition: 0, offset: BigInt(length - lag) }]]]),
      );
    const {
      "exactly.once.support": _,
      "source.consumer.isolation.level": __,
      ...config
    } = await mirrorConnector([long]);
    await lab.rest.put(`/connectors/${connector}-checkpoint/config`, {
      ...config,
      "connector.class": "org.apache.kafka.connect.mirror.MirrorCheckpointConnector",
      ...{
        groups: "placement-lag-.*",
        "sync.group.offsets.enabled": "true",
        "checkpoints.topic.replication.factor": "1",
      },
      ...{ "sync.group.offsets.interval.seconds": "1", "emit.checkpoints.interval.seconds": "1" },
    });
    const theirs = await eventually("MirrorMaker 2's offsets on the target", 60, async () => {
      const { groups } = await committed(target, lags.map(lagging));
      const found = lags.map((lag) => groups.get(lagging(lag))?.get(`${long}[0]`)?.offset);
      return found.every((offset) => offset !== undefined) && found;
    });
    await lab.rest.put(`/connectors/${connector}-checkpoint/stop`);
    await eventually("the checkpoints stopped", 30, async () => lab.rest.stopped(`${connector}-checkpoint`));
    const positions = lags.map((lag) => ({
      group: lagging(lag),
      topic: long,
      partition: 0,
      committed: BigInt(length - lag),
    }));
    const placements = await placeExactly(scope, "to-target", positions);
    for (const [index, lag] of lags.entries()) {
      const placement = placements[index]!;
      assert.ok(placement.kind === "exact", shown(placement));
      assert.equal(placement.translated, theirs[index]);
      const until = (value: string) => Number(value) >= length - lag;
      const again = await readAsGroup(lab.onTarget, lagging(lag), long, until);
      console.log(
        `    ${lag} behind: MirrorMaker 2's offset makes it read ${again.length} records again, ${placement.repeats} forecast`,
      );
      assert.ok(again.length > 0);
      assert.equal(again.length, placement.repeats);
      const exactly = `${lagging(lag)}-exactly`;
      await commitOffsets(target, new Map([[exactly, [{ topic: long, partition: 0, offset: placement.placed }]]]));
      assert.deepEqual(await readAsGroup(lab.onTarget, exactly, long, until), []);
      const [own, other] = lab.both(long, "to-target");
      assert.equal(misplaced(own, other, BigInt(length - lag), placement.placed), null);
      const [back] = await place("to-source", long, [placement.placed]);
      assert.ok(back?.kind === "exact");
      assert.equal(back.placed, BigInt(length - lag), "the way back");
    }
  });

  it("says how many records the mirror has yet to copy, and places the group once it has", async () => {
    await lab.rest.put(`/connectors/${connector}/stop`);
    await eventually("the mirror stopped", 30, async () => lab.rest.stopped(connector));
    try {
      await lab.send(waiting, 30, 37);
      const found = await one(waiting, 36);
      assert.ok(found.kind === "behind", shown(found));
      assert.equal(found.left, 6);
    } finally {
      await lab.rest.put(`/connectors/${connector}/resume`);
    }
    const placement = await eventually("the copies", 60, async () => {
      const found = await one(waiting, 36);
      return found.kind === "exact" && found;
    });
    const other = (await readLogs(lab.onTarget, [waiting])).get(`${waiting}[0]`)!;
    assert.equal(other.find(({ offset }) => offset >= placement.placed)?.value, "36");
  });

  const consumer = (
    endpoint: typeof source,
    group: string,
    topic: string,
    count: number,
    properties: readonly string[],
  ) =>
    kafkaTool(endpoint, "org.apache.kafka.tools.consumer.ConsoleConsumer", (config) => [
      ...["--topic", topic, "--group", group, "--max-messages", `${count}`, "--timeout-ms", "30000"],
      ...["--consumer.config", config, "--property", "print.offset=true"],
      ...properties.flatMap((property) => ["--consumer-property", property]),
    ]);

  it("places a group of the new consumer protocol, whose member goes on there", async () => {
    const group = "placement-new-protocol";
    const [placement] = await place("to-target", long, [31_234n]);
    assert.ok(placement?.kind === "exact");
    await commitOffsets(target, new Map([[group, [{ topic: long, partition: 0, offset: placement.placed }]]]));
    const read = await consumer(target, group, long, 3, ["group.protocol=consumer"]);
    assert.match(read, new RegExp(`^Offset:${placement.placed}\\s+31234$`, "m"));
    assert.equal((await groupStates(target, [group])).groups.get(group)?.type, "consumer");
    // Nobody is in it any more: it can be placed again without joining it.
    await commitOffsets(target, new Map([[group, [{ topic: long, partition: 0, offset: placement.placed + 1n }]]]));
    const { groups } = await committed(target, [group]);
    assert.equal(groups.get(group)?.get(`${long}[0]`)?.offset, placement.placed + 1n);
    assert.match(await consumer(target, group, long, 1, ["group.protocol=consumer"]), /^Offset:\d+\s+31235$/m);
  });

  it("places a group of static members, which stays occupied until their session ends", async () => {
    const group = "placement-static";
    const member = ["group.instance.id=one", "session.timeout.ms=6000", "auto.offset.reset=earliest"];
    await consumer(source, group, waiting, 7, member);
    assert.equal((await groupStates(source, [group])).groups.get(group)?.members.length, 1);
    await assert.rejects(commitOffsets(source, new Map([[group, [{ topic: waiting, partition: 0, offset: 0n }]]])), {
      message: `the source did not take the offsets of group ${group}: it has members; stop its consumers first`,
    });
    await eventually(
      "the session's end",
      30,
      async () => (await groupStates(source, [group])).groups.get(group)?.state === "Empty",
    );
    const at = (await committed(source, [group])).groups.get(group)?.get(`${waiting}[0]`)?.offset;
    assert.equal(at, 7n);
    const found = await one(waiting, 7);
    assert.ok(found.kind === "exact");
    await lab.look([waiting]);
    const [own, other] = lab.both(waiting, "to-target");
    assert.equal(misplaced(own, other, 7n, found.placed), null);
  });

  it("places a lagging group exactly after the topic of offset syncs was compacted", async () => {
    const topic = "mm2-offset-syncs.source.internal";
    const settings = { "cleanup.policy": "compact", "segment.ms": "1000", "min.cleanable.dirty.ratio": "0.001" };
    await kafkaTool(target, "kafka.admin.ConfigCommand", (config) => [
      ...["--command-config", config, "--alter", "--entity-type", "topics", "--entity-name", topic, "--add-config"],
      Object.entries(settings)
        .map((pair) => pair.join("="))
        .join(","),
    ]);
    const count = async () => (await readLogs(lab.onTarget, [topic])).get(`${topic}[0]`)!.length;
    const before = await count();
    let value = 37;
    await eventually("the syncs compacted", 90, async () => {
      await lab.send(waiting, value, value + 1);
      value += 1;
      return (await count()) < before / 4;
    });
    const offsets = lags.map((lag) => BigInt(length - lag));
    const found = await place("to-target", long, offsets);
    const [own, other] = lab.both(long, "to-target");
    for (const [index, placement] of found.entries()) {
      assert.ok(placement.kind === "exact", shown(placement));
      assert.match(placement.how, /^the \d+ records before the sync 59999 = \d+ are equal$/);
      assert.equal(misplaced(own, other, offsets[index]!, placement.placed), null);
    }
    console.log(`    ${before} syncs, ${await count()} left`);
  });
});
