import { addressRules } from "./addresses.ts";
import { connectorRules } from "./connectors.ts";
import { groupRules } from "./groups.ts";
import { inClusterRules } from "./in-cluster.ts";
import { inventoryRules } from "./inventory.ts";
import { kubernetesRules } from "./kubernetes.ts";
import { mirrorUserRules } from "./mirror-users.ts";
import { mirrorRules } from "./mirror.ts";
import { monitoringRules } from "./monitoring.ts";
import { networkRules } from "./network.ts";
import { propertyRules } from "./properties.ts";
import { rightsRules } from "./rights.ts";
import type { Problem, Rule, Sections } from "./rule.ts";
import { registryRules } from "./registries.ts";
import { selectionRules } from "./selection.ts";
import { settingRules } from "./settings.ts";
import { sideRules } from "./sides.ts";
import { sizeRules } from "./size.ts";
import { strategyRules } from "./strategy.ts";
import { streamsRules } from "./streams.ts";
import { timeRules } from "./times.ts";
import { userRules } from "./users.ts";
import { waveRules } from "./waves.ts";
import { workloadRules } from "./workloads.ts";

export type { Problem, Sections } from "./rule.ts";

const rules: readonly Rule[] = [
  ...kubernetesRules,
  ...sideRules,
  ...addressRules,
  ...userRules,
  ...mirrorUserRules,
  ...mirrorRules,
  ...propertyRules,
  ...selectionRules,
  ...inventoryRules,
  ...groupRules,
  ...streamsRules,
  ...sizeRules,
  ...workloadRules,
  ...registryRules,
  ...settingRules,
  ...rightsRules,
  ...connectorRules,
  ...strategyRules,
  ...waveRules,
  ...timeRules,
  ...monitoringRules,
  ...networkRules,
  ...inClusterRules,
];

/** Everything that is wrong with how the fields of a config fit together, in the sections that are present. */
export function checkConfig(config: Partial<Sections>): Problem[] {
  return rules.flatMap((check) => check(config));
}
