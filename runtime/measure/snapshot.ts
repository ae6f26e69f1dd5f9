/** One sweep over everything that a condition needs, shared by the gates of one process. */
import { createHash } from "node:crypto";
import { withOwnCluster } from "../brokers/connection.ts";
import { countRecords } from "../brokers/log.ts";
import { producersOf } from "../brokers/ranges.ts";
import { transactionalIdsIn } from "../brokers/transactions.ts";
import type { PegaSnapshot } from "../judging/pega-reading.ts";
import type { Snapshot, Wanted } from "../judging/reading.ts";
import { fresh, settled } from "../model/measured-within.ts";
import type { Part } from "../model/part.ts";
import { once } from "../model/once.ts";
import { hurriedScope } from "../model/patience.ts";
import type { PegaScope } from "../model/pega.ts";
import type { Scope } from "../model/scope.ts";
import { ids, isPega, needs, wants, type AnyCondition, type AnyScope } from "./judge.ts";
import { kafkaMeasurements, side } from "./kafka-measurements.ts";
import type { Measurement } from "./measurement.ts";
import { pegaMeasurements } from "./pega-measurements.ts";

/** Records counted one by one: beyond this a difference of offsets has to do, as an upper bound. */
const countedRecords = 100_000;
const countedTotal = 300_000;
/** Counting leaves this much of the time for the verdict. */
const reserveMilliseconds = 200;

export interface SweepOptions {
  /** All measurements together may take this long. */
  readonly deadlineMs: number;
  /** A measurement of another gate may be this old to be used again. @default 1000 */
  readonly freshMs?: number;
}

/**
 * Measures what `condition` needs, and nothing else. Never rejects: a part that fails or is late contains its error
 * instead, and closes what depends on it. Nothing is written anywhere, no group is joined.
 */
export async function snapshot<S extends AnyScope>(
  scope: S,
  condition: AnyCondition,
  { deadlineMs, freshMs = 1_000 }: SweepOptions,
): Promise<S extends PegaScope ? PegaSnapshot : Snapshot> {
  const takenAt = Date.now();
  const deadline = takenAt + deadlineMs;
  const asked = Object.entries({ ...needs(condition, scope), ...ids(condition, scope) });
  const parts = await Promise.all(
    asked.map(async ([name, question]) => [name, await shared(scope, name, question, deadline, freshMs)] as const),
  );
  const measured = { scope, takenAt, ...Object.fromEntries(parts) } as S extends PegaScope ? PegaSnapshot : Snapshot;
  const wanted = wants(condition, measured);
  return wanted === null || isPega(scope) ? measured : { ...measured, counts: await counted(scope, wanted, deadline) };
}

// A scope of thousands of topics and groups is a text of megabytes: it is made once, and only its hash is kept.
const textOf = once((scope: AnyScope) => createHash("sha256").update(JSON.stringify(scope)).digest("base64"));

function shared(
  scope: AnyScope,
  name: string,
  question: unknown,
  deadline: number,
  freshMs: number,
): Promise<Part<unknown>> {
  const table: object = isPega(scope) ? pegaMeasurements : kafkaMeasurements;
  const { whom, read, unhurried } = (table as Record<string, Measurement<AnyScope, unknown, unknown>>)[name]!;
  return fresh(`${name} ${textOf(scope)} ${JSON.stringify(question)}`, freshMs, () =>
    settled<unknown>(whom(scope), deadline, (signal) =>
      read(unhurried ? scope : hurriedScope(scope, deadline), question, { signal, deadline }),
    ),
  );
}

function counted(scope: Scope, { side: of, isolation, ranges, writers }: Wanted, deadline: number) {
  const limits = {
    isolation,
    records: countedRecords,
    total: countedTotal,
    deadline: deadline - reserveMilliseconds,
  };
  return settled(side(scope[of]), deadline, (signal) =>
    withOwnCluster(
      hurriedScope(scope, deadline)[of],
      async (cluster) => {
        const counts = await countRecords(cluster, ranges, limits);
        const ids = writers === true ? producersOf(counts.counts.values()) : [];
        if (ids.length === 0) return counts;
        // Who may not know their names still hears their ids.
        const transactionalIds = await transactionalIdsIn(cluster, ids).catch(() => new Map<bigint, string>());
        return { ...counts, transactionalIds };
      },
      signal,
    ),
  );
}
