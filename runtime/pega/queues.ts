/** How many records wait in queue processors, asked over HTTP. */
import { readSecret } from "../kubernetes/kubernetes.ts";
import type { QueueProbe } from "../model/pega.ts";
import { jsonPath } from "./json-path.ts";

/** One queue processor. */
export interface QueueCount {
  readonly name: string;
  /** Records that are ready to process. */
  readonly records: number;
}

/** Asks once. Rejects with a sentence that names the address, never what the header holds. */
export async function readQueues(
  probe: QueueProbe,
  signal: AbortSignal,
  secrets: typeof readSecret = readSecret,
): Promise<readonly QueueCount[]> {
  const headers = await headersOf(probe, secrets);
  const where = addressOf(probe.url);
  let answer: Response;
  let text: string;
  try {
    // A redirect would carry the header to wherever it leads.
    answer = await fetch(probe.url, { headers, signal, redirect: "manual" });
    text = await answer.text();
  } catch (error) {
    // fetch says only "fetch failed"; the reason is its cause.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : "no answer in time";
    throw new Error(`the queues at ${where} cannot be asked: ${cause}`, { cause: error });
  }
  if (!answer.ok) {
    const how = answer.status >= 300 && answer.status < 400 ? "; name the address that it leads to" : "";
    throw new Error(`the queues at ${where} cannot be asked: HTTP status ${answer.status}${how}`);
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error(`the answer of ${where} is no JSON`);
  }
  return countsIn(probe, document);
}

/** The counts in an answer. Throws a sentence if it does not say them. Pure. */
export function countsIn({ url, counts, names }: Omit<QueueProbe, "header">, document: unknown): QueueCount[] {
  const where = addressOf(url);
  const numbers = jsonPath(counts, document);
  const called = names === undefined ? null : jsonPath(names, document);
  if (called !== null && called.length !== numbers.length) {
    throw new Error(
      `the answer of ${where} has ${numbers.length} numbers at ${counts} and ${called.length} names at ${names}; ` +
        `correct drain.queues.probe`,
    );
  }
  return numbers.map((number, at) => {
    const name = called === null ? `number ${at + 1}` : String(called[at]);
    const records = typeof number === "string" && /^\d+$/.test(number) ? Number(number) : number;
    if (typeof records !== "number" || !Number.isInteger(records) || records < 0) {
      throw new Error(`the answer of ${where} has no count for queue ${name} at ${counts}; correct drain.queues.probe`);
    }
    return { name, records };
  });
}

async function headersOf({ header }: QueueProbe, secrets: typeof readSecret): Promise<Record<string, string>> {
  if (header === undefined) return {};
  const { secret, key, name } = header;
  const where = `Secret ${secret.kubernetes.namespace}/${secret.name}`;
  const value = (await secrets(secret))[key]?.trim();
  if (!value) throw new Error(`${where} has no key ${key}, whose value the header ${name} of the queue probe needs`);
  // fetch would quote what it refuses.
  if (!/^[\x20-\x7e]+$/.test(value)) throw new Error(`key ${key} of ${where} cannot be sent as an HTTP header`);
  return { [name]: value };
}

/** An address without what may be secret in it. */
function addressOf(url: string): string {
  if (!URL.canParse(url)) return "drain.queues.probe.url";
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
