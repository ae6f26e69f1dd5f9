import type { BrokenConfig, Raw } from "./broken-config.ts";

/** Alerts, the dashboard and the UI that do not fit the rest. */
export const monitoring: readonly BrokenConfig[] = [
  [
    "alerts on metrics that nobody reads",
    (raw) => (raw.monitoring = { prometheusRule: { labels: {} } }),
    "connect.monitor",
    "missing; required by monitoring, because without it Prometheus does not read Connect's metrics; set serviceMonitorLabels",
  ],
  [
    "a UI that cannot read the source's user",
    (raw) => {
      raw.kubernetes.other = { kubeconfig: "other", namespace: "kafka" };
      raw.source.credentials.runner.kubernetes = "other";
      raw.ui = {};
    },
    "ui.source.user",
    'missing; the source\'s Secret "kafka-admin" is under "other", but the UI runs under "lab"; name a Secret there',
  ],
  [
    "a UI that cannot read the source's CA",
    (raw) => {
      raw.kubernetes.other = { kubeconfig: ".lab/kubeconfig", namespace: "kafka" };
      raw.source.kubernetes = "other";
      raw.source.security = { protocol: "SSL", caSecret: "source-ca" };
      delete raw.source.credentials;
      raw.workloads.forEach((workload: Raw) => (workload.kubernetes = "lab"));
      raw.ui = {};
    },
    "ui.source.ca",
    'missing; the source\'s Secret "source-ca" is under "other", but the UI runs under "lab"; name a Secret there',
  ],
];

/** Keys of the monitoring and the UI that are wrong by themselves. */
export const monitoringKeys: readonly BrokenConfig[] = [
  [
    "alerts that no Prometheus selects",
    (raw) => (raw.monitoring = { prometheusRule: {} }),
    "monitoring.prometheusRule.labels",
    "missing: labels that Prometheus selects rules by",
  ],
  [
    "an alert at no latency at all",
    (raw) => {
      raw.connect.monitor = { serviceMonitorLabels: {} };
      raw.monitoring = { thresholds: { latencySeconds: 0 } };
    },
    "monitoring.thresholds.latencySeconds",
    "found 0; allowed: 1 or more",
  ],
  [
    "a password among the UI's values",
    (raw) => (raw.ui = { values: { envs: { secret: { PASSWORD: "hunter2" } } } }),
    "ui.values.envs.secret",
    "it would be in the state in plain text; name Secrets under ui.values.envs.secretMappings instead",
  ],
  [
    "a chart that does not come over the web",
    (raw) => (raw.ui = { repository: "charts" }),
    "ui.repository",
    "found text of another form; allowed: http://… or https://…",
  ],
];
