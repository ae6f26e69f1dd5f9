import type { Declared } from "@kafka-migration/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { Reached } from "./resources.ts";

/** What the last complete update of a stack recorded. */
export interface Recorded {
  readonly strategy: string;
  readonly row: string;
  /** How topics were declared; absent as long as each has always been a resource of its own. */
  readonly declared?: Declared;
}

/**
 * What the last complete update of this stack recorded; undefined for a new or destroyed stack. Read from the stack's own
 * outputs, so that it is known in previews and with `--skip-preview` alike.
 */
export async function readReached(): Promise<Recorded | undefined> {
  const own = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const stack = new pulumi.StackReference(own);
  const [row, strategy, declared] = await Promise.all(
    ["reached", "strategy", "declared"].map((name) => stack.getOutputDetails(name)),
  );
  if (row!.value === undefined) return undefined;
  return {
    ...{ row: String(row!.value), strategy: String(strategy!.value) },
    ...(declared!.value !== undefined && { declared: declared!.value as Declared }),
  };
}

/**
 * What the stack records as reached: the row once its last resource has recorded it, and the row before for as long as
 * it has not, as in an update that leaves it out. A preview shows the row that is wanted.
 */
export const recordedRow = (last: Reached, row: string, before: string | undefined): pulumi.Output<string> =>
  recorded(last.recorded, row, before) as pulumi.Output<string>;

/** The same of how topics are declared. */
export const recordedDeclared = (
  last: Reached,
  declared: Declared,
  before: Declared | undefined,
): pulumi.Output<Declared | undefined> => recorded(last.declaredAs, declared, before);

function recorded<T>(
  output: pulumi.Output<T | undefined>,
  wanted: T,
  before: T | undefined,
): pulumi.Output<T | undefined> {
  if (pulumi.runtime.isDryRun()) return pulumi.output(wanted) as pulumi.Output<T>;
  // Unknown after an update that went on in spite of an error; exported as it is, it would overwrite what was recorded.
  const { isKnown } = output as unknown as { readonly isKnown: Promise<boolean> };
  const found = isKnown.then(
    (known) => (known ? output : undefined),
    () => undefined,
  );
  return pulumi.output(found).apply((value) => (value as T | undefined) ?? before) as pulumi.Output<T | undefined>;
}
