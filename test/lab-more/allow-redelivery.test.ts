import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { lab } from "../../lab/lab.ts";
import { withCluster } from "../../runtime/brokers/connection.ts";
import { committed } from "../../runtime/brokers/positions.ts";
import { readCheckpoints } from "../../runtime/placement/checkpoints.ts";
import { writeAgain } from "../lab/support/duplicates.ts";
import { endpointOf } from "../lab/support/lab-kafka.ts";
import { connectRest } from "../lab/support/lab-parts.ts";
import { eventually, labWalk, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { inOrder } from "../support/in-order.ts";

const group = "foo-consumer";
const topic = "foo";
const connector = "shop-source-all";
/** Offsets behind the end of a partition that no test reaches: a consumer that is held back so far stands still. */
const forEver = 1_000_000_000;

describe("a group that may read again, consumers first, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  let forecast: number;
  const [source, target] = [endpointOf("source", 2), endpointOf("target", 3)];

  before(async () => {
    const dev = parse(readFileSync(path.join(lab.root, "Pulumi.dev.yaml"), "utf8")) as {
      config: Record<string, Record<string, unknown>>;
    };
    const settings = {
      ...shortTimes,
      gates: { ...shortTimes.gates, sweepSeconds: 30 },
      groups: {
        ...dev.config["kafka-migration:groups"],
        allowRedelivery: [{ name: group, reason: "it is idempotent" }],
      },
      mirror: {
        ...{ tasksMax: 4, exactlyOnce: false },
        // Between two flushes there is no sync, so that a duplicate lies between the syncs around the group.
        source: { "offset.lag.max": "1000" },
        checkpoint: { "emit.checkpoints.interval.seconds": "1" },
      },
    };
    walk = await labWalk(150, settings, { strategy: "consumers-first" });
  });

  const offsets = async () => {
    const { groups } = await committed(source, [group]);
    return new Map([...groups.get(group)!].map(([name, { offset }]) => [name, offset]));
  };

  it("stands among records that an at-least-once mirror has copied twice", async () => {
    await walk.goes("prepare");
    await walk.goes("mirror");
    const rest = connectRest();
    await eventually("copies", 60, async () => ((await rest.next(connector)).get(`${topic}[0]`) ?? 0) > 100);
    await rest.put(`/connectors/${connector}/pause`);
    await eventually("the mirror paused", 30, async () => (await rest.state(connector)) === "PAUSED");
    // The group reads on beyond the last copy.
    await sleep(5_000);
    walk.traffic.holdBack(group, { [topic]: forEver });
    const written = await writeAgain(await walk.kafka("target"), topic, 3);
    assert.ok(written >= 3, `${written} records`);
    const before = await offsets();
    await rest.put(`/connectors/${connector}/resume`);
    await eventually("the copies of what the group has read", 60, async () => {
      const next = await rest.next(connector);
      return [...before].every(([name, offset]) => (next.get(name) ?? 0) > Number(offset));
    });
    // MirrorMaker 2 flushes its syncs every ten seconds, and writes a checkpoint of what it makes of them.
    await sleep(15_000);
    assert.deepEqual(await offsets(), before, "the group stands still");
    const places = new Map([...before].map(([name, offset]) => [`${group} ${name}`, offset]));
    const found = await withCluster(target, (cluster) => readCheckpoints(cluster, "source", new Set(places.keys())));
    // It writes none for a group that has read on where its offset on the target would be the same.
    for (const [name, offset] of places) assert.ok(found.get(name)!.source <= offset, name);
  });

  it("moves to MirrorMaker 2's offset, with one forecast in preview, gate and log", async () => {
    await walk.stack.set("kafka-migration:phase", "move-consumers");
    const preview = await walk.stack.attempt(["preview"]);
    assert.equal(preview.code, 0, preview.output);
    const said = /(\d+) records are read again, as allowed/;
    forecast = Number(said.exec(preview.output)?.[1] ?? assert.fail(preview.output));
    assert.ok(forecast > 0);
    const output = await walk.reaches("move-consumers");
    const gate = (await walk.stack.gates()).find(({ sentence }) => said.test(sentence));
    assert.equal(Number(said.exec(gate?.sentence ?? "")?.[1]), forecast, gate?.sentence);
    assert.match(
      output,
      new RegExp(`group ${group} will read ${forecast} records again, as groups.allowRedelivery allows`),
    );
    walk.traffic.holdBack(group, {});
  });

  it("goes from validate to the row before and to validate again", async () => {
    await walk.goes("move-producers");
    await walk.goes("validate");
    await walk.reaches("move-producers");
    await walk.reaches("validate");
  });

  it("has read again exactly what was forecast, and lost nothing", async () => {
    const audit = await walk.traffic.finish(60);
    const { lost, redelivered, outOfOrderWithinSide, corrupt, unexpected, acknowledged } = audit;
    console.log(`    ${acknowledged} records, ${redelivered} read again, ${forecast} forecast`);
    assert.deepEqual(
      { lost, outOfOrderWithinSide, corrupt, unexpected },
      { lost: 0, outOfOrderWithinSide: 0, corrupt: 0, unexpected: 0 },
    );
    for (const each of audit.groups) {
      assert.equal(each.redelivered, each.group === group ? forecast : 0, each.group);
      assert.ok(each.read["source"]! > 0 && each.read["target"]! > 0, `${each.group} read on both sides`);
    }
  });
});
