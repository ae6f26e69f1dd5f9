import { createHash, randomBytes, randomInt } from "node:crypto";
import type { IHeaders } from "kafkajs";

/** A random value with the headers that let a reader verify it and the audit identify it. */
export interface Payload {
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  /** `seq` and `hash` are text, `binary` is bytes that are no text in any encoding. */
  readonly headers: { readonly seq: string; readonly binary: Buffer; readonly hash: string };
}

function digest(key: string, seq: string, binary: Buffer, value: Buffer | null): string {
  const hash = createHash("sha256").update(`${key}\n${seq}\n`).update(binary);
  return (value === null ? hash.update("null") : hash.update("value").update(value)).digest("hex").slice(0, 16);
}

/** Random bytes of a random size between 40 and 400, or a tombstone. */
export const randomPayload = (key: string, seq: number, tombstone: boolean): Payload =>
  payloadOf(key, seq, tombstone ? null : randomBytes(randomInt(40, 401)));

/** A value with the headers of its record. */
export function payloadOf(key: string, seq: number, value: Buffer | null): Payload {
  const binary = Buffer.concat([Buffer.from([0x00, 0xff, 0xc3]), randomBytes(6)]);
  return { value, headers: { seq: String(seq), binary, hash: digest(key, String(seq), binary, value) } };
}

/** What a consumer received, judged. */
export type Received =
  | { readonly from: "traffic"; readonly key: string; readonly seq: string; readonly intact: boolean }
  /** Not written by a traffic producer: known by the hash of its key, value and timestamp. */
  | { readonly from: "elsewhere"; readonly key: string; readonly hash: string };

/** Verifies a received record against its own headers. */
export function verify(record: {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly headers?: IHeaders | undefined;
}): Received {
  const key = (record.key ?? Buffer.alloc(0)).toString().replaceAll(/\s/g, "_");
  const { seq, binary, hash } = record.headers ?? {};
  const sequence = String(seq ?? "");
  if (!/^[0-9]+$/.test(sequence)) {
    const content = createHash("sha256").update(`${key}\n${record.timestamp}\n`);
    return {
      from: "elsewhere",
      key,
      hash: content
        .update(record.value ?? "null")
        .digest("hex")
        .slice(0, 16),
    };
  }
  const intact = Buffer.isBuffer(binary) && digest(key, sequence, binary, record.value) === String(hash ?? "");
  return { from: "traffic", key, seq: sequence, intact };
}
