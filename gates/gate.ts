/** What a gate is. One file per gate: what it needs measured, how it judges, and what to do when it is closed. Pure. */
import type { MigrationConfig } from "../config/migration-config.ts";
import type { Asked, Snapshot, Wanted } from "../runtime/judging/reading.ts";
import type { Verdict, WantedTopics } from "../runtime/model/gates.ts";
import type { Applications, LoginRef, RightsAsOnSource } from "../runtime/model/rights.ts";
import type { Role } from "../runtime/model/workloads.ts";

/** What the program derives from a config for gates; topics and rights only when a gate asks for them. */
export interface Derived {
  readonly wanted: () => readonly WantedTopics[];
  /** Effective values on the source of the configs that a topic does not set. */
  readonly defaults: () => Readonly<Record<string, string>>;
  readonly rights: () => RightsAsOnSource;
  readonly users: () => readonly LoginRef[];
  readonly applications: () => Applications;
  /** Roles that the switches of the gate's row move. */
  readonly roles: readonly Role[];
}

export interface GateFile<Name extends string, Params extends object> {
  /** Its name in strategies, previews and docs/gates.md. */
  readonly name: Name;
  /** Its line in docs/gates.md. */
  readonly page: { readonly closedBecause: string; readonly whatToDo: string };
  /** Whether a config has anything for it to measure. @default it always has */
  readonly applies?: (config: MigrationConfig) => boolean;
  /** What it takes from the config; JSON, kept in the state. */
  readonly params: (config: MigrationConfig, derived: Derived) => Params;
  /** What is measured before it judges. */
  readonly needs: Asked | ((params: Params) => Asked);
  /** What has to be counted record by record once that is measured. */
  readonly wants?: (params: Params, snapshot: Snapshot) => Wanted;
  /** The verdict, and `earlier` snapshots of the same gate, oldest first. Throws `Closed` if a part is missing. */
  readonly judge: (params: Params, snapshot: Snapshot, earlier: readonly Snapshot[]) => Verdict;
  /** What to do while it is closed, as the end of its sentence, unless the verdict has its own. */
  readonly remedy: string;
}

export const gate = <const Name extends string, Params extends object>(
  file: GateFile<Name, Params>,
): GateFile<Name, Params> => file;

export const again = "run pulumi up again";

/** For gates of schema registries. */
export const hasRegistries = ({ source, target }: MigrationConfig): boolean =>
  source.registry !== undefined && target.registry !== undefined;
