/** What one sweep has measured of a Pega release and its Kafka clusters: the only thing that its gates look at. */
import type { Logs } from "../brokers/positions.ts";
import type { GroupReading } from "../model/cluster-reading.ts";
import type { FlowConvention, PegaFlow, PegaScope, QueueProbe } from "../model/pega.ts";
import type { FitReading } from "../pega/fit.ts";
import type { FlowsReading } from "../pega/flows.ts";
import type { NamesReading } from "../pega/names.ts";
import type { QueueCount } from "../pega/queues.ts";
import type { ReleaseRevision } from "../pega/release-revision.ts";
import type { TiersReading } from "../pega/tiers.ts";
import type { UnreadReading } from "../pega/unread.ts";
import type { VolumesReading } from "../pega/volumes.ts";
import type { SnapshotOf } from "./reading.ts";

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
  /** Consumer groups under the prefix on the target. */
  readonly readers: readonly GroupReading[];
  readonly queues: readonly QueueCount[];
  readonly flows: FlowsReading;
  /** What nobody has read in the embedded stream. */
  readonly unread: UnreadReading;
  readonly volumes: VolumesReading;
}

export type PegaSnapshot = SnapshotOf<PegaScope, PegaParts>;

/** What some measurements have to be told; the others need nothing. */
interface PegaQuestions {
  readonly queues: QueueProbe;
  readonly flows: { readonly flows: readonly PegaFlow[]; readonly convention: FlowConvention };
}

/** What one measurement is asked. */
export type PegaQuestion<Name extends keyof PegaParts> = Name extends keyof PegaQuestions ? PegaQuestions[Name] : true;

/** The measurements that a gate cannot be judged without. */
export type PegaAsked = { readonly [Name in keyof PegaParts]?: PegaQuestion<Name> };
