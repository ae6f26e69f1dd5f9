import { z } from "zod";
import { secretKeysText } from "../runtime/model/login.ts";
import { forEditors, form } from "../runtime/model/forms.ts";

/** A valid name for a Helm release. */
const releaseName = form(
  /^(?=.{1,53}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  "lower-case letters, digits and inner hyphens, at most 53 characters, as Helm has it",
);

const labels = z.record(z.string(), z.string());

/** Alerts and a dashboard about the mirror; they exist as long as its Connect cluster does. */
export const monitoringSchema = z.strictObject({
  prometheusRule: z
    .strictObject({
      namespace: z
        .string()
        .optional()
        .describe("namespace of the PrometheusRule; default: the target's")
        .meta({ examples: ["monitoring"] }),
      labels: labels.describe("labels that Prometheus selects rules by"),
    })
    .optional()
    .describe("alerts for the Prometheus operator; default: none"),
  dashboard: z
    .strictObject({
      namespace: z.string().optional().describe("namespace of the ConfigMap; default: the target's"),
      labels: labels
        .default({ grafana_dashboard: "1" })
        .describe(
          "labels that Grafana's sidecar selects ConfigMaps by; default: grafana_dashboard: \"1\", as in Grafana's Helm chart",
        ),
    })
    .optional()
    .describe("a Grafana dashboard in a ConfigMap; default: none"),
  thresholds: z
    .strictObject({
      latencySeconds: z
        .int()
        .min(1)
        .default(60)
        .describe(
          "seconds between a record's timestamp and its copy that raise an alert; high while old records are copied; default: 60",
        ),
      holdMinutes: z
        .int()
        .min(1)
        .default(5)
        .describe("minutes that a condition must hold before it raises an alert; default: 5"),
      stalledMinutes: z
        .int()
        .min(1)
        .default(10)
        .describe("minutes without a mirrored record, while some are left to copy, that raise an alert; default: 10"),
      retriesPerMinute: z
        .int()
        .min(1)
        .default(60)
        .describe("retried records per minute and task that raise an alert; default: 60"),
    })
    .prefault({})
    .describe("limits at which the alerts fire"),
});

const uiSide = z
  .strictObject({
    user: z
      .string()
      .optional()
      .describe(
        `a Secret with the keys ${secretKeysText}, whose texts contain no " or \\; default: the runner's, if it is in that namespace`,
      ),
    ca: z
      .string()
      .optional()
      .describe("a Secret with the key ca.crt; default: the side's, if it is in that namespace")
      .meta({ examples: ["kafbat-ca"] }),
    client: z
      .string()
      .optional()
      .describe(
        "mutual TLS: a Secret with the keys tls.crt and tls.key; default: the side's, if it is in that namespace",
      )
      .meta({ examples: ["kafbat-client"] }),
  })
  .prefault({});

/** The Kafbat UI, which shows both clusters and Connect and changes neither. */
export const uiSchema = z.strictObject({
  release: releaseName.default("kafbat-ui").describe("name of the Helm release; default: kafbat-ui"),
  chart: z
    .string()
    .default("kafka-ui")
    .describe(
      "the Helm chart: a name in the repository, an oci:// address, or a path that begins with ./ or /; default: kafka-ui",
    ),
  version: z
    .string()
    .default("1.5.2")
    .describe("version of the chart; the program's values are written for the default; default: 1.5.2"),
  repository: z
    .url({ protocol: /^https?$/, error: "found text of another form; allowed: http://… or https://…" })
    .meta({ pattern: "^https?:", ...forEditors("http://… or https://…") })
    .default("https://kafbat.github.io/helm-charts")
    .describe(
      "Helm repository of the chart, read by previews too; not used for an oci:// address or a path; default: https://kafbat.github.io/helm-charts",
    ),
  timeoutSeconds: z.int().min(1).default(300).describe("seconds that its pods have to become ready; default: 300"),
  source: uiSide.describe("Secrets in the target's namespace with which the UI reads the source"),
  target: uiSide.describe("Secrets in the target's namespace with which the UI reads the target"),
  values: z
    .record(z.string(), z.json().meta({ id: "json" }))
    .default({})
    .describe(
      "chart values that are merged over the program's: maps key by key, anything else as a whole; default: none",
    ),
});

export type MonitoringConfig = z.output<typeof monitoringSchema>;
export type UiConfig = z.output<typeof uiSchema>;
