/** What one sweep has measured of a Pega release and its Kafka clusters: the only thing that verdicts look at. */
import type { Logs } from "../brokers/positions.ts";
import { Closed, notMeasured } from "../judging/reading.ts";
import type { Verdict } from "../model/gates.ts";
import { type Part } from "../model/part.ts";
import type { PegaCondition, PegaScope } from "../model/pega.ts";
import type { FitReading } from "./fit.ts";
import type { FlowsReading } from "./flows.ts";
import type { NamesReading } from "./names.ts";
import type { QueueCount } from "./queues.ts";
import type { ReleaseRevision } from "./release-revision.ts";
import type { TiersReading } from "./tiers.ts";
import type { UnreadReading } from "./unread.ts";
import type { VolumesReading } from "./volumes.ts";

/** The measurements by name; which of them a sweep makes depends on the condition. */
export interface PegaParts {
  readonly tiers: TiersReading;
  /** Revisions of the release, oldest first. */
  readonly history: readonly ReleaseRevision[];
  /** The target as a cluster. */
  readonly fit: FitReading;
  /** Names under the prefix on the target. */
  readonly names: NamesReading;
  /** Logs of the topics under the prefix on the target. */
  readonly growth: Logs;
  readonly queues: readonly QueueCount[];
  readonly flows: FlowsReading;
  /** What nobody has read in the embedded stream. */
  readonly unread: UnreadReading;
  readonly volumes: VolumesReading;
}

export type PegaPart = keyof PegaParts;

export type PegaSnapshot = {
  readonly scope: PegaScope;
  /** Milliseconds since 1970. */
  readonly takenAt: number;
} & { readonly [Name in PegaPart]?: Part<PegaParts[Name]> };

/** How conditions of one kind are judged; pure. */
export interface PegaJudge<C> {
  readonly needs: (condition: C, scope: PegaScope) => readonly PegaPart[];
  /** The verdict, and `earlier` snapshots of the same gate, oldest first. Throws `Closed` if a part is missing. */
  readonly judge: (condition: C, snapshot: PegaSnapshot, earlier: readonly PegaSnapshot[]) => Verdict;
}

/** A condition by its kind. */
export type Of<Kind extends PegaCondition["kind"]> = Extract<PegaCondition, { kind: Kind }>;

/** A part of a snapshot. Throws `Closed` with the reason if it could not be measured. */
export function partOf<Name extends PegaPart>(snapshot: PegaSnapshot, name: Name): PegaParts[Name] {
  const found = snapshot[name] as Part<PegaParts[Name]> | undefined;
  if (found === undefined) throw new Closed(notMeasured(`${name} was not asked for`));
  if ("error" in found) throw new Closed(notMeasured(found.error));
  return found.value;
}
