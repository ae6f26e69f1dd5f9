import type { Problem } from "../../config/checks/index.ts";
import { didYouMean } from "../../phases/did-you-mean.ts";
import { isMap, valueAt, type Values } from "./values.ts";

/** What a tier does with queues and data flows; one of them is config's to say, except for `stream`. */
export type Role = "producer" | "consumer" | "both" | "stream";
export type DeclaredRole = Exclude<Role, "stream">;

/** One entry of `global.tier`, as the chart understands it. */
export interface Tier {
  readonly name: string;
  readonly nodeTypes: readonly string[];
  /** A tier with a volume is a StatefulSet. */
  readonly kind: "Deployment" | "StatefulSet";
  /** As the values say; 1 where they are silent. Not what runs while the tier is autoscaled. */
  readonly replicas: number;
  /** The chart makes an autoscaler. */
  readonly autoscaled: boolean;
  /** Whether the chart writes `replicas`; without, they are what they are in the cluster. */
  readonly writesReplicas: boolean;
}

/**
 * The tiers of values; the chart's defaults count only if they are among them (`effectiveValues`), and a list of tiers
 * replaces the chart's own as a whole. Entries without a name are left out; `rolesOf` complains about them.
 */
export function tiersOf(values: Values): readonly Tier[] {
  return entries(values).flatMap((entry) => (typeof entry["name"] === "string" ? [tierOf(entry, entry["name"])] : []));
}

function tierOf(entry: Values, name: string): Tier {
  const { replicas, volumeClaimTemplate } = entry;
  return {
    name,
    nodeTypes: nodeTypesOf(entry["nodeType"]),
    kind: isFilled(volumeClaimTemplate) ? "StatefulSet" : "Deployment",
    replicas: typeof replicas === "number" || typeof replicas === "string" ? Number(replicas) : 1,
    autoscaled: isFilled(valueAt(entry, "hpa", "enabled")),
    writesReplicas: writesReplicas(entry),
  };
}

/** The entries of `global.tier` that are maps. */
export function entries(values: Values): readonly Values[] {
  const list = valueAt(values, "global", "tier");
  return Array.isArray(list) ? (list as unknown[]).filter(isMap) : [];
}

/** Node types are written as one text with commas or as a list. */
export function nodeTypesOf(nodeType: unknown): readonly string[] {
  const words = Array.isArray(nodeType) ? (nodeType as unknown[]) : typeof nodeType === "string" ? [nodeType] : [];
  return words.flatMap((word) => String(word).split(",")).flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
}

/** What Go's templates take for true. */
const isFilled = (value: unknown): boolean =>
  isMap(value)
    ? Object.keys(value).length > 0
    : value !== undefined && value !== null && value !== false && value !== "";

/**
 * The chart writes `replicas` without `hpa` and with `hpa.enabled: false`; an `hpa` that says nothing of `enabled` makes
 * neither them nor an autoscaler.
 */
export const writesReplicas = (entry: Values): boolean =>
  !isFilled(entry["hpa"]) || valueAt(entry, "hpa", "enabled") === false;

const is = (type: string) => (word: string) => word.toLowerCase() === type;

/** Whether brokers of the embedded stream run in this tier, alone or beside other node types. */
export const runsStream = (tier: Pick<Tier, "nodeTypes">): boolean => tier.nodeTypes.some(is("stream"));

/** Whether this tier is nothing but brokers of the embedded stream, so that it goes as a whole. */
export const isStream = (tier: Pick<Tier, "nodeTypes">): boolean =>
  runsStream(tier) && tier.nodeTypes.every(is("stream"));

/**
 * What each tier does, or every problem. A tier of WebUser alone produces unless config says otherwise; for any other
 * no role can be known from the chart, because queue processors enqueue too.
 */
export function rolesOf(
  values: Values,
  declared: readonly { readonly name: string; readonly role: DeclaredRole }[],
): { readonly roles: Readonly<Record<string, Role>> } | { readonly problems: readonly Problem[] } {
  const tiers = tiersOf(values);
  const problems = [...shapeProblems(values, tiers), ...declarationProblems(tiers, declared)];
  const roles = tiers.flatMap((tier): [string, Role][] => {
    if (isStream(tier)) return [[tier.name, "stream"]];
    const role = declared.find(({ name }) => name === tier.name)?.role ?? roleByNodeType(tier);
    if (role === undefined) problems.push(unknownRole(tier));
    else if (role === "producer" && runsStream(tier)) problems.push(stoppedStream(tier));
    else return [[tier.name, role]];
    return [];
  });
  return problems.length > 0 ? { problems } : { roles: Object.fromEntries(roles) };
}

const roleByNodeType = ({ nodeTypes }: Tier): DeclaredRole | undefined =>
  nodeTypes.length > 0 && nodeTypes.every(is("webuser")) ? "producer" : undefined;

const path = (tier: Tier) => `tiers: ${tier.name}`;

const unknownRole = (tier: Tier): Problem => ({
  path: path(tier),
  message:
    `no role for nodeType ${tier.nodeTypes.join(",") || "(empty)"}; ` +
    `add {name: ${tier.name}, role: …}: consumer if nothing in it puts records into queues or streams, ` +
    "producer if nothing in it reads them, both otherwise",
});

const stoppedStream = (tier: Tier): Problem => ({
  path: path(tier),
  message:
    `found producer, but the embedded stream runs in this tier (nodeType ${tier.nodeTypes.join(",")}), so at 0 ` +
    "replicas nobody could drain the queues; allowed: both, and stop what it produces by hand",
});

function shapeProblems(values: Values, tiers: readonly Tier[]): Problem[] {
  const at = "values: global.tier";
  const list = valueAt(values, "global", "tier");
  const count = Array.isArray(list) ? list.length : 0;
  const names = tiers.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  return [
    ...(count === 0 ? [{ path: at, message: "no tiers; name the values files that the release was made with" }] : []),
    ...(count > tiers.length
      ? [{ path: at, message: `${count - tiers.length} of ${count} entries have no name; each tier needs its own` }]
      : []),
    ...twice.map((name) => ({
      path: at,
      message: `the tier ${name} is there twice; each tier needs a name of its own`,
    })),
    ...tiers.flatMap((tier) => {
      const problem = tierProblem(tier);
      return problem === null ? [] : [{ path: `${at}[${tier.name}]`, message: problem }];
    }),
  ];
}

function tierProblem({ kind, autoscaled, replicas }: Tier): string | null {
  if (!Number.isInteger(replicas) || replicas < 0) return "replicas is no whole number of 0 or more";
  if (kind === "StatefulSet" && autoscaled)
    return "has a volumeClaimTemplate and hpa.enabled: the chart's autoscaler looks for a Deployment of this name and finds none, and replicas are not written; set hpa.enabled: false first";
  return null;
}

function declarationProblems(
  tiers: readonly Tier[],
  declared: readonly { readonly name: string; readonly role: DeclaredRole }[],
): Problem[] {
  return declared.flatMap(({ name, role }, index) => {
    const tier = tiers.find((one) => one.name === name);
    const at = { path: `tiers: ${name}` };
    if (declared.findIndex((one) => one.name === name) !== index)
      return [{ ...at, message: "declared twice; keep one role" }];
    if (tier === undefined) {
      const names = tiers.map((one) => one.name);
      return [{ ...at, message: `no such tier; there are ${names.join(", ")}${didYouMean(name, names)}` }];
    }
    return isStream(tier)
      ? [{ ...at, message: `found ${role} for a tier of nodeType Stream; leave it out, it goes when the stream moves` }]
      : [];
  });
}
