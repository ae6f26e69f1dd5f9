/** The one topic that migrations onto one target share, with MirrorMaker 2's own heartbeats in it. */
import assert from "node:assert/strict";
import { withCluster } from "../../runtime/brokers/connection.ts";
import { recordOf } from "../../runtime/ledger/record.ts";
import { heartbeatsTopic } from "../../runtime/model/mirror-topics.ts";
import { readHeartbeats } from "../../runtime/placement/heartbeats.ts";
import { beginWithout, deleteMirrorTopics, type BegunWithout } from "../../runtime/switch/mirror-topics.ts";
import { topicIds } from "../../runtime/topics/pins.ts";
import { clientOf, createTopics, endpointOf, kubernetes } from "../lab/support/lab-kafka.ts";
import { connectRest, guideConnector } from "../lab/support/lab-parts.ts";
import { eventually } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { createTarget } from "../lab/support/small-lab.ts";
import { inOrder } from "../support/in-order.ts";

const target = endpointOf("target", 1);

/** What a migration knows of its own topics: here it has none but the one that it shares. */
const inputsOf = (migration: string) => {
  const ledger = { kubernetes, configMap: `${migration}-ledger` };
  const own = { target, topics: [], heartbeatsOf: `${migration}-source` };
  return { ...own, record: recordOf({ migration, ledger }), ledger: ledger.configMap };
};

/** A MirrorHeartbeatConnector as the program makes it, as far as heartbeats need it. */
async function beats(migration: string): Promise<void> {
  const { topics: _, ...common } = await guideConnector("");
  await connectRest().put(`/connectors/${migration}-heartbeat/config`, {
    ...common,
    "connector.class": "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector",
    "source.cluster.alias": `${migration}-source`,
    "heartbeats.topic.replication.factor": "1",
    "emit.heartbeats.interval.seconds": "1",
  });
  await eventually(`heartbeats of ${migration}`, 90, async () => {
    const { newest, others } = await withCluster(target, readHeartbeats);
    assert.equal(others, 0, "MirrorMaker 2 writes what is taken for no heartbeat");
    return newest.has(`${migration}-source`);
  });
}

const isThere = async () => heartbeatsTopic in (await topicIds(target, [heartbeatsTopic]));

describe("the topic of heartbeats", function () {
  inOrder();
  this.timeout(5 * 60_000);
  usesLab(this, "plain");
  const begun: Record<string, Required<BegunWithout>> = {};

  before(async () => void (await createTarget()));

  it("goes with the migration that made it, if no other writes to it", async () => {
    const alone = await beginWithout(inputsOf("alone"));
    assert.deepEqual(alone.absent, [heartbeatsTopic]);
    await beats("alone");
    await connectRest().delete("/connectors/alone-heartbeat");
    await deleteMirrorTopics({ ...inputsOf("alone"), ...alone });
    assert.equal(await isThere(), false);
  });

  it("is another migration's too, which begins and writes to it", async () => {
    begun["shop"] = await beginWithout(inputsOf("shop"));
    await beats("shop");
    begun["billing"] = await beginWithout(inputsOf("billing"));
    assert.deepEqual(begun["billing"].absent, [], "it is not its own");
    await beats("billing");
    const { newest } = await withCluster(target, readHeartbeats);
    assert.deepEqual([...newest.keys()].sort(), ["billing-source", "shop-source"]);
  });

  it("stays when the one that made it goes, and when one goes that did not", async () => {
    for (const migration of ["shop", "billing"]) {
      await connectRest().delete(`/connectors/${migration}-heartbeat`);
      await deleteMirrorTopics({ ...inputsOf(migration), ...begun[migration] });
      assert.equal(await isThere(), true, migration);
    }
  });

  it("is refused where an application has a topic of that name", async () => {
    const client = await clientOf(target);
    const [admin, producer] = [client.admin(), client.producer()];
    await Promise.all([admin.connect(), producer.connect()]);
    try {
      await admin.deleteTopics({ topics: [heartbeatsTopic] });
      await eventually("its end", 30, async () => !(await isThere()));
      await createTopics(target, [{ topic: heartbeatsTopic, numPartitions: 1, replicationFactor: 1 }]);
      await producer.send({ topic: heartbeatsTopic, messages: [{ key: "sensor-7", value: "72 bpm" }] });
      await assert.rejects(beginWithout(inputsOf("shop")), /the target has heartbeats already, which MirrorMaker 2/);
    } finally {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    }
  });
});
