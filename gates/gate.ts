/** What a gate is. One file per gate: what it needs measured, how it judges, and what to do when it is closed. Pure. */
import type { MigrationConfig } from "../config/migration-config.ts";
import type { PegaConfig } from "../config/pega/schema.ts";
import type { PegaAsked, PegaSnapshot } from "../runtime/judging/pega-reading.ts";
import type { Asked, Snapshot, Wanted } from "../runtime/judging/reading.ts";
import type { KafkaObjectRefs, Verdict, WantedTopics } from "../runtime/model/gates.ts";
import type { PegaScope } from "../runtime/model/pega.ts";
import type { PathProbeRef } from "../runtime/model/programs.ts";
import type { Applications, LoginRef, RightsAsOnSource } from "../runtime/model/rights.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { backScopes } from "../runtime/model/waves.ts";
import type { Role } from "../runtime/model/workloads.ts";

/** What the program derives from a config for gates; topics and rights only when a gate asks for them. */
export interface Derived {
  readonly wanted: () => readonly WantedTopics[];
  /** Effective values on the source of the configs that a topic does not set. */
  readonly defaults: () => Readonly<Record<string, string>>;
  /** Milliseconds for which the source keeps deletions, by migrated topic that is compacted there. */
  readonly deletionsKept: () => Readonly<Record<string, number>>;
  /** What the source's configs refuse or change of what comes back: topics by config. */
  readonly comingBack: () => {
    readonly refused: Readonly<Record<string, readonly string[]>>;
    readonly changed: Readonly<Record<string, readonly string[]>>;
  };
  readonly rights: () => RightsAsOnSource;
  readonly users: () => readonly LoginRef[];
  readonly applications: () => Applications;
  /** What tries the applications' own paths to the target, for gates of rows that move some of them. */
  readonly paths: () => readonly PathProbeRef[];
  /** The Kafka objects of sides that a platform runs. */
  readonly objects: () => KafkaObjectRefs;
  /** Roles that the switches of the gate's row move. */
  readonly roles: readonly Role[];
  /** Whether the gate's row opens the target's registry. */
  readonly opensSchemas: boolean;
  /** Whether a row before the gate's has opened a way back, so that `wayBack` must stay as it is. */
  readonly backOpen: boolean;
}

/** What gates of one kind of migration are made of. */
export interface Kind {
  readonly config: unknown;
  /** What the program works out of the config. */
  readonly derived: unknown;
  readonly scope: unknown;
  readonly asked: object;
  readonly snapshot: unknown;
}

/** Between two Kafka clusters. */
interface KafkaKind {
  readonly config: MigrationConfig;
  readonly derived: Derived;
  readonly scope: Scope;
  readonly asked: Asked;
  readonly snapshot: Snapshot;
}

/** Of a Pega release from its embedded stream to an external Kafka. */
interface PegaKind {
  readonly config: PegaConfig;
  readonly derived: PegaScope;
  readonly scope: PegaScope;
  readonly asked: PegaAsked;
  readonly snapshot: PegaSnapshot;
}

export interface GateFile<
  Name extends string,
  Params extends object,
  Of extends Kind = KafkaKind,
  Own extends string = never,
> {
  /** As tables, previews and docs name it. */
  readonly name: Name;
  /** Causes that no other gate is closed for; each has a row in `test/remedies.test.ts`. @default none */
  readonly causes?: readonly Own[];
  /** Its line in docs/gates.md or docs/pega.md. */
  readonly page: { readonly closedBecause: string; readonly whatToDo: string };
  /**
   * Where applications move wave by wave: what of the migration it is about in a row that moves one, the wave that moves
   * or those that have moved before. @default everything
   */
  readonly about?: "moving" | "moved";
  /** Whether a config has anything for it to measure. @default it always has */
  readonly applies?: (config: Of["config"]) => boolean;
  /** What the config says to it; JSON, kept in the state. */
  readonly params: (config: Of["config"], derived: Of["derived"]) => Params;
  /** What is measured before it judges. */
  readonly needs: Of["asked"] | ((params: Params, scope: Of["scope"]) => Of["asked"]);
  /** Present where the condition is about movement, which takes two readings. */
  readonly movement?: {
    /** Readings of so long are compared. @default `gates.movementSeconds` of the config */
    readonly windowMilliseconds?: number;
  };
  /** What has to be counted record by record once that is measured. */
  readonly wants?: (params: Params, snapshot: Of["snapshot"]) => Wanted;
  /** The verdict, and `earlier` snapshots of the same gate, oldest first. Throws `Closed` if a part is missing. */
  readonly judge: (
    params: Params,
    snapshot: Of["snapshot"],
    earlier: readonly Of["snapshot"][],
  ) => Verdict<NoInfer<Own>>;
  /** What to do while it is closed, as the end of its sentence, unless the verdict knows better. */
  readonly remedy: string | ((params: Params) => string);
}

export const gate = <const Name extends string, Params extends object, const Own extends string = never>(
  file: GateFile<Name, Params, KafkaKind, Own>,
): GateFile<Name, Params, KafkaKind, Own> => file;

export const pegaGate = <const Name extends string, Params extends object, const Own extends string = never>(
  file: GateFile<Name, Params, PegaKind, Own>,
): GateFile<Name, Params, PegaKind, Own> => file;

export const again = "run pulumi up again";

/** For gates that would take what the mirror back writes for somebody's records. */
export const ofWayBack = (scope: Scope): { readonly wayBack?: true } =>
  backScopes(scope).length === 0 ? {} : { wayBack: true };

/** For gates of schema registries. */
export const hasRegistries = ({ source, target }: MigrationConfig): boolean =>
  source.registry !== undefined && target.registry !== undefined;
