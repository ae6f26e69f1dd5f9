import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { lab } from "../../lab/lab.ts";
import { committed } from "../../kafka/positions.ts";
import { readCheckpoints } from "../../kafka/placement/checkpoints.ts";
import { withCluster } from "../../kafka/connection.ts";
import { endpointOf } from "../lab/support/lab-kafka.ts";
import { connectRest } from "../lab/support/lab-parts.ts";
import { writeAgain } from "../lab/support/duplicates.ts";
import { eventually, labWalk, shortTimes } from "../lab/support/lab-walk.ts";
import type { LabWalk } from "../lab/support/lab-walk.ts";
import { inOrder } from "../support/in-order.ts";

const group = "foo-consumer";
const topic = "foo";
const connector = "shop-source-all";
/** Offsets behind the end of a partition that no test reaches: a consumer that is held back so far stands still. */
const forEver = 1_000_000_000;

describe("a group that may read again, consumers first, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  let walk: LabWalk;
  let forecast: number;
  const [source, target] = [endpointOf("source", 2), endpointOf("target", 3)];

  before(async () => {
    const dev = parse(readFileSync(path.join(lab.root, "Pulumi.dev.yaml"), "utf8")) as {
      config: Record<string, Record<string, unknown>>;
    };
    const allowRedelivery = [{ name: group, reason: "it is idempotent" }];
    walk = await labWalk(
      300,
      {
        ...shortTimes,
        gates: { ...shortTimes.gates, sweepSeconds: 30 },
        groups: { ...dev.config["kafka-migration:groups"], allowRedelivery },
      },
      { strategy: "consumers-first" },
    );
  });
  after(async () => walk?.end());

  const offsets = async () => {
    const { groups } = await committed(source, [group]);
    return new Map([...groups.get(group)!].map(([name, { offset }]) => [name, offset]));
  };

  it("stands among records that the mirror's copy holds twice", async () => {
    await walk.reaches("prepare");
    await walk.reaches("mirror");
    const rest = connectRest();
    await eventually("copies", 60, async () => ((await rest.next(connector)).get(`${topic}[0]`) ?? 0) > 100);
    await rest.put(`/connectors/${connector}/pause`);
    await eventually("the mirror paused", 30, async () => (await rest.state(connector)) === "PAUSED");
    // What is under way when the tasks pause is copied.
    await sleep(3_000);
    walk.traffic.holdBack(group, { [topic]: forEver });
    const written = await writeAgain(await walk.kafka("target"), topic, 3);
    assert.ok(written >= 3, `${written} records`);
    const before = await offsets();
    await rest.put(`/connectors/${connector}/resume`);
    await eventually("the copies of what the group has read", 60, async () => {
      const next = await rest.next(connector);
      return [...before].every(([name, offset]) => (next.get(name) ?? 0) > Number(offset));
    });
    assert.deepEqual(await offsets(), before, "the group stands still");
    await eventually("MirrorMaker 2's checkpoints of the group where it stands", 60, async () => {
      const places = new Set([...before.keys()].map((name) => `${group} ${name}`));
      const found = await withCluster(target, (cluster) => readCheckpoints(cluster, "source", places));
      return [...before].every(([name, offset]) => found.get(`${group} ${name}`)?.source === offset);
    });
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
      new RegExp(`group ${group} will read ${forecast} records again, as groups.allowRedelivery has it`),
    );
    walk.traffic.holdBack(group, {});
  });

  it("goes from validate to the row before and to validate again", async () => {
    await walk.reaches("move-producers");
    await walk.reaches("validate");
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
