/** Offsets of source connectors of any kind, as Connect keeps them: JSON whose numbers may exceed a double. Pure. */
import { parseExactly, textOf, type ExactJson } from "../model/exact-json.ts";

/** A source connector's position in one of its partitions: what a partition is differs by connector. */
export interface SourceOffset {
  /** JSON text with sorted keys. */
  readonly partition: string;
  /** JSON text with sorted keys; `null` where the offset was deleted. */
  readonly offset: string;
}

/** The offsets in an answer of `GET …/offsets`, sorted by partition; deleted ones are left out. */
export function parseOffsets(body: string): SourceOffset[] {
  const { offsets = [] } = parseExactly(body) as { offsets?: readonly { partition: ExactJson; offset: ExactJson }[] };
  return offsets
    .map(({ partition, offset }) => ({ partition: textOf(partition), offset: textOf(offset) }))
    .filter(({ offset }) => offset !== "null")
    .sort((a, b) => (a.partition < b.partition ? -1 : 1));
}

/** The body of `PATCH …/offsets`. */
export function offsetsText(offsets: readonly SourceOffset[]): string {
  const each = offsets.map(({ partition, offset }) => `{"partition":${partition},"offset":${offset}}`);
  return `{"offsets":[${each.join(",")}]}`;
}

/** Partitions in which the second list differs from the first, as JSON texts. */
export function differing(wanted: readonly SourceOffset[], found: readonly SourceOffset[]): string[] {
  const there = new Map(found.map(({ partition, offset }) => [partition, offset]));
  const here = new Set(wanted.map(({ partition }) => partition));
  return [
    ...wanted.filter(({ partition, offset }) => there.get(partition) !== offset).map(({ partition }) => partition),
    ...surplus(here, found),
  ];
}

/** Whether the second list has partitions that the first does not have. */
export const hasMore = (wanted: readonly SourceOffset[], found: readonly SourceOffset[]): boolean =>
  surplus(new Set(wanted.map(({ partition }) => partition)), found).length > 0;

const surplus = (known: ReadonlySet<string>, found: readonly SourceOffset[]): string[] =>
  found.map(({ partition }) => partition).filter((partition) => !known.has(partition));
