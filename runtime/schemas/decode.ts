/** Whether records decode through the target's registry: the newest ones of each topic, read without a group. */
import { Agent } from "node:https";
import type { DecodeOptions } from "@kafkajs/confluent-schema-registry";
import { withOwnCluster } from "../brokers/connection.ts";
import { readRanges, type RangeReader, type RecordContent } from "../brokers/log-reader.ts";
import { partitionName } from "../brokers/partitions.ts";
import { logs, type PartitionLog } from "../brokers/positions.ts";
import type { Range, RecordHead } from "../brokers/ranges.ts";
import { readAccess } from "../kubernetes/http.ts";
import { readBasicAuth } from "../kubernetes/kubernetes.ts";
import type { Scope } from "../model/scope.ts";
import type { Decoding, ReaderSchema } from "../model/reader-schema.ts";
import { inParallel } from "../model/in-parallel.ts";
import { parallel, type RegistryRest, type SchemaVersion } from "../registry/rest.ts";
import { bareContext, defaultContext, placeOf } from "../registry/subjects.ts";
import { canonical } from "./compare.ts";
import { validator } from "./readers.ts";
import { withRegistries } from "./registries.ts";

/** Maximum bytes of all samples together; topics beyond it are reported. */
const mostBytes = 64 * 1024 * 1024;
const magicByte = 0;
const prefixBytes = 5;

/** A key or value that begins as the registry's serializers write it. */
export interface Encoded {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly part: "key" | "value";
  readonly id: number;
  readonly bytes: Buffer;
}

export interface DecodeReading {
  /** Records that were read. */
  readonly records: number;
  /** Keys and values that decode through the target. */
  readonly decoded: number;
  /** Keys and values that new consumers can read, by the schemas that are named for them. */
  readonly reread: number;
  /** Ids of their schemas. */
  readonly ids: number;
  /** Topics of whose sample nothing is in the registry's format. */
  readonly plain: readonly string[];
  /** Topics without a record to read. */
  readonly empty: readonly string[];
  /** What a consumer on the target would fail at, or read otherwise than on the source. */
  readonly failures: readonly string[];
  /** What does not decode on either side, and did not before. */
  readonly notes: readonly string[];
}

/**
 * How a registry decodes one key or value: as it was written, or resolved to the schema of a reader. Rejects with the
 * reason.
 */
type Decode = (bytes: Buffer, reader?: ReaderSchema) => Promise<unknown>;

/** Reads and decodes a sample of each migrated topic on the target. */
export async function readDecoding(
  scope: Scope,
  { sampleRecords, readers = [] }: Decoding,
  deadline: number,
  signal: AbortSignal,
): Promise<DecodeReading> {
  const sample = await readSample(scope, sampleRecords, new Set(readers.map(({ topic }) => topic)), signal);
  const left = Math.max(deadline - Date.now(), 1_000);
  return withRegistries(scope, { requestMilliseconds: left, deadlineMilliseconds: left }, async (registries) => {
    const decoders = { source: decoder(registries.source), target: decoder(registries.target) };
    const judged = await decodeAll(sample.encoded, registries, decoders, readers);
    const known = new Set(judged.known.map(({ topic }) => topic));
    const { records, topics, empty } = sample;
    return { ...judged, records, empty, plain: topics.filter((topic) => !known.has(topic)) };
  });
}

/** What of a record is in the registry's format: a zero byte and an id of four bytes before the content. */
export function encodedParts(
  at: Pick<Encoded, "topic" | "partition" | "offset">,
  { key, value }: Pick<RecordContent, "key" | "value">,
): Encoded[] {
  return [["key", key] as const, ["value", value] as const].flatMap(([part, bytes]) =>
    bytes !== null && bytes.length >= prefixBytes && bytes[0] === magicByte
      ? [{ ...at, part, id: bytes.readUInt32BE(1), bytes: Buffer.from(bytes) }]
      : [],
  );
}

/**
 * Decodes keys and values, compares the schema of each id between both sides, and resolves what decodes to the schemas of
 * its readers.
 */
export async function decodeAll(
  encoded: readonly Encoded[],
  registries: { readonly source: RegistryRest; readonly target: RegistryRest },
  decoders: { readonly source: Decode; readonly target: Decode },
  readers: readonly ReaderSchema[] = [],
): Promise<
  Pick<DecodeReading, "decoded" | "ids" | "failures" | "notes" | "reread"> & { readonly known: readonly Encoded[] }
> {
  const contexts = { source: await contextsIn(registries.source), target: await contextsIn(registries.target) };
  const ids = [...new Set(encoded.map(({ id }) => id))];
  const found = await inParallel(parallel, ids, async (id) => {
    const [source, target] = await Promise.all([
      schemaOf(registries.source, id, contexts.source),
      schemaOf(registries.target, id, contexts.target),
    ]);
    return [id, { source, target }] as const;
  });
  const schemas = new Map(found);
  // Other formats begin with a zero byte too: an id that neither registry knows is not one.
  const known = encoded.filter(({ id }) => schemas.get(id)!.source !== null || schemas.get(id)!.target !== null);
  const failures: string[] = [];
  const notes: string[] = [];
  const told = new Set<number>();
  let decoded = 0;
  let reread = 0;
  for (const each of known) {
    const { source, target } = schemas.get(each.id)!;
    const what = difference(each.id, source, target);
    if (what !== null) {
      if (!told.has(each.id)) failures.push(`${what}, which ${place(each)} is written with`);
      told.add(each.id);
      continue;
    }
    // Libraries look ids up in the default context alone.
    const problem = target!.context === defaultContext ? await reasonOf(() => decoders.target(each.bytes)) : null;
    if (problem === null) {
      decoded += 1;
      for (const reader of readers.filter(({ topic, part }) => topic === each.topic && part === each.part)) {
        const reason = await unreadable(reader, each, target!.schema.type, decoders.target);
        if (reason === null) reread += 1;
        else failures.push(`${place(each)} cannot be read with the schema of ${reader.file}: ${reason}`);
      }
    } else if (source !== null && (await reasonOf(() => decoders.source(each.bytes))) !== null) {
      notes.push(`${place(each)} decodes on neither side (${problem})`);
    } else failures.push(`${place(each)} does not decode through the target's registry: ${problem}`);
  }
  const used = new Set(known.map(({ id }) => id));
  return { decoded, reread, ids: used.size, failures, notes, known };
}

/** Why a reader cannot read what decodes as it was written; null if it can. */
async function unreadable(
  reader: ReaderSchema,
  { bytes }: Encoded,
  written: string,
  decode: Decode,
): Promise<string | null> {
  if (written !== reader.type)
    return `it is written with a schema of type ${written}, and the file's is ${reader.type}`;
  if (reader.type === "AVRO") return reasonOf(() => decode(bytes, reader));
  let reason: string | null = null;
  const failed = await reasonOf(async () => (reason = (await validator(reader))(await decode(bytes))));
  return failed ?? reason;
}

interface Found {
  readonly context: string;
  readonly schema: Pick<SchemaVersion, "type" | "schema">;
}

// What producers have registered on the target after they moved is on that side only.
function difference(id: number, source: Found | null, target: Found | null): string | null {
  if (target === null) return `schema id ${id} is not in the target's registry`;
  if (source === null) return null;
  const equal = source.schema.type === target.schema.type && canonical(source.schema) === canonical(target.schema);
  return equal && source.context === target.context ? null : `schema id ${id} is another schema on the target`;
}

const place = ({ topic, partition, offset, part }: Encoded): string =>
  `the ${part} of ${partitionName(topic, partition)} at offset ${offset}`;

async function contextsIn(rest: RegistryRest): Promise<string[]> {
  const listed = await rest.find<string[]>("/contexts").catch(() => null);
  return [...new Set([defaultContext, ...(listed ?? []).map(bareContext)])];
}

async function schemaOf(rest: RegistryRest, id: number, contexts: readonly string[]): Promise<Found | null> {
  for (const context of contexts) {
    const subject = context === defaultContext ? "" : `?subject=${encodeURIComponent(placeOf(context))}`;
    const found = await rest.find<{ schema: string; schemaType?: string }>(`/schemas/ids/${id}${subject}`);
    if (found !== null) return { context, schema: { schema: found.schema, type: found.schemaType ?? "AVRO" } };
  }
  return null;
}

/** Decodes as an application does that uses this library: by id, references fetched from the registry. */
export function decoder(rest: RegistryRest): Decode {
  let made: Promise<Decode> | null = null;
  // Made with the first record: by then it is known which address answers.
  return async (bytes, reader) => (await (made ??= library(rest)))(bytes, reader);
}

type ReaderOption = NonNullable<NonNullable<DecodeOptions["AVRO"]>["readerSchema"]>;

async function library(rest: RegistryRest): Promise<Decode> {
  // Loaded here: nothing else of this package needs it.
  const { SchemaRegistry, SchemaType } = await import("@kafkajs/confluent-schema-registry");
  const { endpoint } = rest;
  const [auth, { ca }] = await Promise.all([
    endpoint.credentials && readBasicAuth(endpoint.credentials),
    readAccess({ ...(endpoint.ca && { ca: endpoint.ca }) }),
  ]);
  const agent = rest.answering.startsWith("https:") && ca !== undefined ? new Agent({ ca }) : undefined;
  const registry = new SchemaRegistry({ host: rest.answering, ...(auth && { auth }), ...(agent && { agent }) });
  return (bytes, reader) =>
    reader === undefined
      ? registry.decode(bytes)
      : registry.decode(bytes, { [SchemaType.AVRO]: { readerSchema: JSON.parse(reader.schema) as ReaderOption } });
}

async function reasonOf(act: () => Promise<unknown>): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    // Node's parser quotes what it cannot parse, and that is a record's content.
    if (error instanceof SyntaxError) return "it is not JSON";
    return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
  }
}

interface Sample {
  readonly encoded: readonly Encoded[];
  readonly records: number;
  /** Topics of which a record was read. */
  readonly topics: readonly string[];
  readonly empty: readonly string[];
}

class Tail implements RangeReader {
  readonly range: Range;
  readonly records: { readonly head: RecordHead; readonly content: RecordContent }[] = [];
  bytes = 0;

  constructor(range: Range) {
    this.range = range;
  }

  take(head: RecordHead, { key, value }: RecordContent): void {
    // A batch is a part of a large answer, which would be held with it.
    const copied = { key: key && Buffer.from(key), value: value && Buffer.from(value), headers: [] };
    this.bytes += (key?.length ?? 0) + (value?.length ?? 0);
    this.records.push({ head, content: copied });
  }

  enough(): boolean {
    return false;
  }
}

/** The newest records of each topic, or of each partition of some; commit markers take offsets too, so that a tail is read twice as long. */
async function readSample(
  { target, topics }: Scope,
  most: number,
  ofEachPartition: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Sample> {
  return withOwnCluster(
    target,
    async (cluster) => {
      const found = await logs(cluster, topics);
      if (found.problems.length > 0) throw new Error(found.problems[0]!.sentence);
      const byTopic = Map.groupBy(found.partitions.values(), ({ topic }) => topic);
      const tails = [...byTopic.values()].flatMap((partitions) =>
        tailsOf(partitions, ofEachPartition.has(partitions[0]!.topic) ? most * partitions.length : most),
      );
      const stop = () => tails.reduce((sum, { bytes }) => sum + bytes, 0) > mostBytes;
      const { problems } = await readRanges(cluster, tails, { isolation: "read_committed", stop });
      for (const sentence of problems.values()) throw new Error(sentence);
      const read = Map.groupBy(tails, ({ range }) => range.topic);
      const newest = [...read].map(([topic, list]) => ({
        topic,
        records: ofEachPartition.has(topic) ? list.flatMap((tail) => newestOf([tail], most)) : newestOf(list, most),
      }));
      return {
        encoded: newest.flatMap(({ topic, records }) =>
          records.flatMap(({ partition, head, content }) =>
            encodedParts({ topic, partition, offset: head.offset }, content),
          ),
        ),
        records: newest.reduce((sum, { records }) => sum + records.length, 0),
        topics: newest.filter(({ records }) => records.length > 0).map(({ topic }) => topic),
        empty: topics.filter((topic) => !newest.some((each) => each.topic === topic && each.records.length > 0)),
      };
    },
    signal,
  );
}

function tailsOf(partitions: readonly PartitionLog[], most: number): Tail[] {
  const span = BigInt(Math.ceil(most / partitions.length) * 2 + 2);
  return partitions.flatMap(({ topic, partition, start, stable: to }) => {
    const from = to - span > start ? to - span : start;
    return from < to ? [new Tail({ topic, partition, from, to })] : [];
  });
}

const newestOf = (tails: readonly Tail[], most: number) =>
  tails
    .flatMap(({ range: { partition }, records }) => records.map((record) => ({ partition, ...record })))
    .sort((a, b) => Number(b.head.timestamp - a.head.timestamp) || Number(b.head.offset - a.head.offset))
    .slice(0, most);
