/** The inputs of each acting resource of the program: JSON only. */
import type { QuotaReading } from "./cluster-reading.ts";
import type { HaltRef, Receipts } from "./gates.ts";
import type { Mechanism } from "./login.ts";
import type { CleanupKeeps } from "./platforms/platform.ts";
import type { Protocol } from "./protocol.ts";
import type { LoginRef } from "./rights.ts";
import type { Scope } from "./scope.ts";
import type { KafkaEndpoint, KubernetesRef, SecretRef, SideName } from "./sides.ts";
import type { Move, Whose } from "./workloads.ts";

export interface SwitchInputs {
  readonly scope: Scope;
  readonly row: string;
  readonly what: Move;
  /** The wave that moves; absent where the applications of the whole scope move at once. */
  readonly wave?: string;
  /** Where the offsets come from at which groups continue on the target. */
  readonly offsets: "at-ledger" | "exact" | "at-start" | "kept";
  /** Seconds that the source's ends have to stop growing once the pods are gone. */
  readonly fenceSeconds: number;
  /** Seconds that pods have to stop. */
  readonly stopSeconds: number;
  /** Seconds that the mirror has to copy the rest. */
  readonly drainSeconds: number;
  /** Seconds that pods may take to become ready at the target. */
  readonly startSeconds: number;
  /** Whether the workloads go on at the target; false of those that stop for good, and of twins, which a start begins. */
  readonly starts: boolean;
  readonly sealed: boolean;
  /** Why a switch of a row that is reached is made once more; computed by `check`, empty when all is well. */
  readonly pending?: readonly string[];
  /** Why the ledger does not bear out a switch of a row that is reached; computed by `check`, absent when it does. */
  readonly unproved?: string;
}

/** The state of the workloads of one role, or of one move: where they run is in their address, this is whether they run. */
export interface StartInputs {
  readonly scope: Scope;
  readonly role: Whose;
  /** The wave whose workloads are meant. @default those of the whole scope */
  readonly wave?: string;
  readonly side: SideName;
  /** Hash of the addresses and users that the workloads read, so that a changed one is a changed resource. */
  readonly addresses: string;
  /** Seconds that pods have to become ready. */
  readonly startSeconds: number;
  /** Names of workloads found fenced; computed by `check`, empty when all is well. */
  readonly fenced?: readonly string[];
}

/** The side of a connector: created, configured and stopped there until its role is started. */
export interface ConnectorPlaceInputs {
  readonly scope: Scope;
  /** Its name among the scope's workloads. */
  readonly connector: string;
  readonly side: SideName;
  /** Hash of the config's settings for its configuration at the target. */
  readonly settings: string;
  /** Seconds that Connect has to create it. */
  readonly startSeconds: number;
  /** What still has to be done, as sentences; computed by `check`, empty when all is well. */
  readonly pending?: readonly string[];
}

/**
 * How topics and MirrorMaker 2's rights are declared: one resource each (`apart`), in one resource (`together`), or on the
 * way there (`joining`, `parting`), which takes one complete update in which both kinds of resources stand.
 */
export type Declared = "apart" | "joining" | "together" | "parting";

/**
 * Whose name the source's alias carries, and with it MirrorMaker 2's topics on the target: the migration's `own`, or
 * `source`, as in stacks that a former version has begun. It keys stored positions, so a stack keeps it.
 */
export type Naming = "own" | "source";

/** What of each wave, in order, has to stay as it is: its topics from when they are copied, its workloads once they have moved. */
export type RecordedWaves = readonly RecordedWave[];

export interface RecordedWave {
  readonly name: string;
  readonly workloads: readonly string[];
  readonly closes: readonly string[];
  readonly moved?: true;
}

/** What a row consists of, once all of it was brought about. */
export interface ReachedInputs {
  readonly row: string;
  /** How topics are declared; absent as long as each has always been a resource of its own. */
  readonly declared?: Declared;
  /** Absent where it follows from the table, and in stacks that a former version has begun. */
  readonly naming?: Naming;
  /** Absent where applications do not move wave by wave. */
  readonly waves?: RecordedWaves;
  /** Gates and acts by their resources' names: what each was to bring about, and the receipt that it left. */
  readonly acts: Readonly<Record<string, { readonly aim: string; readonly receipt?: string }>>;
}

export interface MirrorStateInputs {
  readonly scope: Scope;
  /** The wave whose connector is meant. @default all connectors */
  readonly wave?: string;
  /** True means the checkpoint and heartbeat connectors alone, and nothing that copies records. */
  readonly others?: true;
  readonly desired: "running" | "stopped";
  /** Hash of the connectors' configuration, so that a changed one is waited for. */
  readonly configuration: string;
  readonly readySeconds: number;
  /** Topics that MirrorMaker 2 and Connect keep for themselves on the target. @default none */
  readonly ownTopics?: readonly string[];
  /** Connectors found in another state than desired; computed by `check`, empty when all is well. */
  readonly strayed?: readonly string[];
}

export interface SchemaCopyInputs {
  readonly scope: Scope;
  readonly row: string;
  /** Where schemas are registered: `copied` is the source, with a copy of it under IMPORT on the target. */
  readonly desired: "source" | "copied" | "target";
  /** Seconds to wait for a switch that is in progress in another process. */
  readonly waitSeconds: number;
  /** What has to be done, as sentences; computed by `check`, empty when all is well. */
  readonly pending?: readonly string[];
}

/** Pods that must be gone before something else begins. */
export interface NoPodsInputs {
  readonly kubernetes: KubernetesRef;
  /** Labels that they have. */
  readonly labels: Readonly<Record<string, string>>;
  /** What they are, for an error. */
  readonly what: string;
  /** Seconds that they have to end. */
  readonly seconds: number;
  /** Pods found; computed by `check`, empty when all is well. */
  readonly left?: readonly string[];
}

/** An object whose operator must report it ready. */
export interface ReadyInputs {
  readonly kubernetes: KubernetesRef;
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly name: string;
  /** The object's metadata.generation as Pulumi wrote it. */
  readonly generation: number;
  readonly readySeconds: number;
}

/** A source that exists and that a later row halts: as long as it is not to be halted, it runs. */
export interface RunningInputs {
  readonly scope: Scope;
  readonly halts: HaltRef;
  readonly readySeconds: number;
  /** What has to be done, as sentences; computed by `check`, empty when all is well. */
  readonly pending?: readonly string[];
}

/** The object of a source that a row deletes. */
export interface RemovedSourceInputs {
  readonly kubernetes: KubernetesRef;
  readonly cluster: { readonly kind: string; readonly name: string };
  /** What its operator keeps. */
  readonly keeps: CleanupKeeps;
  /** The operator has so long. */
  readonly seconds: number;
  /** `namespace/name`, as it was typed into the config. */
  readonly confirmed: string;
  /** Whether it is still there; computed by `check`. */
  readonly left?: readonly string[];
}

/** Seconds that each part of a way back may take; see `SwitchInputs`. */
export type BackPatience = Pick<SwitchInputs, "stopSeconds" | "fenceSeconds" | "drainSeconds" | "startSeconds">;

export interface LedgerInputs extends BackPatience {
  readonly scope: Scope;
  /** The entry of the row's switch as JSON text; empty in rows before the first switch. */
  readonly entries: readonly string[];
  /** Moves that are behind the row, in order, as `moveName` calls them: a ledger that holds more refuses the row. */
  readonly behind: readonly string[];
  /** True if every group reads on both sides, so that producers can go back and leave nothing unread. */
  readonly bothRead: boolean;
  readonly row: string;
  /** Where the config opens a way back: `closes` is true in a row that closes it, with both ends recorded. */
  readonly wayBack?: { readonly closes: boolean };
  /** In a row that halts the source: the source, and what every gate of the row has found. */
  readonly halts?: HaltRef;
  readonly passed?: Receipts;
  /** What the ConfigMap needs, as sentences; computed by `check`, empty when all is well. */
  readonly pending?: readonly string[];
}

/** What opens the way back: the positions from which the mirror back copies, before its connector is made. */
export interface WayBackInputs {
  readonly scope: Scope;
  /** The wave whose topics come back. @default the topics of the whole scope */
  readonly wave?: string;
  /** The row that opens it. */
  readonly row: string;
  readonly readySeconds: number;
  /** What has to be done, as sentences; computed by `check`, empty when all is well. */
  readonly pending?: readonly string[];
}

/** One side's connection in a connector's properties; the credentials are filled in when the Secret is written. */
export interface ConnectorClient {
  /** `source.cluster.` or `target.cluster.` */
  readonly prefix: string;
  readonly protocol: Protocol;
  readonly mechanism?: Mechanism;
  readonly credentials?: SecretRef;
  /** Secret with the key `ca.crt`; default: the worker's own trust store. */
  readonly ca?: SecretRef;
  /** Mutual TLS: Secret with the keys `tls.crt` and `tls.key`. */
  readonly certificate?: SecretRef;
  /** Further client properties, without the prefix. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface ConnectorConfigInputs {
  readonly kubernetes: KubernetesRef;
  readonly secretName: string;
  readonly migration: string;
  /** Properties without credentials. */
  readonly properties: Readonly<Record<string, string>>;
  readonly clients: readonly ConnectorClient[];
  /** Resource versions of the clients' Secrets; computed by `check`, so that a rotated one is written again. */
  readonly versions?: Readonly<Record<string, string>>;
}

export interface GeneratedSecretInputs {
  readonly kubernetes: KubernetesRef;
  readonly name: string;
  readonly migration: string;
  readonly username: string;
  /** True refuses an existing Secret with another username, because something else is named after it. */
  readonly exact?: boolean;
}

export interface MirrorTopicsInputs {
  readonly target: KafkaEndpoint;
  readonly topics: readonly string[];
  /** The source's alias in heartbeats, which other migrations write to the same topic. @default the topic is in `topics`, or none */
  readonly heartbeatsOf?: string;
  /** The one of them in which a Connect that is made here keeps the mirror's positions. */
  readonly offsetsTopic?: string;
  /** Where their ids are written down. */
  readonly record: { readonly migration: string; readonly kubernetes: KubernetesRef; readonly configMap: string };
  /** The ledger's ConfigMap, in the same place. */
  readonly ledger: string;
  /** Of applications that move wave by wave: the waves, and whether they write. @default everybody moves at once */
  readonly waves?: readonly { readonly name: string; readonly writes: boolean }[];
}

/** Secrets that a user and certificates are read from. */
export interface CredentialsInputs {
  readonly userSecret?: SecretRef;
  /** Keys of the user's Secret that are read. @default username and password */
  readonly userKeys?: readonly string[];
  /** Secret with the key `ca.crt`. */
  readonly caSecret?: SecretRef;
  /** Secret with the keys `tls.crt` and `tls.key`. */
  readonly clientSecret?: SecretRef;
  /** The Secrets' resource versions by the key above that names them; computed by `check`. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** What the Secrets hold; an empty text where none is named. */
export interface Credentials {
  readonly versions: Readonly<Record<string, string>>;
  /** The user's keys: `username` and `password` unless others were asked for. */
  readonly user: Readonly<Record<string, string>>;
  readonly ca: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** Topics on the target that are marked as this migration's once they exist. */
export interface TopicMarksInputs {
  readonly migration: string;
  readonly sourceClusterId: string;
  readonly target: KafkaEndpoint;
  readonly kubernetes: KubernetesRef;
  /** ConfigMap that holds the marks. */
  readonly configMap: string;
  readonly topics: readonly string[];
  /** Topics that are allowed to hold records which this migration did not write. */
  readonly adopted: readonly string[];
}

export interface TopicSize {
  readonly partitions: number;
  readonly replicationFactor: number;
}

/** The wanted settings of each topic on the target. */
export interface TopicsGuardInputs {
  readonly topics: Readonly<Record<string, TopicSize>>;
  /** Present while the target's topics are to have the partitions that are asked for. */
  readonly target?: KafkaEndpoint;
}

/** A topic as it is asked for on the target. */
export interface TopicSpec extends TopicSize {
  /** What the topic sets itself. */
  readonly config: Readonly<Record<string, string>>;
}

/** Topics of the target that are declared in one resource. */
export interface TogetherInputs {
  readonly migration: string;
  /** Logged in as the target's admin. */
  readonly target: KafkaEndpoint;
  /** Where the marks are, and beside them what was asked for last. */
  readonly kubernetes: KubernetesRef;
  /** ConfigMap of the marks, by which a topic is this migration's. */
  readonly marks: string;
  readonly topics: Readonly<Record<string, TopicSpec>>;
  /** Topics that are allowed to hold records which this migration did not write. */
  readonly adopted: readonly string[];
  /** Topics that exist and stay as they are for now, because others may rely on it. */
  readonly kept: readonly string[];
  /** True once producers write there: their owners may then give a topic more partitions, or delete it. */
  readonly ownersAdd: boolean;
  /** Topics that will be made, as lines; computed by `check`, cut after a number. */
  readonly creates?: readonly string[];
  /** Topics that will be changed, and how; computed by `check`, cut after a number. */
  readonly changes?: readonly string[];
  /** Number of topics that are as asked for; computed by `check`. */
  readonly keeps?: number;
}

/** The rights of MirrorMaker 2's own user on one side, declared in one resource. */
export interface MirrorRightsInputs {
  /** Logged in as the side's admin. */
  readonly cluster: KafkaEndpoint;
  /** `User:<name>`; the user is this program's, and has exactly these rights. */
  readonly principal: string;
  /** ACLs, as `parseAcl` reads them. */
  readonly acls: readonly string[];
  /** True leaves the rights as they are from now on: each is a resource of its own, still or again. */
  readonly handedOver: boolean;
  /** ACLs that will be granted; computed by `check`, cut after a number. */
  readonly missing?: readonly string[];
  /** ACLs that will be removed; computed by `check`, cut after a number. */
  readonly going?: readonly string[];
}

/** The rights of the applications on the target. */
export interface TargetRightsInputs {
  /** Logged in as the target's admin. */
  readonly target: KafkaEndpoint;
  /** Users that the program creates, each with the Secret that holds its password. */
  readonly users: readonly LoginRef[];
  /** Every ACL that is wanted, as `parseAcl` reads it: keys, so that one that comes or goes is one line of a preview. */
  readonly acls: Readonly<Record<string, true>>;
  /** Quotas of several entities together, which Pulumi's provider cannot make. */
  readonly quotas: readonly QuotaReading[];
  /** ACLs that were granted and no longer exist; computed by `check`, empty when all is well. */
  readonly missing?: readonly string[];
  /** ACLs that will be removed; computed by `check`. */
  readonly going?: readonly string[];
}

/** A namespace that must exist. */
export interface NamespaceInputs {
  readonly kubernetes: KubernetesRef;
}

/** An object that the program creates and that must not exist before. */
export interface UnclaimedInputs extends Pick<ReadyInputs, "kubernetes" | "apiVersion" | "plural" | "name"> {
  readonly kind: string;
  /** The config's key that says whether the object is made here, such as `target.cluster.kind`. */
  readonly setting: string;
}

/** Something that others install or grant. */
export type Need =
  | {
      readonly kind: "served";
      /** Whose kind it is: `KubeDB`. */
      readonly title: string;
      readonly group: string;
      readonly version: string;
      readonly plural: string;
    }
  | {
      /** A right of the runner in the connection's namespace. */
      readonly kind: "allowed";
      readonly verb: string;
      /** Empty for Kubernetes' own core group. */
      readonly group: string;
      /** With a subresource after a slash: `deployments/scale`. */
      readonly plural: string;
    };

/** What must be there before anything is made. */
export interface PrerequisitesInputs {
  readonly needs: readonly { readonly kubernetes: KubernetesRef; readonly need: Need }[];
}
