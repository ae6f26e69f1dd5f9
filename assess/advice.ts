import type { Facts } from "./facts.ts";
import { clusterRules } from "./rules/clusters.ts";
import { groupRules } from "./rules/groups.ts";
import { recordRules } from "./rules/records.ts";
import { rightRules } from "./rules/rights.ts";
import type { AdviceRule, Severity } from "./rules/rule.ts";
import { schemaRules } from "./rules/schemas.ts";
import { topicRules } from "./rules/topics.ts";
import { someOf } from "./words.ts";

/** One thing to look at before the migration begins. */
export interface Advice {
  readonly id: string;
  readonly severity: Severity;
  /** What it is about, for people: `topic payments`, `12 topics: …`. */
  readonly subject: string;
  /** The same for machines: every name. */
  readonly names: readonly string[];
  /** What was found, with the numbers. */
  readonly finding: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Every rule that an assessment applies. */
export const rules: readonly AdviceRule[] = [
  ...topicRules,
  ...recordRules,
  ...groupRules,
  ...rightRules,
  ...clusterRules,
  ...schemaRules,
];

const order: readonly Severity[] = ["error", "warning", "info"];

/** The advice that the rules give on the facts, the worst first. Pure. */
export function advise(facts: Facts): Advice[] {
  const found = rules.flatMap(({ find, id, severity, kind, reason, remedy }): Advice[] => {
    const result = find(facts);
    if (result === null) return [];
    const { names, finding } = result;
    const subject = names.length === 1 ? `${kind} ${names[0]}` : `${names.length} ${kind}s: ${someOf(names)}`;
    return [{ id, severity, subject, names, finding, reason, remedy }];
  });
  return order.flatMap((severity) => found.filter((advice) => advice.severity === severity));
}
