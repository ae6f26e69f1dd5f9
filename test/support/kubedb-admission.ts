/**
 * What KubeDB's admission webhook refuses, as far as this program could write it. The CRDs have no such rules, so an
 * API server that has only the CRDs accepts all of it. Read from kubedb.dev/apimachinery v0.66.0.
 */

interface Container {
  name: string;
  env?: { name: string; value?: string }[];
  volumeMounts?: { mountPath: string }[];
}

interface PodTemplate {
  spec?: { containers?: Container[]; initContainers?: Container[]; volumes?: { name: string }[] };
}

interface Nodes {
  replicas?: number;
  suffix?: string;
  storage?: unknown;
  podTemplate?: PodTemplate;
}

interface Reference {
  kind?: string;
  name?: string;
}

interface Spec {
  version?: string;
  replicas?: number;
  storage?: unknown;
  storageType?: string;
  podTemplate?: PodTemplate;
  topology?: { controller?: Nodes; broker?: Nodes };
  enableSSL?: boolean;
  tls?: { issuerRef?: { apiGroup?: string; kind?: string; name?: string } };
  halted?: boolean;
  deletionPolicy?: string;
  configSecret?: unknown;
  configuration?: unknown;
  authSecret?: Reference;
  keystoreCredSecret?: Reference;
  brokerRack?: { topologyKey?: string };
  kafkaRef?: Reference;
  connectClusterRef?: Reference;
  connectorPlugins?: string[];
  /** Of an AppBinding. */
  type?: string;
  clientConfig?: { url?: string; service?: { name?: string; port?: number; scheme?: string } };
  secret?: Reference;
  tlsSecret?: Reference;
}

export interface KubedbObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
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
    ({ authSecret, keystoreCredSecret }) => [authSecret, keystoreCredSecret].some(isNoSecret),
  ],
];

const reserved = {
  Kafka: {
    volumes: ["data", "kafkaconfig", "temp-config", "server-certs", "client-certs"],
    paths: [
      "/opt/kafka/config/kafkaconfig",
      "/opt/kafka/config/temp-config",
      "/var/log/kafka",
      "/var/log/kafka/metadata",
      "/var/private/ssl",
    ],
  },
  ConnectCluster: {
    volumes: [
      "connect-operator-config",
      "connect-custom-config",
      "connector-plugins",
      "connect-cluster-auth",
      "connect-stand-offset",
      "kafka-client-ssl",
      "server-certs",
    ],
    paths: [
      "/opt/kafka/config/connect-operator-config",
      "/opt/kafka/libs/connector-plugins",
      "/var/private/basic-auth",
      "/var/log/connect",
      "/opt/kafka/config/connect-custom-config",
      "/var/private/kafka-client-ssl",
      "/var/private/ssl",
    ],
  },
};

const reservedRules = (kind: keyof typeof reserved): readonly Rule[] => [
  [
    "a volume's name is reserved",
    (spec) => templatesOf(spec).some((one) => one?.spec?.volumes?.some((v) => reserved[kind].volumes.includes(v.name))),
  ],
  [
    "a mount path is reserved",
    (spec) =>
      templatesOf(spec)
        .flatMap((one) => [...(one?.spec?.containers ?? []), ...(one?.spec?.initContainers ?? [])])
        .some(({ volumeMounts = [] }) => volumeMounts.some((v) => reserved[kind].paths.includes(v.mountPath))),
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
    [
      "KAFKA_CLUSTER_ID of controller and broker must be equal",
      ({ topology }) =>
        !!topology && clusterId(topology.controller?.podTemplate) !== clusterId(topology.broker?.podTemplate),
    ],
    [
      "storageType must be Durable or Ephemeral",
      ({ storageType }) => storageType !== undefined && !["Durable", "Ephemeral"].includes(storageType),
    ],
    ["brokerRack needs a topologyKey", ({ brokerRack }) => !!brokerRack && !brokerRack.topologyKey],
    ...reservedRules("Kafka"),
    ["halted needs deletionPolicy Halt", ({ halted, deletionPolicy }) => halted === true && deletionPolicy !== "Halt"],
    [
      "Ephemeral storage excludes deletionPolicy Halt",
      ({ storageType, deletionPolicy }) => storageType === "Ephemeral" && deletionPolicy === "Halt",
    ],
  ],
  ConnectCluster: [
    ...everywhere,
    ["deletionPolicy Halt is refused", ({ deletionPolicy }) => deletionPolicy === "Halt"],
    ["kafkaRef needs the name of an AppBinding", ({ kafkaRef }) => !kafkaRef?.name],
    // None is needed for MirrorMaker 2, and the catalogue of plugins is not known here.
    ["connectorPlugins are not in the catalogue", ({ connectorPlugins = [] }) => connectorPlugins.length > 0],
    ...reservedRules("ConnectCluster"),
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
    ["connectClusterRef needs the name of an AppBinding", ({ connectClusterRef }) => !connectClusterRef?.name],
    [
      "configSecret and configuration exclude each other",
      ({ configSecret, configuration }) => !!configSecret && !!configuration,
    ],
    ["deletionPolicy Halt is refused", ({ deletionPolicy }) => deletionPolicy === "Halt"],
    // Accepted by KubeDB, but then the connector goes on in Connect after its object is gone.
    ["deletionPolicy must be WipeOut", ({ deletionPolicy }) => deletionPolicy !== "WipeOut"],
  ],
  // It has no webhook; its CRD (kmodules/custom-resources 2c9987c9) demands this.
  AppBinding: [
    ["type must be kubedb.com/kafka", ({ type }) => type !== "kubedb.com/kafka"],
    [
      "clientConfig needs exactly one of url and service",
      ({ clientConfig }) => (clientConfig?.url === undefined) === (clientConfig?.service === undefined),
    ],
    [
      "the service needs name, port and scheme",
      ({ clientConfig }) =>
        !!clientConfig?.service &&
        !(clientConfig.service.name && clientConfig.service.port && clientConfig.service.scheme),
    ],
    ["a Secret needs kind Secret and a name", ({ secret, tlsSecret }) => [secret, tlsSecret].some(isNoSecret)],
  ],
};

/** Reasons for which KubeDB, or a careful operator, would refuse an object. */
export function refusals({ kind, spec }: KubedbObject): string[] {
  return (rules[kind] ?? []).filter(([, broken]) => broken(spec)).map(([reason]) => reason);
}

/** Reasons for which KubeDB would refuse to make one object of another; `olds` is what stands. */
export function updateRefusals(olds: KubedbObject, news: KubedbObject): string[] {
  const [before, after]: Spec[] = [olds.spec, news.spec];
  const scaled = news.kind === "ConnectCluster" && (before?.replicas ?? 1) === 1 && (after?.replicas ?? 1) > 1;
  return [...refusals(news), ...(scaled ? ["one replica cannot become more"] : [])];
}

/**
 * References that lead nowhere: KubeDB makes an AppBinding beside each Kafka and ConnectCluster, under its name, and
 * waits for ever for one that nobody makes. `existing` are AppBindings of objects that are not made here.
 */
export function danglingReferences(objects: readonly KubedbObject[], existing: readonly string[] = []): string[] {
  const bound = new Set([...existing, ...objects.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)]);
  return objects.flatMap(({ kind, spec, metadata }) => {
    const { kafkaRef, connectClusterRef }: Spec & { kafkaRef?: { namespace?: string } } = spec;
    return [kafkaRef, connectClusterRef].flatMap((reference) => {
      if (reference === undefined) return [];
      const { namespace = metadata?.namespace, name } = reference as { namespace?: string; name?: string };
      return bound.has(`${namespace}/${name}`) ? [] : [`${kind} ${metadata?.name} refers to ${namespace}/${name}`];
    });
  });
}

const isNoSecret = (reference: Reference | undefined): boolean =>
  reference !== undefined && (reference.kind !== "Secret" || !reference.name);

const templatesOf = ({ podTemplate, topology }: Spec): (PodTemplate | undefined)[] => [
  podTemplate,
  topology?.controller?.podTemplate,
  topology?.broker?.podTemplate,
];

const envOf = (template: PodTemplate | undefined, container: string, variable: string): string | undefined =>
  template?.spec?.containers?.find(({ name }) => name === container)?.env?.find(({ name }) => name === variable)?.value;

const clusterId = (template: PodTemplate | undefined) => envOf(template, "kafka", "KAFKA_CLUSTER_ID");
const connectMode = (template: PodTemplate | undefined) => envOf(template, "connect-cluster", "CONNECT_CLUSTER_MODE");
