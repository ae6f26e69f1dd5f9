/** Replicas of topics that exist, given and taken on real brokers. */
import assert from "node:assert/strict";
import type kafkajs from "kafkajs";
import { withOwnCluster } from "../../runtime/brokers/connection.ts";
import { reassign } from "../../runtime/brokers/reassign.ts";
import { clientOf, createTopics, endpointOf } from "../lab/support/lab-kafka.ts";
import { eventually } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { inOrder } from "../support/in-order.ts";

const endpoint = endpointOf("source", 2);
const names = Array.from({ length: 40 }, (_, at) => `replicas-${at}`);

describe("topics that get other replicas on real brokers", function () {
  inOrder();
  this.timeout(5 * 60_000);
  usesLab(this, "plain");
  let admin: kafkajs.Admin;
  let leaders: ReadonlyMap<string, number>;

  const partitions = async () =>
    (await admin.fetchTopicMetadata({ topics: names })).topics.flatMap(({ name, partitions: of }) =>
      of.map(({ partitionId, replicas, isr, leader }) => ({ name: `${name}[${partitionId}]`, replicas, isr, leader })),
    );
  const to = (replicationFactor: number) =>
    withOwnCluster(endpoint, (cluster) =>
      reassign(
        cluster,
        names.map((name) => ({ name, replicationFactor })),
        60,
      ),
    );

  before(async () => {
    const client = await clientOf(endpoint);
    admin = client.admin();
    await admin.connect();
    await createTopics(
      endpoint,
      names.map((topic) => ({ topic, numPartitions: 6, replicationFactor: 1 })),
    );
    const producer = client.producer();
    await producer.connect();
    const messages = Array.from({ length: 600 }, (_, at) => ({ value: `record ${at}`, partition: at % 6 }));
    await producer.sendBatch({ topicMessages: names.map((topic) => ({ topic, messages })) });
    await producer.disconnect();
    leaders = new Map((await partitions()).map(({ name, leader }) => [name, leader]));
  });
  after(() => admin.disconnect());

  it("have them in sync when it is done, under the leaders that they had", async () => {
    await to(2);
    const found = await eventually("metadata of it", 10, async () => {
      const now = await partitions();
      return now.every(({ isr }) => isr.length === 2) && now;
    });
    assert.equal(found.length, 240);
    for (const { name, replicas, leader } of found) {
      assert.equal(new Set(replicas).size, 2, name);
      assert.equal(leader, leaders.get(name), name);
    }
  });

  it("are left alone where they have as many", async () => {
    const before = await partitions();
    await to(2);
    assert.deepEqual(await partitions(), before);
  });

  it("keep their leaders and every record where they lose some", async () => {
    await to(1);
    const found = await eventually("metadata of it", 10, async () => {
      const now = await partitions();
      return now.every(({ replicas }) => replicas.length === 1) && now;
    });
    for (const { name, replicas } of found) assert.deepEqual(replicas, [leaders.get(name)], name);
    for (const name of names) {
      const offsets = await admin.fetchTopicOffsets(name);
      assert.deepEqual([...new Set(offsets.map(({ high }) => high))], ["100"], name);
    }
  });

  it("are refused by name where there are fewer brokers", async () => {
    await assert.rejects(to(3), /^Error: replicas-0 cannot have 3 replicas: the target has 2 brokers$/);
  });
});
