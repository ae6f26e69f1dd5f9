import { acknowledged, sent, type Collector, type Key, type Offence } from "./audit-collector.ts";

/** One record of `to` for each record of `from`, with its key and number. */
export interface Link {
  readonly service: string;
  readonly from: string;
  readonly to: string;
}

/** What became of the inputs; all numbers count records. */
export interface LinkCounts {
  /** Acknowledged records of `from`. */
  readonly inputs: number;
  /** Those without a record in `to`. */
  readonly missing: number;
  /** Records in `to` beyond the first of one input. */
  readonly repeated: number;
  /** Records in `to` of an input that was aborted or never sent. */
  readonly unexpected: number;
}

/** The same over all services, and for each of their routes. */
export interface ChainAudit extends LinkCounts {
  readonly links: readonly (Link & LinkCounts)[];
}

/** Whether each input has exactly one output, and there was one at all. */
export const isWholeChain = ({ inputs, missing, repeated, unexpected }: ChainAudit): boolean =>
  inputs > 0 && missing + repeated + unexpected === 0;

/** Compares what services were acknowledged with what was written to the topics that they read. */
export function auditChains(collector: Collector, links: readonly Link[]): ChainAudit {
  const counted = links.map((link) => ({ ...link, ...auditLink(collector, link) }));
  const sum = (what: keyof LinkCounts): number => counted.reduce((total, link) => total + link[what], 0);
  return {
    inputs: sum("inputs"),
    missing: sum("missing"),
    repeated: sum("repeated"),
    unexpected: sum("unexpected"),
    links: counted,
  };
}

function auditLink(collector: Collector, { service, from, to }: Link): LinkCounts {
  const offend = (kind: Offence["kind"], key: string, seq: number): void =>
    collector.offend({ kind, group: service, topic: to, key, seq });
  const of = (topic: string): Map<string, Key> =>
    new Map(collector.keys.filter((key) => key.topic === topic).map((key) => [key.key, key]));
  const [inputs, outputs] = [of(from), of(to)];
  const counts = { inputs: 0, missing: 0, unexpected: 0 };
  for (const key of new Set([...inputs.keys(), ...outputs.keys()])) {
    const read = inputs.get(key)?.states ?? new Uint8Array();
    const written = outputs.get(key)?.states ?? new Uint8Array();
    for (let seq = 0; seq < Math.max(read.length, written.length); seq += 1) {
      const isThere = written[seq] === acknowledged;
      if (read[seq] === acknowledged) {
        counts.inputs += 1;
        if (isThere) continue;
        counts.missing += 1;
        offend("noOutput", key, seq);
      } else if (isThere && read[seq] !== sent) {
        // Of an input that was sent without an answer nobody knows whether it is there.
        counts.unexpected += 1;
        offend("outputOfNothing", key, seq);
      }
    }
  }
  const repeats = collector.repeats.get(to) ?? [];
  for (const { key, seq } of repeats) offend("outputRepeated", key, seq);
  return { ...counts, repeated: repeats.length };
}
