import { uiSecrets } from "../ui-secrets.ts";
import { rule, sides, type Problem, type Rule, type Sections } from "./rule.ts";

/** What is wrong with the alerts, the dashboard and the UI. */
export const monitoringRules: readonly Rule[] = [
  rule(["monitoring", "connect"], ({ connect }) =>
    connect.monitor
      ? []
      : [
          {
            path: "connect.monitor",
            message:
              "missing; required by monitoring, because without it Prometheus does not read Connect's metrics; set serviceMonitorLabels",
          },
        ],
  ),
  rule(["ui", "source", "target"], (config) => sides.flatMap((side) => secretsElsewhere(config, side))),
  rule(["ui"], ({ ui }) =>
    isMap(ui?.values.envs) && "secret" in ui.values.envs
      ? [
          {
            path: "ui.values.envs.secret",
            message: "it would be in the state in plain text; name Secrets under ui.values.envs.secretMappings instead",
          },
        ]
      : [],
  ),
];

/** A pod can read only the Secrets of its own namespace. */
function secretsElsewhere(
  config: Pick<Sections, "ui" | "source" | "target">,
  side: (typeof sides)[number],
): readonly Problem[] {
  const found = uiSecrets({ ...config, ui: config.ui! }, side);
  return found.elsewhere.map(({ part, secret, kubernetes }) => ({
    path: `ui.${side}.${part}`,
    message: `missing; the ${side}'s Secret "${secret}" is under "${kubernetes}", but the UI runs under "${config.target.kubernetes}"; name a Secret there`,
  }));
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
