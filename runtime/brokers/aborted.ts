/** Which batches of a transactional log hold committed data. */
import { IS_CONTROL, IS_TRANSACTIONAL } from "@platformatic/kafka";

interface Batch {
  readonly attributes: number;
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly producerId: bigint;
  readonly records: readonly { readonly key: Buffer | null }[];
}

interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/**
 * The batches of one fetch answer without markers and without records of aborted transactions. Kafka leaves that to
 * the client: it lists the aborted transactions, each lasts until the abort marker of its producer.
 */
export function committedRecords<B extends Batch>(batches: readonly B[], aborted: readonly AbortedTransaction[]): B[] {
  const ahead = [...aborted].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const aborting = new Set<bigint>();
  return batches.filter((batch) => {
    const lastOffset = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    while (ahead[0] !== undefined && ahead[0].firstOffset <= lastOffset) {
      aborting.add(ahead[0].producerId);
      ahead.shift();
    }
    if ((batch.attributes & IS_CONTROL) !== 0) {
      if (isAbortMarker(batch)) aborting.delete(batch.producerId);
      return false;
    }
    return (batch.attributes & IS_TRANSACTIONAL) === 0 || !aborting.has(batch.producerId);
  });
}

// A marker's key is its version and its type, 16 bits each: 0 aborts, 1 commits.
function isAbortMarker({ records }: Batch): boolean {
  const key = records[0]?.key;
  return key !== null && key !== undefined && key.length >= 4 && key.readInt16BE(2) === 0;
}
