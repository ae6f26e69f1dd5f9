/** One revision of a Helm release, as its Secret holds it. */

/** Helm's own words for the state of a revision. */
export type ReleaseStatus =
  | "unknown"
  | "deployed"
  | "uninstalled"
  | "superseded"
  | "failed"
  | "uninstalling"
  | "pending-install"
  | "pending-upgrade"
  | "pending-rollback";

/** An object that Helm makes beside the manifest; its Secrets may hold passwords in plain. */
export interface ReleaseHook {
  readonly kind: string;
  readonly name: string;
  readonly manifest: string;
  /** For example `pre-install` and `pre-upgrade`. */
  readonly events: readonly string[];
}

/** One revision of a release. */
export interface ReleaseRevision {
  readonly name: string;
  readonly namespace: string;
  /** 1, 2, 3 … */
  readonly revision: number;
  readonly status: ReleaseStatus;
  readonly chart: {
    readonly name: string;
    readonly version: string;
    /** Empty where the chart names none. */
    readonly appVersion: string;
    /** The chart's defaults (`values.yaml`); those of its subcharts are not among them, Helm does not keep them. */
    readonly values: Readonly<Record<string, unknown>>;
  };
  /** What the user gave. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Rendered YAML documents without hooks. */
  readonly manifest: string;
  readonly hooks: readonly ReleaseHook[];
  /** When this revision was begun, ISO 8601 in UTC. */
  readonly deployedAt: string;
  /** Helm's words about it, for example why it failed. */
  readonly description: string;
}
