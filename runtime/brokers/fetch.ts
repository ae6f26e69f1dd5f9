/**
 * Fetch, in the versions that name topics by name. The library sends it; its answers are read here, because the
 * library takes every batch for one of today's format, and an old topic still holds batches of the former two.
 */
import {
  Reader,
  createAPI,
  fetchV10,
  fetchV11,
  fetchV12,
  fetchV4,
  fetchV5,
  fetchV6,
  fetchV7,
  fetchV8,
  fetchV9,
  type API,
} from "@platformatic/kafka";
import { readBatches, type Batch } from "./batches.ts";

/** One partition of an answer. */
export interface FetchedPartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly lastStableOffset: bigint;
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[];
  readonly batches: readonly Batch[];
}

/** An answer; unlike the library's it never rejects for an error code that is in it. */
export interface Fetched {
  readonly errorCode: number;
  readonly topics: readonly { readonly name: string; readonly partitions: readonly FetchedPartition[] }[];
}

const fetchKey = 1;
/** The first version whose fields have compact lengths and tags. */
const flexibleSince = 12;

type FetchArguments = Parameters<typeof fetchV12.createRequest>;

const fetch = (module: {
  readonly api: { readonly version: number };
  readonly createRequest: (...args: FetchArguments) => unknown;
}) => {
  const { version } = module.api;
  const flexible = version >= flexibleSince;
  const api: API<FetchArguments, Fetched> = createAPI<FetchArguments, Fetched>(
    fetchKey,
    version,
    module.createRequest as never,
    (_correlation, _key, _version, reader) => readAnswer(reader, version),
    flexible,
    flexible,
  );
  return { api };
};

/** The newest first. Below 11 no replica nearby is named, below 10 there is no zstd, below 5 no start of the log. */
export const fetchVersions = [
  fetch(fetchV12),
  fetch(fetchV11),
  fetch(fetchV10),
  fetch(fetchV9),
  fetch(fetchV8),
  fetch(fetchV7),
  fetch(fetchV6),
  fetch(fetchV5),
  fetch(fetchV4),
] as const;

/** Reads an answer of one of the versions 4 to 12, from its bytes or from a reader at their beginning. */
export function readAnswer(answer: Buffer | Reader, version: number): Fetched {
  const reader = Buffer.isBuffer(answer) ? Reader.from(answer) : answer;
  const flexible = version >= flexibleSince;
  reader.skip(4); // throttle time
  const errorCode = version >= 7 ? reader.readInt16() : 0;
  if (version >= 7) reader.skip(4); // id of the session
  const topics = reader.readArray(
    (topic) => ({
      name: topic.readString(flexible),
      partitions: topic.readArray((partition) => readPartition(partition, version), flexible, false),
    }),
    flexible,
    flexible,
  );
  return { errorCode, topics };
}

function readPartition(reader: Reader, version: number): FetchedPartition {
  const flexible = version >= flexibleSince;
  const head = {
    partitionIndex: reader.readInt32(),
    errorCode: reader.readInt16(),
    highWatermark: reader.readInt64(),
    lastStableOffset: reader.readInt64(),
  };
  if (version >= 5) reader.skip(8); // start of the log
  const abortedTransactions =
    reader.readNullableArray(
      (aborted) => ({ producerId: aborted.readInt64(), firstOffset: aborted.readInt64() }),
      flexible,
      flexible,
    ) ?? [];
  if (version >= 11) reader.skip(4); // replica nearby
  const records = reader.readNullableBytes(flexible);
  if (flexible) reader.readTaggedFields();
  return { ...head, abortedTransactions, batches: records === null ? [] : readBatches(records) };
}
