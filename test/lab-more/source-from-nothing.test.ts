/** The guide from its first step: the stack makes the source, applications begin to use it, and it is left behind. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { CustomObjectsApi } from "@kubernetes/client-node";
import { isUnmade } from "../../config/inventory.ts";
import { clusterDirectory } from "../../lab/broker.ts";
import { kubeConfig, orNull } from "../../lab/kubernetes.ts";
import { lab } from "../../lab/lab.ts";
import { sourceClusterId } from "../../lab/traffic/cluster-id.ts";
import { labTraffic } from "../../lab/traffic/lab-traffic.ts";
import { inventoryOf } from "../lab/support/assessed-source.ts";
import { labSecret } from "../lab/support/lab-access.ts";
import { auditOf, eventually, labWalk, namespace, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { topicsOfMadeSource } from "../lab/support/other-source.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { inOrder } from "../support/in-order.ts";

const kafkas = { group: "kubedb.com", version: "v1", namespace, plural: "kafkas" };

/** A side of the lab that the stack makes, with the Secret that the guide has its reader make first. */
const side = (name: "source" | "target", version: string, replicas: number) => ({
  kubernetes: "lab",
  cluster: {
    ...{ kind: "kubedb", name: `${name}-kafka`, version, authSecret: `${name}-kafka-auth` },
    combined: { replicas, storage: { size: "1Gi" } },
    tls: { issuer: { name: "lab-ca" } },
  },
  runnerBootstrap: Array.from(
    { length: replicas },
    (_, index) => `127.${lab.block}.${name === "source" ? 1 : 2}.${index + 1}:9094`,
  ),
  security: { protocol: "SASL_SSL", mechanism: "PLAIN" },
  credentials: { runner: { secret: `${name}-kafka-auth` } },
});

describe("a migration whose source the stack makes from nothing", function () {
  inOrder();
  this.timeout(15 * 60_000);
  usesLab(this, "pega");
  let walk: LabWalk;
  const custom = () => kubeConfig(lab.kubeconfig).makeApiClient(CustomObjectsApi);
  const said: string[] = [];

  before(async () => {
    walk = await labWalk(
      100,
      { ...shortTimes, source: side("source", "3.9.0", 2), target: side("target", "4.2.0", 3) },
      {
        strategy: "producers-first",
        async begin({ assess, core, goes, up }) {
          // Its one password for both sides is what the lab's applications log in with.
          const { username = "", password = "" } = await labSecret("kafka-admin");
          for (const name of ["source-kafka-auth", "target-kafka-auth"]) {
            const body = { metadata: { name }, type: "kubernetes.io/basic-auth", stringData: { username, password } };
            await core.createNamespacedSecret({ namespace, body });
          }
          said.push(await assess());
          assert.ok(isUnmade(inventoryOf()), "the lockfile is of a source that is yet to be made");
          const further = await up("mirror");
          assert.notEqual(further.code, 0);
          said.push(further.output);
          said.push(await goes("prepare"));
          await topicsOfMadeSource();
        },
      },
    );
  });

  it("is assessed as not made yet, and goes no further than the first phase", () => {
    assert.match(said[0]!, /The source does not exist yet: there is no Kafka demo\/source-kafka/);
    assert.match(said[1]!, /by the lockfile .* the source was not made yet; allowed: prepare/);
  });

  it("has the source with the user of the Secret that was made first", async () => {
    const found = (await custom().getNamespacedCustomObject({ ...kafkas, name: "source-kafka" })) as {
      spec: { authSecret: { name: string } };
      status: { phase: string };
    };
    assert.deepEqual([found.spec.authSecret.name, found.status.phase], ["source-kafka-auth", "Ready"]);
    const binding = (await custom().getNamespacedCustomObject({
      ...{ group: "appcatalog.appscode.com", version: "v1alpha1", plural: "appbindings", namespace },
      name: "source-kafka",
    })) as { spec: { secret: { name: string } } };
    assert.equal(binding.spec.secret.name, "source-kafka-auth");
    const names = (await walk.core.listNamespacedSecret({ namespace })).items.map(({ metadata }) => metadata!.name);
    assert.equal(names.includes("source-kafka-auth"), true);
    const admin = (await walk.kafka("source")).admin();
    await admin.connect();
    assert.equal((await admin.describeCluster()).brokers.length, 2);
    await admin.disconnect();
  });

  it("would have a Secret made where none is named", async () => {
    const spare = {
      apiVersion: "kubedb.com/v1",
      kind: "Kafka",
      metadata: { name: "spare-kafka", namespace },
      // Halted, so that no broker starts.
      spec: {
        ...{ version: "3.9.0", replicas: 1, halted: true, deletionPolicy: "WipeOut", storageType: "Durable" },
        storage: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    };
    await custom().createNamespacedCustomObject({ ...kafkas, body: spare });
    const made = await eventually("the Secret", 60, () =>
      walk.core.readNamespacedSecret({ namespace, name: "spare-kafka-auth" }).catch(() => undefined),
    );
    assert.equal(Buffer.from(made.data!["username"]!, "base64").toString(), "admin");
    assert.notEqual(made.data!["password"], undefined);
    await custom().deleteNamespacedCustomObject({ ...kafkas, name: "spare-kafka" });
  });

  it("is migrated once the applications use it", async () => {
    assert.ok(!isUnmade(inventoryOf()) && inventoryOf().topics.length > 5);
    await walk.reaches("prepare");
    for (const row of ["mirror", "move-producers", "move-consumers", "validate"]) await walk.goes(row);
  });

  it("is retired: the stack halts what it has made", async () => {
    const { kubeconfig, options } = labTraffic(100);
    await walk.stack.set("kafka-migration:retire.sourceClusterId", await sourceClusterId(kubeconfig, options));
    await walk.goes("retire");
    const found = (await custom().getNamespacedCustomObject({ ...kafkas, name: "source-kafka" })) as {
      spec: { halted?: boolean };
    };
    assert.equal(found.spec.halted, true);
  });

  it("deletes that source only once the config names it, and nothing is made for it any more", async () => {
    const unnamed = await walk.up("cleanup");
    assert.notEqual(unnamed.code, 0);
    assert.match(unnamed.output, /cleanup\.confirm: missing, and phase cleanup deletes Kafka demo\/source-kafka/);
    await walk.stack.set("kafka-migration:cleanup.confirm", "demo/source-kafka");
    await walk.stack.set("kafka-migration:cleanup.keep", "nothing");
    const connects = { group: "kafka.kubedb.com", version: "v1alpha1", namespace, plural: "connectclusters" };
    await custom().createNamespacedCustomObject({
      ...connects,
      body: {
        apiVersion: "kafka.kubedb.com/v1alpha1",
        kind: "ConnectCluster",
        metadata: { name: "left-behind" },
        spec: {
          version: "3.9.0",
          replicas: 2,
          kafkaRef: { name: "source-kafka", namespace },
          deletionPolicy: "WipeOut",
        },
      },
    });
    const used = await walk.stack.attempt(["preview"]);
    assert.match(
      used.output,
      /source-unused is closed: ConnectCluster demo\/left-behind is made for Kafka demo\/source-kafka/,
    );
    await custom().deleteNamespacedCustomObject({ ...connects, name: "left-behind" });
    assert.ok(existsSync(clusterDirectory(lab, namespace, "source-kafka")), "a halted source keeps its volumes");
    const output = await walk.reaches("cleanup");
    assert.match(output, /source: demo\/source-kafka is deleted; its volumes and Secrets are deleted for good/);
    const left = custom().getNamespacedCustomObject({ ...kafkas, name: "source-kafka" });
    assert.equal(await orNull(left), null);
    await eventually("the volumes to go", 30, async () =>
      existsSync(clusterDirectory(lab, namespace, "source-kafka")) ? undefined : true,
    );
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    const audit = await auditOf(walk);
    assert.equal(audit.outOfOrder, 0);
    assert.ok(audit.acknowledged > 3_000, `${audit.acknowledged} records`);
  });
});
