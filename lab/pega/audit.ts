import { audit, type Audit, type AuditOptions } from "../traffic/audit.ts";
import { linesOf, logFiles } from "../traffic/log-lines.ts";
import { defaultPattern, queues, topicOf } from "./queues.ts";

/** Audits the tiers' logs: every stream must have been processed by its group, wherever it was written. */
export function auditTiers(
  directory: string,
  options: Pick<AuditOptions, "writtenUntil"> & { readonly patterns?: readonly string[] } = {},
): Audit {
  const { patterns = [defaultPattern], ...times } = options;
  const topics = new Set(patterns.flatMap((pattern) => queues.map((queue) => topicOf(pattern, queue))));
  return audit(logFiles(directory).map(linesOf), {
    groups: Object.fromEntries([...topics].map((topic) => [topic, [topic]])),
    ...times,
  });
}
