import type { Difference, ObjectChange, RenderedObject } from "../rendered.ts";
import { nodeTypesOf, runsStream } from "../tiers.ts";
import { isMap, valueAt } from "../values.ts";

/** What tells whether a row may make a change. */
export interface GuardedRow {
  /** What the names of the chart's objects begin with. */
  readonly deployment: string;
  /** Tiers that run or are wanted. `stream`: nothing but brokers of the embedded stream runs in it. */
  readonly tiers: readonly { readonly name: string; readonly role: "producer" | "stream" | "other" }[];
  /** Whether the row's tiers use an external Kafka. */
  readonly external: boolean;
  /** Secrets with the passwords of the external stream, before and after. */
  readonly streamSecrets: readonly string[];
}

/** A change of objects that is no Platform upgrade. */
interface AllowedChange {
  /** As docs/pega.md says it. */
  readonly what: string;
  /** @default any kind */
  readonly kinds?: readonly string[];
  /**
   * Names of the objects.
   * @default any
   */
  readonly names?: (row: GuardedRow) => readonly string[];
  /**
   * Keys below each other; names of list entries and places in lists count as keys. `a|b` is one of two keys, `*` any
   * text, a final `**` everything below.
   * @default the object may come, go and change as a whole
   */
  readonly paths?: readonly string[];
  /** @default always */
  readonly onlyIf?: (row: GuardedRow, change: Difference, object: RenderedObject) => boolean;
}

const workloads = ["Deployment", "StatefulSet"];

type Role = GuardedRow["tiers"][number]["role"];
/** Names of the objects of tiers; without a role those of all. */
const tiersWith =
  (suffix = "", wanted?: Role) =>
  ({ deployment, tiers }: GuardedRow) =>
    tiers.flatMap(({ name, role }) =>
      wanted === undefined || wanted === role ? [`${deployment}-${name}${suffix}`] : [],
    );
const ofRelease = (name: string) => (row: GuardedRow) => [`${row.deployment}-${name}`];
const inTiers = (what: string, paths: readonly string[], onlyIf?: AllowedChange["onlyIf"]): AllowedChange => ({
  what,
  kinds: workloads,
  names: tiersWith(),
  paths,
  ...(onlyIf && { onlyIf }),
});

const pod = "spec.template.spec";
const platform = `${pod}.containers.pega-web-tomcat`;
const isExternal = ({ external }: GuardedRow) => external;

const isRemoval = ({ keys, after }: Difference) => keys.length === 0 && after === undefined;

/** Everything that a row may change. What is not here is refused. */
export const allowedChanges: readonly AllowedChange[] = [
  inTiers(
    "replicas of tiers, but to 0 only those of producing tiers",
    ["spec.replicas"],
    (row, { after }, { name }) => Number(after) !== 0 || tiersWith("", "producer")(row).includes(name),
  ),
  { what: "autoscalers of tiers", kinds: ["HorizontalPodAutoscaler"], names: tiersWith("-hpa") },
  { what: "disruption budgets of tiers", kinds: ["PodDisruptionBudget"], names: tiersWith("-pdb") },
  { what: "services, ingresses and routes of tiers", kinds: ["Service", "Ingress", "Route"], names: tiersWith() },
  inTiers("labels and annotations of tiers and their pods", [
    "metadata.labels|annotations.**",
    "spec.template.metadata.labels|annotations.**",
  ]),
  inTiers("resources and probes of containers in tiers, and the retries that the chart computes from a probe", [
    `${pod}.containers.*.resources|livenessProbe|readinessProbe|startupProbe.**`,
    `${platform}.env.RETRY_TIMEOUT|MAX_RETRIES.value`,
  ]),
  inTiers("Java options and heap sizes", [`${platform}.env.JAVA_OPTS|CATALINA_OPTS|INITIAL_HEAP|MAX_HEAP.value`]),
  {
    what: "Secrets to pull images with, and the storage class of volumes",
    kinds: workloads,
    paths: [`${pod}.imagePullSecrets.**`, "spec.volumeClaimTemplates.*.spec.storageClassName"],
  },
  {
    what: "the chart's own Secret to pull images with goes where another is named",
    kinds: ["Secret"],
    names: ofRelease("registry-secret"),
    onlyIf: (_, change) => isRemoval(change),
  },
  { what: "the database's password", kinds: ["Secret"], names: ofRelease("db-secret"), paths: ["data.DB_PASSWORD"] },
  { what: "certificates from the values", kinds: ["Secret"], names: ofRelease("import-certificates-secret") },
  inTiers("Secrets with certificates, under the chart's own path", [
    `${pod}.volumes.pega-volume-import-certificates.**`,
    `${platform}.volumeMounts.pega-volume-import-certificates.**`,
  ]),
  {
    what: "with an external stream: its settings",
    kinds: ["ConfigMap"],
    names: ofRelease("environment-config"),
    paths: ["EXTERNAL_STREAM", "STREAM_*", "PEGA_STREAM_URL", "SERVICES_STREAM_*", "KAFKA_CLUSTER_NAME"].map(
      (key) => `data.${key}`,
    ),
    onlyIf: isExternal,
  },
  {
    what: "with an external stream: the Secret with its passwords",
    kinds: ["Secret"],
    names: ({ streamSecrets }) => streamSecrets,
    onlyIf: isExternal,
  },
  inTiers(
    "with an external stream: that Secret among the tiers' variables and credentials",
    [
      `${platform}.env.STREAM_TRUSTSTORE_PASSWORD|STREAM_KEYSTORE_PASSWORD|STREAM_JAAS_CONFIG.**`,
      `${pod}.volumes.pega-volume-credentials.projected.sources.**`,
    ],
    (row, { before, after }) => row.external && [before, after].every((value) => isStreamSecret(value, row)),
  ),
  inTiers(
    "with an external stream: tiers that do other things too lose the node type Stream; the order of types is free",
    [`${platform}.env.NODE_TYPE.value`],
    (row, { before, after }) => {
      const types = nodeTypesOf(before);
      const others = types.filter((type) => !runsStream({ nodeTypes: [type] }));
      return [types, ...(row.external ? [others] : [])].some((allowed) => isSameSet(allowed, nodeTypesOf(after)));
    },
  ),
  {
    what: "with an external stream: tiers of nodeType Stream alone go, with every object of theirs",
    names: (row) => ["", "-hpa", "-pdb", "-servers-transport"].flatMap((one) => tiersWith(one, "stream")(row)),
    onlyIf: (row, change) => row.external && isRemoval(change),
  },
];

/** What of these changes is not allowed: objects that come or go, or differences inside of one. */
export function refusedChanges(changes: readonly ObjectChange[], row: GuardedRow): readonly ObjectChange[] {
  return changes.flatMap((change): ObjectChange[] => {
    const { object } = change;
    const isRefused = (difference: Difference) => !allowedChanges.some((one) => allows(one, row, difference, object));
    if (change.change !== "altered") {
      const [before, after] = change.change === "added" ? [undefined, object.body] : [object.body, undefined];
      return isRefused({ path: "", keys: [], before, after }) ? [change] : [];
    }
    const differences = change.differences.filter(isRefused);
    return differences.length > 0 ? [{ ...change, differences }] : [];
  });
}

function allows(allowed: AllowedChange, row: GuardedRow, difference: Difference, object: RenderedObject): boolean {
  const { kinds, names, paths = ["**"], onlyIf } = allowed;
  return (
    object.namespace === "" &&
    (kinds?.includes(object.kind) ?? true) &&
    (names?.(row).includes(object.name) ?? true) &&
    paths.some((path) => matches(path.split("."), difference.keys)) &&
    (onlyIf?.(row, difference, object) ?? true)
  );
}

function matches(pattern: readonly string[], keys: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === "**";
  const fixed = isOpen ? pattern.slice(0, -1) : pattern;
  if (isOpen ? keys.length < fixed.length : keys.length !== fixed.length) return false;
  return fixed.every((part, at) => new RegExp(`^(${part.replaceAll("*", ".*")})$`).test(keys[at]!));
}

/** Whether a source in a list, or the name in one, is a Secret of the stream; nothing is one. */
function isStreamSecret(value: unknown, { streamSecrets }: GuardedRow): boolean {
  if (value === undefined) return true;
  const inside = isMap(value)
    ? (valueAt(value, "secret", "name") ?? valueAt(value, "valueFrom", "secretKeyRef", "name"))
    : value;
  return typeof inside === "string" && streamSecrets.includes(inside);
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one) => b.includes(one));
