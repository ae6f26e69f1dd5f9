import type { Problem } from "../checks/index.ts";
import { explain } from "../messages.ts";
import { followsFrom, inOrder, toProblems } from "../problems.ts";
import { validSections } from "../sections.ts";
import { checkPega } from "./checks.ts";
import { pegaSchema, type PegaConfig } from "./schema.ts";

/** Validates a config value of a Pega stack: with its defaults, or every problem. Pure. */
export function parsePega(raw: unknown): { config: PegaConfig } | { problems: readonly Problem[] } {
  const whole = pegaSchema.safeParse(raw, { error: explain, reportInput: true });
  const keys = (whole.error?.issues ?? []).flatMap(toProblems);
  const between = checkPega(validSections(pegaSchema, raw));
  const found = [...keys, ...between.filter((problem) => !followsFrom(problem, keys))];
  const problems = inOrder(found, Object.keys(pegaSchema.shape), "inventory");
  return whole.success && problems.length === 0 ? { config: whole.data } : { problems };
}
