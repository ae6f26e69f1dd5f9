/** Batches of records as a broker keeps them, in today's format and in the two former ones, which may lie in one log. */
import { Reader, compressionsAlgorithmsByBitmask, readRecordsBatch } from "@platformatic/kafka";
import { withHeaderChecksum } from "./old-lz4.ts";

/** One record of a batch. */
export interface BatchRecord {
  readonly offsetDelta: number;
  readonly timestampDelta: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
}

/** A batch, or a message of a former format as a batch of its own. */
export interface Batch {
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  /** Format: 2 since Kafka 0.11, 1 since 0.10, 0 before. */
  readonly magic: number;
  readonly attributes: number;
  /** Milliseconds since 1970; -1 in format 0, which has no timestamps. */
  readonly firstTimestamp: bigint;
  readonly maxTimestamp: bigint;
  /** -1 if the producer is not idempotent; always in the former formats. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Bytes that it takes on the disk, without offset and length; absent in the former formats. */
  readonly length?: number;
  readonly records: readonly BatchRecord[];
}

/** Every entry of a log begins with its offset and its length, and has its format at the same place. */
const lengthAt = 8;
const head = 12;
const magicAt = 16;
/** Bits of a former message's attributes that mean the same in today's: compression, and who set the timestamp. */
const formerAttributes = 0b1111;
const compressionBits = 0b111;
const lz4 = 3;
const appendTime = 0b1000;

/** The batches of one answer. The last one may be cut off, where the answer was full; it is left out. */
export function readBatches(records: Buffer): Batch[] {
  const found: Batch[] = [];
  for (const entry of entriesOf(records)) {
    if (entry.readInt8(magicAt) >= 2) found.push(readRecordsBatch(Reader.from(entry)));
    else found.push(...readMessage(entry));
  }
  return found;
}

function* entriesOf(records: Buffer): Generator<Buffer> {
  for (let at = 0; records.length - at > magicAt;) {
    const end = at + head + records.readInt32BE(at + lengthAt);
    if (end > records.length || end <= at + magicAt) return;
    yield records.subarray(at, end);
    at = end;
  }
}

interface Message {
  readonly offset: bigint;
  readonly magic: number;
  readonly attributes: number;
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** A message of format 0 or 1: one record, or, compressed, a set of messages in its value. */
function readMessage(entry: Buffer): Batch[] {
  const outer = messageOf(entry);
  const compression = outer.attributes & compressionBits;
  if (compression === 0) return [batchOf(outer)];
  const algorithm = compressionsAlgorithmsByBitmask[compression as keyof typeof compressionsAlgorithmsByBitmask];
  if (algorithm === undefined || outer.value === null) {
    throw new Error(`a record of format ${outer.magic} is compressed in an unknown way (${compression})`);
  }
  const compressed = compression === lz4 && outer.magic === 0 ? withHeaderChecksum(outer.value) : outer.value;
  const inner = [...entriesOf(algorithm.decompressSync(compressed))].map(messageOf);
  // Format 1 counts within the set, and the set has the offset of its last message; format 0 has the offsets themselves.
  const first = outer.magic === 0 ? 0n : outer.offset - (inner.at(-1)?.offset ?? 0n);
  return inner.map((message) =>
    batchOf({
      ...message,
      offset: first + message.offset,
      attributes: outer.attributes,
      timestamp: (outer.attributes & appendTime) === 0 ? message.timestamp : outer.timestamp,
    }),
  );
}

/** Offset, length, checksum, format and attributes; then, in format 1, the timestamp; key and value. */
function messageOf(entry: Buffer): Message {
  const reader = Reader.from(entry);
  const offset = reader.readInt64();
  reader.skip(8);
  const magic = reader.readInt8();
  const attributes = reader.readInt8();
  const timestamp = magic === 0 ? -1n : reader.readInt64();
  return {
    offset,
    magic,
    attributes,
    timestamp,
    key: reader.readNullableBytes(false),
    value: reader.readNullableBytes(false),
  };
}

function batchOf({ offset, magic, attributes, timestamp, key, value }: Message): Batch {
  return {
    firstOffset: offset,
    lastOffsetDelta: 0,
    magic,
    attributes: attributes & formerAttributes,
    firstTimestamp: timestamp,
    maxTimestamp: timestamp,
    producerId: -1n,
    producerEpoch: -1,
    records: [{ offsetDelta: 0, timestampDelta: 0n, key, value, headers: [] }],
  };
}
