/**
 * What KubeDB's admission webhook refuses, as far as this program could write it. The CRDs have no such rules, so an
 * API server that has only the CRDs accepts all of it. Read from kubedb.dev/apimachinery v0.66.0.
 */

interface Nodes {
  replicas?: number;
  suffix?: string;
  storage?: unknown;
}

interface Spec {
  version?: string;
  replicas?: number;
  storage?: unknown;
  storageType?: string;
  podTemplate?: { spec?: { containers?: { name: string; env?: { name: string; value?: string }[] }[] } };
  topology?: { controller?: Nodes; broker?: Nodes };
  enableSSL?: boolean;
  tls?: { issuerRef?: { apiGroup?: string; kind?: string; name?: string } };
  halted?: boolean;
  deletionPolicy?: string;
  configSecret?: unknown;
  configuration?: unknown;
  authSecret?: { kind?: string; name?: string };
  kafkaRef?: { name?: string };
  connectClusterRef?: { name?: string };
}

export interface KubedbObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: object;
}

type Rule = readonly [reason: string, broken: (spec: Spec) => boolean];

const catalogue = ["3.5.2", "3.6.1", "3.7.2", "3.8.1", "3.9.0", "4.0.0", "4.2.0"];

const everywhere: readonly Rule[] = [
  ["version is not in the catalogue", ({ version }) => version !== undefined && !catalogue.includes(version)],
  ["enableSSL and tls go together", ({ enableSSL, tls }) => (enableSSL ?? false) !== (tls !== undefined)],
  [
    "issuerRef needs cert-manager's group, a kind and a name",
    ({ tls }) =>
      !!tls &&
      !(
        tls.issuerRef?.apiGroup === "cert-manager.io" &&
        ["Issuer", "ClusterIssuer"].includes(tls.issuerRef.kind ?? "") &&
        tls.issuerRef.name
      ),
  ],
  [
    "configSecret and configuration exclude each other",
    ({ configSecret, configuration }) => !!configSecret && !!configuration,
  ],
  [
    "authSecret needs kind Secret and a name",
    ({ authSecret }) => !!authSecret && (authSecret.kind !== "Secret" || !authSecret.name),
  ],
];

const rules: Record<string, readonly Rule[]> = {
  Kafka: [
    ...everywhere,
    ["topology excludes replicas", ({ topology, replicas }) => !!topology && replicas !== undefined],
    ["topology excludes storage", ({ topology, storage }) => !!topology && storage !== undefined],
    ["topology excludes podTemplate", ({ topology, podTemplate }) => !!topology && podTemplate !== undefined],
    ["topology needs controller and broker", ({ topology }) => !!topology && !(topology.controller && topology.broker)],
    [
      "replicas must be 1 or more",
      ({ replicas, topology }) =>
        [replicas, topology?.controller?.replicas, topology?.broker?.replicas].some((count) => (count ?? 1) < 1),
    ],
    [
      "suffixes of controller and broker must differ",
      ({ topology }) =>
        !!topology && (topology.controller?.suffix ?? "controller") === (topology.broker?.suffix ?? "broker"),
    ],
    [
      "durable storage needs a volume claim",
      ({ storageType = "Durable", storage, topology }) =>
        storageType === "Durable" &&
        (topology ? [topology.controller, topology.broker].some((nodes) => !nodes?.storage) : storage === undefined),
    ],
    ["halted needs deletionPolicy Halt", ({ halted, deletionPolicy }) => halted === true && deletionPolicy !== "Halt"],
    [
      "Ephemeral storage excludes deletionPolicy Halt",
      ({ storageType, deletionPolicy }) => storageType === "Ephemeral" && deletionPolicy === "Halt",
    ],
  ],
  ConnectCluster: [
    ...everywhere,
    ["deletionPolicy Halt is refused", ({ deletionPolicy }) => deletionPolicy === "Halt"],
    ["replicas must be 1 or more", ({ replicas }) => (replicas ?? 1) < 1],
    [
      "more than one replica excludes standalone mode",
      ({ replicas, podTemplate }) => (replicas ?? 1) > 1 && connectMode(podTemplate) === "standalone",
    ],
    // Accepted by KubeDB, but then offsets lie in a local file and exactly-once is not supported.
    [
      "one replica runs standalone",
      ({ replicas, podTemplate }) => (replicas ?? 1) === 1 && connectMode(podTemplate) !== "distributed",
    ],
  ],
  Connector: [
    ["deletionPolicy Halt is refused", ({ deletionPolicy }) => deletionPolicy === "Halt"],
    // Accepted by KubeDB, but then the connector goes on in Connect after its object is gone.
    ["deletionPolicy must be WipeOut", ({ deletionPolicy }) => deletionPolicy !== "WipeOut"],
  ],
};

/** Reasons for which KubeDB, or a careful operator, would refuse an object. */
export function refusals({ kind, spec }: KubedbObject): string[] {
  return (rules[kind] ?? []).filter(([, broken]) => broken(spec)).map(([reason]) => reason);
}

function connectMode(podTemplate: Spec["podTemplate"]): string | undefined {
  const container = podTemplate?.spec?.containers?.find(({ name }) => name === "connect-cluster");
  return container?.env?.find(({ name }) => name === "CONNECT_CLUSTER_MODE")?.value;
}
