import type { Declared, Naming, RecordedWaves } from "@kafka-migration/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { Reached } from "./resources.ts";

/** What the last complete update of a stack recorded. */
export interface Recorded {
  readonly strategy: string;
  readonly row: string;
  /** How topics were declared; absent as long as each has always been a resource of its own. */
  readonly declared?: Declared;
  /** Whose name the source's alias carries; absent in stacks that a former version has begun. */
  readonly naming?: Naming;
  /** What of the waves has to stay as it is; absent where applications do not move wave by wave. */
  readonly waves?: RecordedWaves;
}

/**
 * What the last complete update of this stack recorded; undefined for a new or destroyed stack. Read from the stack's own
 * outputs, so that it is known in previews and with `--skip-preview` alike.
 */
export async function readReached(): Promise<Recorded | undefined> {
  const own = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const stack = new pulumi.StackReference(own);
  const [row, strategy, declared, naming, waves] = await Promise.all(
    ["reached", "strategy", "declared", "naming", "waves"].map((name) => stack.getOutputDetails(name)),
  );
  if (row!.value === undefined) return undefined;
  return {
    row: String(row!.value),
    strategy: String(strategy!.value),
    ...(declared!.value !== undefined && { declared: declared!.value as Declared }),
    ...(naming!.value !== undefined && { naming: naming!.value as Naming }),
    ...(waves!.value !== undefined && { waves: waves!.value as RecordedWaves }),
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

/** The same of whose name the source's alias carries. */
export const recordedNaming = (
  last: Reached,
  naming: Naming,
  before: Naming | undefined,
): pulumi.Output<Naming | undefined> => recorded(last.namedAs, naming, before);

/** The same of what has to stay as it is of the waves. */
export const recordedWaves = (
  last: Reached,
  waves: RecordedWaves,
  before: RecordedWaves | undefined,
): pulumi.Output<RecordedWaves | undefined> => recorded(last.wavesAs, waves, before);

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
  const kept = pulumi.output(found) as pulumi.Output<T | undefined>;
  return kept.apply((value): T | undefined => value ?? before);
}
