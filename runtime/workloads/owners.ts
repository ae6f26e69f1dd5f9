/** Who would put back behind a switch what it changes: the owners of workloads and of what holds their addresses. */
import { apiCode, apiMessage, clients, fieldManager, type KubernetesClients } from "../kubernetes/kubernetes.ts";
import { objectIn } from "../kubernetes/listed.ts";
import type { WorkloadRef } from "../model/scope.ts";
import { workloadKinds } from "../model/workload-kinds/index.ts";
import type { OwnerReading } from "../model/workload-port.ts";
import type { KubernetesWorkloadRef } from "../model/workloads.ts";
import { ignoresAll, type ChangedFields, type IgnoreRule } from "./argo-ignores.ts";
import { ownerOf, type Identity, type Marked, type ObjectOwner } from "./owner-marks.ts";

/** An object that a move changes, and the fields that it changes there, as JSON pointers that a sentence names. */
interface Changed extends Identity {
  readonly workload: KubernetesWorkloadRef;
  readonly pointers: readonly string[];
  /** The same, as exactly as the object shows it. */
  readonly changes: (object: unknown) => ChangedFields;
  readonly read: (api: KubernetesClients) => Promise<Marked>;
}

/** Looks at every object that a move of these workloads changes. Never rejects. */
export async function readOwners(workloads: readonly WorkloadRef[]): Promise<OwnerReading> {
  const objects = workloads.flatMap((workload) => (workload.kind === "connector" ? [] : changedBy(workload)));
  const found = await Promise.all(objects.map(judged));
  const of = (kind: "refused" | "note"): string[] => [...new Set(found.flatMap((one) => one?.[kind] ?? []))];
  return { refused: of("refused"), notes: of("note") };
}

function changedBy(workload: KubernetesWorkloadRef): Changed[] {
  const { name, kind, fields = [] } = workload;
  const { namespace } = workload.kubernetes;
  const { apiVersion, plural, template } = workloadKinds[kind];
  const [group = "", version = ""] = apiVersion.split("/");
  const held = fields.flatMap(({ place }) => ("container" in place ? [] : [place]));
  const own = fields.some(({ place }) => "container" in place) ? [`/${template.join("/")}/spec/containers`] : [];
  const objects = [
    ...Map.groupBy(held, (place) =>
      JSON.stringify("secret" in place ? ["Secret", place.secret] : ["ConfigMap", place.configMap]),
    ),
  ];
  return [
    {
      workload,
      group,
      kind,
      namespace,
      name,
      pointers: [`/${workloadKinds[kind].stoppedBy.join("/")}`, ...own],
      changes: (object) => fieldsOf(workload, object),
      read: async (api) => (await objectIn(api, { group, version, plural }, { namespace, name })) as Marked,
    },
    ...objects.map(([key, places]): Changed => {
      const [holder, of] = JSON.parse(key) as ["Secret" | "ConfigMap", string];
      return {
        workload,
        group: "",
        kind: holder,
        namespace,
        name: of,
        pointers: places.map((place) => `/data/${place.key.replaceAll("~", "~0").replaceAll("/", "~1")}`),
        changes: () => {
          const paths = places.map(({ key: name }) => ["data", name]);
          return { paths, managed: paths, manager: fieldManager };
        },
        read: ({ core }) =>
          holder === "Secret"
            ? core.readNamespacedSecret({ name: of, namespace })
            : core.readNamespacedConfigMap({ name: of, namespace }),
      };
    }),
  ];
}

/** What a move changes in a workload's own object: whether it runs, and the variables with what differs by side. */
export function fieldsOf({ kind, fields = [] }: KubernetesWorkloadRef, object: unknown): ChangedFields {
  const path = [...workloadKinds[kind].template, "spec", "containers"];
  const containers = valueAt(object, path);
  const variables = fields.flatMap(({ place, on }) => {
    if (!("container" in place)) return [];
    const at = indexOf(containers, place.container);
    const list = [...path, at, "env"];
    const variable = [...list, indexOf(valueAt(object, list), place.env)];
    const values = Object.values(on).map((value) => ("text" in value ? "value" : "valueFrom"));
    return [...new Set(values)].map((value) => [...variable, value]);
  });
  return { paths: [workloadKinds[kind].stoppedBy, ...variables], managed: variables, manager: fieldManager };
}

/** Where a list has an entry of a name; `-`, the place behind its end, where it has none. */
function indexOf(list: unknown, name: string): string {
  const at = Array.isArray(list) ? list.findIndex((one: { readonly name?: string }) => one.name === name) : -1;
  return at < 0 ? "-" : String(at);
}

const valueAt = (object: unknown, path: readonly string[]): unknown =>
  path.reduce((at, field) => (at as Record<string, unknown> | undefined)?.[field], object);

interface Judged {
  readonly refused?: string;
  readonly note?: string;
}

async function judged(object: Changed): Promise<Judged | null> {
  const title = `${object.kind} ${object.namespace}/${object.name}`;
  try {
    const api = await clients(object.workload.kubernetes);
    const found = await object.read(api);
    const owner = ownerOf(found, object);
    if (owner === null) return null;
    const { gitops } = object.workload;
    if (gitops !== undefined)
      return { note: `${title} is kept by ${named(owner)}, which leaves it alone: ${gitops.reason}` };
    return await sentenceOf(api, object, found, { title, owner });
  } catch (error) {
    // That it is missing is said where it is stopped or changed.
    if (apiCode(error) === 404) return null;
    return {
      note: `could not look up who owns ${title} (${apiMessage(error)}); check yourself that nothing puts it back`,
    };
  }
}

async function sentenceOf(
  api: KubernetesClients,
  object: Changed,
  found: Marked,
  { title, owner }: { readonly title: string; readonly owner: ObjectOwner },
): Promise<Judged | null> {
  const { namespace, workload, pointers } = object;
  const fields = pointers.join(" and ");
  const attest = `or set gitops.reason of workload ${workload.name} once it leaves ${fields} alone`;
  switch (owner.tool) {
    case "controller":
      return {
        refused: `${title} belongs to ${owner.kind} ${owner.name}, whose controller would put it back; move ${owner.kind} ${owner.name} itself, ${attest}`,
      };
    case "Helm":
      return {
        note: `${title} belongs to the Helm release ${owner.namespace}/${owner.name}: put ${fields} into its values before the next upgrade, which would put the old values back`,
      };
    case "Argo CD": {
      const of = await argoApplication(api, owner.app, object);
      if (of !== undefined && leavesAlone(of, object, found, object.changes(found))) return null;
      const app = owner.app ?? of?.metadata?.name ?? "<its application>";
      return {
        refused:
          `${title} is kept by Argo CD (application ${app}), which would put ${fields} back: ` +
          `argocd app set ${app} --sync-policy none, or ignore these fields in its spec.ignoreDifferences with the sync ` +
          `option RespectIgnoreDifferences=true; ${attest}`,
      };
    }
    case "Flux Kustomization": {
      if (owner.released || (await isSuspended(api, "kustomize.toolkit.fluxcd.io", "v1", "kustomizations", owner)))
        return null;
      return {
        refused:
          `${title} is kept by the Flux Kustomization ${owner.namespace}/${owner.name}, which would put ${fields} back: ` +
          `flux suspend kustomization ${owner.name} -n ${owner.namespace}, or kubectl -n ${namespace} annotate ` +
          `${object.kind.toLowerCase()} ${object.name} kustomize.toolkit.fluxcd.io/reconcile=disabled; ${attest}`,
      };
    }
    case "Flux HelmRelease": {
      if (owner.released || (await isSuspended(api, "helm.toolkit.fluxcd.io", "v2", "helmreleases", owner)))
        return null;
      return {
        refused:
          `${title} is kept by the Flux HelmRelease ${owner.namespace}/${owner.name}, which would put ${fields} back with drift ` +
          `detection or an upgrade: flux suspend helmrelease ${owner.name} -n ${owner.namespace}; ${attest}`,
      };
    }
  }
}

function named(owner: ObjectOwner): string {
  if (owner.tool === "controller") return `${owner.kind} ${owner.name}`;
  if (owner.tool === "Argo CD") return `Argo CD (application ${owner.app ?? "unknown"})`;
  return `${owner.tool} ${owner.namespace}/${owner.name}`;
}

/** As much of Argo CD's Application as is read here. */
export interface Application {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly syncPolicy?: {
      readonly automated?: { readonly enabled?: boolean };
      readonly syncOptions?: readonly string[];
    };
    readonly ignoreDifferences?: readonly IgnoreRule[];
  };
  readonly status?: { readonly resources?: readonly (Partial<Identity> & Pick<Identity, "kind" | "name">)[] };
}

/** The application that keeps an object, where it can be read from here. */
async function argoApplication(
  { custom }: KubernetesClients,
  app: string | null,
  object: Identity,
): Promise<Application | undefined> {
  const kind = { group: "argoproj.io", version: "v1alpha1", resourcePlural: "applications" };
  const listed = await custom.listCustomObjectForAllNamespaces(kind).catch(() => ({ items: [] }));
  return applicationOf((listed as { readonly items: readonly Application[] }).items, app, object);
}

/**
 * The application of an object: by the name that its mark has, else the one that lists it among its resources. Pure.
 *
 * @param app as a tracking id names it, of an application in a namespace of its own `<namespace>_<name>`; null if unknown
 */
export const applicationOf = (
  items: readonly Application[],
  app: string | null,
  { group, kind, namespace, name }: Identity,
): Application | undefined =>
  items.find(
    ({ metadata }) => app !== null && [metadata?.name, `${metadata?.namespace}_${metadata?.name}`].includes(app),
  ) ??
  items.find(({ status }) =>
    status?.resources?.some(
      (one) =>
        one.kind === kind && one.name === name && (one.namespace ?? "") === namespace && (one.group ?? "") === group,
    ),
  );

/** Whether an application says itself that it puts nothing back. Pure. */
export const leavesAlone = (
  application: Application,
  identity: Identity,
  object: unknown,
  changed: ChangedFields,
): boolean =>
  isPaused(application) ||
  (application.spec?.syncPolicy?.syncOptions?.includes("RespectIgnoreDifferences=true") === true &&
    ignoresAll(application.spec.ignoreDifferences ?? [], identity, object, changed));

function isPaused({ metadata, spec }: Application): boolean {
  const { automated } = spec?.syncPolicy ?? {};
  const skipped = metadata?.annotations?.["argocd.argoproj.io/skip-reconcile"] === "true";
  return skipped || automated === undefined || automated.enabled === false;
}

async function isSuspended(
  { custom }: KubernetesClients,
  group: string,
  version: string,
  plural: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<boolean> {
  const found = await custom.getNamespacedCustomObject({ group, version, plural, namespace, name }).catch(() => null);
  return (found as { readonly spec?: { readonly suspend?: boolean } } | null)?.spec?.suspend === true;
}
