import assert from "node:assert/strict";
import { connectWanted } from "../components/connect-wanted.ts";
import {
  appBindingManifest,
  boundWorkerProperties,
  connectClusterManifest,
  connectorManifest,
  needsBinding,
} from "../runtime/model/platforms/kubedb/connect.ts";
import { haltPatch, kafkaManifest } from "../runtime/model/platforms/kubedb/kafka.ts";
import type { KubedbMade } from "../runtime/model/platforms/kubedb/schema.ts";
import { crdProblems, crdsAreHere } from "./support/crds.ts";
import { refusals, type KubedbObject } from "./support/kubedb-admission.ts";
import { stackConfig } from "./support/stack.ts";

const dev = stackConfig("dev");
const prod = stackConfig("prod");
const combined = dev.target.cluster as KubedbMade;
const topology = prod.target.cluster as KubedbMade;
const bare: KubedbMade = {
  kind: "kubedb",
  name: "bare",
  version: "3.9.0",
  configuration: {},
  combined: combined.combined,
};
const sha256 = "0".repeat(64);
/** MM2 logs in as the runner, with whom KubeDB's own AppBinding leads to the target. */
const asRunner = stackConfig("dev", (input) => delete input.target.credentials!.mirror);
const external = stackConfig("dev", (input) => {
  input.target.cluster = { kind: "external" };
  input.target.bootstrap = ["kafka-0.example.internal:9092", "kafka-1.example.internal:9092"];
  input.target.security = { protocol: "SASL_SSL", mechanism: "SCRAM-SHA-512", caSecret: "authority" };
  input.target.credentials = { runner: { secret: "migration" } };
});
const issued = (kind: "Issuer" | "ClusterIssuer") => ({ issuer: { kind, name: "internal-ca" } });
const outside = ["kafka-0.example.internal:9094", "10.1.2.3:9094", "[fd00::1]:9094", "kafka-0.example.internal:9092"];

const connectorOf = (name: string, secretName: string) =>
  connectorManifest({ name, connect: dev.connect.name, namespace: "demo", secretName, sha256 });

const objects: [string, KubedbObject][] = [
  ["Kafka, combined", kafkaManifest(combined, "demo")],
  ["Kafka, combined and halted", kafkaManifest(combined, "demo", true)],
  ["Kafka, combined with nothing optional", kafkaManifest(bare, "demo")],
  [
    "Kafka, combined with broker properties",
    kafkaManifest({ ...bare, configuration: { "log.retention.hours": "1" } }, "demo"),
  ],
  ["Kafka, combined with a monitor", kafkaManifest({ ...bare, monitor: topology.monitor }, "demo")],
  ["Kafka, controllers and brokers, monitor, broker properties", kafkaManifest(topology, "kafka")],
  ["Kafka, controllers and brokers, halted", kafkaManifest(topology, "kafka", true)],
  ["ConnectCluster as the runner", connectClusterManifest(connectWanted(asRunner))],
  ["ConnectCluster as MM2's own user", connectClusterManifest(connectWanted(dev), sha256)],
  ["ConnectCluster with a monitor", connectClusterManifest(connectWanted(prod), sha256)],
  ["ConnectCluster at a cluster of another kind", connectClusterManifest(connectWanted(external), sha256)],
  ["Kafka with an issuer of the namespace", kafkaManifest({ ...bare, tls: issued("Issuer") }, "demo")],
  [
    "Kafka with certificates for names and addresses outside",
    kafkaManifest({ ...topology, tls: issued("ClusterIssuer") }, "kafka", false, outside),
  ],
  ["Connector", connectorOf("shop-source-all", "shop-source-all-config")],
];

describe("an object written for KubeDB", () => {
  describe("fits KubeDB's own CRD", function () {
    before(function () {
      if (crdsAreHere) return;
      console.log("    skipped: KubeDB's CRDs are not at ../shared/crds/kubedb");
      this.skip();
    });
    // Reads a CRD of 22,000 lines.
    this.timeout(60_000);

    for (const [what, object] of objects) it(what, () => assert.deepEqual(crdProblems(object), []));

    it("the patch that halts a Kafka", () => {
      assert.deepEqual(crdProblems(haltPatch("source-kafka", "demo"), { patch: true }), []);
    });

    const kafka = kafkaManifest(topology, "kafka");
    const connect = connectClusterManifest(connectWanted(dev));
    const connector = connectorOf("c", "s");
    const wrong: [string, KubedbObject, string[]][] = [
      [
        "a field that Kafka does not have",
        edited(kafka, { reloadOnConfigChange: true }),
        ["/spec/reloadOnConfigChange: no such field"],
      ],
      [
        "a field further down",
        edited(kafka, { topology: { ...kafka.spec.topology, broker: { ...kafka.spec.topology!.broker, replica: 3 } } }),
        ["/spec/topology/broker/replica: no such field"],
      ],
      ["a count as text", edited(connect, { replicas: "2" }), ["/spec/replicas: must be integer"]],
      [
        "a reference without its name",
        edited(connector, { connectClusterRef: {} }),
        ["/spec/connectClusterRef: must have required property 'name'"],
      ],
      ["no version", edited(kafka, { version: undefined }), ["/spec: must have required property 'version'"]],
      [
        "a policy that is none",
        edited(connector, { deletionPolicy: "Keep" }),
        ["/spec/deletionPolicy: must be equal to one of the allowed values"],
      ],
      ["a desired state of a Connector", edited(connector, { state: "stopped" }), ["/spec/state: no such field"]],
    ];
    for (const [what, object, problems] of wrong) {
      it(`and ${what} would not`, () => assert.deepEqual(crdProblems(object), problems));
    }
  });

  describe("passes KubeDB's admission", () => {
    for (const [what, object] of objects) it(what, () => assert.deepEqual(refusals(object), []));

    it("the patched source, whatever its policy was", () => {
      const source = kafkaManifest(combined, "demo");
      assert.deepEqual(
        refusals(edited(edited(source, { deletionPolicy: "WipeOut" }), haltPatch("s", "demo").spec)),
        [],
      );
    });

    const kafka = kafkaManifest(topology, "kafka");
    const one = kafkaManifest(combined, "demo");
    const connect = connectClusterManifest(connectWanted(dev));
    const connector = connectorOf("c", "s");
    const refused: [string, KubedbObject, string][] = [
      ["replicas beside a topology", edited(kafka, { replicas: 3 }), "topology excludes replicas"],
      ["storage beside a topology", edited(kafka, { storage: {} }), "topology excludes storage"],
      ["no volume", edited(one, { storage: undefined }), "durable storage needs a volume claim"],
      ["no broker at all", edited(one, { replicas: 0 }), "replicas must be 1 or more"],
      ["a version that is none", edited(one, { version: "3.9.1" }), "version is not in the catalogue"],
      ["TLS without its issuer", edited(one, { tls: undefined }), "enableSSL and tls go together"],
      ["an issuer without TLS", edited(one, { enableSSL: undefined }), "enableSSL and tls go together"],
      [
        "an issuer of no kind",
        edited(one, { tls: { issuerRef: { name: "lab-ca" } } }),
        "issuerRef needs cert-manager's group, a kind and a name",
      ],
      [
        "a halt that deletes",
        edited(one, { halted: true, deletionPolicy: "Delete" }),
        "halted needs deletionPolicy Halt",
      ],
      [
        "a Secret without its kind",
        edited(one, { authSecret: { name: "x" } }),
        "authSecret needs kind Secret and a name",
      ],
      [
        "a ConnectCluster that is halted",
        edited(connect, { deletionPolicy: "Halt" }),
        "deletionPolicy Halt is refused",
      ],
      ["a ConnectCluster of one", edited(connect, { replicas: 1 }), "one replica runs standalone"],
      [
        "a Connector that stays in Connect",
        edited(connector, { deletionPolicy: "Delete" }),
        "deletionPolicy must be WipeOut",
      ],
    ];
    for (const [what, object, reason] of refused) {
      it(`and ${what} would not`, () => assert.deepEqual(refusals(object), [reason]));
    }
  });

  it("has its certificates signed by the issuer, for the names and addresses outside as well", () => {
    const { spec } = kafkaManifest({ ...bare, tls: issued("ClusterIssuer") }, "demo", false, outside);
    assert.equal(spec.enableSSL, true);
    assert.deepEqual(spec.tls, {
      issuerRef: { apiGroup: "cert-manager.io", kind: "ClusterIssuer", name: "internal-ca" },
      certificates: [{ alias: "server", dnsNames: ["kafka-0.example.internal"], ipAddresses: ["10.1.2.3", "fd00::1"] }],
    });
    assert.equal(kafkaManifest({ ...bare, tls: issued("Issuer") }, "demo").spec.tls?.certificates, undefined);
    assert.equal(kafkaManifest(bare, "demo", false, outside).spec.enableSSL, undefined);
  });

  it("names its volumes, labels and listeners as the config says", () => {
    const { spec } = kafkaManifest(topology, "kafka");
    assert.deepEqual(spec.topology, {
      controller: { replicas: 3, storage: claim("20Gi") },
      broker: { replicas: 5, storage: claim("1Ti") },
    });
    assert.deepEqual(spec.monitor?.prometheus.serviceMonitor, { labels: { release: "prometheus" }, interval: "15s" });
    assert.deepEqual(spec.configuration?.inline, {
      "broker.properties": "auto.create.topics.enable=false\ndefault.replication.factor=3\nmin.insync.replicas=2\n",
    });
    assert.equal(spec.deletionPolicy, "Halt");
  });
});

describe("the AppBinding that Connect follows", () => {
  const bindingOf = (config: typeof dev) => appBindingManifest(connectWanted(config));

  it("is KubeDB's own where MM2 logs in as the runner", () => {
    assert.deepEqual(
      [asRunner, dev].map((config) => needsBinding(connectWanted(config).target)),
      [false, true],
    );
    const { spec } = connectClusterManifest(connectWanted(asRunner));
    assert.deepEqual(spec.kafkaRef, { name: "target-kafka", namespace: "demo" });
    assert.match(spec.configuration.inline!["config.properties"], /^group\.id=migration-connect$/m);
  });

  it("leads to KubeDB's service as MM2's own user, and names no Kafka object whose superuser could be taken", () => {
    assert.deepEqual(bindingOf(dev), {
      apiVersion: "appcatalog.appscode.com/v1alpha1",
      kind: "AppBinding",
      metadata: { name: "migration-connect-kafka", namespace: "demo" },
      spec: {
        type: "kubedb.com/kafka",
        version: "4.2.0",
        clientConfig: { service: { name: "target-kafka-pods", port: 9092, scheme: "kafka" } },
        secret: { kind: "Secret", name: "shop-mirror-target" },
        tlsSecret: { kind: "Secret", name: "target-kafka-client-cert" },
      },
    });
    assert.deepEqual(connectClusterManifest(connectWanted(dev)).spec.kafkaRef, {
      name: "migration-connect-kafka",
      namespace: "demo",
    });
  });

  it("leads to a cluster of another kind by its first address; the worker is told all of them", () => {
    assert.deepEqual(bindingOf(external).spec, {
      type: "kubedb.com/kafka",
      clientConfig: { url: "kafka-0.example.internal:9092" },
      secret: { kind: "Secret", name: "migration" },
      tlsSecret: { kind: "Secret", name: "authority" },
    });
    assert.equal(
      boundWorkerProperties(connectWanted(external))["bootstrap.servers"],
      external.target.bootstrap!.join(","),
    );
    assert.equal(boundWorkerProperties(connectWanted(dev))["bootstrap.servers"], undefined);
  });

  it("comes with the worker's properties in a Secret; a change of it is a change of the object", () => {
    const one = connectClusterManifest(connectWanted(dev), "a").spec;
    assert.deepEqual(one.configuration, { secretName: "migration-connect-worker" });
    assert.notDeepEqual(one, connectClusterManifest(connectWanted(dev), "b").spec);
  });
});

/** An object with other fields in its spec; undefined takes a field away. */
function edited(object: KubedbObject, spec: object): KubedbObject {
  return JSON.parse(JSON.stringify({ ...object, spec: { ...object.spec, ...spec } })) as KubedbObject;
}

const claim = (storage: string) => ({
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage } },
  storageClassName: "fast",
});
