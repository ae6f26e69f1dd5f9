import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { mirrorRights } from "../../components/mirror-rights.ts";
import { rightName } from "../../components/right.ts";
import kafkajs from "../../lab/kafkajs.ts";
import { lab } from "../../lab/lab.ts";
import { sourceClusterId } from "../../lab/traffic/cluster-id.ts";
import { labTraffic } from "../../lab/traffic/lab-traffic.ts";
import { recordsBetween } from "../../runtime/brokers/log.ts";
import type { KafkaEndpoint } from "../../runtime/model/sides.ts";
import { connectRest } from "../lab/support/lab-parts.ts";
import { differences, eventually, labWalk, namespace, readTopic, type LabWalk } from "../lab/support/lab-walk.ts";
import { giveBack, killWorkers, lose, markLogs, wasMissed, waves } from "../lab/support/lost-rights.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { inOrder } from "../support/in-order.ts";
import { stackConfig } from "../support/stack.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const sides = ["source", "target"] as const;
const secretOf = (side: string): string => `shop-mirror-${side}`;
const connectors = ["shop-source-all", "shop-checkpoint", "shop-heartbeat"];
/** What must pass through a JAAS text, Java properties, a Kubernetes Secret and SCRAM unharmed. */
const passwords = { source: 'p"a\\s;s=#w ', target: ' #!:="\\${x} grüße' };
/** KubeDB's own on both sides, not migrated. */
const foreign = "kafka-health";

describe("MirrorMaker 2 as a user of its own", function () {
  inOrder();
  this.timeout(20 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(
      200,
      {
        gates: { maxLag: 2000, holdSeconds: 2, timeoutSeconds: 60 },
      },
      { strategy: "producers-first", ownUsers: true },
    );
  });

  const putSecret = async (side: (typeof sides)[number], stringData: Record<string, string>): Promise<void> => {
    const name = secretOf(side);
    await walk.core.deleteNamespacedSecret({ namespace, name }).catch(() => undefined);
    const body = { metadata: { name }, type: "kubernetes.io/basic-auth", stringData };
    await walk.core.createNamespacedSecret({ namespace, body });
  };

  /** What each connector writes all the time, on the target. */
  const written = ["foo", "heartbeats", "shop-source.checkpoints.internal"];

  /** Where those topics end, which tells more than Connect's own status: after a kill that is first the former one. */
  const ends = (): Promise<number[]> =>
    asAdmin("target", (admin) =>
      Promise.all(
        written.map(async (topic) => {
          const partitions = await admin.fetchTopicOffsets(topic).catch(() => []);
          return partitions.reduce((sum, { high }) => sum + Number(high), 0);
        }),
      ),
    );

  async function allRunning(): Promise<void> {
    const before = await ends();
    let asked = 0;
    let last: unknown;
    await eventually("every connector running and writing", 240, async () => {
      const states = connectors.map((name) => connectRest().allRunning(name));
      const running = await Promise.all(states).catch((error: unknown) => void (last = error));
      const now = await ends();
      if (running?.every(Boolean) && now.every((end, index) => end > before[index]!)) return true;
      // Connect leaves a task alone that failed, as it does when workers that start together fence each other; and one
      // whose restart was noted after it ran again is RESTARTING for ever, so that later all of them are asked for.
      await sleep(10_000);
      asked += 1;
      if (asked % 2 === 1) return false;
      for (const name of connectors)
        last = await connectRest()
          .post(`/connectors/${name}/restart?includeTasks=true&onlyFailed=${asked < 8}`)
          .catch((error: unknown) => error);
      return false;
    }).catch((error: Error) => assert.fail(`${error.message}; Connect says ${inspect(last, { depth: 8 })}`));
  }

  /** What an admin client of a user is refused, in Kafka's words. */
  async function refused(act: (admin: kafkajs.Admin) => Promise<unknown>, side: (typeof sides)[number]): Promise<void> {
    const admin = (await walk.kafka(side, secretOf(side))).admin({ retry: { retries: 1 } });
    await admin.connect();
    try {
      await assert.rejects(act(admin), notAuthorized);
    } finally {
      await admin.disconnect();
    }
  }

  /** Records in the first offset of a topic's first partition, read as MM2's user. */
  const firstRecord = async (side: (typeof sides)[number], topic: string): Promise<number> => {
    const kubernetes = { kubeconfig: lab.kubeconfig, namespace };
    const endpoint: KafkaEndpoint = {
      side,
      bootstrap: [`127.${lab.block}.${side === "source" ? 1 : 2}.1:9094`],
      protocol: "SASL_SSL",
      mechanism: "SCRAM-SHA-256",
      credentials: { kubernetes, name: secretOf(side) },
      ca: { kubernetes, name: `${side}-kafka-client-cert` },
    };
    return (await recordsBetween(endpoint, topic, 0, 0n, 1n, "read_committed")).records;
  };

  async function asAdmin<T>(side: (typeof sides)[number], act: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
    const admin = (await walk.kafka(side)).admin();
    await admin.connect();
    try {
      return await act(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** The ACLs of MM2's user as a side's brokers list them. */
  const acls = (side: (typeof sides)[number]): Promise<string[]> =>
    asAdmin(side, async (admin) => {
      const { resources } = await admin.describeAcls({
        resourceType: AclResourceTypes.ANY,
        resourcePatternType: ResourcePatternTypes.ANY,
        operation: AclOperationTypes.ANY,
        permissionType: AclPermissionTypes.ANY,
        principal: "User:shop-mirror",
      });
      return resources
        .flatMap(({ resourceType, resourceName, resourcePatternType, acls: entries }) =>
          entries.map(({ operation, permissionType }) =>
            [
              nameOf(AclPermissionTypes, permissionType),
              nameOf(AclOperationTypes, operation),
              nameOf(AclResourceTypes, resourceType),
              nameOf(ResourcePatternTypes, resourcePatternType),
              resourceName,
            ].join(" "),
          ),
        )
        .sort();
    });

  it("is not made over a Secret of somebody else", async () => {
    await putSecret("source", { username: "somebody", password: "x" });
    await putSecret("target", { username: "shop-mirror", password: passwords.target });
    const { code, output } = await walk.up("prepare");
    assert.notEqual(code, 0, output);
    assert.match(
      output,
      /Secret demo\/shop-mirror-source exists and belongs to user "somebody"; allowed: "shop-mirror"/,
    );
  });

  it("copies every topic exactly once with passwords of awkward characters", async () => {
    await putSecret("source", { username: "shop-mirror", password: passwords.source });
    await walk.goes("prepare");
    await walk.goes("mirror");
    await allRunning();
    const [source, target] = [await walk.kafka("source"), await walk.kafka("target")];
    for (const topic of ["foo", "bar", "orders", "payments", "history"]) {
      const count = 300;
      const written = await readTopic(source, topic, count);
      const copied = await eventually(`the copy of ${topic}`, 60, async () =>
        readTopic(target, topic, count).catch(() => undefined),
      );
      assert.deepEqual(differences(written, copied), [], topic);
    }
  });

  it("has exactly the rights that are written down", async () => {
    const config = stackConfig("dev");
    for (const side of sides) {
      const expected = mirrorRights(config, side).map(({ operation, resource, name, pattern }) =>
        ["ALLOW", operation.toUpperCase(), kafkajsName(resource), pattern.toUpperCase(), name].join(" "),
      );
      assert.deepEqual(await acls(side), expected.sort(), side);
    }
  });

  it("reads on the source what is migrated, and can change nothing there", async () => {
    assert.equal(await firstRecord("source", "foo"), 1);
    await assert.rejects(firstRecord("source", foreign), notAuthorized);
    const producer = (await walk.kafka("source", secretOf("source"))).producer({ retry: { retries: 1 } });
    await producer.connect();
    const record = { topic: "foo", messages: [{ key: "k", value: "v" }] };
    await assert.rejects(producer.send(record), notAuthorized);
    await producer.disconnect();
    const configs = [{ type: 2, name: "foo", configEntries: [{ name: "retention.ms", value: "1" }] }];
    await refused((admin) => admin.alterConfigs({ validateOnly: false, resources: configs }), "source");
    await refused((admin) => admin.createTopics({ topics: [{ topic: "planted" }], waitForLeaders: false }), "source");
    await refused((admin) => admin.deleteTopics({ topics: ["foo"] }), "source");
    await refused((admin) => admin.createPartitions({ topicPartitions: [{ topic: "foo", count: 9 }] }), "source");
    await refused((admin) => admin.deleteGroups(["foo-consumer"]), "source");
  });

  it("writes on the target what is migrated and MM2's own, and can change nothing else there", async () => {
    await assert.rejects(firstRecord("target", "foo"), notAuthorized);
    const producer = (await walk.kafka("target", secretOf("target"))).producer({ retry: { retries: 1 } });
    await producer.connect();
    await assert.rejects(producer.send({ topic: foreign, messages: [{ value: "v" }] }), notAuthorized);
    await producer.disconnect();
    const configs = [{ type: 2, name: "foo", configEntries: [{ name: "retention.ms", value: "1" }] }];
    await refused((admin) => admin.alterConfigs({ validateOnly: false, resources: configs }), "target");
    await refused((admin) => admin.createTopics({ topics: [{ topic: "planted" }], waitForLeaders: false }), "target");
    await refused((admin) => admin.deleteTopics({ topics: ["foo"] }), "target");
  });

  it("is whom the workers write as: a task fails once its right to write is gone", async () => {
    await asAdmin("target", (admin) =>
      admin.deleteAcls({
        filters: [
          {
            resourceType: AclResourceTypes.TOPIC,
            resourceName: "foo",
            resourcePatternType: ResourcePatternTypes.LITERAL,
            operation: AclOperationTypes.WRITE,
            permissionType: AclPermissionTypes.ALLOW,
            principal: "User:shop-mirror",
          },
        ],
      }),
    );
    await eventually("a failed task", 180, async () => !(await connectRest().allRunning("shop-source-all")));
    const { code, output } = await walk.stack.attempt(["refresh", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    await walk.goes("mirror");
    await connectRest().post("/connectors/shop-source-all/restart?includeTasks=true&onlyFailed=true");
    await allRunning();
  });

  it("misses each of its rights: the brokers refuse it by name, and everything runs again once it is back", async () => {
    const examples = { source: { topics: ["bar"] }, target: { topics: ["foo"] } };
    const config = { ...stackConfig("dev"), groups: [{ name: "foo-consumer", topics: [] }] };
    const rights = new Map(
      sides.flatMap((side) =>
        mirrorRights({ ...config, ...examples[side] }, side).map((right) => [`${side} ${rightName(right)}`, right]),
      ),
    );
    assert.deepEqual(waves.flatMap(({ lost }) => lost).sort(), [...rights.keys()].sort());
    for (const { lost, then } of waves) {
      const of = (side: string) => lost.filter((each) => each.startsWith(side)).map((each) => rights.get(each)!);
      const marks = { source: markLogs("source"), target: markLogs("target") };
      for (const side of sides) await asAdmin(side, (admin) => lose(admin, of(side)));
      const acting = then?.();
      const began = Date.now();
      try {
        const open = () => sides.flatMap((side) => of(side).filter((right) => !wasMissed(marks[side], right)));
        await eventually(`refusals of ${lost.join(", ")}`, 180, async () => open().length === 0).catch((error) => {
          throw new Error(`${error}; not missed: ${open().map(rightName).join(", ")}`);
        });
      } finally {
        for (const side of sides) await asAdmin(side, (admin) => giveBack(admin, of(side)));
      }
      await acting;
      killWorkers();
      await allRunning();
      console.log(
        `      ${lost.length} rights missed in ${Math.round((Date.now() - began) / 1000)} s: ${lost.join(", ")}`,
      );
    }
  });

  it("takes up a password that was rotated on both sides", async () => {
    for (const side of sides) {
      const stringData = { password: `rotated ${passwords[side]}` };
      const data = Object.fromEntries(
        Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
      );
      const { metadata, data: former } = await walk.core.readNamespacedSecret({ namespace, name: secretOf(side) });
      const body = { metadata: metadata!, type: "kubernetes.io/basic-auth", data: { ...former, ...data } };
      await walk.core.replaceNamespacedSecret({ namespace, name: secretOf(side), body });
    }
    await walk.reaches("mirror");
    await allRunning();
    const admin = (await walk.kafka("source", secretOf("source"))).admin();
    await admin.connect();
    await admin.disconnect();
  });

  it("loses the source before it is halted and the target at the end, with all rights", async () => {
    await walk.goes("move-producers");
    await walk.goes("move-consumers");
    assert.ok((await acls("source")).length > 0);
    await walk.goes("validate");
    assert.deepEqual(await acls("source"), []);
    assert.ok((await acls("target")).length > 0);
    const gone = (await walk.kafka("source", secretOf("source"))).admin({ retry: { retries: 0 } });
    await assert.rejects(gone.connect(), /SASL|authentication/i);
    const { kubeconfig, options } = labTraffic(200);
    await walk.stack.set("kafka-migration:retire.sourceClusterId", await sourceClusterId(kubeconfig, options));
    await walk.goes("retire");
    assert.deepEqual(await acls("target"), []);
  });

  it("kept every record of the traffic, once and in order", async () => {
    const { lost, redelivered, outOfOrder, offences } = await walk.traffic.finish(60);
    assert.deepEqual(
      { lost, redelivered, outOfOrder, offences },
      { lost: 0, redelivered: 0, outOfOrder: 0, offences: [] },
    );
  });

  it("left no password in the state, in what was printed or in an object of Connect", async () => {
    const state = await walk.stack.state();
    const texts = [state, readFileSync(walk.stack.logFile, "utf8")];
    for (const password of Object.values(passwords)) {
      const forms = [password, JSON.stringify(password).slice(1, -1), Buffer.from(password).toString("base64")];
      for (const text of texts) for (const form of forms) assert.ok(!text.includes(form), form);
    }
  });
});

/** Whether an error says, at any depth, that Kafka's authorizer refused. */
const notAuthorized = (error: unknown): true => {
  assert.match(inspect(error, { depth: 8 }), /not authorized|AUTHORIZATION_FAILED|authorization failed/i);
  return true;
};

/** The types say an enum, which could be read both ways; it is an object with numbers. */
const nameOf = (words: object, value: number): string =>
  Object.entries(words).find(([, number]) => number === value)?.[0] ?? String(value);

const kafkajsName = (resource: string): string =>
  resource === "TransactionalID" ? "TRANSACTIONAL_ID" : resource.toUpperCase();
