import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { AppsV1Api, CoreV1Api, CustomObjectsApi, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import type kafkajs from "kafkajs";
import { parse, stringify } from "yaml";
import { connectWanted } from "../../components/connect-wanted.ts";
import type { Inventory } from "../../config/inventory.ts";
import type { ConfigInput } from "../../config/schema.ts";
import { assessStack } from "../../demo/assess.ts";
import { configForLab, Stack } from "../../demo/stack.ts";
import { lab, labEnv } from "../../lab/lab.ts";
import { runLabel } from "../../lab/traffic/manifests.ts";
import { waitReady } from "../../runtime/kubernetes/ready.ts";
import { connectClusterManifest } from "../../runtime/model/platforms/kubedb/connect.ts";
import { kafkaManifest } from "../../runtime/model/platforms/kubedb/kafka.ts";
import { labAdmin, labKafka } from "../lab/support/lab-access.ts";
import { describeTopics, endpointOf, type DescribedTopic } from "../lab/support/lab-kafka.ts";
import { eventually, namespace } from "../lab/support/lab-walk.ts";
import { interrupted, usesLab } from "../lab/support/shared-lab.ts";
import { inOrder } from "../support/in-order.ts";
import { stackConfig } from "../support/stack.ts";

const own = Array.from({ length: 37 }, (_, number) => `t-${String(number).padStart(2, "0")}`);
const foreign = ["audit", "billing", "clicks"];
const names = [...foreign, ...own];
const reason = "left over from the rehearsal in May, nobody reads it";
const kubernetes = { kubeconfig: lab.kubeconfig, namespace };
const inventoryFile = path.join(lab.dir, "adopt-inventory.json");

/** A target, a ConnectCluster and 40 topics that somebody made before; three of the topics hold records. */
describe("what stands on the target already", function () {
  inOrder();
  this.timeout(6 * 60_000);
  usesLab(this, "plain");
  let stack: Stack;
  let core: CoreV1Api;
  let custom: CustomObjectsApi;
  let apps: AppsV1Api;
  let target: kafkajs.Kafka;
  let found: Map<string, DescribedTopic>;
  let objects: Record<string, unknown>;
  let inventory: Inventory;

  before(async () => {
    const env = { ...process.env, ...labEnv() };
    const config = new KubeConfig();
    config.loadFromFile(lab.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
    custom = config.makeApiClient(CustomObjectsApi);
    apps = config.makeApiClient(AppsV1Api);
    await existing(KubernetesObjectApi.makeApiClient(config));
    await topics();
    found = await describeTopics(endpointOf("target", 3));
    objects = await versions();
    stack = await Stack.create({
      project: lab.root,
      name: "dev",
      directory: path.join(lab.dir, "stack"),
      env,
      adapt: (text) => {
        const document = parse(configForLab(text, lab)) as { config: Record<string, unknown> };
        for (const [key, value] of Object.entries(settings(document.config))) {
          document.config[`kafka-migration:${key}`] = value;
        }
        return stringify(document);
      },
      signal: interrupted.signal,
    });
    const { configFile } = stack;
    await assessStack({ project: lab.root, stack: "dev", configFile, seconds: 1, env, signal: interrupted.signal });
    inventory = JSON.parse(readFileSync(inventoryFile, "utf8")) as Inventory;
  });

  /** Made by other hands than the program's: a Kafka, a ConnectCluster with its user, a Deployment. */
  async function existing(api: KubernetesObjectApi): Promise<void> {
    const dev = stackConfig("dev", (input) => {
      const text = configForLab(stringify(input), lab);
      Object.assign(input, parse(text));
      // Its workers log in as the cluster's own user, as KubeDB has it where nobody says otherwise.
      for (const side of ["source", "target"] as const) delete input[side].credentials?.mirror;
    });
    assert.ok(dev.target.cluster.kind === "kubedb");
    const auth = { username: "connect", password: "of-somebody-else" };
    await api.create({
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "migration-connect-auth", namespace } },
      ...{ type: "kubernetes.io/basic-auth", stringData: auth },
    });
    await api.create(kafkaManifest(dev.target.cluster, namespace, false, dev.target.runnerBootstrap ?? []));
    const wait = { kubernetes, generation: 1, readySeconds: 180 };
    const kafka = { apiVersion: "kubedb.com/v1", kind: "Kafka", plural: "kafkas", name: "target-kafka" } as const;
    await waitReady({ ...wait, ...kafka });
    await api.create(connectClusterManifest(connectWanted(dev)));
    const apiVersion = "kafka.kubedb.com/v1alpha1";
    const connect = {
      apiVersion,
      kind: "ConnectCluster",
      plural: "connectclusters",
      name: "migration-connect",
    } as const;
    await waitReady({ ...wait, ...connect });
    for (const name of ["writer", "reader"]) {
      const labels = { app: name, ...runLabel };
      const containers = [{ name, image: "none", env: [] }];
      const template = { metadata: { labels }, spec: { containers } };
      await apps.createNamespacedDeployment({
        namespace,
        body: {
          metadata: { name, labels },
          spec: { replicas: 0, selector: { matchLabels: { app: name } }, template },
        },
      });
      const body = { metadata: { name: `${name}-config` }, data: { BOOTSTRAP: "source" } };
      await core.createNamespacedConfigMap({ namespace, body });
    }
  }

  /** 40 topics on both sides; those of the target differ in their configs, and t-00 in everything. */
  async function topics(): Promise<void> {
    const access = await labAdmin();
    const at = (side: number) => labKafka([`127.${lab.block}.${side}.1:9094`], access);
    target = at(2);
    const source = at(1);
    const wanted = names.map((topic) => ({
      topic,
      numPartitions: 2,
      replicationFactor: 2,
      configEntries: [{ name: "retention.ms", value: "1209600000" }],
    }));
    await made(source, wanted);
    await made(
      target,
      wanted.map(({ topic, numPartitions }) => ({
        topic,
        numPartitions: topic === "t-00" ? 1 : numPartitions,
        replicationFactor: topic === "t-00" ? 1 : 3,
        configEntries: [{ name: "cleanup.policy", value: "compact" }],
      })),
    );
    const producer = target.producer();
    await producer.connect();
    for (const topic of foreign) {
      await eventually(`a record in ${topic}`, 30, async () =>
        producer.send({ topic, messages: [{ key: "k", value: "of somebody else" }] }).catch(() => undefined),
      );
    }
    await producer.disconnect();
  }

  async function made(kafka: kafkajs.Kafka, wanted: kafkajs.ITopicConfig[]): Promise<void> {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: wanted, waitForLeaders: false });
    await admin.disconnect();
  }

  /** The inventory with these topics of the target said to hold records, and so many partitions of t-01 on the source. */
  function writeInventory(full: readonly string[], partitions = 2): void {
    const existing = inventory.target!.topics.map((topic) => ({ ...topic, empty: !full.includes(topic.name) }));
    const topics = inventory.topics.map((topic) => (topic.name === "t-01" ? { ...topic, partitions } : topic));
    // A target with more partitions than the source is refused by another rule.
    const seen = existing.filter((topic) => topic.name !== "t-01" || topic.partitions <= partitions);
    const written = { ...inventory, topics, target: { ...inventory.target!, topics: seen } };
    writeFileSync(inventoryFile, JSON.stringify(written));
  }

  function settings(dev: Record<string, unknown>): Partial<ConfigInput> {
    const input = (key: string) => dev[`kafka-migration:${key}`] as object;
    return {
      inventory: inventoryFile,
      kubernetes: { lab: { kubeconfig: lab.kubeconfig, namespace, createNamespace: true } },
      target: {
        ...(input("target") as ConfigInput["target"]),
        cluster: { kind: "kubedb-existing", name: "target-kafka" },
        security: { protocol: "SASL_SSL", mechanism: "PLAIN", caSecret: "target-kafka-client-cert" },
      },
      connect: {
        ...(input("connect") as NonNullable<ConfigInput["connect"]>),
        kind: "kubedb-existing",
        offsetsTopic: "migration-connect-offsets",
      },
      topics: { migrate: names },
      groups: { migrate: [{ name: "readers", topics: ["t-00"] }] },
      workloads: [
        { name: "writer", role: "producer", bootstrap: { configMap: "writer-config", key: "BOOTSTRAP" } },
        {
          name: "reader",
          role: "consumer",
          groups: ["readers"],
          bootstrap: { configMap: "reader-config", key: "BOOTSTRAP" },
        },
      ],
    };
  }

  /** Everything that an adoption must leave as it is. Operators write status, so their objects count by generation. */
  async function versions(): Promise<Record<string, unknown>> {
    const noted: Record<string, unknown> = {};
    const namespaces = await core.readNamespace({ name: namespace });
    noted["namespace"] = [namespaces.metadata?.uid, namespaces.metadata?.resourceVersion];
    for (const name of ["kafka-admin", "migration-connect-auth", "target-kafka-client-cert"]) {
      const { metadata } = await core.readNamespacedSecret({ name, namespace });
      noted[`secret/${name}`] = [metadata?.uid, metadata?.resourceVersion];
    }
    for (const [group, version, plural, name] of [
      ["kubedb.com", "v1", "kafkas", "target-kafka"],
      ["kubedb.com", "v1", "kafkas", "source-kafka"],
      ["kafka.kubedb.com", "v1alpha1", "connectclusters", "migration-connect"],
    ] as const) {
      const { metadata } = (await custom.getNamespacedCustomObject({ group, version, plural, name, namespace })) as {
        metadata: { uid: string; generation: number; managedFields?: { manager: string }[] };
      };
      const ours = metadata.managedFields?.filter(({ manager }) => manager.includes("pulumi")).length;
      noted[`${plural}/${name}`] = [metadata.uid, metadata.generation, ours];
    }
    return noted;
  }

  const ids = (topics: Map<string, DescribedTopic>) =>
    Object.fromEntries(names.map((name) => [name, topics.get(name)?.id]));
  const up = (...more: string[]) => stack.attempt(["up", "--yes", "--skip-preview", ...more]);
  const untouched = async (): Promise<void> => {
    assert.deepEqual(await versions(), objects);
    const now = await describeTopics(endpointOf("target", 3));
    assert.deepEqual(
      names.map((name) => [name, now.get(name)]),
      names.map((name) => [name, found.get(name)]),
    );
  };

  it("is in the inventory, with the topics that hold records", () => {
    const seen = inventory.target!.topics.map(({ name, partitions, replicationFactor, empty }) => {
      return [name, partitions, replicationFactor, empty];
    });
    const expected = names.map((name) => [name, ...(name === "t-00" ? [1, 1] : [2, 3]), !foreign.includes(name)]);
    assert.deepEqual(seen, expected);
  });

  it("is refused where topics hold records, all of them by name, before anything is touched", async () => {
    writeInventory(foreign);
    const { code, output } = await up();
    assert.notEqual(code, 0, output);
    assert.match(output, /topics\.adopt: 3 topics hold records on the target already: audit, billing, clicks; /);
    assert.doesNotMatch(output, /^\s+at .*\.ts:\d+/m, "no stack trace");
    await untouched();
  });

  it("is refused by name as well where the inventory is older than the records", async () => {
    writeInventory([]);
    const { code, output } = await up();
    assert.notEqual(code, 0, output);
    assert.match(output, /holding records on the target that this migration did not write: audit, billing, clicks\./);
    await untouched();
  });

  it("is adopted as it is: no topic, no namespace, no cluster and no ConnectCluster is re-created or changed", async () => {
    writeInventory(foreign);
    for (const [at, name] of foreign.entries()) {
      await stack.set(`kafka-migration:topics.adopt[${at}].name`, name);
      await stack.set(`kafka-migration:topics.adopt[${at}].reason`, reason);
    }
    const { code, output } = await up();
    assert.equal(code, 0, output);
    const preview = await stack.attempt(["preview", "--expect-no-changes", "--diff"]);
    assert.equal(preview.code, 0, preview.output);
    await untouched();
    const log = readFileSync(stack.logFile, "utf8");
    for (const name of names) {
      assert.match(log, new RegExp(`shop-topic-${name} import`), name);
      assert.doesNotMatch(log, new RegExp(`shop-topic-${name} (creat|delet|replac|updat)`), name);
    }
    const marks = await core.readNamespacedConfigMap({ name: "shop-topics", namespace });
    const marked = Object.entries(JSON.parse(marks.data!["topics.json"]!) as Record<string, string>);
    assert.deepEqual(Object.fromEntries(marked.map(([name, id]) => [name, asKafkaPrints(id)])), ids(found));
  });

  it("is aligned with the lock in the next row, in place", async () => {
    await stack.set("kafka-migration:phase", "mirror");
    const { code, output } = await up();
    assert.equal(code, 0, output);
    assert.match(output, /gate mirror \/ target-empty-or-ours is open: 40 topics on the target are this migration's/);
    const preview = await stack.attempt(["preview", "--expect-no-changes", "--diff"]);
    assert.equal(preview.code, 0, preview.output);
    const now = await describeTopics(endpointOf("target", 3));
    assert.deepEqual(ids(now), ids(found));
    for (const name of names) {
      const { partitions, replicas, configs } = now.get(name)!;
      assert.deepEqual([partitions, replicas], [2, 3], name);
      assert.equal(configs["retention.ms"], "1209600000", name);
      assert.equal(configs["cleanup.policy"], undefined, name);
    }
    assert.deepEqual(await versions(), objects);
  });

  it("is measured against the lock: a config that somebody edits closes the gate, which names both values", async () => {
    await stack.set("kafka-migration:phase", "move-producers");
    const gate = async () => {
      const { output } = await stack.attempt(["preview"]);
      return /gate move-producers \/ topics-as-locked is (.*)/.exec(output)?.[1] ?? output;
    };
    assert.match(await gate(), /^open: 40 topics on the target have the partitions, replicas and configs of the lock/);
    const admin = target.admin();
    await admin.connect();
    const configEntries = [{ name: "retention.ms", value: "60000" }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: "t-07", configEntries }] });
    await admin.disconnect();
    const closed = await eventually("the gate to close", 20, async () => {
      const said = await gate();
      return said.startsWith("closed: t-07") && said;
    });
    assert.match(closed, /t-07: (retention\.ms is 60000 on the target, expected 1209600000|message\.timestamp)/);
    await stack.set("kafka-migration:phase", "mirror");
    assert.equal((await up("--refresh")).code, 0);
    assert.equal((await describeTopics(endpointOf("target", 3))).get("t-07")?.configs["retention.ms"], "1209600000");
  });

  it("is not shrunk, whatever the lock says", async () => {
    writeInventory(foreign, 1);
    for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const { code, output } = await stack.attempt(args);
      assert.notEqual(code, 0, output);
      assert.match(output, /topic t-01 has 2 partitions on the target, 1 requested/);
    }
    assert.deepEqual(ids(await describeTopics(endpointOf("target", 3))), ids(found));
  });
});

/** A topic's id as Kafka's own tools print it, from hexadecimal digits. */
const asKafkaPrints = (id: string): string => Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");
