/** What a config may be while the source that the stack makes is not there yet. Pure. */
import { didYouMean } from "../phases/did-you-mean.ts";
import { tables } from "../phases/strategies/index.ts";
import { isMade } from "../runtime/model/platforms/platforms.ts";
import type { Problem } from "./checks/index.ts";
import { tableOf } from "./migration-config.ts";
import type { StackConfig } from "./schema.ts";

/** The first phase alone, of a source that is made here: everything later needs what the lockfile does not have. */
export function unmadeProblems(sections: Partial<StackConfig>, path: string): Problem[] {
  const { strategy, persistedData, wayBack, phase, source } = sections;
  const then = "run pulumi up in the first phase, start the applications, run npm run assess and commit the lockfile";
  if (source !== undefined && !isMade(source.cluster)) {
    const message = `it says that the source was not made yet, but source.cluster of kind ${source.cluster.kind} is not made here; run npm run assess and commit the file it writes`;
    return [{ path, message }];
  }
  if (strategy === undefined || phase === undefined) return [];
  const first = tables[tableOf({ strategy, persistedData, wayBack })][0].name;
  if (phase === first) return [];
  const message = `found "${phase}", but by the lockfile ${path} the source was not made yet${didYouMean(phase, [first]) || ";"} allowed: ${first}; ${then}`;
  return [{ path: "phase", message }];
}
