import assert from "node:assert/strict";
import {
  comparedRelease,
  disguiseSentence,
  upgradesInDisguise,
  type ComparedRelease,
} from "../components/pega/disguise.ts";
import { chartDrift } from "../components/pega/disguise-objects.ts";
import { overlay } from "../components/pega/overlay.ts";
import { renderedObjects, shortHash } from "../components/pega/rendered.ts";
import { mergeValues, type Values } from "../components/pega/values.ts";
import { rolesIn, rows, settings, shapes, valuesOf } from "./support/pega/shapes.ts";

const tiers: readonly Values[] = [
  { name: "web", nodeType: "WebUser", replicas: 2, hpa: { enabled: true } },
  {
    name: "batch",
    nodeType: "BackgroundProcessing,Batch",
    replicas: 2,
    custom: {
      sidecarContainers: [{ name: "log", image: "fluent-bit:3.1.2" }],
      initContainers: [{ name: "wait", image: "busybox:1.36.1" }],
    },
  },
  {
    name: "stream",
    nodeType: "Stream",
    replicas: 2,
    volumeClaimTemplate: { resources: { requests: { storage: "5Gi" } } },
  },
];
const base: Values = {
  global: {
    deployment: { name: "pega" },
    actions: { execute: "deploy" },
    pegaVersion: "8.8.3",
    jdbc: { url: "jdbc:a", rulesSchema: "rules", dataSchema: "data", customerDataSchema: "cdata", password: "p1" },
    docker: {
      registry: { url: "registry.example.com", username: "u", password: "p1" },
      pega: { image: "registry.example.com/pega:8.8.3", imagePullPolicy: "IfNotPresent" },
    },
    utilityImages: { busybox: { image: "busybox:1.31.0" } },
    tier: tiers,
  },
  installer: { image: "installer:8.8.3", upgrade: { upgradeType: "in-place", targetRulesSchema: "" } },
  hazelcast: { enabled: true, image: "hazelcast:5.3.1", migration: { initiateMigration: false } },
  pegasearch: { image: "search:8.8.3" },
  cassandra: { image: { tag: "3.11.3" } },
  constellation: { enabled: true, image: "constellation:1.0.0" },
  stream: { enabled: false },
};
const defaults: Values = { stream: { enabled: false }, hazelcast: { replicas: 3 }, global: { resources: { cpu: 3 } } };
const running: ComparedRelease = { chart: { name: "pega", version: "3.25.0", values: defaults }, values: base };

/** The base with a value at one path of keys. */
const withValue = (path: string, value: unknown): Values =>
  mergeValues(base, path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values);
const withTier = (name: string, change: Values): Values =>
  withValue(
    "global.tier",
    tiers.map((tier) => (tier["name"] === name ? mergeValues(tier, change) : tier)),
  );
const custom = (list: string, image: string) => ({ custom: { [list]: [{ name: "log", image }] } });

const refused: [string, Values][] = [
  ["global.actions.execute", withValue("global.actions.execute", "upgrade-deploy")],
  ["global.docker.pega.image", withValue("global.docker.pega.image", "registry.example.com/pega:23.1.1")],
  [
    "global.docker.pega.image",
    withValue("global.docker.pega.image", `registry.example.com/pega@sha256:${"a".repeat(64)}`),
  ],
  ["global.docker.registry.url", withValue("global.docker.registry.url", "other.example.com")],
  ["global.pegaVersion", withValue("global.pegaVersion", "25.1.0")],
  ["global.jdbc.url", withValue("global.jdbc.url", "jdbc:b")],
  ["global.jdbc.rulesSchema", withValue("global.jdbc.rulesSchema", "rules_new")],
  ["global.jdbc.dataSchema", withValue("global.jdbc.dataSchema", "data_new")],
  ["global.jdbc.customerDataSchema", withValue("global.jdbc.customerDataSchema", "cdata_new")],
  ["installer.image", withValue("installer.image", "installer:23.1.1")],
  ["installer.upgrade.upgradeType", withValue("installer.upgrade.upgradeType", "zero-downtime")],
  ["installer.upgrade.targetRulesSchema", withValue("installer.upgrade.targetRulesSchema", "rules_new")],
  ["installer.upgrade.upgradeSteps", withValue("installer.upgrade.upgradeSteps", "rules_upgrade")],
  ["installer.upgrade.automaticResumeEnabled", withValue("installer.upgrade.automaticResumeEnabled", "true")],
  ["hazelcast.image", withValue("hazelcast.image", "hazelcast:5.4.0")],
  ["hazelcast.clusteringServiceImage", withValue("hazelcast.clusteringServiceImage", "cs:1.3.1")],
  ["hazelcast.migration.initiateMigration", withValue("hazelcast.migration.initiateMigration", true)],
  ["pegasearch.image", withValue("pegasearch.image", "search:23.1.1")],
  ["cassandra.image.tag", withValue("cassandra.image.tag", "4.1.0")],
  ["constellation.image", withValue("constellation.image", "constellation:2.0.0")],
  ["global.utilityImages.busybox.image", withValue("global.utilityImages.busybox.image", "busybox:1.36.0")],
  [
    "global.tier[batch].custom.sidecarContainers.image",
    withTier("batch", custom("sidecarContainers", "fluent-bit:4.0.0")),
  ],
  ["global.tier[batch].custom.initContainers.image", withTier("batch", custom("initContainers", "busybox:1.37.0"))],
  ["global.tier[batch].nodeType", withTier("batch", { nodeType: "BackgroundProcessing" })],
  ["global.tier[batch].volumeClaimTemplate", withTier("batch", { volumeClaimTemplate: { resources: {} } })],
  ["global.tier[batch].replicas", withTier("batch", { replicas: 0 })],
  ["global.tier[bix]", withValue("global.tier", [...tiers, { name: "bix", nodeType: "BIX" }])],
  ["global.tier[batch]", withValue("global.tier", [tiers[0], tiers[2]])],
  ["global.tier[stream]", withValue("global.tier", tiers.slice(0, 2))],
  ["global.deployment.name", withValue("global.deployment.name", "pega2")],
];

const harmless: [string, Values][] = [
  ["replicas and autoscaler of a producer", withTier("web", { replicas: 0, hpa: { enabled: false } })],
  ["another number of consumers", withTier("batch", { replicas: 5 })],
  [
    "the stream",
    withValue("stream", { enabled: true, bootstrapServer: "kafka:9092", trustStore: "t.jks", jaasConfig: "x" }),
  ],
  [
    "the end of the embedded stream beside the target",
    mergeValues(withValue("global.tier", tiers.slice(0, 2)), { stream: { enabled: true } }),
  ],
  ["Secrets with certificates", withValue("global.certificatesSecrets", ["kafka-truststore"])],
  ["resources", withTier("batch", { resources: { limits: { memory: "16Gi" } } })],
  ["labels and annotations", withTier("web", { podLabels: { team: "a" }, podAnnotations: { a: "b" } })],
  [
    "Java options, which larger messages need",
    withTier("batch", { javaOpts: "-Dstream.producer.max.request.size=5000000" }),
  ],
  ["probes", withTier("web", { livenessProbe: { periodSeconds: 60 } })],
  ["a disruption budget", withTier("web", { pdb: { enabled: true, minAvailable: 1 } })],
  ["another password of the database", withValue("global.jdbc.password", "p2")],
  ["a Secret to pull images with", withValue("global.docker.imagePullSecretNames", ["puller"])],
  ["storage class", withValue("global.storageClassName", "fast")],
  ["a node type written as a list", withTier("batch", { nodeType: ["Batch", "BackgroundProcessing"] })],
];

const found = (wanted: Values, chart: Partial<ComparedRelease["chart"]> = {}) =>
  upgradesInDisguise(running, { chart: { ...running.chart, ...chart }, values: wanted }, ["web"]);
const keys = (...given: Parameters<typeof found>) => found(...given).map(({ key }) => key);

describe("an upgrade in disguise", () => {
  for (const [key, wanted] of refused) {
    it(`is refused with its key: ${key}`, () => assert.deepEqual(keys(wanted), [key]));
  }

  for (const [what, wanted] of harmless) {
    it(`is not seen in ${what}`, () => assert.deepEqual(found(wanted), []));
  }

  it("is refused with the chart's version, name or application", () => {
    assert.deepEqual(keys(base, { version: "4.9.0" }), ["chart version"]);
    assert.deepEqual(keys(base, { name: "pega-fork" }), ["chart name"]);
    const named = { ...running, chart: { ...running.chart, appVersion: "8.8" } };
    const wanted = { ...named, chart: { ...named.chart, appVersion: "23.1" } };
    assert.deepEqual(
      upgradesInDisguise(named, wanted, []).map(({ key }) => key),
      ["chart appVersion"],
    );
  });

  it("is refused with a default of the chart that changes without any value changing", () => {
    assert.deepEqual(keys(base, { values: mergeValues(defaults, { global: { resources: { cpu: 4 } } }) }), [
      "global.resources.cpu",
    ]);
    // The values say it themselves.
    assert.deepEqual(keys(base, { values: mergeValues(defaults, { stream: { enabled: true } }) }), []);
    assert.deepEqual(
      keys(base, { values: mergeValues(defaults, { global: { docker: { pega: { image: "pega:9" } } } }) }),
      [],
    );
    assert.deepEqual(
      keys(base, { values: mergeValues(defaults, { global: { utilityImages: { wait: { image: "w:2" } } } }) }),
      ["global.utilityImages.wait.image"],
    );
  });

  it("is refused with a moving tag that every restart pulls again, even where nothing changes", () => {
    const moving = withValue("global.docker.pega", { image: "pega:8.8", imagePullPolicy: "Always" });
    const same: ComparedRelease = { ...running, values: moving };
    assert.deepEqual(upgradesInDisguise(same, same, []).map(disguiseSentence), [
      "global.docker.pega.imagePullPolicy: is Always; every pod that restarts pulls pega:8.8 again, whatever that is by then; pin the image in an update of its own",
    ]);
    for (const image of ["pega:8.8.3", "pega:23-20240101", `pega@sha256:${"a".repeat(64)}`]) {
      const fixed = { ...running, values: withValue("global.docker.pega", { image, imagePullPolicy: "Always" }) };
      assert.deepEqual(upgradesInDisguise(fixed, fixed, []), []);
    }
  });

  it("says both values and what to do, and shows no password", () => {
    const wanted = mergeValues(withValue("global.docker.pega.image", `pega@sha256:${"a".repeat(64)}`), {
      global: { docker: { registry: { password: "p2" } } },
    });
    const sentences = found(wanted).map(disguiseSentence);
    assert.deepEqual(sentences, [
      `global.docker.pega.image: runs with registry.example.com/pega:8.8.3, would become pega@sha256:${"a".repeat(64)}; it names the software that runs; a tag and a digest cannot be compared, pin the image in an update of its own`,
      `global.docker.registry.password: runs with sha256 ${shortHash("p1")}, would become sha256 ${shortHash("p2")}; the same tag of another registry is other software`,
    ]);
    assert.doesNotMatch(sentences.join("\n"), /\bp[12]\b/);
  });

  it("is seen in rendered objects, whichever value or template makes it", () => {
    const pod = (image: string) => ({
      kind: "Deployment",
      metadata: { name: "pega-web" },
      spec: { template: { spec: { containers: [{ name: "pega-web-tomcat", image }] } } },
    });
    const environment = (schema: string) => ({
      kind: "ConfigMap",
      metadata: { name: "pega-environment-config" },
      data: { RULES_SCHEMA: schema, A: schema },
    });
    const job = {
      kind: "Job",
      metadata: { name: "pega-db-upgrade-x" },
      spec: { template: { spec: { containers: [{ name: "i", image: "installer:9" }] } } },
    };
    const before = renderedObjects([pod("pega:1"), environment("a")], "pega");
    const after = renderedObjects([pod("pega:2"), environment("b"), job], "pega");
    const compared = upgradesInDisguise({ ...running, objects: before }, { ...running, objects: after }, []);
    assert.deepEqual(
      compared.map(({ key, running: was, wanted }) => [key, was, wanted]),
      [
        ["Deployment pega-web: image of pega-web-tomcat", "pega:1", "pega:2"],
        ["ConfigMap pega-environment-config: RULES_SCHEMA", "a", "b"],
        ["Job pega-db-upgrade-x", "nothing", "installer:9"],
      ],
    );
    assert.deepEqual(
      chartDrift(before, after).map(({ key }) => key),
      ["chart: ConfigMap pega-environment-config", "chart: Deployment pega-web", "chart: Job pega-db-upgrade-x"],
    );
  });

  it("is looked for in what Helm keeps of a release", () => {
    const pod =
      "kind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: a, image: b}]}}}";
    const newest = {
      revision: 3,
      status: "deployed" as const,
      deployedAt: "2026-11-21T10:00:00.000Z",
      description: "",
    };
    const { objects, ...compared } = comparedRelease({
      ...newest,
      newest,
      name: "pega",
      namespace: "pega",
      chart: { name: "pega", version: "3.25.0", appVersion: "", values: defaults },
      values: base,
      manifest: pod,
      hooks: [],
      problem: null,
    });
    assert.deepEqual(compared, running);
    assert.deepEqual(
      objects?.map(({ kind, name }) => `${kind} ${name}`),
      ["Deployment web"],
    );
  });

  for (const shape of shapes) {
    it(`is not seen in any row of the move itself: ${shape.name}`, () => {
      const values = valuesOf(shape);
      const roles = rolesIn(shape);
      const producers = Object.keys(roles).filter((name) => roles[name] === "producer");
      const steps = [
        values,
        ...rows.map((columns) => overlay(values, columns, { roles, former: shape.former, stream: settings })),
      ];
      for (const [at, wanted] of steps.slice(1).entries()) {
        const before = { ...running, values: steps[at]! };
        assert.deepEqual(upgradesInDisguise(before, { ...running, values: wanted }, producers), [], rows[at]!.row);
      }
    });
  }

  it("has enough cases", () => assert.ok(refused.length >= 25 && harmless.length >= 10));
});
