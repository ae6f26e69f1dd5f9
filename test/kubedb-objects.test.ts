import assert from "node:assert/strict";
import { crdProblems, crdsAreHere } from "./support/crds.ts";
import { danglingReferences, refusals, updateRefusals, type KubedbObject } from "./support/kubedb-admission.ts";
import { renderedSets, type Rendered, type RenderedSet } from "./support/kubedb-objects.ts";

describe("every KubeDB object that the program registers, over all rows and forms of a config", function () {
  this.timeout(180_000);
  let sets: readonly RenderedSet[] = [];
  before(async () => (sets = await renderedSets()));

  const each = (check: (object: Rendered, where: string, set: RenderedSet) => void): void => {
    for (const set of sets) {
      for (const object of set.objects) check(object, `${set.from}: ${object.kind} ${object.metadata.name}`, set);
    }
  };

  it("is of a kind that is checked here, and each kind is met", () => {
    const kinds = new Set<string>();
    each(({ kind, patch }) => kinds.add(patch ? `${kind} (patch)` : kind));
    const known = ["AppBinding", "ConnectCluster", "Connector", "Kafka", "Kafka (patch)"];
    for (const kind of kinds) assert.ok(known.includes(kind), kind);
    for (const kind of known) assert.ok(kinds.has(kind), kind);
  });

  it("fits KubeDB's own CRD, in which an unknown field is refused", function () {
    if (!crdsAreHere) this.skip();
    const checked = new Set<string>();
    each((object, where) => {
      // KubeDB's own CRDs have none for it; its rules below are its CRD's.
      if (object.kind === "AppBinding") return;
      const { patch, ...rendered } = object;
      const text = JSON.stringify(rendered);
      if (checked.has(text)) return;
      checked.add(text);
      assert.deepEqual(crdProblems(rendered, { patch }), [], where);
    });
    assert.ok(checked.size > 20, `only ${checked.size} were checked`);
  });

  it("obeys the rules of KubeDB's webhooks", () => {
    each((object, where) => {
      if (!object.patch) assert.deepEqual(refusals(object), [], where);
    });
  });

  it("may become what it is in the next row", () => {
    for (const [at, { objects, config }] of sets.entries()) {
      const before: RenderedSet | undefined = sets[at - 1];
      if (before?.config !== config) continue;
      for (const object of objects.filter(({ patch }) => !patch)) {
        const former: Rendered | undefined = before.objects.find(
          ({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name,
        );
        if (former) assert.deepEqual(updateRefusals(former, object), [], object.metadata.name);
      }
    }
  });

  it("refers to an AppBinding that KubeDB makes for another of them, or for a cluster that stands", () => {
    for (const { from, config, objects } of sets) {
      const existing = [config.source, config.target].flatMap(({ cluster, kubernetes }) =>
        cluster.kind === "kubedb-existing" ? [`${config.kubernetes[kubernetes]!.namespace}/${cluster.name}`] : [],
      );
      const made = objects.filter(({ patch }) => !patch);
      assert.deepEqual(danglingReferences(made, existing), [], from);
    }
  });
});

describe("KubeDB's admission refuses", () => {
  const storage = { resources: {} };
  const kafka = (spec: object): KubedbObject => ({
    apiVersion: "kubedb.com/v1",
    kind: "Kafka",
    metadata: { name: "k", namespace: "n" },
    spec: { version: "4.2.0", storage, ...spec },
  });
  const topology = (controller: object, broker: object): KubedbObject =>
    kafka({ storage: undefined, topology: { controller: { storage, ...controller }, broker: { storage, ...broker } } });
  const connect = (spec: object): KubedbObject => ({
    apiVersion: "kafka.kubedb.com/v1alpha1",
    kind: "ConnectCluster",
    metadata: { name: "c", namespace: "n" },
    spec: { version: "4.2.0", replicas: 2, kafkaRef: { name: "k" }, ...spec },
  });
  const connector = (spec: object): KubedbObject => ({
    apiVersion: "kafka.kubedb.com/v1alpha1",
    kind: "Connector",
    metadata: { name: "m", namespace: "n" },
    spec: { connectClusterRef: { name: "c" }, configuration: {}, deletionPolicy: "WipeOut", ...spec },
  });
  const binding = (spec: object): KubedbObject => ({
    apiVersion: "appcatalog.appscode.com/v1alpha1",
    kind: "AppBinding",
    spec: { type: "kubedb.com/kafka", clientConfig: { url: "a:1" }, ...spec },
  });
  const env = (container: string, name: string, value: string) => ({
    podTemplate: { spec: { containers: [{ name: container, env: [{ name, value }] }] } },
  });
  const mount = (mountPath: string) => ({
    podTemplate: { spec: { containers: [{ name: "kafka", volumeMounts: [{ mountPath }] }] } },
  });
  const volume = (name: string) => ({ podTemplate: { spec: { volumes: [{ name }] } } });
  const id = (value: string) => env("kafka", "KAFKA_CLUSTER_ID", value);

  it("none of the objects that the cases below begin with", () => {
    for (const object of [kafka({}), topology({}, {}), connect({}), connector({}), binding({})]) {
      assert.deepEqual(refusals(object), []);
    }
    assert.deepEqual(refusals(topology(id("a"), id("a"))), []);
  });

  const cases: [string, KubedbObject, string][] = [
    [
      "a topology without brokers",
      kafka({ storage: undefined, topology: { controller: { storage } }, storageType: "Ephemeral" }),
      "topology needs controller and broker",
    ],
    ["a topology without a controller's replica", topology({ replicas: 0 }, {}), "replicas must be 1 or more"],
    [
      "two kinds of nodes under one suffix",
      topology({ suffix: "broker" }, {}),
      "suffixes of controller and broker must differ",
    ],
    [
      "a pod template beside a topology",
      kafka({ storage: undefined, topology: { controller: { storage }, broker: { storage } }, podTemplate: {} }),
      "topology excludes podTemplate",
    ],
    [
      "two cluster ids in one cluster",
      topology(id("a"), id("b")),
      "KAFKA_CLUSTER_ID of controller and broker must be equal",
    ],
    [
      "a cluster id of the brokers alone",
      topology({}, id("b")),
      "KAFKA_CLUSTER_ID of controller and broker must be equal",
    ],
    [
      "tls without enableSSL",
      kafka({ tls: { issuerRef: { apiGroup: "cert-manager.io", kind: "Issuer", name: "ca" } } }),
      "enableSSL and tls go together",
    ],
    [
      "both forms of a configuration",
      kafka({ configSecret: {}, configuration: {} }),
      "configSecret and configuration exclude each other",
    ],
    [
      "a keystore Secret without its name",
      kafka({ keystoreCredSecret: { kind: "Secret" } }),
      "authSecret needs kind Secret and a name",
    ],
    [
      "a halt of what must not be terminated",
      kafka({ halted: true, deletionPolicy: "DoNotTerminate" }),
      "halted needs deletionPolicy Halt",
    ],
    [
      "volumes that are kept but not there",
      kafka({ storageType: "Ephemeral", deletionPolicy: "Halt" }),
      "Ephemeral storage excludes deletionPolicy Halt",
    ],
    ["a storage type that is none", kafka({ storageType: "Fast" }), "storageType must be Durable or Ephemeral"],
    ["a rack without its label", kafka({ brokerRack: {} }), "brokerRack needs a topologyKey"],
    ["a volume under KubeDB's own name", kafka(volume("kafkaconfig")), "a volume's name is reserved"],
    ["a mount over KubeDB's own", topology({}, mount("/var/log/kafka")), "a mount path is reserved"],
    ["a Connect cluster of none", connect({ replicas: 0 }), "replicas must be 1 or more"],
    [
      "standalone mode of two workers",
      connect(env("connect-cluster", "CONNECT_CLUSTER_MODE", "standalone")),
      "more than one replica excludes standalone mode",
    ],
    ["a Connect cluster at no Kafka", connect({ kafkaRef: {} }), "kafkaRef needs the name of an AppBinding"],
    ["an unknown version of Connect", connect({ version: "4.1.0" }), "version is not in the catalogue"],
    ["an unknown plugin", connect({ connectorPlugins: ["gcs-0.13.0"] }), "connectorPlugins are not in the catalogue"],
    ["TLS of Connect without its issuer", connect({ enableSSL: true }), "enableSSL and tls go together"],
    ["a volume under Connect's own name", connect(volume("connector-plugins")), "a volume's name is reserved"],
    ["a mount over Connect's own", connect(mount("/var/private/basic-auth")), "a mount path is reserved"],
    [
      "a connector at no Connect",
      connector({ connectClusterRef: {} }),
      "connectClusterRef needs the name of an AppBinding",
    ],
    [
      "both forms of a connector's configuration",
      connector({ configSecret: {} }),
      "configSecret and configuration exclude each other",
    ],
    ["a binding of another kind", binding({ type: "kubedb.com/redis" }), "type must be kubedb.com/kafka"],
    [
      "a binding that leads nowhere",
      binding({ clientConfig: {} }),
      "clientConfig needs exactly one of url and service",
    ],
    [
      "a binding to half a service",
      binding({ clientConfig: { service: { name: "s" } } }),
      "the service needs name, port and scheme",
    ],
    [
      "a binding with an unnamed Secret",
      binding({ secret: { kind: "Secret" } }),
      "a Secret needs kind Secret and a name",
    ],
  ];
  for (const [what, object, reason] of cases) {
    it(what, () => assert.deepEqual(refusals(object), [reason]));
  }

  it("to make two workers of one, which ran standalone", () => {
    const one = connect({ replicas: 1 });
    assert.deepEqual(updateRefusals(one, connect({})), ["one replica cannot become more"]);
    assert.deepEqual(updateRefusals(connect({ replicas: 3 }), connect({})), []);
  });

  it("nothing at a reference that leads nowhere, so it is found here", () => {
    assert.deepEqual(danglingReferences([kafka({}), connect({}), connector({})]), []);
    assert.deepEqual(danglingReferences([connect({})], ["n/k"]), []);
    assert.deepEqual(danglingReferences([connect({}), connector({ connectClusterRef: { name: "x" } })]), [
      "ConnectCluster c refers to n/k",
      "Connector m refers to n/x",
    ]);
  });
});
