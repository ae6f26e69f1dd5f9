/**
 * What the program must know of whoever runs Kafka and Connect. A platform is one object of this type and a line in
 * `platforms.ts`; everything here is pure: objects as the Kubernetes API takes them, names, addresses, sentences.
 */
import type { z } from "zod";
import type { Problem } from "../config-problem.ts";
import type { Mechanism } from "../login.ts";
import type { Protocol } from "../protocol.ts";
import type { SideName } from "../sides.ts";
import type { MonitorConfig, NodesConfig } from "./schema-parts.ts";

/** A side's `cluster` in the config, as far as the kind tells whose it is. */
export interface OfKind {
  readonly kind: string;
}

export type Properties = Readonly<Record<string, string>>;

/** A type of objects of the Kubernetes API. */
export interface ObjectType {
  readonly apiVersion: string;
  readonly kind: string;
  /** The type's name in the API's paths. */
  readonly plural: string;
}

/** An object to be made; `Text` is what a value that is known only at run time is held in. */
export interface Manifest<Text = string> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string | Text>>;
  };
  readonly spec: object;
}

/** An object to be made, and the end of its name as a resource. Names of resources never change. */
export interface NamedManifest<Text = string> {
  readonly suffix: string;
  readonly manifest: Manifest<Text>;
}

/** What the config says of a cluster that is made here. */
export interface PlannedCluster {
  readonly version: string;
  readonly brokers: NodesConfig;
  /** The brokers themselves where they are controllers as well. */
  readonly controllers: NodesConfig;
  /** Properties of the brokers that replace Kafka's defaults. */
  readonly configuration: Properties;
}

/** An object as the operator reports it, as far as readiness goes. */
export interface ReportedObject {
  readonly metadata?: { readonly generation?: number };
  readonly status?: {
    readonly phase?: string;
    readonly observedGeneration?: number;
    readonly conditions?: readonly {
      readonly type?: string;
      readonly status?: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/** What an operator says of an object; `found` in its own words, for example `Provisioning for generation 1`. */
export interface Readiness {
  readonly state: "ready" | "failed" | "waiting";
  readonly found: string;
}

export interface ClusterWanted<Cluster extends OfKind> {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** True stops the brokers and keeps the volumes. */
  readonly halted: boolean;
  /** `host:port` outside the Kubernetes cluster under which the brokers are reached. */
  readonly addresses: readonly string[];
}

/** CPUs and memory as Kubernetes' quantities. */
export interface Machine {
  readonly cpu?: string;
  readonly memory?: string;
}

/** Prometheus' names of a broker's load. */
export interface BrokerMetrics {
  readonly underReplicated: string;
  readonly leaders: string;
  /** Counters; without the label `topic` they are of all topics. */
  readonly bytesIn: string;
  readonly bytesOut: string;
  /** Share of their time that request handlers wait for work, from 0 to 1. */
  readonly requestHandlerIdle: string;
}

/** How a platform runs Kafka. `Cluster` is what its schemas let through. */
export interface KafkaPlatform<Cluster extends OfKind = OfKind> {
  readonly object: ObjectType;
  /** What the config says of a cluster that is made here; undefined for one that is not. */
  planned(cluster: Cluster): PlannedCluster | undefined;
  /** The brokers as applications inside the Kubernetes cluster reach them. */
  bootstrap(name: string, namespace: string): string;
  /** Addresses of the single brokers inside the Kubernetes cluster, by the object that stands. */
  brokersOf(object: unknown, name: string, namespace: string): readonly string[];
  /** Name of the Secret with the authority of a cluster that is made here and speaks TLS, under the key `ca.crt`. */
  caSecret(name: string): string;
  /** Mechanisms that the brokers offer; undefined where their configuration decides, or nobody here knows. */
  mechanisms(cluster: Cluster): readonly Mechanism[] | undefined;
  /** Properties of the brokers that the operator sets itself. */
  readonly reservedProperties: RegExp;
  /** The objects of a cluster that is made here, in order of creation; the last is of the type `object`. */
  clusterObjects(wanted: ClusterWanted<Cluster>): readonly NamedManifest[];
  /** What each broker of an object that stands asks of its machine, as quantities; empty where it asks for nothing. */
  machineOf(object: unknown): Machine;
  /** Whether an object that stands says that its brokers are to be stopped, with their volumes kept. */
  isHalted(object: unknown): boolean;
  /** The fields that stop the brokers of a cluster that exists, and keep their volumes; null where there is no way. */
  haltPatch(name: string, namespace: string): Manifest | null;
  /** A merge patch that starts them again, with the values that the fields of `haltPatch` had before; null is not set. */
  resumePatch(before: Readonly<Record<string, unknown>>): object;
  /** A merge patch after which deleting an object deletes its volumes too; null where it does so anyway. */
  readonly wipePatch: object | null;
  /** Regular expression of the names of its brokers' pods. */
  brokerPods(name: string): string;
  /** Labels of all its pods. */
  podLabels(name: string): Readonly<Record<string, string>>;
  /** Ports on which its pods listen. */
  readonly ports: { readonly clients: number; readonly controllers: number; readonly metrics: number };
  /** Addresses outside the Kubernetes cluster from which the brokers of a cluster that is made here are reached. */
  externalRanges(cluster: Cluster): readonly string[];
  /** Names under which clients outside find each broker of a cluster that is made here, with the object that has the address. */
  externalNames(cluster: Cluster, namespace: string): readonly { readonly host: string; readonly service: string }[];
  /** Prometheus' name of the records that a broker was sent, by topic. */
  readonly messagesIn: string;
  /** Prometheus' names of what a broker carries. */
  readonly load: BrokerMetrics;
  /** Whether Prometheus is given the metrics of a cluster that is made here; undefined where its owner decides. */
  monitored(cluster: Cluster): boolean | undefined;
  /** What is wrong in the config with a cluster of this platform, by itself. */
  problems(side: SideName, cluster: Cluster): Problem[];
  /** What is wrong with how its clients connect. */
  securityProblems(side: SideName, cluster: Cluster, protocol: Protocol): Problem[];
}

/** Where Connect keeps its own records, and how its workers log in to it. */
export interface ConnectTarget {
  readonly cluster: OfKind & { readonly name?: string };
  /** Kafka's version, where the config says it. */
  readonly version?: string;
  readonly bootstrap: readonly string[];
  readonly protocol: Protocol;
  readonly login?: { readonly mechanism: Mechanism; readonly secret: string };
  /** Secret with the key `ca.crt`. */
  readonly caSecret?: string;
  /** Whether MirrorMaker 2 has a user of its own there. */
  readonly mirrorUser: boolean;
}

/** A Connect cluster that is made here. */
export interface ConnectWanted {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly replicas: number;
  readonly monitor: MonitorConfig;
  /** Secret of the REST API's user. */
  readonly restSecret: string;
  /** Properties of the workers, without addresses and credentials. */
  readonly worker: Properties;
  readonly target: ConnectTarget;
}

export interface ConnectorWanted<Text> {
  readonly name: string;
  readonly connect: string;
  readonly namespace: string;
  /** Without credentials. */
  readonly properties: Properties;
  /** Secret with all properties, credentials included. */
  readonly secretName: string;
  /** Hash of what the Secret holds. */
  readonly sha256: Text;
  /** How it logs in on each side, by the prefix of its properties. */
  readonly logins: readonly {
    readonly prefix: string;
    readonly mechanism?: Mechanism;
    readonly secret?: string;
    readonly caSecret?: string;
  }[];
}

/** Prometheus' names of what a Connect worker reports. */
export interface ConnectMetrics {
  /** Age of the latest records when they reached the target, in ms, greatest of the last window; NaN while idle. */
  readonly replicationLatencyMax: string;
  readonly replicationLatencyAvg: string;
  /** Records mirrored by a task since it started, by topic and partition. */
  readonly recordCount: string;
  /** Bytes per second, by topic and partition. */
  readonly byteRate: string;
  /** Sends that a worker's producer repeated. */
  readonly producerRetries: string;
  readonly recordErrors: string;
  readonly recordFailures: string;
  readonly recordsSkipped: string;
  /** Records that a source task has written to Kafka. */
  readonly recordsWritten: string;
  /** Records that MM2's consumer has left to read, by topic and partition. */
  readonly recordsLeft: string;
  /** 1 for the state that a task is in, which is the label `status`. */
  readonly taskStatus: string;
  /** Tasks on a worker. */
  readonly workerTasks: string;
}

/** How a platform runs Kafka Connect. */
export interface ConnectPlatform {
  readonly object: ObjectType;
  readonly connector: ObjectType;
  readonly versions: readonly [string, ...string[]];
  /** Base URL of the REST API inside the Kubernetes cluster. */
  restUrl(name: string, namespace: string): string;
  /** Whether the REST API asks for a user. */
  readonly restUser: boolean;
  /**
   * Secret in which the workers of a Connect that is made here get their properties with credentials; undefined where
   * the objects say it, or the platform's own login will do.
   */
  workerSecret(name: string, target: Pick<ConnectTarget, "cluster" | "mirrorUser">): string | undefined;
  /** Whether workers made here read the Secret of a user that the config names, so that it must lie beside them. */
  readsUserSecret(target: Pick<ConnectTarget, "cluster" | "mirrorUser">): boolean;
  /** Properties for that Secret, without credentials. */
  workerProperties(wanted: ConnectWanted): Properties;
  /** The objects of a Connect that is made here, in order of creation; the last is of the type `object`. */
  connectObjects<Text>(wanted: ConnectWanted, sha256?: Text): readonly NamedManifest<Text>[];
  /** A ConfigMap that its workers' pods mount, to be there before them; undefined where they need none. */
  metricsRules(wanted: ConnectWanted): { readonly name: string; readonly data: Properties } | undefined;
  connectorManifest<Text>(wanted: ConnectorWanted<Text>): Manifest<Text>;
  /**
   * How a connector is stopped and resumed: `rest` asks Connect itself; a patch of its object where the operator would
   * undo what Connect was asked.
   */
  readonly connectorState: "rest" | { readonly running: object; readonly stopped: object };
  /** Regular expression of the names of its workers' pods. */
  workerPods(name: string): string;
  /** Labels of its workers' pods. */
  podLabels(name: string): Readonly<Record<string, string>>;
  /** Ports on which its workers listen. */
  readonly ports: { readonly rest: number; readonly metrics: number };
  readonly metrics: ConnectMetrics;
  /** The label with a client's id. */
  readonly clientLabel: string;
  /** What is wrong in the config with a Connect of this platform, by itself. */
  problems(connect: { readonly name: string; readonly version: string }): Problem[];
  /** What is wrong with a Connect beside a Kafka object of the same name, the cluster of `side`. */
  sameNameProblems(name: string, side: SideName): Problem[];
}

export interface Platform<Cluster extends OfKind = OfKind> {
  /** As sentences call it. */
  readonly title: string;
  /** Kind in the config of what this program makes; undefined where it makes nothing. */
  readonly made: string | undefined;
  /** Kind in the config of what exists already. */
  readonly existing: string;
  /** Groups of the Kubernetes API in which its objects lie. */
  readonly groups: readonly string[];
  /** Topics that it keeps for itself on a cluster; they are nobody's. */
  readonly ownTopics: readonly string[];
  /** What the config may say of a side's `cluster`, one schema per kind. */
  readonly clusterSchemas: readonly z.ZodObject[];
  /** Null where a cluster is known by its addresses alone. */
  readonly kafka: KafkaPlatform<Cluster> | null;
  /** Null where no Connect is run by it. */
  readonly connect: ConnectPlatform | null;
  /** What an operator says of an object; null where there is none to ask. */
  readonly readiness: {
    /** The word for an object of a kind that is as it should be, for example `Ready`. */
    word(kind: string): string;
    /** `generation` is the one that was written; an older report says nothing. */
    of(kind: string, object: ReportedObject, generation: number): Readiness;
  } | null;
}
