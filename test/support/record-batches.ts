/** Batches of records in today's format, written here, so that what reads them has to agree with something else. */
import { gzipSync } from "node:zlib";

export interface WrittenRecord {
  readonly key?: string;
  readonly value: string;
  /** Milliseconds since 1970; -1 is none. */
  readonly timestamp: number;
}

interface Written {
  /** @default 0 */
  readonly firstOffset?: number;
  /** @default false */
  readonly gzip?: boolean;
}

const gzipBit = 1;
/** What of a batch comes before its length counts. */
const head = 12;

/** One batch; its checksum is left out, which brokers look at and clients need not. */
export function recordBatch(
  records: readonly WrittenRecord[],
  { firstOffset = 0, gzip = false }: Written = {},
): Buffer {
  const first = records[0]!.timestamp;
  const body = Buffer.concat(records.map((record, at) => recordOf(record, at, BigInt(record.timestamp - first))));
  const written = gzip ? gzipSync(body) : body;
  const batch = Buffer.alloc(61);
  batch.writeBigInt64BE(BigInt(firstOffset), 0);
  batch.writeInt32BE(batch.length - head + written.length, 8);
  batch.writeInt32BE(-1, head); // epoch of the leader
  batch.writeInt8(2, 16); // format
  batch.writeInt16BE(gzip ? gzipBit : 0, 21);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(first), 27);
  batch.writeBigInt64BE(BigInt(Math.max(...records.map(({ timestamp }) => timestamp))), 35);
  batch.writeBigInt64BE(-1n, 43); // producer
  batch.writeInt16BE(-1, 51);
  batch.writeInt32BE(-1, 53);
  batch.writeInt32BE(records.length, 57);
  return Buffer.concat([batch, written]);
}

function recordOf({ key, value }: WrittenRecord, offsetDelta: number, timestampDelta: bigint): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(timestampDelta),
    varint(BigInt(offsetDelta)),
    ...(key === undefined ? [varint(-1n)] : sized(key)),
    ...sized(value),
    varint(0n), // headers
  ]);
  return Buffer.concat([varint(BigInt(body.length)), body]);
}

const sized = (text: string): Buffer[] => [varint(BigInt(Buffer.byteLength(text))), Buffer.from(text)];

/** Signs alternate, so that small numbers are short whatever their sign; seven bits in a byte, the lowest first. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(left)]);
}
