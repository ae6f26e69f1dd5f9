import {
  usualTraffic,
  type ConsumerWorkload,
  type ProducerWorkload,
  type ServiceWorkload,
  type TrafficSet,
  type TrafficWorkload,
} from "./workloads.ts";

export interface TrafficOptions {
  readonly namespace: string;
  /** Records per second of all producers together. */
  readonly messagesPerSecond: number;
  /** Whether each consumer gets a twin, at 0 replicas and without an address, both of which a migration sets. */
  readonly twins: boolean;
  /** Directory, as the pods see it, that gets one directory of logs per workload. */
  readonly logDir: string;
  /** In-cluster `host:port` that the workloads start with. */
  readonly bootstrap: string;
  /** Secret with the keys `username` and `password`. */
  readonly secret: string;
  /** Secret with the key `ca.crt`: the authority of the brokers' certificates, on both sides. */
  readonly caSecret: string;
  /** What writes and reads. @default the lab's usual traffic */
  readonly traffic?: TrafficSet;
  /** Gives each workload a user of its own (SCRAM) from its Secret `<workload>-login`, and a registry. @default none */
  readonly logins?: {
    /** Base URL of the schema registry that workloads start with. */
    readonly registry: string;
    /** Keys of the Secrets. */
    readonly keys: Readonly<Record<"kafka" | "registry", { readonly username: string; readonly password: string }>>;
  };
}

/** A ConfigMap or a workload as it is applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: "ConfigMap" | WorkloadKind;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly [field: string]: unknown;
}

const apiVersions = { Deployment: "apps/v1", StatefulSet: "apps/v1", Rollout: "argoproj.io/v1alpha1" } as const;
export type WorkloadKind = keyof typeof apiVersions;

/** Set on everything that the lab operator runs. */
export const runLabel = { "kafka-migration.lab/run": "true" };

type Environment = Readonly<Record<string, string>>;

/** What a producer is told besides addresses and its user. */
export function producerEnvironment(workload: ProducerWorkload, messagesPerSecond: number): Environment {
  return {
    TOPICS: workload.writes.map(({ topic }) => topic).join(","),
    RATE: workload.writes.map(({ percent }) => (messagesPerSecond * percent) / 100).join(","),
    KEYS: workload.writes.map(({ keys }) => keys).join(","),
    ...(workload.transactional === true ? { TRANSACTIONAL_ID: workload.name } : {}),
    ...(workload.keyPrefix === undefined ? {} : { KEY_PREFIX: workload.keyPrefix }),
    ...(workload.tombstoneEvery === undefined ? {} : { TOMBSTONE_EVERY: String(workload.tombstoneEvery) }),
  };
}

/** The same for a consumer. */
const consumerEnvironment = ({ reads, group, more, remembers }: ConsumerWorkload): Environment => ({
  TOPICS: reads.join(","),
  GROUP: group,
  ...(more === undefined ? {} : { MORE_GROUPS: JSON.stringify(more) }),
  ...(remembers === true ? { REMEMBERS: "true" } : {}),
});

/** What a service is told besides addresses and its user. */
export const serviceEnvironment = ({
  name,
  group,
  reads,
  routes,
  transactional,
  streams,
}: ServiceWorkload): Environment => ({
  TOPICS: reads.join(","),
  GROUP: group,
  ROUTES: routes.map(({ from, to }) => `${from}>${to}`).join(","),
  ...(transactional === true ? { TRANSACTIONAL_ID: name } : {}),
  ...(streams === undefined ? {} : { REPARTITION: streams.repartition }),
});

/** The program of each role. */
const programs = { producer: "producer", consumer: "consumer", both: "service" } as const;

/** Users and the registry's address as the pods read them. */
function loginEnvironment(workload: TrafficWorkload, options: TrafficOptions): object[] {
  const { name } = workload;
  const { secret, logins } = options;
  const from = (secretName: string, key: string) => ({ valueFrom: { secretKeyRef: { name: secretName, key } } });
  if (!logins)
    return [
      { name: "USERNAME", ...from(secret, "username") },
      { name: "PASSWORD", ...from(secret, "password") },
    ];
  const own = (key: string) => from(`${name}-login`, key);
  const { kafka, registry } = logins.keys;
  return [
    { name: "USERNAME", ...own(kafka.username) },
    { name: "PASSWORD", ...own(kafka.password) },
    { name: "MECHANISM", value: "scram-sha-256" },
    ...(usesRegistry(workload)
      ? [
          { name: "REGISTRY", valueFrom: { configMapKeyRef: { name: `${name}-config`, key: "REGISTRY" } } },
          { name: "REGISTRY_USERNAME", ...own(registry.username) },
          { name: "REGISTRY_PASSWORD", ...own(registry.password) },
        ]
      : []),
  ];
}

const usesRegistry = (workload: TrafficWorkload): boolean => workload.role !== "both" && workload.avro === true;

/** The objects of one workload: its ConfigMap, then the workload. */
export function workloadManifests(
  workload: TrafficWorkload,
  environment: Environment,
  options: TrafficOptions,
): Manifest[] {
  const { name, role } = workload;
  const { kind = "Deployment" } = workload.role === "both" ? {} : workload;
  const twin = role === "consumer" && workload.twin === true;
  const { namespace, caSecret } = options;
  const labels = { app: name, ...runLabel };
  const plain = { WORKLOAD: name, LOG_DIR: `${options.logDir}/${name}`, ...environment };
  const env = [
    { name: "BOOTSTRAP", valueFrom: { configMapKeyRef: { name: `${name}-config`, key: "BOOTSTRAP" } } },
    ...loginEnvironment(workload, options),
    { name: "CA", valueFrom: { secretKeyRef: { name: caSecret, key: "ca.crt" } } },
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ...Object.entries(plain).map(([key, value]) => ({ name: key, value })),
  ];
  const command = ["node", `lab/traffic/${programs[role]}.ts`];
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `${name}-config`, namespace, labels: { app: name } },
      data: {
        BOOTSTRAP: twin ? "" : options.bootstrap,
        ...(options.logins && usesRegistry(workload) ? { REGISTRY: options.logins.registry } : {}),
      },
    },
    {
      apiVersion: apiVersions[kind],
      kind,
      metadata: { name, namespace, labels },
      spec: {
        replicas: role === "consumer" ? workload.replicas : 1,
        selector: { matchLabels: { app: name } },
        ...(kind === "StatefulSet" ? { serviceName: name } : {}),
        ...strategyOf(kind, role),
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 30,
            containers: [{ name: role, image: "kafka-migration/lab-traffic", command, env }],
          },
        },
      },
    },
  ];
}

function strategyOf(kind: WorkloadKind, role: TrafficWorkload["role"]): object {
  if (kind === "Rollout") return { strategy: { canary: { steps: [{ setWeight: 50 }, { pause: {} }] } } };
  // Two pods of one producer would use the same sequence numbers.
  return role === "consumer" ? {} : { strategy: { type: "Recreate" } };
}

/** A second workload of a consumer's group. */
const twinOf = (workload: ConsumerWorkload): ConsumerWorkload => ({
  ...workload,
  name: `${workload.name}-twin`,
  replicas: 0,
  twin: true,
});

/** The traffic's Kubernetes objects: for each workload its ConfigMap `<workload>-config`, then the workload. */
export function trafficManifests(options: TrafficOptions): Manifest[] {
  const { producers, consumers, services = [] } = options.traffic ?? usualTraffic;
  return [
    ...consumers
      .flatMap((workload) => (options.twins ? [workload, twinOf(workload)] : [workload]))
      .flatMap((workload) => workloadManifests(workload, consumerEnvironment(workload), options)),
    ...services.flatMap((workload) => workloadManifests(workload, serviceEnvironment(workload), options)),
    ...producers.flatMap((workload) =>
      workloadManifests(workload, producerEnvironment(workload, options.messagesPerSecond), options),
    ),
  ];
}
