import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import { alerts, prometheusRuleManifest } from "../components/alerts.ts";
import { dashboardConfigMap } from "../components/dashboard.ts";
import { kafbatValues } from "../components/kafbat-ui.ts";
import { connectMetrics, load, messagesIn } from "../runtime/model/platforms/kubedb/metrics.ts";
import { mirrorNames } from "../components/names.ts";
import { configWithUi, kafbatText } from "./support/kafbat.ts";
import { register, walk, type Registered } from "./support/rows.ts";
import { root, stackConfig } from "./support/stack.ts";

const metrics = { ...connectMetrics, messagesIn, ...load };

const prod = stackConfig("prod");
const dev = stackConfig("dev", (input) => {
  input.connect.monitor = { serviceMonitorLabels: { release: "prometheus" } };
  input.monitoring = { prometheusRule: { labels: {} }, dashboard: {} };
});

interface Panel {
  title: string;
  description: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets: { expr: string; legendFormat: string }[];
}
interface Dashboard {
  uid: string;
  panels: Panel[];
  templating: { list: { name: string; query: string }[] };
}

const dashboard = (config: typeof prod): Dashboard =>
  JSON.parse(Object.values(dashboardConfigMap(config)!.data)[0]!) as Dashboard;

/** Where Prometheus's own grammar does not understand an expression. */
function syntaxErrors(expr: string): number[] {
  const errors: number[] = [];
  // Grafana puts a duration in for its variable.
  parser.parse(expr.replaceAll("$__rate_interval", "5m")).iterate({
    enter: ({ type, from }) => {
      if (type.isError) errors.push(from);
    },
  });
  return errors;
}

/** Names of the series that an expression asks for. */
function seriesIn(expr: string): string[] {
  const found: string[] = [];
  parser.parse(expr.replaceAll("$__rate_interval", "5m")).iterate({
    enter: ({ name, from, to, node }) => {
      if (name === "Identifier" && node.parent?.name === "VectorSelector") found.push(expr.slice(from, to));
    },
  });
  return found;
}

const guides = [
  metrics.replicationLatencyMax,
  metrics.recordCount,
  metrics.producerRetries,
  metrics.recordErrors,
  metrics.recordFailures,
  metrics.recordsSkipped,
];

describe("the alerts of a migration", () => {
  for (const [stack, config] of [
    ["dev", dev],
    ["prod", prod],
  ] as const) {
    it(`are expressions that Prometheus understands, for ${stack}`, () => {
      for (const { alert, expr } of alerts(config)) assert.deepEqual(syntaxErrors(expr), [], `${alert}: ${expr}`);
    });
  }

  it("would be refused with a bracket too many", () => {
    assert.notDeepEqual(syntaxErrors(`${alerts(prod)[0]!.expr})`), []);
  });

  it("ask for names of the one table only, and for each of the guide's metrics", () => {
    const asked = new Set(alerts(prod).flatMap(({ expr }) => seriesIn(expr)));
    for (const name of asked) assert.ok(Object.values<string>(metrics).includes(name), name);
    for (const name of guides) assert.ok(asked.has(name), name);
  });

  it("look at the workers of this Connect cluster and at the connectors by the names they have", () => {
    const { sources, checkpoint, heartbeat } = mirrorNames(prod);
    const source = sources[0]!.name;
    for (const { alert, expr } of alerts(prod)) {
      assert.ok(expr.includes('namespace="kafka",pod=~"shop-migration-[0-9]+"'), alert);
    }
    const stopped = alerts(prod).find(({ alert }) => alert.endsWith("TaskNotRunning"))!;
    assert.ok(stopped.expr.includes(`connector=~"${source}|${checkpoint}|${heartbeat}"`), stopped.expr);
  });

  it("notice that no heartbeat is written any more, by the heartbeat connector alone", () => {
    const { expr, for: held } = alerts(prod).find(({ alert }) => alert.endsWith("HeartbeatsStopped"))!;
    const { heartbeat } = mirrorNames(prod);
    assert.ok(expr.includes(`${metrics.recordsWritten}{namespace="kafka"`) && expr.endsWith("== 0"), expr);
    assert.ok(expr.includes(`connector="${heartbeat}"`), expr);
    assert.equal(held, "1m");
  });

  it("take their limits from the config", () => {
    const config = stackConfig("prod", (input) => {
      input.monitoring!.thresholds = { latencySeconds: 2, holdMinutes: 7, stalledMinutes: 45, retriesPerMinute: 9 };
    });
    const byName = new Map(alerts(config).map((one) => [one.alert.replace("KafkaMigration", ""), one]));
    assert.match(byName.get("ReplicationLatency")!.expr, / > 2000$/);
    assert.equal(byName.get("ReplicationLatency")!.for, "7m");
    assert.match(byName.get("MirrorStalled")!.expr, /\[45m\]/);
    assert.match(byName.get("ProducerRetries")!.expr, / > 9$/);
  });

  it("watch what the source's brokers are sent only where the source is KubeDB's", () => {
    const stalled = (config: typeof prod) => alerts(config).find(({ alert }) => alert.endsWith("MirrorStalled"))!.expr;
    assert.ok(stalled(prod).includes(`${messagesIn}{namespace="kafka",pod=~"shop-kafka-(broker-)?[0-9]+"`));
    const external = stackConfig("prod", (input) => (input.source.cluster = { kind: "external" }));
    assert.ok(!stalled(external).includes(messagesIn));
  });

  it("say what was found and what to do", () => {
    for (const { alert, annotations, labels } of alerts(prod)) {
      assert.ok(annotations.summary.length > 20 && annotations.description.length > 60, alert);
      assert.match(labels.severity!, /^(warning|critical)$/);
    }
  });

  it("form a PrometheusRule as the Prometheus operator defines it", () => {
    const rule = prometheusRuleManifest(prod)!;
    assert.deepEqual(rule.metadata, { name: "shop-mirror", namespace: "kafka", labels: { release: "prometheus" } });
    assert.deepEqual([rule.apiVersion, rule.kind], ["monitoring.coreos.com/v1", "PrometheusRule"]);
    assert.deepEqual(Object.keys(rule.spec), ["groups"]);
    const [group, ...others] = rule.spec.groups;
    assert.deepEqual([Object.keys(group!), others], [["name", "rules"], []]);
    // https://github.com/prometheus-operator/prometheus-operator, v0.93.0: the fields and the pattern of a duration.
    const duration = /^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$/;
    for (const one of group!.rules) {
      assert.deepEqual(Object.keys(one).sort(), ["alert", "annotations", "expr", "for", "labels"]);
      assert.match(one.for, duration);
      for (const text of [...Object.values(one.labels), ...Object.values(one.annotations)])
        assert.equal(typeof text, "string");
    }
    assert.equal(new Set(group!.rules.map(({ alert }) => alert)).size, group!.rules.length);
  });
});

describe("the dashboard of a migration", () => {
  it("asks what Prometheus understands, by names of the one table, and shows each of the guide's metrics", () => {
    const asked = new Set<string>();
    for (const { title, targets } of dashboard(prod).panels) {
      for (const { expr } of targets) {
        assert.deepEqual(syntaxErrors(expr), [], `${title}: ${expr}`);
        for (const name of seriesIn(expr)) asked.add(name);
      }
    }
    for (const name of asked) assert.ok(Object.values<string>(metrics).includes(name), name);
    for (const name of guides) assert.ok(asked.has(name), name);
  });

  it("reads the namespace and the job from its variables in every panel", () => {
    const { panels, templating } = dashboard(prod);
    assert.deepEqual(
      templating.list.map(({ name }) => name),
      ["datasource", "namespace", "job"],
    );
    const ofConnect = panels.filter(({ title }) => !title.startsWith("Target: "));
    for (const { targets } of ofConnect) {
      for (const { expr } of targets) assert.match(expr, /\{namespace="\$namespace",pod=~"[^"]+",job=~"\$job"/);
    }
  });

  it("shows the load of the target's brokers where this Prometheus is given their metrics", () => {
    const targets = (config: typeof prod) =>
      dashboard(config).panels.filter(({ title }) => title.startsWith("Target: "));
    const asked = targets(prod).flatMap(({ targets: lines }) => lines.map(({ expr }) => expr));
    for (const metric of Object.values(load))
      assert.ok(
        asked.some((expr) => seriesIn(expr).includes(metric)),
        metric,
      );
    // The brokers' job is not the workers', which the variable holds.
    for (const expr of asked) assert.match(expr, /\{namespace="\$namespace",pod=~"shop-kafka-\(broker-\)\?\[0-9\]\+"/);
    const without = stackConfig("prod", (input) => delete (input.target.cluster as { monitor?: unknown }).monitor);
    assert.deepEqual(targets(without), []);
    const external = stackConfig("prod", (input) => (input.target.cluster = { kind: "external" }));
    assert.deepEqual(targets(external), []);
  });

  it("has panels that do not overlap", () => {
    const places = dashboard(prod).panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
    assert.equal(new Set(places).size, places.length);
    assert.ok(places.length >= 8);
  });

  it("is the same text for the same config, and lies where Grafana's sidecar looks", () => {
    assert.deepEqual(dashboardConfigMap(prod), dashboardConfigMap(stackConfig("prod")));
    const { namespace, labels } = dashboardConfigMap(prod)!.metadata;
    assert.deepEqual([namespace, labels], ["monitoring", { grafana_dashboard: "1" }]);
    assert.equal(dashboardConfigMap(dev)!.metadata.namespace, "demo");
  });
});

describe("the Kafbat UI", () => {
  it("has the values of the golden text; npm run golden writes it again", () => {
    assert.equal(kafbatText(), readFileSync(join(root, "test/golden/kafbat-values.txt"), "utf8"));
  });

  it("gets every user from a Secret: each variable it names is mapped, each mapping is used", () => {
    const config = configWithUi("prod", (input) => {
      input.source.security = { protocol: "SSL", caSecret: "old-ca", clientSecret: "old-client" };
      input.ui = { source: { ca: "c", client: "source-client" }, target: { user: "u" } };
    });
    const { yamlApplicationConfig, envs } = kafbatValues(config) as {
      yamlApplicationConfig: object;
      envs: { secretMappings: Record<string, { name: string; keyName: string }> };
    };
    const named = [...JSON.stringify(yamlApplicationConfig).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!);
    assert.deepEqual([...new Set(named)].sort(), Object.keys(envs.secretMappings).sort());
    assert.deepEqual(envs.secretMappings.UI_SOURCE_KEY, { name: "source-client", keyName: "tls.key" });
    assert.deepEqual(envs.secretMappings.UI_SOURCE_USERNAME, undefined);
    assert.deepEqual(envs.secretMappings.UI_TARGET_PASSWORD, { name: "u", keyName: "password" });
  });

  it("trusts the CA of each side that speaks TLS, by a file of its Secret without the private key", () => {
    const { volumes, volumeMounts } = kafbatValues(configWithUi("prod")) as {
      volumes: { name: string; secret: object }[];
      volumeMounts: { name: string; mountPath: string }[];
    };
    const items = [{ key: "ca.crt", path: "ca.crt" }];
    assert.deepEqual(volumes, [
      { name: "source-ca", secret: { secretName: "kafbat-source-ca", items } },
      { name: "target-ca", secret: { secretName: "shop-kafka-client-cert", items } },
    ]);
    assert.deepEqual(volumeMounts, [
      { name: "source-ca", mountPath: "/etc/kafbat/source-ca", readOnly: true },
      { name: "target-ca", mountPath: "/etc/kafbat/target-ca", readOnly: true },
    ]);
    const plain = configWithUi("dev", ({ source, target }) => {
      delete source.security;
      delete target.security;
      delete (target.cluster as { tls?: unknown }).tls;
    });
    assert.equal("volumes" in kafbatValues(plain), false);
  });

  it("takes values of the config over the program's, maps key by key", () => {
    const values = kafbatValues(
      configWithUi("dev", (input) => {
        input.ui = { values: { replicaCount: 2, yamlApplicationConfig: { auth: { type: "LOGIN_FORM" } } } };
      }),
    ) as { replicaCount: number; yamlApplicationConfig: { auth: object; kafka: { clusters: unknown[] } } };
    assert.equal(values.replicaCount, 2);
    assert.deepEqual(values.yamlApplicationConfig.auth, { type: "LOGIN_FORM" });
    assert.equal(values.yamlApplicationConfig.kafka.clusters.length, 2);
  });

  it("may read the clusters only", () => {
    const { yamlApplicationConfig } = kafbatValues(configWithUi("prod")) as {
      yamlApplicationConfig: { kafka: { clusters: { readOnly: boolean }[] } };
    };
    assert.deepEqual(
      yamlApplicationConfig.kafka.clusters.map(({ readOnly }) => readOnly),
      [true, true],
    );
  });
});

describe("what shows people how the mirror does", function () {
  this.timeout(60_000);
  /** The exporter's rules belong to Connect, and the programs that run in pods lie in a ConfigMap too. */
  const watching = ({ type, name, parent }: Registered): boolean =>
    /:(PrometheusRule|Release|ConfigMap)$/.test(type) &&
    !name.endsWith("-metrics-rules") &&
    !parent.includes("PathProbes");

  it("stands in the rows in which Connect stands", async () => {
    for (const { row, moving } of await walk(prod)) {
      const connect = moving.some(({ type }) => type.endsWith(":ConnectCluster"));
      const shown = moving.filter(watching).map(({ name }) => name);
      const expected = ["shop-monitoring-alerts", "shop-monitoring-dashboard", "shop-ui-release"];
      assert.deepEqual(shown.sort(), connect ? expected : [], row);
    }
  });

  it("is there only if the config asks for it, each part alone", async () => {
    const shown = async (edit: Parameters<typeof stackConfig>[1]) => {
      const config = stackConfig("prod", (input) => {
        delete input.monitoring;
        delete input.ui;
        edit?.(input);
      });
      const { resources } = await register({ config, reached: undefined });
      return resources.filter(watching).map(({ name }) => name);
    };
    assert.deepEqual(await shown(() => {}), []);
    assert.deepEqual(await shown((input) => (input.monitoring = { dashboard: {} })), ["shop-monitoring-dashboard"]);
    assert.deepEqual(await shown((input) => (input.monitoring = { prometheusRule: { labels: {} } })), [
      "shop-monitoring-alerts",
    ]);
    assert.deepEqual(await shown((input) => (input.ui = { source: { user: "u", ca: "c" } })), ["shop-ui-release"]);
  });

  it("is installed from the chart that the values are written for, waited for, through the target's connection", async () => {
    const { resources } = await register({ config: prod, reached: undefined });
    const { inputs, provider } = resources.find(({ type }) => type === "kubernetes:helm.sh/v3:Release") as Registered;
    const { values: _, ...release } = inputs;
    assert.deepEqual(release, {
      chart: "kafka-ui",
      compat: "true",
      name: "kafbat-ui",
      namespace: "kafka",
      repositoryOpts: { repo: "https://kafbat.github.io/helm-charts" },
      skipAwait: false,
      timeout: 300,
      version: "1.5.2",
    });
    assert.equal(provider, "shop-new");
  });

  it("is installed from a path or an oci:// address without the repository", async () => {
    for (const chart of ["./charts/kafka-ui", "oci://registry.example/kafka-ui"]) {
      const { resources } = await register({
        config: configWithUi("prod", (input) => (input.ui!.chart = chart)),
        reached: undefined,
      });
      const { inputs } = resources.find(({ type }) => type === "kubernetes:helm.sh/v3:Release") as Registered;
      assert.deepEqual([inputs.chart, inputs.repositoryOpts], [chart, undefined]);
    }
  });
});
