/** Helm's records and readings of a Pega release in a few words. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { PegaCondition } from "../../gates/pega/index.ts";
import type { PegaScope, PegaTier } from "../../runtime/model/pega.ts";
import type { PodState } from "../../runtime/model/workload-state.ts";
import type { PegaParts, PegaSnapshot } from "../../runtime/judging/pega-reading.ts";
import { judge } from "../../runtime/measure/judge.ts";
import type { ReleaseRevision, ReleaseStatus } from "../../runtime/pega/release-revision.ts";
import type { TierReading, TierState } from "../../runtime/pega/tiers.ts";
import { endpoint } from "./verdict-readings.ts";

export const now = Date.parse("2026-11-21T12:00:00Z");
/** So many hours before `now`. */
export const ago = (hours: number): string => new Date(now - hours * 3_600_000).toISOString();

export const scope: PegaScope = {
  migration: "queues",
  release: { kubernetes: { namespace: "pega", context: "prod" }, name: "shop" },
  deployment: "pega",
  tiers: [
    { name: "web", kind: "Deployment", role: "producer" },
    { name: "batch", kind: "Deployment", role: "consumer" },
    { name: "util", kind: "Deployment", role: "both" },
    { name: "stream", kind: "StatefulSet", role: "stream" },
  ],
  target: endpoint("target"),
  embedded: endpoint("source"),
  prefix: "pega-",
};

type Values = Readonly<Record<string, unknown>>;
const web = (replicas: number, enabled: boolean) => ({
  global: { tier: [{ name: "web", replicas, hpa: { enabled } }] },
});
/** The user's values of the rows of a drained switch. */
export const values = {
  running: { ...web(2, true), stream: { enabled: false } },
  drained: { ...web(0, false), stream: { enabled: false } },
  external: { ...web(2, true), stream: { bootstrapServer: "shop-kafka:9092" } },
} satisfies Record<string, Values>;
const defaults: Values = { stream: { enabled: true, bootstrapServer: "", replicationFactor: "3" } };

export type RevisionWords = readonly [what: keyof typeof values, status?: ReleaseStatus, hoursAgo?: number];

/** Revisions from 1 on, a day apart by default and the newest an hour old. */
export function history(...words: readonly RevisionWords[]): ReleaseRevision[] {
  return words.map(([what, status, hours], at): ReleaseRevision => {
    const last = at === words.length - 1;
    return {
      name: "shop",
      namespace: "pega",
      revision: at + 1,
      status: status ?? (last ? "deployed" : "superseded"),
      chart: { name: "pega", version: "3.25.0", appVersion: "", values: defaults },
      values: values[what],
      manifest: "",
      hooks: [],
      deployedAt: ago(hours ?? 1 + 24 * (words.length - 1 - at)),
      description: "",
    };
  });
}

/** `data.release` of one of Helm's Secrets, as the API server gives it. */
export function helmSecret(record: object, zip: (json: Buffer) => Buffer = gzipSync): string {
  const helm = zip(Buffer.from(JSON.stringify(record))).toString("base64");
  return Buffer.from(helm).toString("base64");
}

export const pod = (name: string, more: Partial<PodState> = {}): PodState => ({
  title: `pod ${name}`,
  of: "pod",
  terminating: false,
  ready: true,
  stuck: null,
  ...more,
});
export const pods = (tier: string, number: number): PodState[] =>
  Array.from({ length: number }, (_, at) => pod(`pega-${tier}-${at}`));

export const tierState = (replicas: number, more: Partial<TierState> = {}): TierState => ({
  replicas,
  former: null,
  observed: true,
  counted: { replicas, updated: replicas, ready: replicas },
  deletesVolumes: false,
  ...more,
});

/** A tier with all its pods. */
export function tier(name: string, replicas: number, more: Partial<TierReading> = {}): TierReading {
  const found = scope.tiers.find((one) => one.name === name) as PegaTier;
  const title = `${found.kind} pega/pega-${name}`;
  return { tier: found, title, state: tierState(replicas), pods: pods(name, replicas), autoscalers: [], ...more };
}

/** Groups under the prefix: each its name, its members and the offset that it has committed in its topic. */
export const readers = (
  ...words: readonly (readonly [name: string, members: number, offset: number])[]
): PartsInWords => ({
  readers: words.map(([name, members, offset]) => ({
    ...{ name, protocol: "classic", assignor: "", state: members > 0 ? "Stable" : "Empty" },
    members: Array.from({ length: members }, () => ({ clientId: "pega", host: "10.0.0.1" })),
    committed: [{ topic: name, partition: 0, offset: BigInt(offset) }],
  })),
});

/** Parts in plain; an Error is a part that could not be measured. */
export type PartsInWords = { readonly [Name in keyof PegaParts]?: PegaParts[Name] | Error };

export function snapshot(parts: PartsInWords, of: PegaScope = scope, takenAt = now): PegaSnapshot {
  const measured = Object.entries(parts).map(
    ([name, part]) => [name, part instanceof Error ? { error: part.message } : { value: part }] as const,
  );
  return { scope: of, takenAt, ...Object.fromEntries(measured) };
}

export type Case = readonly [when: string, parts: PartsInWords, open: boolean, sentence: string, of?: PegaScope];

/** One test per case: the verdict and its whole sentence. */
export function table(condition: PegaCondition, cases: readonly Case[]): void {
  for (const [when, parts, open, sentence, of] of cases) {
    it(`${open ? "opens" : "stays closed"} when ${when}`, () => {
      const verdict = judge(condition, snapshot(parts, of));
      assert.deepEqual([verdict.open, verdict.sentence], [open, sentence]);
    });
  }
}
