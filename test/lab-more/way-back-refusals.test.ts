import assert from "node:assert/strict";
import { inOrder } from "../support/in-order.ts";
import { eventually, labWalk, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { patience, WalkChecks } from "../lab/support/walk-checks.ts";

/** What keeps a way back from being opened, used or closed, each on real parts. */
describe("a way back that is refused", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);

  before(async () => {
    walk = await labWalk(
      100,
      {
        gates: { maxLag: 2000, holdSeconds: 1, timeoutSeconds: patience },
        switch: { drainSeconds: 60, fenceSeconds: 60 },
      },
      { strategy: "producers-first", wayBack: "mirrored", ownUsers: true },
    );
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  it("is not opened while the source keeps records for less than the soak", async () => {
    await walk.stack.set("kafka-migration:retire.soakHours", "2000");
    await checks.heldBack("move-producers", /source keeps records of .* for less than the 2000 h of retire\.soakHours/);
    await walk.stack.set("kafka-migration:retire.soakHours", "0");
  });

  it("is not opened while a user that is not made here must not write to the source", async () => {
    // The same user, as the program would find it had somebody else made it: with what a mirror needs, and no Write.
    await walk.stack.set("kafka-migration:source.credentials.mirror.mechanism", "SCRAM-SHA-256");
    await walk.stack.set("kafka-migration:source.credentials.mirror.create", "false");
    await checks.heldBack("move-producers", /MirrorMaker 2's user is not allowed to write to .*foo.* on the source/);
    await walk.stack.set("kafka-migration:source.credentials.mirror.create", "true");
    await checks.succeeds(["config", "rm", "--path", "kafka-migration:source.credentials.mirror.mechanism"]);
  });

  it("shows who writes to the source while it is open, by partition, and holds validate and close back", async () => {
    await walk.goes("move-producers");
    await walk.goes("move-consumers");
    const producer = (await walk.kafka("source")).producer();
    await producer.connect();
    await producer.send({ topic: "empty", messages: [{ partition: 0, key: "forgotten", value: "application" }] });
    await producer.disconnect();
    await checks.heldBack(
      "validate",
      /empty\[0\] has 1 record on the source that the mirror back has not written, among offsets \d+\.\.\d+/,
    );
  });

  it("is not gone with that record, before or after the pause, and everybody writes on", async () => {
    const { code, output } = await walk.up("mirror");
    assert.notEqual(code, 0, output);
    assert.match(
      output,
      /empty\[0\](: the source holds 1 record | holds 1 record since, the target 0; another client wrote there)/,
    );
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged", patience, async () => walk.traffic.acknowledged() > before + 500);
  });

  it("is not gone once a topic of the source is deleted", async () => {
    const admin = (await walk.kafka("source")).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: ["empty"] });
    await eventually("the end of the topic", 60, async () => !(await admin.listTopics()).includes("empty"));
    await admin.disconnect();
    const { code, output } = await walk.up("mirror");
    assert.notEqual(code, 0, output);
    assert.match(output, /empty.* (does not exist|deleted|gone)/);
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged", patience, async () => walk.traffic.acknowledged() > before + 500);
  });
});
