import { inventoryRules } from "./inventory.ts";
import { mirrorRules } from "./mirror.ts";
import { monitoringRules } from "./monitoring.ts";
import type { Problem, Sections } from "./rule.ts";
import { selectionRules } from "./selection.ts";
import { sideRules } from "./sides.ts";
import { userRules } from "./users.ts";
import { workloadRules } from "./workloads.ts";

export type { Problem, Sections } from "./rule.ts";

/** Everything that is wrong with how the fields of a config fit together, as far as its sections are there. */
export function checkConfig(config: Partial<Sections>): Problem[] {
  const rules = [
    ...sideRules,
    ...userRules,
    ...selectionRules,
    ...inventoryRules,
    ...workloadRules,
    ...mirrorRules,
    ...monitoringRules,
  ];
  return rules.flatMap((check) => check(config));
}
