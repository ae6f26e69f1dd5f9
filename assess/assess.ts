import type { AssessArguments } from "./arguments.ts";
import { readAssessConfig } from "./config.ts";
import { gather } from "./gather.ts";
import { reportMarkdown, reportSummary } from "./markdown.ts";
import { reportJson, toReport } from "./report.ts";
import { unmadeSource } from "./unmade.ts";
import { replaceFile, reportPath, writeLock, writeUnmade } from "./write.ts";

export interface AssessOptions extends AssessArguments {
  /** Gets one line per step and the summary. */
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Reads, locks and reports. Rejects with one sentence, or with every problem of the config, and then writes nothing. */
export async function assess(options: AssessOptions): Promise<void> {
  const { stack, configFile, seconds, sampleSeconds, latencyTopic, tell, signal } = options;
  const { config } = readAssessConfig(configFile, stack);
  const file = options.inventory ?? config.inventoryFile.path;
  const unmade = await unmadeSource(config);
  if (unmade !== null) {
    const outcome = writeUnmade(file, unmade.brokers);
    tell(`The source does not exist yet: there is no ${unmade.object}, and the stack makes it in its first phase`);
    tell(`${file}: ${outcome}, without topics and groups; run pulumi up, start the applications, then run this again`);
    return;
  }
  const facts = await gather({ stack, config, seconds, sampleSeconds, latencyTopic, tell, signal });
  const report = toReport(facts);
  for (const line of reportSummary(report)) tell(line);
  replaceFile(reportPath(file, "md"), reportMarkdown(report));
  replaceFile(reportPath(file, "json"), reportJson(report));
  const outcome = writeLock(file, facts.inventory);
  tell(`${file}: ${outcome.state}`);
  for (const change of outcome.changes) tell(`  ${change}`);
  tell(`Report: ${reportPath(file, "md")}`);
}
