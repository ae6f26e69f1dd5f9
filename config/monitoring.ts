import { z } from "zod";
import { form } from "./words.ts";

/** A name that Helm releases may have. */
const releaseName = form(
  /^(?=.{1,53}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  "lower-case letters, digits and inner hyphens, at most 53 characters, as Helm has it",
);

const labels = z.record(z.string(), z.string());

/** Alerts and a dashboard about the mirror; they exist as long as its Connect cluster does. */
export const monitoringSchema = z.strictObject({
  prometheusRule: z
    .strictObject({
      namespace: z.string().optional().describe("default: the target's"),
      labels: labels.describe("labels that Prometheus selects rules by"),
    })
    .optional()
    .describe("alerts for the Prometheus operator"),
  dashboard: z
    .strictObject({
      namespace: z.string().optional().describe("default: the target's"),
      labels: labels
        .default({ grafana_dashboard: "1" })
        .describe("labels that Grafana's sidecar selects ConfigMaps by; default: the one of its Helm chart"),
    })
    .optional()
    .describe("a Grafana dashboard in a ConfigMap"),
  thresholds: z
    .strictObject({
      latencySeconds: z
        .int()
        .min(1)
        .default(60)
        .describe("age of a record when it is mirrored; while old records are copied it is theirs; default: 60"),
      holdMinutes: z
        .int()
        .min(1)
        .default(5)
        .describe("minutes for which a condition must hold before it alerts; default: 5"),
      stalledMinutes: z
        .int()
        .min(1)
        .default(10)
        .describe("minutes without a mirrored record while some are left; default: 10"),
      retriesPerMinute: z
        .int()
        .min(1)
        .default(60)
        .describe("records per minute that a task may send again; default: 60"),
    })
    .prefault({})
    .describe("when the alerts fire"),
});

const uiSide = z
  .strictObject({
    user: z
      .string()
      .optional()
      .describe(
        "a Secret with the keys username and password (without \" and \\); default: the runner's, if it lies there",
      ),
    ca: z.string().optional().describe("a Secret with the key ca.crt; default: the side's, if it lies there"),
    client: z
      .string()
      .optional()
      .describe("mutual TLS: a Secret with the keys tls.crt and tls.key; default: the side's, if it lies there"),
  })
  .prefault({});

/** The Kafbat UI, which shows both clusters and Connect and changes neither. */
export const uiSchema = z.strictObject({
  release: releaseName.default("kafbat-ui").describe("name of the Helm release, beside the target; default: kafbat-ui"),
  chart: z
    .string()
    .default("kafka-ui")
    .describe("a name in the repository, an oci:// address, or a path that begins with ./ or /; default: kafka-ui"),
  version: z.string().default("1.5.2").describe("the chart's version; the values are written for the default: 1.5.2"),
  repository: z
    .url({ protocol: /^https?$/, error: "found text of another form; allowed: http://… or https://…" })
    .default("https://kafbat.github.io/helm-charts")
    .describe("where previews too look the chart up; not used for an address or a path; default: Kafbat's own"),
  timeoutSeconds: z.int().min(1).default(300).describe("seconds that its pods may take to become ready; default: 300"),
  source: uiSide.describe("Secrets in the target's namespace with which the UI reads the source"),
  target: uiSide.describe("Secrets in the target's namespace with which the UI reads the target"),
  values: z
    .record(z.string(), z.json())
    .default({})
    .describe("chart values merged over the program's: maps key by key, anything else as a whole; default: none"),
});

export type MonitoringConfig = z.output<typeof monitoringSchema>;
export type UiConfig = z.output<typeof uiSchema>;
