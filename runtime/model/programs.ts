/** Programs of the migration that run in pods: what they are given, and what they find. JSON. */
import type { KafkaEndpoint, KubernetesRef, RegistryEndpoint } from "./sides.ts";
import type { WorkloadLogin } from "./workloads.ts";

export type ProgramName = "path-probe" | "schema-copy";

/** A user of the target that applications of one namespace log in as. */
export interface PathLogin extends WorkloadLogin {
  /** Applications that have it. */
  readonly workloads: readonly string[];
}

/** What a path probe tries: the target as the applications of one namespace reach it. */
export interface PathProbeSettings {
  /** Without credentials; those of each login take their place. */
  readonly target: KafkaEndpoint;
  readonly logins: readonly PathLogin[];
}

/** Something that keeps applications from the target. */
export interface PathProblem {
  /** Whom it keeps; absent where it is everybody in the namespace. */
  readonly workloads?: readonly string[];
  readonly problem: string;
}

/** What a path probe has found; it fits into the 4,096 bytes of a termination message. */
export interface PathResult {
  /** Brokers that answered at the address that they advertise; 0 where no login could ask for them. */
  readonly brokers: number;
  /** Whether a user asked for every broker; false means that the bootstrap addresses alone were tried. */
  readonly loggedIn: boolean;
  /** The slowest of those that answered: median of some round trips over an open connection. */
  readonly slowest?: { readonly address: string; readonly milliseconds: number };
  readonly problems: readonly PathProblem[];
  /** Problems that there was no room for. */
  readonly more: number;
}

/** The probe of one namespace, as the gate looks for it. */
export interface PathProbeRef {
  readonly kubernetes: KubernetesRef;
  /** Name of the CronJob. */
  readonly name: string;
  /** Applications of the namespace. */
  readonly workloads: readonly string[];
}

/** What the newest pod of a probe has found. */
export interface PathReading {
  readonly probe: PathProbeRef;
  /** Absent where no pod has ended with a result. */
  readonly found?: { readonly result: PathResult; /** Milliseconds since 1970. */ readonly endedAt: number };
  /** Why the newest pod has no result, in Kubernetes' words; absent where it has one. */
  readonly waits?: string;
}

/** What the schema copy is given. */
export interface SchemaCopySettings {
  readonly registries: { readonly source: RegistryEndpoint; readonly target: RegistryEndpoint };
  /** Seconds between two copies. */
  readonly everySeconds: number;
}
