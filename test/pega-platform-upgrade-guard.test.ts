import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { allowedChanges } from "../components/pega/platform-upgrade-guard/allowed-changes.ts";
import { platformUpgrades, type GuardedRelease } from "../components/pega/platform-upgrade-guard/guard.ts";
import { overlay } from "../components/pega/overlay.ts";
import { shortHash, type RenderedObject } from "../components/pega/rendered.ts";
import { mergeValues, type Values } from "../components/pega/values.ts";
import { objectsOf } from "./support/pega/objects.ts";
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
const running: GuardedRelease = { chart: { name: "pega", version: "3.25.0", values: defaults }, values: base };

/** The base with a value at one path of keys. */
const withValue = (path: string, value: unknown): Values =>
  mergeValues(base, path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values);
const withTier = (name: string, change: Values): Values =>
  withValue(
    "global.tier",
    tiers.map((tier) => (tier["name"] === name ? mergeValues(tier, change) : tier)),
  );
const withCustom = (change: Values) => withTier("batch", { custom: change });
const container = (name: string, image: string) => ({ name, image });
const platform = (image: string) => withValue("global.docker.pega.image", `registry.example.com/${image}`);

const pod = "spec.template.spec";
const tomcat = `${pod}.containers[pega-web-tomcat]`;
/** One path in the pods of every tier. */
const everyTier = (path: string) => [
  `Deployment pega-batch ${path}`,
  `Deployment pega-web ${path}`,
  `StatefulSet pega-stream ${path}`,
];
const service = (name: string) => [`StatefulSet pega-${name} ${pod}.containers[${name}].image`];
const environment = (key: string) => [`ConfigMap pega-environment-config data.${key}`];

/** What changes in the values, and every object and path that is refused for it. */
const refused: [string, Values, readonly string[]][] = [
  ["another image of the Platform", platform("pega:23.1.1"), everyTier(`${tomcat}.image`)],
  ["a digest for a tag", platform(`pega@sha256:${"a".repeat(64)}`), everyTier(`${tomcat}.image`)],
  [
    "another registry",
    withValue("global.docker.registry.url", "other.example.com"),
    ['Secret pega-registry-secret data[".dockerconfigjson"]'],
  ],
  ["another version", withValue("global.pegaVersion", "25.1.0"), environment("IS_PEGA_25_OR_LATER")],
  ["another database", withValue("global.jdbc.url", "jdbc:b"), environment("JDBC_URL")],
  ["another rules schema", withValue("global.jdbc.rulesSchema", "rules_new"), environment("RULES_SCHEMA")],
  ["another data schema", withValue("global.jdbc.dataSchema", "data_new"), environment("DATA_SCHEMA")],
  ["customer data elsewhere", withValue("global.jdbc.customerDataSchema", "c"), environment("CUSTOMERDATA_SCHEMA")],
  ["another installer", withValue("installer.image", "installer:23.1.1"), ["installer.image"]],
  ["a kind of upgrade", withValue("installer.upgrade.upgradeType", "custom"), ["installer.upgrade.upgradeType"]],
  [
    "the schema of an upgrade",
    withValue("installer.upgrade.targetRulesSchema", "r"),
    ["installer.upgrade.targetRulesSchema"],
  ],
  ["steps of an upgrade", withValue("installer.upgrade.upgradeSteps", "rules"), ["installer.upgrade.upgradeSteps"]],
  ["another Hazelcast", withValue("hazelcast.image", "hazelcast:5.4.0"), service("hazelcast")],
  [
    "a clustering service",
    withValue("hazelcast.clusteringServiceImage", "cs:1.3.1"),
    ["+ StatefulSet pega-clustering"],
  ],
  ["a migration of Hazelcast", withValue("hazelcast.migration.initiateMigration", true), ["+ Job pega-hz-migration"]],
  ["another search", withValue("pegasearch.image", "search:23.1.1"), service("search")],
  ["another Cassandra", withValue("cassandra.image.tag", "4.1.0"), service("cassandra")],
  ["another Constellation", withValue("constellation.image", "constellation:2.0.0"), service("constellation")],
  [
    "another utility image",
    withValue("global.utilityImages.busybox.image", "busybox:1.36.0"),
    everyTier(`${pod}.initContainers[wait-for-pegasearch].image`),
  ],
  [
    "another image of a sidecar",
    withCustom({ sidecarContainers: [container("log", "fluent-bit:4.0.0")] }),
    [`Deployment pega-batch ${pod}.containers[log].image`],
  ],
  [
    "another image of an init container",
    withCustom({ initContainers: [container("wait", "busybox:1.37.0")] }),
    [`Deployment pega-batch ${pod}.initContainers[wait].image`],
  ],
  [
    "a new init container",
    withTier("web", { custom: { initContainers: [container("patch", "patch:1.0.0")] } }),
    [`Deployment pega-web ${pod}.initContainers[patch]`],
  ],
  [
    "a new sidecar",
    withTier("web", { custom: { sidecarContainers: [container("agent", "agent:1.0.0")] } }),
    [`Deployment pega-web ${pod}.containers[agent]`],
  ],
  [
    "a new volume",
    withCustom({ volumes: [{ name: "lib", emptyDir: {} }] }),
    [`Deployment pega-batch ${pod}.volumes[lib]`],
  ],
  [
    "a variable of an unknown name",
    withCustom({ env: [{ name: "RULES_OVERRIDE", value: "x" }] }),
    [`Deployment pega-batch ${tomcat}.env[RULES_OVERRIDE]`],
  ],
  ["a key of the environment that nobody knows", withValue("environment", { NEW: "x" }), environment("NEW")],
  [
    "a key of the values that nobody knows and that changes a pod's template",
    withTier("batch", { podSettings: { hostNetwork: true } }),
    [`Deployment pega-batch ${pod}.hostNetwork`],
  ],
  ["another prconfig", withTier("batch", { prconfig: { a: 1 } }), ['ConfigMap pega-batch data["prconfig.xml"]']],
  [
    "other node types",
    withTier("batch", { nodeType: "BackgroundProcessing" }),
    [`Deployment pega-batch ${tomcat}.env[NODE_TYPE].value`],
  ],
  [
    "a Deployment that becomes a StatefulSet",
    withTier("batch", { volumeClaimTemplate: { resources: {} } }),
    ["- Deployment pega-batch", "+ StatefulSet pega-batch"],
  ],
  ["a consumer that stops", withTier("batch", { replicas: 0 }), ["Deployment pega-batch spec.replicas"]],
  [
    "a new tier",
    withValue("global.tier", [...tiers, { name: "bix", nodeType: "BIX" }]),
    ["+ ConfigMap pega-bix", "+ Deployment pega-bix"],
  ],
  [
    "a tier that is gone",
    withValue("global.tier", [tiers[0], tiers[2]]),
    ["- ConfigMap pega-batch", "- Deployment pega-batch"],
  ],
  [
    "brokers that go while nothing takes over",
    withValue("global.tier", tiers.slice(0, 2)),
    ["- ConfigMap pega-stream", "- StatefulSet pega-stream"],
  ],
];

const harmless: [string, Values][] = [
  ["replicas and autoscaler of a producer", withTier("web", { replicas: 0, hpa: { enabled: false } })],
  ["another number of consumers", withTier("batch", { replicas: 5 })],
  ["the stream", withValue("stream", { enabled: true, bootstrapServer: "kafka:9092", jaasConfig: "x" })],
  [
    "the end of the embedded stream beside the target",
    mergeValues(withValue("global.tier", tiers.slice(0, 2)), { stream: { enabled: true } }),
  ],
  ["Secrets with certificates", withValue("global.certificatesSecrets", ["kafka-truststore"])],
  ["the stream with a Secret of its own", withValue("stream", { enabled: true, external_secret_name: "kafka-user" })],
  ["an autoscaler of consumers", withTier("batch", { hpa: { enabled: true } })],
  ["a service", withTier("web", { service: { port: 80 } })],
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

/** A release with these values, as the chart of `defaults` makes it. */
const release = (values: Values, chart: Partial<GuardedRelease["chart"]> = {}): GuardedRelease => ({
  chart: { ...running.chart, ...chart },
  values,
});
const rendered = ({ chart, values }: GuardedRelease) => objectsOf(values, chart.values);
/** The guard's lines for a change from what runs. */
function linesOf(wanted: GuardedRelease, was: GuardedRelease = running, producers = ["web"]): readonly string[] {
  const again = rendered({ ...was, chart: wanted.chart });
  return platformUpgrades(was, wanted, { before: rendered(was), again, after: rendered(wanted) }, producers);
}
/** The guard's lines where the wanted objects are others than the values would make. */
function linesOfObjects(change: (objects: readonly RenderedObject[]) => readonly RenderedObject[], values = base) {
  const objects = objectsOf(values, defaults);
  const same = release(values);
  return platformUpgrades(same, same, { before: objects, again: objects, after: change(objects) }, ["web"]);
}
/** What lines complain about: paths with their object, whole objects with their sign, keys of the values. */
function complaints(lines: readonly string[]): readonly string[] {
  let object = "";
  return lines.flatMap((line) => {
    if (line.startsWith("  ~ ")) object = `${line.slice(4)} `;
    if (/^ {2}[+-] /.test(line)) return [line.trim()];
    if (line.startsWith("  ~ ") || line.endsWith(":")) return [];
    return [`${line.startsWith(" ") ? object : ""}${line.trim().replace(/: .*/s, "")}`];
  });
}

describe("the guard against a Platform upgrade", () => {
  for (const [what, wanted, expected] of refused) {
    it(`refuses ${what}`, () => {
      assert.deepEqual([...complaints(linesOf(release(wanted)))].sort(), [...expected].sort());
    });
  }

  for (const [what, wanted] of harmless) {
    it(`lets pass ${what}`, () => assert.deepEqual(linesOf(release(wanted)), []));
  }

  it("refuses every action but deploy", () => {
    const execute = (action: string) => withValue("global.actions.execute", action);
    assert.deepEqual(complaints(linesOf(release(execute("upgrade-deploy")))), [
      "global.actions.execute",
      "+ Job pega-db-upgrade",
    ]);
    const same = release(execute("install-deploy"));
    assert.deepEqual(complaints(linesOf(same, same)), ["global.actions.execute"]);
    const silent = release(withValue("global.actions", null));
    assert.deepEqual(linesOf(silent, silent), []);
  });

  it("refuses another name of the release's objects", () => {
    const found = complaints(linesOf(release(withValue("global.deployment.name", "pega2"))));
    assert.ok(found.includes("- Deployment pega-web") && found.includes("+ Deployment pega2-web"), found.join("\n"));
  });

  it("refuses another version, name or application of the chart, as far as they are known", () => {
    const chart = (change: Partial<GuardedRelease["chart"]>, was = running) =>
      complaints(linesOf({ ...was, chart: { ...was.chart, ...change } }, was));
    assert.deepEqual(chart({ version: "4.9.0" }), ["chart version"]);
    assert.deepEqual(chart({ name: "pega-fork" }), ["chart name"]);
    assert.deepEqual(chart({ appVersion: "23.1" }), []);
    const named = (appVersion: string) => ({ ...running, chart: { ...running.chart, appVersion } });
    assert.deepEqual(chart({ appVersion: "23.1" }, named("8.8")), ["chart appVersion"]);
    assert.deepEqual(chart({ appVersion: "23.1" }, named("")), []);
  });

  it("refuses whatever the chart makes otherwise of the values that run", () => {
    const ofChart = (values: Values) => complaints(linesOf(release(base, { values: mergeValues(defaults, values) })));
    assert.ok(ofChart({ environment: { NEW: "x" } }).includes(environment("NEW")[0]!));
    // A values file may change certificates, a chart may not.
    const certificates = ofChart({ global: { certificatesSecrets: ["new"] } });
    assert.ok(certificates.includes(`Deployment pega-web ${pod}.volumes[pega-volume-import-certificates]`));
    // The values say it themselves.
    assert.deepEqual(ofChart({ stream: { enabled: true } }), []);
    assert.deepEqual(ofChart({ global: { docker: { pega: { image: "pega:9" } } } }), []);
  });

  it("refuses a moving tag that every restart pulls again, even where nothing changes", () => {
    const pulled = (image: string, imagePullPolicy: unknown) => {
      const same = release(withValue("global.docker.pega", { image, imagePullPolicy }));
      return linesOf(same, same);
    };
    assert.deepEqual(pulled("pega:8.8", "Always"), [
      "global.docker.pega.imagePullPolicy: found Always, so every pod that restarts pulls pega:8.8 again, whatever that is by then; pin the image in an update of its own",
    ]);
    assert.match(pulled("pega:latest", null).join(""), /found none, which means Always for latest, so every pod/);
    for (const image of ["pega:8.8.3", "pega:23-20240101", `pega@sha256:${"a".repeat(64)}`]) {
      assert.deepEqual(pulled(image, "Always"), []);
    }
    assert.deepEqual(pulled("pega:8.8", "IfNotPresent"), []);
  });

  it("refuses other settings of the stream in a row without an external one", () => {
    const external = { enabled: true, bootstrapServer: "kafka:9092", external_secret_name: "kafka-user" };
    const found = complaints(linesOf(running, release(withValue("stream", external))));
    assert.deepEqual(found, [
      ...["EXTERNAL_STREAM", "STREAM_BOOTSTRAP_SERVERS"].flatMap(environment),
      ...everyTier(`${pod}.volumes[pega-volume-credentials].projected.sources[1]`),
    ]);
  });

  it("refuses another Secret among the credentials, also in a row with an external stream", () => {
    const external = withValue("stream", { enabled: true, external_secret_name: "kafka-user" });
    const found = (...secrets: readonly string[]) => {
      const sources = secrets.map((name) => ({ secret: { name } }));
      const spec = { volumes: [{ name: "pega-volume-credentials", projected: { sources } }] };
      const change = (one: RenderedObject) => {
        if (one.kind !== "Deployment" || one.name !== "pega-web") return one;
        return { ...one, body: mergeValues(one.body, { spec: { template: { spec } } }) };
      };
      return complaints(linesOfObjects((objects) => objects.map(change), external));
    };
    const at = `Deployment pega-web ${pod}.volumes[pega-volume-credentials].projected.sources`;
    assert.deepEqual(found("pega-db-secret", "kafka-user"), []);
    assert.deepEqual(found("pega-db-secret"), []);
    assert.deepEqual(found("other-db-secret", "kafka-user"), [`${at}[0].secret.name`]);
    assert.deepEqual(found("pega-db-secret", "kafka-user", "x"), [`${at}[2]`]);
    assert.deepEqual(found("pega-db-secret", "kafka-user", "kafka-user"), [at]);
  });

  it("refuses a new object of any kind that no tier has, and of any namespace but the release's own", () => {
    const made = (kind: string, namespace = ""): RenderedObject => {
      return { kind, name: "pega-web", namespace, hook: "", body: { kind, metadata: { name: "pega-web" } } };
    };
    const found = (one: RenderedObject) => complaints(linesOfObjects((objects) => [...objects, one]));
    assert.deepEqual(found(made("Service")), []);
    for (const kind of ["DaemonSet", "CronJob", "Pod", "ClusterRoleBinding", "Anything"]) {
      assert.deepEqual(found(made(kind)), [`+ ${kind} pega-web`]);
    }
    assert.deepEqual(found(made("Service", "kube-system")), ["+ Service kube-system/pega-web"]);
  });

  it("says both values and what to do, and shows no password", () => {
    const wanted = mergeValues(withValue("global.docker.pega.image", "pega:9.0.0"), {
      global: { docker: { registry: { password: "p2" } } },
      installer: { upgrade: { pegaRESTPassword: "p3" } },
    });
    const registry = (password: string) =>
      shortHash(JSON.stringify({ url: "registry.example.com", username: "u", password }));
    const image = `      ${tomcat}.image: registry.example.com/pega:8.8.3 -> pega:9.0.0`;
    const lines = linesOf(release(wanted));
    assert.deepEqual(lines, [
      `installer.upgrade.pegaRESTPassword: absent -> sha256 ${shortHash("p3")}; it prepares an upgrade of the Platform`,
      "the values change more than a move of the stream may (docs/pega.md lists what it may):",
      ...["  ~ Deployment pega-batch", image, "  ~ Deployment pega-web", image],
      "  ~ Secret pega-registry-secret",
      `      data[".dockerconfigjson"]: sha256 ${registry("p1")} -> sha256 ${registry("p2")}`,
      ...["  ~ StatefulSet pega-stream", image],
    ]);
    assert.doesNotMatch(lines.join("\n"), /\bp[123]\b/);
  });

  for (const shape of shapes) {
    it(`lets every row of the move itself pass: ${shape.name}`, () => {
      const roles = rolesIn(shape);
      const producers = Object.keys(roles).filter((name) => roles[name] === "producer");
      const own = mergeValues({ stream: { enabled: false } }, valuesOf(shape));
      const steps = [
        own,
        ...rows.map((columns) => overlay(own, columns, { roles, former: shape.former, stream: settings })),
      ];
      for (const [at, wanted] of steps.slice(1).entries()) {
        assert.deepEqual(linesOf(release(wanted), release(steps[at]!), producers), [], rows[at]!.row);
      }
    });
  }

  it("has enough cases", () => assert.ok(refused.length >= 25 && harmless.length >= 10));

  it("is described in docs/pega.md, change by change", () => {
    const page = readFileSync("docs/pega.md", "utf8").replaceAll(/\s+/g, " ");
    for (const { what } of allowedChanges) assert.ok(page.includes(what), what);
  });
});
