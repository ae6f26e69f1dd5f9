import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { parse } from "yaml";
import { connectWanted } from "../../components/connect-wanted.ts";
import { connectorProperties } from "../../components/connector-properties.ts";
import { clientsOf, workerClientsOf } from "../../components/mirror-maker.ts";
import { scopeOf } from "../../components/scope.ts";
import { parseConfig } from "../../config/load.ts";
import { isMirrored, type MirroredConfig } from "../../config/migration-config.ts";
import { configForLab } from "../../demo/stack.ts";
import { networkOf, podAddress } from "../../lab/addresses.ts";
import { Authority } from "../../lab/authority.ts";
import kafkajs from "../../lab/kafkajs.ts";
import { lab } from "../../lab/lab.ts";
import { withCluster } from "../../runtime/brokers/connection.ts";
import { waitReady } from "../../runtime/kubernetes/ready.ts";
import { generateSecret, writeConnectorConfig } from "../../runtime/kubernetes/secrets.ts";
import type { ReadyInputs } from "../../runtime/model/inputs.ts";
import {
  appBindingManifest,
  boundWorkerProperties,
  connectClusterManifest,
  connectorManifest,
  workerSecretOf,
} from "../../runtime/model/platforms/kubedb/connect.ts";
import { kafkaManifest } from "../../runtime/model/platforms/kubedb/kafka.ts";
import type { KafkaEndpoint } from "../../runtime/model/sides.ts";
import { labAdmin, labKafka, labSecret } from "../lab/support/lab-access.ts";
import { addScramUser } from "../lab/support/lab-kafka.ts";
import { eventually, namespace, readTopic } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { root, stackInventory } from "../support/stack.ts";

const kubernetes = { kubeconfig: lab.kubeconfig, namespace };
const secret = (name: string) => ({ kubernetes, name });
const password = 'p"a\\s;s=#w ';

/** Pulumi.dev.yaml for this lab, with a user of its own for MM2 and one broker as the target. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- edited like the text that it is
function config(edit: (raw: any) => void = () => {}): ReturnType<typeof parseConfig> {
  const text = configForLab(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8"), lab);
  const keys = Object.entries((parse(text) as { config: Record<string, unknown> }).config);
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- edited like the text that it is
  const raw: any = Object.fromEntries(keys.map(([key, value]) => [key.replace("kafka-migration:", ""), value]));
  raw.target.cluster.combined.replicas = 1;
  for (const side of ["source", "target"]) {
    raw[side].security.mechanism = "SCRAM-SHA-256";
    raw[side].credentials.mirror = { secret: "awkward" };
  }
  edit(raw);
  return parseConfig(raw, stackInventory("dev"));
}

describe("the lab's brokers behind TLS", function () {
  this.timeout(180_000);
  usesLab(this, "plain");
  let objects: KubernetesObjectApi;
  let migration: MirroredConfig;
  let source: KafkaEndpoint;
  const clients: { disconnect(): Promise<void> }[] = [];

  before(async () => {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromFile(lab.kubeconfig);
    objects = KubernetesObjectApi.makeApiClient(kubeconfig);
    const parsed = config();
    assert.ok("config" in parsed, JSON.stringify(parsed));
    // The inventory is another lab's; nothing here reads more of it than the names.
    assert.ok(isMirrored(parsed.config));
    migration = { ...parsed.config, topics: ["a.b", "jobs.internal"], groups: [] };
    source = scopeOf(migration).source;
  });
  after(async () => {
    for (const client of clients) await client.disconnect().catch(() => undefined);
  });

  const create = (object: object) => objects.create(object);
  const createSecret = (name: string, stringData: Record<string, string>) =>
    create({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData });
  const ready = (kind: ReadyInputs["kind"], apiVersion: string, name: string) =>
    waitReady({
      kubernetes,
      apiVersion,
      kind,
      plural: `${kind.toLowerCase()}s`,
      name,
      generation: 1,
      readySeconds: 150,
    });
  const refusal = async (endpoint: KafkaEndpoint): Promise<string> => {
    const failed: unknown = await withCluster(endpoint, async () => undefined).catch((error: unknown) => error);
    assert.ok(failed instanceof Error, "it was not refused");
    return failed.message;
  };
  const at = (endpoint: KafkaEndpoint): string => `the source at ${endpoint.bootstrap.join(", ")} cannot be reached: `;

  it("are reached by address with the lab's authority", async () => {
    const id = await withCluster(source, async ({ clusterId }) => clusterId);
    assert.match(id, /^[\w-]{22}$/);
  });

  it("are refused with another authority, in one sentence", async () => {
    await createSecret("other-ca", { "ca.crt": Authority.create("kafka-migration lab").certificate });
    assert.equal(
      await refusal({ ...source, ca: secret("other-ca") }),
      `${at(source)}its certificate is not signed by the authority in Secret demo/other-ca (key ca.crt); ` +
        "name the Secret of the brokers' authority as source.security.caSecret",
    );
  });

  it("refuse a client that speaks plaintext, and the sentence says what they speak", async () => {
    const { ca: _, ...rest } = source;
    assert.equal(
      await refusal({ ...rest, protocol: "SASL_PLAINTEXT" }),
      `${at(source)}it speaks TLS and source.security.protocol is SASL_PLAINTEXT; set it to SASL_SSL, or list a listener without TLS`,
    );
    const { username, password } = await labAdmin();
    const plain = new kafkajs.Kafka({
      brokers: [...source.bootstrap],
      sasl: { mechanism: "plain", username, password },
      logLevel: kafkajs.logLevel.NOTHING,
      requestTimeout: 2000,
      retry: { retries: 0 },
    }).admin();
    clients.push(plain);
    await assert.rejects(plain.connect());
  });

  it("are told from a listener without TLS", async () => {
    const controllers = { ...source, bootstrap: source.bootstrap.map((each) => each.replace("9094", "9093")) };
    assert.equal(
      await refusal(controllers),
      `${at(controllers)}it ended the TLS handshake, as a listener without TLS does, and source.security.protocol is SASL_SSL; ` +
        "set it to SASL_PLAINTEXT, or list a listener with TLS",
    );
  });

  it("see the certificate of a client, where they ask for one", async () => {
    const name = "mutual";
    const { target } = migration;
    assert.ok(target.cluster.kind === "kubedb");
    const cluster = {
      ...target.cluster,
      name,
      configuration: { "listener.name.runner.ssl.client.auth": "required" },
    };
    const manifest = kafkaManifest(cluster, namespace);
    await create({ ...manifest, spec: { ...manifest.spec, deletionPolicy: "WipeOut" } });
    await ready("Kafka", "kubedb.com/v1", name);
    const bootstrap = [`${podAddress(lab, networkOf(lab, `kafka/${namespace}/${name}`), "kafka", 0)}:9094`];
    const mutual: KafkaEndpoint = { ...source, bootstrap, mechanism: "PLAIN", ca: secret(`${name}-client-cert`) };
    try {
      assert.equal(
        await refusal(mutual),
        `${at(mutual)}it asks for a client certificate; name a Secret with tls.crt and tls.key as source.security.clientSecret`,
      );
      const stranger = Authority.create("kafka-migration lab").issue({ commonName: "stranger" });
      await createSecret("stranger", { "tls.crt": stranger.certificate, "tls.key": stranger.key });
      assert.equal(
        await refusal({ ...mutual, certificate: secret("stranger") }),
        `${at(mutual)}it refuses the client certificate in Secret demo/stranger; have it signed by an authority that the brokers trust`,
      );
      const seen = await withCluster(
        { ...mutual, certificate: secret(`${name}-client-cert`) },
        async (one) => one.brokerIds,
      );
      assert.deepEqual(seen, [0]);
    } finally {
      await objects.delete(manifest);
    }
  });

  it("let MirrorMaker 2 in with an awkward password, and it copies a.b and jobs.internal but not aXb", async () => {
    const { target } = migration;
    assert.ok(target.cluster.kind === "kubedb");
    await create(kafkaManifest(target.cluster, namespace, false, target.runnerBootstrap ?? []));
    await ready("Kafka", "kubedb.com/v1", target.cluster.name);
    await createSecret("awkward", { username: "awkward", password });
    const admin = await labAdmin();
    const at = {
      source: labKafka(source.bootstrap, admin),
      target: labKafka(target.runnerBootstrap!.slice(0, 1), admin),
    };
    const scope = scopeOf(migration);
    for (const side of ["source", "target"] as const) {
      await addScramUser(scope[side], "awkward", password);
      await allowAll(at[side]);
    }
    await write(at.source, ["a.b", "aXb", "jobs.internal"]);

    const connect = scope.mirror!.connect.credentials!.name;
    await generateSecret({ kubernetes, name: connect, migration: migration.name, username: "connect" });
    // The workers log in with the awkward password too.
    const wanted = connectWanted(migration);
    await create(appBindingManifest(wanted));
    const worker = await writeConnectorConfig({
      ...{ kubernetes, secretName: workerSecretOf(wanted.name), migration: migration.name },
      ...{ clients: workerClientsOf(migration), properties: boundWorkerProperties(wanted) },
    });
    await create(connectClusterManifest(wanted, worker.sha256));
    await ready("ConnectCluster", "kafka.kubedb.com/v1alpha1", migration.connect.name);
    const secretName = "shop-source-all-config";
    const { sha256 } = await writeConnectorConfig({
      ...{ kubernetes, secretName, migration: migration.name, clients: clientsOf(migration) },
      properties: connectorProperties(migration).source,
    });
    await create(connectorManifest({ name: "shop-source-all", connect: wanted.name, namespace, secretName, sha256 }));
    await ready("Connector", "kafka.kubedb.com/v1alpha1", "shop-source-all");

    for (const topic of ["a.b", "jobs.internal"]) {
      const copied = await eventually(`the copy of ${topic}`, 90, () =>
        readTopic(at.target, topic, 3).catch(() => undefined),
      );
      assert.deepEqual(copied, await readTopic(at.source, topic, 3), topic);
    }
    const client = at.target.admin();
    clients.push(client);
    await client.connect();
    assert.ok(!(await client.listTopics()).includes("aXb"));
    // What made it pass: the password as it is, and TLS to both sides.
    const written = (await labSecret(secretName))["config.properties"]!;
    assert.match(written, /source\.cluster\.security\.protocol=SASL_SSL/);
    assert.match(written, /target\.cluster\.security\.protocol=SASL_SSL/);
    assert.match(written, /ScramLoginModule required username\\?="awkward"/);
  });

  it("are not asked for a topic that MirrorMaker 2 would rename", () => {
    const parsed = config((raw) => raw.topics.migrate.push("user-heartbeats"));
    assert.ok("problems" in parsed);
    assert.match(JSON.stringify(parsed.problems), /\\"user-heartbeats\\" would be renamed by MirrorMaker 2/);
  });

  async function allowAll(kafka: kafkajs.Kafka): Promise<void> {
    const admin = kafka.admin();
    clients.push(admin);
    await admin.connect();
    const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs;
    const every = [AclResourceTypes.TOPIC, AclResourceTypes.GROUP, AclResourceTypes.TRANSACTIONAL_ID].map((type) => ({
      resourceType: type,
      resourceName: "*",
    }));
    const acl = [...every, { resourceType: AclResourceTypes.CLUSTER, resourceName: "kafka-cluster" }].map(
      (resource) => ({
        ...resource,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: "User:awkward",
        host: "*",
        operation: AclOperationTypes.ALL,
        permissionType: AclPermissionTypes.ALLOW,
      }),
    );
    await admin.createAcls({ acl });
  }

  async function write(kafka: kafkajs.Kafka, topics: readonly string[]): Promise<void> {
    const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })];
    clients.push(admin, producer);
    await Promise.all([admin.connect(), producer.connect()]);
    const wanted = topics.map((topic) => ({ topic, numPartitions: 1, replicationFactor: 2 }));
    await admin.createTopics({ topics: wanted, waitForLeaders: false });
    for (const topic of topics) {
      const messages = [1, 2, 3].map((number) => ({
        key: `${number}`,
        value: `${topic} ${number}`,
        headers: { n: `${number}` },
      }));
      await eventually(`the leader of ${topic}`, 30, () => producer.send({ topic, messages }).catch(() => undefined));
    }
  }
});
