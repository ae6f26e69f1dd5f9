import * as pulumi from "@pulumi/pulumi";
import type { Reached } from "./resources.ts";

/**
 * The strategy and row that the last complete update of this stack recorded; undefined for a new or destroyed stack.
 * Read from the stack's own outputs, so that it is known in previews and with `--skip-preview` alike.
 */
export async function readReached(): Promise<{ strategy: string; row: string } | undefined> {
  const own = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const stack = new pulumi.StackReference(own);
  const [row, strategy] = await Promise.all([stack.getOutputDetails("reached"), stack.getOutputDetails("strategy")]);
  return row.value === undefined ? undefined : { row: String(row.value), strategy: String(strategy.value) };
}

/**
 * What the stack records as reached: the row once its last resource has recorded it, and the row before for as long as
 * it has not, as in an update that leaves it out. A preview shows the row that is wanted.
 */
export function recordedRow(last: Reached, row: string, before: string | undefined): pulumi.Output<string> {
  if (pulumi.runtime.isDryRun()) return pulumi.output(row);
  // Unknown after an update that went on in spite of an error; exported as it is, it would overwrite what was recorded.
  const { isKnown } = last.recorded as unknown as { readonly isKnown: Promise<boolean> };
  const recorded = isKnown.then(
    (known) => (known ? last.recorded : undefined),
    () => undefined,
  );
  return pulumi.output(recorded).apply((value) => value ?? before) as pulumi.Output<string>;
}
