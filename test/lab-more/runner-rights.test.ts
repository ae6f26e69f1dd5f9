/** The runner with exactly the rights that docs/rights.md lists, each of which is taken away once. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type kafkajs from "kafkajs";
import { runnerRights, type RequestRight } from "../../components/runner-rights.ts";
import type { Condition } from "../../gates/index.ts";
import { storageNames } from "../../lab/connect-worker.ts";
import { setScramUsers } from "../../lab/vendor/scram.ts";
import { readCluster } from "../../runtime/brokers/cluster.ts";
import { commitOffsets, forgetOffsets } from "../../runtime/brokers/commits.ts";
import { withCluster } from "../../runtime/brokers/connection.ts";
import { committed } from "../../runtime/brokers/groups.ts";
import { deleteTopics } from "../../runtime/brokers/topic-changes.ts";
import { transactionalIds } from "../../runtime/brokers/transactions.ts";
import { recordOf } from "../../runtime/ledger/record.ts";
import { heartbeatsTopic } from "../../runtime/model/mirror-topics.ts";
import type { KafkaEndpoint, SideName } from "../../runtime/model/sides.ts";
import type { Scope } from "../../runtime/model/scope.ts";
import { beginWithout } from "../../runtime/switch/mirror-topics.ts";
import { glance } from "../../runtime/resources/gate.ts";
import { labAdmin } from "../lab/support/lab-access.ts";
import { clientOf, createTopics, endpointOf, kubernetes } from "../lab/support/lab-kafka.ts";
import { connectRest } from "../lab/support/lab-parts.ts";
import { eventually, namespace } from "../lab/support/lab-walk.ts";
import { giveBack, lose, type Held } from "../lab/support/lost-rights.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { createTarget, mirrorConnector, smallLab } from "../lab/support/small-lab.ts";
import { inOrder } from "../support/in-order.ts";

const user = "rights-runner";
const topic = "rights-plain";
const group = "rights-group";
const connector = "rights";
const alias = "source";
const offsets = storageNames("migration-connect").offsets;
/** Stands for the topics that `retire` deletes: those are needed here to the end. */
const doomed = "rights-doomed";
const sides = ["source", "target"] as const;
const brokers = { source: 2, target: 1 } as const;

const runnerOn = (side: SideName): KafkaEndpoint => ({
  ...endpointOf(side, brokers[side]),
  mechanism: "SCRAM-SHA-256",
  credentials: { kubernetes, name: user },
});
const scope: Scope = {
  ...{ migration: "rights", source: runnerOn("source"), target: runnerOn("target") },
  mirror: {
    connect: { urls: smallLab.connectUrls, credentials: { kubernetes, name: smallLab.connectSecret } },
    offsetsTopic: { name: offsets },
    ...{ sourceConnectors: [connector], otherConnectors: [], sourceAlias: alias },
  },
  topics: [topic],
  groups: [{ name: group, topics: [topic] }],
  workloads: [
    { kind: "Deployment", name: "by-hand", role: "consumer", kubernetes, groups: [group], positions: "group" },
  ],
  ledger: { kubernetes, configMap: "rights-ledger" },
};

/** What the first phase looks for among MirrorMaker 2's topics: nothing but the one that it shares. */
const ownTopics = {
  ...{ target: runnerOn("target"), topics: [], heartbeatsOf: alias },
  ...{ record: recordOf(scope), ledger: scope.ledger.configMap },
};

/** What a glance of a preview says. */
async function says(condition: Condition): Promise<string> {
  const patience = { holdSeconds: 0, timeoutSeconds: 60, readingSeconds: 20, sweepSeconds: 600, sealed: false };
  const { sentence } = await glance({ scope, row: "move-producers", condition, ...patience });
  return sentence;
}

/** Why something is refused; empty where it is done. */
const refusal = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => "",
    (error: unknown) => (error as Error).message,
  );

/** The rights of the page, for the topic and the group of this test. */
const held: readonly (RequestRight & Held)[] = [
  ...runnerRights({ sourceAlias: alias, sharesHeartbeats: true, deletes: [doomed] }).map((right) => ({
    ...right,
    name: right.name.replace("<each migrated topic>", topic).replace("<each migrated group>", group),
  })),
  {
    ...{ on: "target", operation: "Read", resource: "Topic", name: offsets },
    ...{ requests: ["fetch"], reason: "the mirror's positions" },
  },
];
const on = (side: SideName) => held.filter((right) => right.on === side || right.on === "both");

/** A right that is taken away, with those that say it as well, and what somebody hears who needs it. */
interface Lost {
  readonly right: string;
  /** Rights that say it too: Read and Delete say Describe. @default none */
  readonly with?: readonly string[];
  readonly on: readonly SideName[];
  readonly says: (side: SideName) => Promise<string>;
  readonly hears: (side: SideName) => RegExp;
}

const at = { topic, partition: 0, offset: 1n };
const newest: Condition = { kind: "newest-equal", records: 5 };
const unread = (what: string) => async (side: SideName) =>
  (await withCluster(runnerOn(side), readCluster)).unread.find((one) => one.what === what)?.reason ?? "";
const each: readonly Lost[] = [
  {
    right: "Describe Cluster kafka-cluster",
    on: sides,
    says: () => says({ kind: "target-capacity", maxDiskPercent: 99, objects: {}, given: {} }),
    hears: (side) =>
      new RegExp(`sizes could not be read on the ${side}: .*; it needs Describe on Cluster kafka-cluster`),
  },
  {
    right: "DescribeConfigs Cluster kafka-cluster",
    on: sides,
    says: unread("quotas"),
    hears: () => /no right to read it \(CLUSTER_AUTHORIZATION_FAILED\)/,
  },
  {
    right: `Describe Topic ${topic}`,
    with: [`Read Topic ${topic}`],
    on: sides,
    says: () => says(newest),
    hears: (side) => new RegExp(`${topic}.* on the ${side}: .*the user needs Describe on Topic ${topic}`),
  },
  {
    right: `Read Topic ${topic}`,
    on: sides,
    says: () => says(newest),
    hears: (side) => new RegExp(`of the ${side} cannot be read at offset .*the user needs Read on Topic ${topic}`),
  },
  {
    right: `DescribeConfigs Topic ${topic}`,
    on: sides,
    says: () => says({ kind: "groups-placeable" }),
    hears: () => new RegExp(`the user needs DescribeConfigs on Topic ${topic}`),
  },
  {
    right: `Describe Group ${group}`,
    with: [`Read Group ${group}`, `Delete Group ${group}`],
    on: sides,
    says: async (side) => (await committed(runnerOn(side), [group])).problems.get(group) ?? "",
    hears: () => new RegExp(`the user needs Describe on Group ${group}`),
  },
  {
    right: `Read Group ${group}`,
    on: sides,
    says: (side) => refusal(commitOffsets(runnerOn(side), new Map([[group, [at]]]))),
    hears: () => new RegExp(`the user needs Read on Group ${group}`),
  },
  {
    right: `Delete Group ${group}`,
    on: sides,
    // Partition 1 alone: what is committed of the other is needed by others.
    says: (side) => refusal(forgetOffsets(runnerOn(side), new Map([[group, [{ topic, partition: 1 }]]]))),
    hears: () => new RegExp(`the user needs Delete on Group ${group}`),
  },
  {
    right: "Read Topic mm2-offset-syncs.source.internal",
    on: ["target"],
    says: () => says({ kind: "groups-placeable" }),
    hears: () => /the user needs (Describe|Read) on Topic mm2-offset-syncs\.source\.internal/,
  },
  {
    right: "Read Topic source.checkpoints.internal",
    on: ["target"],
    says: () => says({ kind: "groups-placeable" }),
    hears: () => /the user needs (Describe|Read) on Topic source\.checkpoints\.internal/,
  },
  {
    right: `Read Topic ${heartbeatsTopic}`,
    on: ["target"],
    says: () => refusal(beginWithout(ownTopics)),
    hears: () => /topic heartbeats on the target cannot be read, .*: the user needs Read on Topic heartbeats/,
  },
  {
    right: `Delete Topic ${doomed}`,
    on: ["target"],
    // Kafka says of a topic that does not exist that one may not delete it, rather than that it is not there.
    says: (side) => refusal(withCluster(runnerOn(side), (cluster) => deleteTopics(cluster, [doomed]))),
    hears: () => new RegExp(`the user needs Delete on Topic ${doomed}`),
  },
  {
    right: `Read Topic ${offsets}`,
    on: ["target"],
    says: () => says({ kind: "mirror-within", maxLag: 1000 }),
    hears: () => new RegExp(`the runner is not allowed to read topic ${offsets}`),
  },
  {
    // Kafka leaves out what one may not describe, without a word: the writer has no name then.
    right: "Describe TransactionalID *",
    on: ["source"],
    says: async () => ((await transactionalIds(runnerOn("source"), [])).size > 0 ? "" : "nobody is named"),
    hears: () => /nobody is named/,
  },
];

const nameOf = ({ operation, resource, name }: Held) => `${operation} ${resource} ${name}`;

describe("the runner's rights, taken away one by one", function () {
  inOrder();
  this.timeout(5 * 60_000);
  usesLab(this, "plain");
  const admins = new Map<SideName, kafkajs.Admin>();

  before(async () => {
    const [parts] = await Promise.all([createTarget(), fill()]);
    const password = randomBytes(12).toString("hex");
    const body = { metadata: { name: user }, stringData: { username: user, password } };
    await parts.core.createNamespacedSecret({ namespace, body });
    await createTopics(endpointOf("target", 1), [
      { topic, numPartitions: 2, replicationFactor: 1 },
      { topic: "source.checkpoints.internal", numPartitions: 1, replicationFactor: 1 },
    ]);
    for (const side of sides) {
      const [broker] = endpointOf(side, brokers[side]).bootstrap;
      await setScramUsers({ broker: broker!, ...(await labAdmin()) }, [{ name: user, password }]);
      const admin = (await clientOf(endpointOf(side, brokers[side]))).admin();
      await admin.connect();
      admins.set(side, admin);
      await giveBack(admin, on(side), user);
      await commitOffsets(endpointOf(side, brokers[side]), new Map([[group, [at]]]));
    }
    await connectRest().put(`/connectors/${connector}/config`, await mirrorConnector([topic]));
    await eventually("the copies", 90, async () => /^10 records/.test(await says(newest)));
  });
  after(async () => {
    for (const admin of admins.values()) await admin.disconnect();
  });

  async function fill(): Promise<void> {
    await createTopics(endpointOf("source", 2), [{ topic, numPartitions: 2, replicationFactor: 2 }]);
    const writer = (await clientOf(endpointOf("source", 2))).producer({
      ...{ transactionalId: "rights", idempotent: true, maxInFlightRequests: 1 },
    });
    await writer.connect();
    const transaction = await writer.transaction();
    const messages = [0, 1].flatMap((partition) =>
      Array.from({ length: 8 }, (_, index) => ({ value: `${index}`, partition })),
    );
    await transaction.send({ topic, messages });
    await transaction.commit();
    await writer.disconnect();
  }

  it("are all of those that the page lists", () => {
    assert.deepEqual(
      each.flatMap(({ right, on: where }) => where.map((side) => `${side} ${right}`)).toSorted(),
      sides.flatMap((side) => on(side).map((right) => `${side} ${nameOf(right)}`)).toSorted(),
    );
  });

  for (const { right, with: also = [], on: where, says: asked, hears } of each) {
    for (const side of where) {
      it(`${right} on the ${side}: what needs it names it, and works again once it is given back`, async () => {
        const admin = admins.get(side)!;
        const needed = hears(side);
        const works = () => eventually(`${right} is there`, 30, async () => !needed.test(await asked(side)));
        const rights = on(side).filter((one) => [right, ...also].includes(nameOf(one)));
        assert.equal(rights.length, 1 + also.length);
        await works();
        let last = "";
        await lose(admin, rights, user);
        try {
          await eventually("the refusal", 30, async () => needed.test((last = await asked(side)))).catch(() =>
            assert.fail(`nobody named it: ${last}`),
          );
        } finally {
          await giveBack(admin, rights, user);
        }
        await works();
      });
    }
  }

  it("say one another: who may read a topic or a group may describe it", async () => {
    const implied = on("source").filter((one) =>
      [`Describe Topic ${topic}`, `Describe Group ${group}`].includes(nameOf(one)),
    );
    await lose(admins.get("source")!, implied, user);
    try {
      assert.match(await says(newest), /^10 records/);
      assert.equal((await committed(runnerOn("source"), [group])).problems.size, 0);
    } finally {
      await giveBack(admins.get("source")!, implied, user);
    }
  });
});
