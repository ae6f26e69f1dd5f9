/** What one sweep has measured: the only thing that verdicts look at. */
import type { Committed, GroupStates } from "../brokers/groups.ts";
import type { LoginReading } from "../brokers/login.ts";
import type { Isolation, Logs } from "../brokers/positions.ts";
import type { Counts, Range } from "../brokers/ranges.ts";
import type { SideRights } from "../brokers/rights.ts";
import type { EffectiveConfig } from "../brokers/topic-configs.ts";
import type { MirrorReading } from "../connect/mirror-reading.ts";
import type { ReturnedReading } from "../connect/reverse-positions.ts";
import type { ConnectorsReading } from "../connectors/facts.ts";
import type { InventoryReading } from "../inventory/current.ts";
import type { SideLoad } from "../model/cluster-reading.ts";
import type { ClosedVerdict, InventoryRef, KafkaObjectRef, KafkaObjectRefs } from "../model/gates.ts";
import type { WayBack } from "../topics/way-back.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Part } from "../model/part.ts";
import type { CommittedPosition, Placement } from "../model/placement.ts";
import type { MachineSize } from "../model/quantity.ts";
import type { PathProbeRef, PathReading } from "../model/programs.ts";
import type { LoginRef } from "../model/rights.ts";
import { sameCluster } from "../model/same-cluster.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import type { Role } from "../model/workloads.ts";
import type { Decoding } from "../model/reader-schema.ts";
import type { DecodeReading } from "../schemas/decode.ts";
import type { ImportReading, RegistriesReading } from "../schemas/measure.ts";
import type { NewestAsked } from "../model/newest.ts";
import type { CopiedSince } from "../switch/copied-since.ts";
import type { NewestReading } from "../placement/newest.ts";
import type { Pins } from "../topics/pins.ts";

export interface GroupsReading {
  /** Id of the cluster that was asked. */
  readonly clusterId: string;
  readonly committed: Committed;
  readonly states: GroupStates;
}

/** One existing topic on the target. */
export interface ExistingTopic {
  readonly id: string;
  readonly partitions: number;
  /** Replicas by partition number. */
  readonly replicas: readonly number[];
  readonly configs: ReadonlyMap<string, EffectiveConfig>;
}

export interface TopicsReading {
  readonly topics: ReadonlyMap<string, ExistingTopic>;
  /** Why a topic could not be described, by topic; one that is in neither does not exist. */
  readonly problems: ReadonlyMap<string, string>;
}

/** The groups' positions on the source, and where each would continue on the target, in the same order. */
export interface Placing {
  readonly positions: readonly CommittedPosition[];
  readonly found: readonly Placement[];
  /** Groups that a transaction moves which is not decided yet, with the reason; they are not among the positions. */
  readonly pending: ReadonlyMap<string, string>;
  /** Sentences about groups with offsets in partitions that the config says are not theirs. */
  readonly outside: readonly string[];
}

/** A way back as it is written down. */
export interface WrittenWayBack {
  /** The wave whose topics come back; absent where it is everything. */
  readonly wave?: string;
  /** What comes back. */
  readonly topics: readonly string[];
  /** Null where it was never opened. */
  readonly wayBack: WayBack | null;
}

/** A source's object after the row that halts it. */
export interface RetiredReading {
  /** Whether it is there, and its brokers are to be stopped. */
  readonly state: "absent" | "halted" | "running";
  /** Whether the ledger says that this migration has halted it. */
  readonly byUs: boolean;
  /** Objects that stop working without it, such as `ConnectCluster shop/other`. */
  readonly dependents: readonly string[];
}

/** The measurements by name; which of them a sweep makes depends on the conditions. */
export interface Parts {
  readonly sourceId: string;
  readonly targetId: string;
  readonly source: Logs;
  readonly target: Logs;
  readonly targetTopics: TopicsReading;
  readonly sourceLoad: SideLoad;
  readonly targetLoad: SideLoad;
  /** What a broker of each side asks of its machine, where a Kafka object says it. */
  readonly machines: { readonly [Side in SideName]?: MachineSize };
  /** What is left of a source that a row has halted. */
  readonly retired: RetiredReading;
  /** Ids of this migration's topics on the target by name. */
  readonly marks: ReadonlyMap<string, string>;
  /** Partitions that the mirror would copy a second time. */
  readonly unpositioned: readonly string[];
  /** Ids of topics from when the mirror began. */
  readonly pins: Pins;
  readonly mirror: MirrorReading;
  /** Each way back of the scope as it is written down; none where it was never opened. */
  readonly wayBack: readonly WrittenWayBack[];
  /** State and positions of each mirror back of the scope. */
  readonly returned: readonly ReturnedReading[];
  /** What both sides hold since the ways back of the scope have opened. */
  readonly copiedSince: CopiedSince;
  /** Whether the newest records are the same on both sides. */
  readonly newest: NewestReading;
  /** Topics of the source that the mirror's user is not allowed to write to. */
  readonly unwritable: readonly string[];
  readonly sourceGroups: GroupsReading;
  readonly targetGroups: GroupsReading;
  readonly ledger: readonly LedgerEntry[];
  readonly placing: Placing;
  readonly inventory: InventoryReading;
  readonly sourceRights: SideRights;
  readonly targetRights: SideRights;
  readonly logins: LoginReading;
  readonly paths: readonly PathReading[];
  readonly registries: RegistriesReading;
  readonly importing: ImportReading;
  readonly decoding: DecodeReading;
  readonly connectors: ConnectorsReading;
  readonly counts: Counts;
}

/** One sweep over what a gate needs of some measurements. */
export type SnapshotOf<Of, Values> = {
  readonly scope: Of;
  /** Milliseconds since 1970. */
  readonly takenAt: number;
} & { readonly [Name in keyof Values]?: Part<Values[Name]> };

export type Snapshot = SnapshotOf<Scope, Parts>;

/** What has to be counted record by record before a condition can be judged. */
export interface Wanted {
  readonly side: SideName;
  readonly isolation: Isolation;
  readonly ranges: readonly Range[];
  /** Whether the writers of what is counted are to be named by their transactional ids. @default false */
  readonly writers?: true;
}

/** The arguments that some measurements need; the others need none. */
interface Questions {
  readonly inventory: InventoryRef;
  readonly machines: KafkaObjectRefs;
  readonly retired: KafkaObjectRef;
  readonly logins: readonly LoginRef[];
  readonly paths: readonly PathProbeRef[];
  readonly decoding: Decoding;
  readonly newest: NewestAsked;
  /** Roles whose connectors are looked at. */
  readonly connectors: readonly Role[];
}

/** What is measured first; what is counted is known only then. */
export type Measured = Exclude<keyof Parts, "counts">;

/** What one measurement is asked. */
export type Question<Name extends Measured> = Name extends keyof Questions ? Questions[Name] : true;

/** The measurements that a gate cannot be judged without. */
export type Asked = { readonly [Name in Measured]?: Question<Name> };

/** Parts that contain the id of a side's cluster. */
const tellsId = {
  source: ["source", "sourceGroups", "sourceRights", "sourceLoad", "sourceId"],
  target: ["target", "targetGroups", "targetRights", "targetLoad", "targetId"],
} as const;

/**
 * What has to be measured in addition to `needs`, so that both sides' ids are known: nothing for a condition that does not
 * measure Kafka at all.
 */
export function idsBeside(needs: Asked): { readonly sourceId?: true; readonly targetId?: true } {
  const known = (side: SideName) => tellsId[side].some((name) => name in needs);
  if (!known("source") && !known("target")) return {};
  return { ...(!known("source") && { sourceId: true }), ...(!known("target") && { targetId: true }) };
}

/** The id of the one cluster that answers on both sides; null if they differ or one of them is not known. */
export function oneCluster(snapshot: Omit<Snapshot, "scope">): string | null {
  const [source, target] = (["source", "target"] as const).map((side) => {
    const found = tellsId[side].map((name) => snapshot[name]).find((one) => one !== undefined && "value" in one);
    const value = found && "value" in found ? found.value : undefined;
    return typeof value === "object" ? value.clusterId : value;
  });
  return source !== undefined && sameCluster(source, target) ? source : null;
}

/** Closed, because something that had to be measured gave no answer. */
export const notMeasured = (reason: string): ClosedVerdict & { readonly unmeasured: true } => ({
  open: false,
  cause: "not-measured",
  sentence: `could not be measured: ${reason}`,
  unmeasured: true,
});

/** Ends judging early; the verdict is closed. */
export class Closed extends Error {
  readonly verdict: ClosedVerdict;

  constructor(verdict: ClosedVerdict) {
    super(verdict.sentence);
    this.verdict = verdict;
  }
}

type ValueOf<P> = Extract<P, { readonly value: unknown }>["value"];

/** A part of a snapshot. Throws `Closed` with the reason if it could not be measured. */
export function part<Of extends object, Name extends keyof Of & string>(snapshot: Of, name: Name): ValueOf<Of[Name]> {
  const found = snapshot[name] as Part<ValueOf<Of[Name]>> | undefined;
  if (found === undefined) throw new Closed(notMeasured(`${name} was not asked for`));
  if ("error" in found) throw new Closed(notMeasured(found.error));
  return found.value;
}
