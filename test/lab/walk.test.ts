import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { lab, labKill } from "../../lab/lab.ts";
import { auditDirectory } from "../../lab/traffic/audit-files.ts";
import { labTraffic } from "../../lab/traffic/lab-traffic.ts";
import { sourceClusterId } from "../../lab/traffic/cluster-id.ts";
import { withCluster } from "../../kafka/connection.ts";
import { recordsBetween } from "../../kafka/log.ts";
import { consumerLag, createTopics, endpointOf } from "./support/lab-kafka.ts";
import { inOrder } from "../support/in-order.ts";
import { formsOf, searchArguments, searchFiles } from "../support/secret-search.ts";
import type { SecretForm } from "../support/secret-search.ts";
import { connectRest, guideConnector, killHosts } from "./support/lab-parts.ts";
import { differences, eventually, labWalk, namespace, readTopic } from "./support/lab-walk.ts";
import type { LabWalk } from "./support/lab-walk.ts";

/** One migration, from the first row to the end, with everything that can go wrong on the way. */
describe("a migration of the lab, producers first, under traffic", function () {
  inOrder();
  this.timeout(10 * 60_000);
  let walk: LabWalk;
  let specs: Record<string, unknown>;
  let ledger: string;
  const refreshed = new Set<string>();
  let forms: SecretForm[] = [];
  const seenInArguments = new Set<string>();
  let watching: NodeJS.Timeout;

  before(async () => {
    walk = await labWalk(400, {
      gates: { maxLag: 2000, holdSeconds: 3, timeoutSeconds: 60 },
      switch: { drainSeconds: 30, fenceSeconds: 30 },
    });
    specs = await workloadSpecs();
    // A Secret that is there is left as it is, so the users get passwords with every sign that needs escaping.
    for (const name of ["shop-mirror-source", "shop-mirror-target"]) {
      const stringData = { username: "shop-mirror", password: `p"a\\s;s=#w ${randomBytes(9).toString("base64url")}` };
      await walk.core.createNamespacedSecret({ namespace, body: { metadata: { name }, stringData } });
    }
    watching = setInterval(() => searchArguments(forms).forEach((found) => seenInArguments.add(found)), 2000);
  });
  after(async () => {
    clearInterval(watching);
    // A host whose pulumi was killed outlives it.
    killHosts();
    await walk?.end();
  });

  /** Every password of the lab in every form that it may take. */
  async function passwordForms(): Promise<SecretForm[]> {
    const { items } = await walk.core.listNamespacedSecret({ namespace });
    return items.flatMap(({ metadata, data = {} }) =>
      data["password"] ? formsOf(metadata!.name!, Buffer.from(data["password"], "base64").toString()) : [],
    );
  }

  /** Every workload of the traffic. */
  async function workloads() {
    const [deployments, statefulSets] = await Promise.all([
      walk.apps.listNamespacedDeployment({ namespace }),
      walk.apps.listNamespacedStatefulSet({ namespace }),
    ]);
    return [...deployments.items, ...statefulSets.items];
  }

  async function workloadSpecs(): Promise<Record<string, unknown>> {
    const items = await workloads();
    return Object.fromEntries(items.map(({ metadata, spec }) => [metadata!.name!, JSON.parse(JSON.stringify(spec))]));
  }

  /** Resource versions of everything that a row could change. */
  async function versions(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    const note = (
      kind: string,
      items: { metadata?: { name?: string; resourceVersion?: string; generation?: number } }[],
    ) => {
      for (const { metadata } of items) found[`${kind}/${metadata!.name}`] = String(metadata!.resourceVersion);
    };
    note("configmap", (await walk.core.listNamespacedConfigMap({ namespace })).items);
    note("secret", (await walk.core.listNamespacedSecret({ namespace })).items);
    for (const { metadata } of await workloads()) found[`workload/${metadata!.name}`] = String(metadata!.generation);
    return found;
  }

  async function succeeds(args: readonly string[]): Promise<void> {
    const { code, output } = await walk.stack.attempt(args);
    assert.equal(code, 0, output);
  }

  async function refused(phase: string, words: RegExp): Promise<void> {
    const before = await versions();
    const { code, output } = await walk.up(phase);
    assert.notEqual(code, 0, output);
    assert.match(output, words);
    assert.doesNotMatch(output, /^\s+at .*\.ts:\d+/m, "no stack trace");
    assert.deepEqual(await versions(), before);
  }

  /** Afterwards a preview has nothing to change, nor, the first time that a row is reached, after a refresh. */
  async function reaches(phase: string): Promise<void> {
    const { code, output } = await walk.up(phase);
    assert.equal(code, 0, output);
    if (!refreshed.has(phase)) await succeeds(["refresh", "--yes", "--skip-preview"]);
    refreshed.add(phase);
    await succeeds(["preview", "--expect-no-changes", "--diff"]);
  }

  /** Runs `up` and kills it, and the hosts of its providers if asked for, when it prints the line. */
  async function killed(phase: string, line: RegExp, host: boolean): Promise<void> {
    let group = 0;
    const { output } = await walk.up(phase, {
      onStart: (id) => (group = id),
      onLine: (text) => {
        if (!line.test(text)) return;
        if (host) killHosts();
        process.kill(-group, "SIGKILL");
      },
    });
    assert.match(output, line);
    await walk.stack.cancel();
  }

  it("begins in the first row and in no other", async () => {
    await refused("mirror", /phase "mirror" is not the first row.*startAt/);
    await reaches("prepare");
    forms = await passwordForms();
    assert.ok(forms.length > 4 * 5, "four users have a password");
  });

  it("refuses to skip a row, in preview and in up --skip-preview alike", async () => {
    await refused("move-producers", /skips "mirror"/);
    const { code, output } = await walk.stack.attempt(["preview"]);
    assert.notEqual(code, 0);
    assert.match(output, /skips "mirror"/);
  });

  it("mirrors keys, values, headers, timestamps and partitions as they are", async () => {
    await reaches("mirror");
    const [source, target] = [await walk.kafka("source"), await walk.kafka("target")];
    for (const topic of ["foo", "orders", "payments", "history"]) {
      const count = topic === "history" ? 1000 : 2000;
      const written = await readTopic(source, topic, count);
      const copied = await eventually(`the copy of ${topic}`, 60, async () =>
        readTopic(target, topic, count).catch(() => undefined),
      );
      assert.deepEqual(differences(written, copied), [], topic);
      assert.ok(
        written.some(({ headers }) => Object.keys(headers).length > 0),
        `${topic} has headers`,
      );
    }
  });

  it("would notice what the guide's own settings do to headers", async () => {
    const topic = "guide-headers";
    const source = await walk.kafka("source");
    const producer = source.producer();
    await producer.connect();
    await createTopics(endpointOf("source", 2), [{ topic, numPartitions: 1, replicationFactor: 2 }]);
    await producer.send({ topic, messages: [{ key: "k", value: "v", headers: { trace: "hello" } }] });
    await connectRest().put("/connectors/guide/config", await guideConnector(topic));
    const written = await eventually("the record on the source", 30, async () =>
      readTopic(source, topic, 1).catch(() => undefined),
    );
    const copied = await eventually("the guide's copy", 90, async () =>
      readTopic(await walk.kafka("target"), topic, 1).catch(() => undefined),
    );
    assert.deepEqual(differences(written, copied), ["headers of [0] 0"]);
    assert.equal(Buffer.from(copied[0]!.headers["trace"]!, "hex").toString(), Buffer.from("hello").toString("base64"));
    await connectRest().delete("/connectors/guide");
    await producer.disconnect();
    // A topic that the inventory does not record would close the gates of the rows to come. The connector's consumer
    // makes it anew as long as it runs.
    const admin = source.admin();
    await admin.connect();
    await eventually("the end of the topic", 60, async () => {
      await admin.deleteTopics({ topics: [topic] }).catch(() => undefined);
      await sleep(3000);
      return !(await admin.listTopics()).includes(topic);
    });
    await admin.disconnect();
  });

  it("goes back to prepare, and forward again without copying twice", async () => {
    await reaches("prepare");
    assert.deepEqual(await connectRest().names(), []);
    await reaches("mirror");
  });

  it("copies nothing twice when a Connect worker is killed", async () => {
    assert.ok(labKill("connect/demo/migration-connect/migration-connect-0"));
    await sleep(15_000);
  });

  it("copies nothing twice when a broker of the target is killed, and goes on", async () => {
    const name = "shop-source-all";
    const copied = async () => [...(await connectRest().next(name)).values()].reduce((sum, next) => sum + next, 0);
    assert.ok(labKill("kafka/demo/target-kafka/target-kafka-1"));
    const before = await copied();
    const target = endpointOf("target", 3);
    const killedOne = { ...target, bootstrap: [target.bootstrap[1]!] };
    await eventually("the broker", 60, () => withCluster(killedOne, async () => true).catch(() => false));
    // A task that failed meanwhile is started again by the next update.
    await reaches("mirror");
    await eventually("1000 more copies", 60, async () => (await copied()) > before + 1000);
    assert.ok(await connectRest().allRunning(name));
  });

  it("holds move-producers back while the mirror stands still, and refuses to skip past the closed gate", async () => {
    const source = "shop-source-all";
    await connectRest().put(`/connectors/${source}/stop`);
    await walk.stack.set("kafka-migration:gates.maxLag", "0");
    await walk.stack.set("kafka-migration:gates.timeoutSeconds", "20");
    await sleep(3000);
    await refused(
      "move-producers",
      /phase "move-producers" stays closed: .*\[\d+\] has [\d,]+ records? left to mirror, 0 allowed/,
    );
    await refused("move-consumers", /skips "move-producers"/);
    await walk.stack.set("kafka-migration:gates.maxLag", "2000");
    await walk.stack.set("kafka-migration:gates.timeoutSeconds", "60");
    await reaches("mirror");
    assert.equal(await connectRest().state(source), "RUNNING");
  });

  it("puts the producers back when a record can never be mirrored", async () => {
    const producer = (await walk.kafka("source")).producer();
    await producer.connect();
    try {
      let injected: Promise<unknown> | undefined;
      const { code, output } = await walk.up("move-producers", {
        onLine: (line) => {
          if (!/workloads at 0 pods/.test(line) || injected) return;
          injected = limit({ "max.message.bytes": "600" }).then(() =>
            producer.send({ topic: "empty", messages: [{ key: "large", value: Buffer.alloc(4000, "x") }] }),
          );
        },
      });
      await injected;
      assert.notEqual(code, 0, output);
      assert.match(output, /empty\[\d\].*(1 record|cannot copy)/);
      assert.match(output, /producers are writing to the source again/);
    } finally {
      await producer.disconnect();
    }
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged on the source", 30, async () => walk.traffic.acknowledged() > before + 1000);
    assert.equal((await workloadSpecs())["foo-producer"] !== undefined, true);
    await unlimit();
  });

  /** Sets configs of the topic `empty` on the target beside those that the migration declares, and no others. */
  async function limit(configs: Readonly<Record<string, string>>): Promise<void> {
    const admin = (await walk.kafka("target")).admin();
    await admin.connect();
    try {
      const declared = { "message.timestamp.after.max.ms": "9223372036854775807" };
      const configEntries = Object.entries({ ...declared, ...configs }).map(([name, value]) => ({ name, value }));
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: "empty", configEntries }] });
    } finally {
      await admin.disconnect();
    }
  }

  /** Lets the large record through and starts the failed task again. */
  async function unlimit(): Promise<void> {
    await limit({});
    await connectRest().post("/connectors/shop-source-all/restart?includeTasks=true&onlyFailed=true");
    await eventually("all tasks running", 60, async () => connectRest().allRunning("shop-source-all"));
  }

  for (const [step, line, host] of [
    ["the fence", /workloads at 0 pods/, false],
    ["the source stands still", /ends stand still/, true],
    ["the mirror is drained", /nothing left to mirror/, false],
    ["the mirror is stopped", /the mirror is stopped/, true],
    ["the ledger is written", /ledger entry \d+ written/, false],
  ] as const) {
    it(`takes up a switch killed with -9 after ${step}${host ? ", its provider host too" : ""}`, async () => {
      await killed("move-producers", line, host);
    });
  }

  it("moves the producers with the mirror drained", async () => {
    await reaches("move-producers");
    ledger = (await walk.core.readNamespacedConfigMap({ namespace, name: "shop-ledger" })).data!["ledger.json"]!;
    assert.match(ledger, /"switch": ?"producers"/);
  });

  it("leaves no password in state, history, previews, logs, files and process arguments", async () => {
    await walk.stack.set("kafka-migration:phase", "move-consumers");
    await succeeds(["preview", "--json"]);
    await succeeds(["preview", "--diff"]);
    // The stores of Kubernetes and Kafka themselves, and the files that stand for Secrets mounted into pods.
    const stores = /^(data|secrets)(\/|$)/;
    assert.deepEqual(
      searchFiles(lab.dir, forms, (name) => stores.test(name)),
      [],
    );
    assert.deepEqual([...seenInArguments], []);
    await walk.stack.set("kafka-migration:phase", "move-producers");
  });

  it("keeps the ledger's bytes when any setting is edited afterwards", async () => {
    await walk.stack.set("kafka-migration:gates.maxLag", "1");
    await walk.stack.set("kafka-migration:switch.fenceSeconds", "45");
    await reaches("move-producers");
    const now = (await walk.core.readNamespacedConfigMap({ namespace, name: "shop-ledger" })).data!["ledger.json"];
    assert.equal(now, ledger);
  });

  it("refuses to go back once producers wrote on the target", async () => {
    await refused("mirror", /no way back/);
  });

  it("holds move-consumers back while a group is behind, naming the exact count", async () => {
    // The source no longer grows, so what a stopped consumer has left to read is a fixed number.
    await sleep(5000);
    const lag = await consumerLag(endpointOf("source", 2), "bar-consumer", "bar");
    if ([...lag.values()].every((left) => left === 0n)) {
      const admin = (await walk.kafka("source")).admin();
      await admin.connect();
      await scale("bar-consumer", 0);
      await eventually("bar-consumer gone", 60, async () => (await pods("bar-consumer")) === 0);
      const [first] = await admin.fetchOffsets({ groupId: "bar-consumer", topics: ["bar"] });
      const position = first!.partitions.find(({ offset }) => Number(offset) > 7)!;
      await admin.setOffsets({
        groupId: "bar-consumer",
        topic: "bar",
        partitions: [{ partition: position.partition, offset: String(Number(position.offset) - 7) }],
      });
      await refused(
        "move-consumers",
        new RegExp(`group bar-consumer .*has 7 records left to read in bar\\[${position.partition}\\]`),
      );
      assert.equal((await consumerLag(endpointOf("source", 2), "bar-consumer", "bar")).get(position.partition), 7n);
      // Put back to where it was: reading the seven again would be this test's doing, not the migration's.
      await admin.setOffsets({ groupId: "bar-consumer", topic: "bar", partitions: [position] });
      await admin.disconnect();
      await scale("bar-consumer", 1);
    }
  });

  it("names what a rogue writes to the source, and lets the groups read it there once the config accepts it", async () => {
    const to = await rogueWrites(5);
    await refused(
      "move-consumers",
      new RegExp(
        `empty\\[0\\] grew on the source after the switch: offsets ${to - 5}\\.\\.${to - 1}, 5 records, the first of 20\\d\\d-.*name these records under stragglers`,
      ),
    );
    await accept(to);
  });

  it("takes up the consumers' switch killed with -9 after its offsets are placed, its provider host too", async () => {
    await killed("move-consumers", /offsets placed on the target/, true);
    const consumers = (await workloads()).filter(({ metadata }) => metadata!.name!.endsWith("-consumer"));
    assert.deepEqual(
      consumers.map(({ spec }) => spec!.replicas),
      [0, 0, 0, 0],
      "nobody reads on either side",
    );
    await reaches("move-consumers");
  });

  it("copies what a rogue writes to the source after the groups have left it, and nothing that they have read", async () => {
    const before = await copies();
    const to = await rogueWrites(3);
    await refused("validate", new RegExp(`empty\\[0\\] grew on the source after the switch: offsets ${to - 3}\\.\\.`));
    await accept(to);
    await reaches("validate");
    assert.equal((await copies()) - before, 3n);
  });

  /** Writes records to a topic of the source that no producer of the traffic writes; returns its end. */
  async function rogueWrites(count: number): Promise<number> {
    const source = await walk.kafka("source");
    const [producer, admin] = [source.producer(), source.admin()];
    await Promise.all([producer.connect(), admin.connect()]);
    const messages = Array.from({ length: count }, (_, index) => ({ key: "rogue", value: `${index}`, partition: 0 }));
    await producer.send({ topic: "empty", messages });
    const ends = await admin.fetchTopicOffsets("empty");
    await Promise.all([producer.disconnect(), admin.disconnect()]);
    return Number(ends.find(({ partition }) => partition === 0)!.high);
  }

  /** What the sentence of the closed gate says to do. */
  async function accept(to: number): Promise<void> {
    const straggler = { topic: "empty", partition: 0, to, reason: "the nightly job of the test" };
    for (const [key, value] of Object.entries(straggler)) {
      await walk.stack.set(`kafka-migration:stragglers[0].${key}`, String(value));
    }
  }

  /** Records in that partition of the target; each of the mirror's transactions ends with a marker. */
  async function copies(): Promise<bigint> {
    const { records } = await recordsBetween(endpointOf("target", 3), "empty", 0, 0n, 1_000_000n, "read_committed");
    return BigInt(records);
  }

  const scale = (name: string, replicas: number) =>
    walk.apps.replaceNamespacedDeploymentScale({
      name,
      namespace,
      body: { metadata: { name, namespace }, spec: { replicas } },
    });
  const pods = async (name: string) =>
    (await walk.core.listNamespacedPod({ namespace, labelSelector: `app=${name}` })).items.length;

  it("retires and destroys; nothing of the user's is gone", async () => {
    await refused("retire", /source cluster id|sourceClusterId/);
    const { kubeconfig, options } = labTraffic(600);
    await walk.stack.set("kafka-migration:retire.sourceClusterId", await sourceClusterId(kubeconfig, options));
    await reaches("retire");
    await sleep(3000);
    assert.deepEqual(await workloadSpecs(), specs);
    await succeeds(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual(await workloadSpecs(), specs);
  });

  it("does not begin again over a target that was written to", async () => {
    await refused("validate", /is not the first row/);
    await refused("prepare", /no way back/);
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    const audit = await walk.traffic.finish(60);
    const { lost, redelivered, outOfOrder, offences } = audit;
    assert.deepEqual(
      { lost, redelivered, outOfOrder, offences },
      { lost: 0, redelivered: 0, outOfOrder: 0, offences: [] },
    );
    assert.ok(audit.acknowledged > 20_000, `${audit.acknowledged} records`);
    assert.ok(auditDirectory(labTraffic(0).logDir).groups.every(({ processed }) => processed > 0));
    assert.ok(readFileSync(walk.stack.logFile, "utf8").includes("gate move-consumers / groups-drained is open"));
  });
});
