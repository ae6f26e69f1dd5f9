/**
 * Documents in ConfigMaps: named texts that are read and written as a whole. What does not fit into one ConfigMap is
 * compressed and divided among further ones, its parts. Each part is written once, under a name made from its content,
 * and the first ConfigMap, the head, which lists them, is written last: a writer that dies in between leaves the document
 * as it was. A part that is missing or has another content is noticed, not read.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { V1ConfigMap } from "@kubernetes/client-node";
import { z } from "zod";
import { configMapBytes, partsAllowed } from "../model/document-limits.ts";
import { inParallel } from "../model/in-parallel.ts";
import type { KubernetesRef } from "../model/sides.ts";
import { named } from "../model/words.ts";
import { apiCode, apiMessage, clients } from "./kubernetes.ts";

/** Where a document lies. */
export interface DocumentPlace {
  readonly kubernetes: KubernetesRef;
  /** The head's name; parts are called `<name>-part-<hash>-<number>`. */
  readonly configMap: string;
}

/** The same with the migration that it is about, which its objects are labelled with. */
export interface DocumentRef extends DocumentPlace {
  readonly migration: string;
}

/** Texts by name. */
export type Texts = Readonly<Record<string, string>>;

export interface Document {
  readonly texts: Texts;
  /** The head's version, for `writeDocument`; null if there is no document yet. */
  readonly resourceVersion: string | null;
  /** ConfigMaps besides the head. @default none */
  readonly parts?: number;
}

/** Somebody else wrote a document since it was read; nothing was changed. */
export class DocumentConflict extends Error {}

/** A document is not as it was written; the message says what is missing or changed, not what to do about it. */
export class DocumentBroken extends Error {}

/** The head's key that lists the texts that lie in parts. */
const partsKey = "parts.json";
/** A text that is shorter than this stays in the head. */
const shortBytes = 10_000;
const partLabel = "kafka-migration/part";
/** A part that no head names is left over from a dead writer once it is this old. */
const orphanMilliseconds = 3_600_000;
/** Requests at a time. */
const atOnce = 4;
/** The head may be replaced, and former parts deleted, while parts are read: it is read again this often. */
const tries = 3;

const listed = z.record(
  z.string(),
  z.strictObject({ sha256: z.string(), bytes: z.int().min(0), parts: z.array(z.string()).min(1) }),
);

type Listed = z.output<typeof listed>;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

/**
 * The texts of a document; none if there is none yet. Rejects with a sentence that names the ConfigMap if it cannot be
 * read, and with `DocumentBroken` if a part is missing or is not what was written.
 */
export async function readDocument(ref: DocumentPlace): Promise<Document> {
  for (let left = tries; ; left--) {
    const head = await readConfigMap(ref, ref.configMap);
    if (head === null) return { texts: {}, resourceVersion: null };
    const resourceVersion = head.metadata?.resourceVersion ?? "";
    const { [partsKey]: list, ...inline } = head.data ?? {};
    if (list === undefined) return { texts: inline, resourceVersion };
    const found = await Promise.all(
      Object.entries(parsedList(ref, list)).map(async ([key, one]) => [key, await joined(ref, one)] as const),
    );
    const missing = found.flatMap(([, text]) => (typeof text === "string" ? [] : text.missing));
    const parts = Object.values(parsedList(ref, list)).reduce((sum, one) => sum + one.parts.length, 0);
    if (missing.length === 0)
      return { texts: { ...inline, ...(Object.fromEntries(found) as Texts) }, resourceVersion, parts };
    if (left === 1)
      throw new DocumentBroken(`${whereOf(ref)} is incomplete: ${named(missing)} of its parts are missing`);
  }
}

/**
 * Replaces a document by these texts, all or nothing. Rejects with `DocumentConflict` if another process has written it
 * since `resourceVersion` was read, and with a sentence, before anything is written, if it would need too many parts.
 */
export async function writeDocument(ref: DocumentRef, texts: Texts, resourceVersion: string | null): Promise<void> {
  const { core } = await clients(ref.kubernetes);
  const { namespace } = ref.kubernetes;
  const { data, parts } = await divided(ref, texts);
  const former = resourceVersion === null ? [] : await partsOfHead(ref);
  await inParallel(atOnce, [...parts], ([name, content]) => writePart(ref, name, content));
  const body = {
    metadata: {
      name: ref.configMap,
      labels: { "kafka-migration/migration": ref.migration },
      ...(resourceVersion !== null && { resourceVersion }),
    },
    data,
  };
  try {
    if (resourceVersion === null) await core.createNamespacedConfigMap({ namespace, body });
    else await core.replaceNamespacedConfigMap({ name: ref.configMap, namespace, body });
  } catch (error) {
    if (apiCode(error) === 409) {
      throw new DocumentConflict(
        `could not write ${whereOf(ref)}: another process wrote it at the same time; run pulumi up again`,
      );
    }
    throw new Error(`could not write ${whereOf(ref)}: ${apiMessage(error)}`);
  }
  if (parts.size > 0 || former.length > 0) await sweep(ref, new Set(parts.keys()), former);
}

/** Whether texts fit into one ConfigMap as they are. Pure. */
export const fitsInOne = (texts: Texts): boolean => bytesOf(texts) <= configMapBytes;

const bytesOf = (texts: Texts): number =>
  Object.entries(texts).reduce((sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text), 0);

/** The head's data, and the parts by their names. The longest texts go into parts until the rest fits. */
async function divided(ref: DocumentRef, texts: Texts) {
  const inline = { ...texts };
  const parts = new Map<string, Buffer>();
  const list: Listed = {};
  const longest = Object.entries(texts)
    .map(([key, text]) => ({ key, text, bytes: Buffer.byteLength(text) }))
    .filter(({ bytes }) => bytes >= shortBytes)
    .sort((a, b) => b.bytes - a.bytes);
  for (const { key, text, bytes } of longest) {
    if (fitsInOne({ ...inline, [partsKey]: JSON.stringify(list) })) break;
    const content = await compress(text);
    const hash = sha256(content).slice(0, 16);
    const pieces = Array.from({ length: Math.ceil(content.length / configMapBytes) }, (_, at) => ({
      name: `${ref.configMap}-part-${hash}-${at + 1}`,
      content: content.subarray(at * configMapBytes, (at + 1) * configMapBytes),
    }));
    for (const piece of pieces) parts.set(piece.name, piece.content);
    list[key] = { sha256: sha256(text), bytes, parts: pieces.map(({ name }) => name) };
    delete inline[key];
  }
  const data = parts.size === 0 ? inline : { ...inline, [partsKey]: JSON.stringify(list) };
  if (parts.size > partsAllowed || !fitsInOne(data)) {
    throw new Error(
      `${whereOf(ref)} would have ${bytesOf(texts).toLocaleString("en-US")} bytes in ${parts.size} parts, allowed: ` +
        `${partsAllowed}; nothing was written. Move fewer topics or groups in one migration`,
    );
  }
  return { data, parts };
}

function parsedList(ref: DocumentPlace, text: string): Listed {
  try {
    return listed.parse(JSON.parse(text));
  } catch {
    throw new DocumentBroken(`${whereOf(ref)} was changed by another client: ${partsKey} does not list its parts`);
  }
}

/** Texts by their hash: parts never change, and a gate reads the same ledger many times. */
const known = new Map<string, string>();
const knownAllowed = 8;

/** One text from its parts, or the parts that are not there. */
async function joined(ref: DocumentPlace, one: Listed[string]): Promise<string | { missing: string[] }> {
  const cached = known.get(one.sha256);
  if (cached !== undefined) return cached;
  const pieces = new Map<string, Buffer>();
  const missing: string[] = [];
  await inParallel(atOnce, one.parts, async (name) => {
    const found = await readConfigMap(ref, name);
    if (found === null) missing.push(name);
    else pieces.set(name, Buffer.from(found.binaryData?.["part"] ?? "", "base64"));
  });
  if (missing.length > 0) return { missing };
  const content = Buffer.concat(one.parts.map((name) => pieces.get(name)!));
  const text = await decompress(content).then(String, () => null);
  if (text === null || sha256(text) !== one.sha256) {
    throw new DocumentBroken(
      `${whereOf(ref)} was changed by another client: what its parts ${named(one.parts)} hold is not what was written`,
    );
  }
  known.set(one.sha256, text);
  for (const oldest of known.keys()) {
    if (known.size <= knownAllowed) break;
    known.delete(oldest);
  }
  return text;
}

async function readConfigMap({ kubernetes, configMap }: DocumentPlace, name: string): Promise<V1ConfigMap | null> {
  const { core, server } = await clients(kubernetes);
  const { namespace } = kubernetes;
  try {
    return await core.readNamespacedConfigMap({ name, namespace });
  } catch (error) {
    if (apiCode(error) === 404) return null;
    const part = name === configMap ? "" : `, part ${name},`;
    throw new Error(`could not read ConfigMap ${namespace}/${configMap}${part} at ${server}: ${apiMessage(error)}`);
  }
}

/** Parts that the head names now; none where it cannot be said, since they are then left alone. */
async function partsOfHead(ref: DocumentPlace): Promise<string[]> {
  const text = (await readConfigMap(ref, ref.configMap))?.data?.[partsKey];
  return text === undefined ? [] : Object.values(parsedList(ref, text)).flatMap(({ parts }) => parts);
}

/** A part of the same name has the same content. */
async function writePart(ref: DocumentRef, name: string, content: Buffer): Promise<void> {
  const { core } = await clients(ref.kubernetes);
  const { namespace } = ref.kubernetes;
  const body = {
    metadata: { name, labels: { "kafka-migration/migration": ref.migration, [partLabel]: "true" } },
    immutable: true,
    binaryData: { part: content.toString("base64") },
  };
  try {
    await core.createNamespacedConfigMap({ namespace, body });
  } catch (error) {
    if (apiCode(error) !== 409) throw new Error(`could not write ConfigMap ${namespace}/${name}: ${apiMessage(error)}`);
  }
}

/** Deletes parts that nothing names any more. What cannot be deleted is only too many, and tried again another time. */
async function sweep(ref: DocumentRef, used: ReadonlySet<string>, former: readonly string[]): Promise<void> {
  const { core } = await clients(ref.kubernetes);
  const { namespace } = ref.kubernetes;
  const labelSelector = `kafka-migration/migration=${ref.migration},${partLabel}=true`;
  try {
    const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector });
    const orphans = items.flatMap(({ metadata }) => {
      const { name = "", creationTimestamp } = metadata ?? {};
      const made = new Date(creationTimestamp ?? Date.now()).getTime();
      const ours = name.startsWith(`${ref.configMap}-part-`);
      return ours && Date.now() - made > orphanMilliseconds ? [name] : [];
    });
    const gone = new Set([...former, ...orphans].filter((name) => !used.has(name)));
    await inParallel(atOnce, [...gone], async (name) => {
      await core.deleteNamespacedConfigMap({ name, namespace });
    });
  } catch (error) {
    console.log(`${whereOf(ref)}: former parts could not be deleted: ${apiMessage(error)}`);
  }
}

const whereOf = ({ kubernetes, configMap }: DocumentPlace): string => `ConfigMap ${kubernetes.namespace}/${configMap}`;
