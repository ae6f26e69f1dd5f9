import * as pulumi from "@pulumi/pulumi";

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
