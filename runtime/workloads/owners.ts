/** Who would put back behind a switch what it changes: the owners of workloads and of what holds their addresses. */
import { apiCode, apiMessage, clients, type KubernetesClients } from "../kubernetes/kubernetes.ts";
import { objectIn } from "../kubernetes/listed.ts";
import type { WorkloadRef } from "../model/scope.ts";
import { workloadKinds } from "../model/workload-kinds/index.ts";
import type { OwnerReading } from "../model/workload-port.ts";
import type { KubernetesWorkloadRef } from "../model/workloads.ts";
import { ownerOf, type Identity, type Marked, type ObjectOwner } from "./owner-marks.ts";

/** An object that a move changes, and the fields that it changes there, as JSON pointers. */
interface Changed extends Identity {
  readonly workload: KubernetesWorkloadRef;
  readonly pointers: readonly string[];
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
      ...{ workload, group, kind, namespace, name },
      pointers: [kind === "CronJob" ? "/spec/suspend" : "/spec/replicas", ...own],
      read: async (api) => (await objectIn(api, { group, version, plural }, { namespace, name })) as Marked,
    },
    ...objects.map(([key, places]): Changed => {
      const [holder, of] = JSON.parse(key) as ["Secret" | "ConfigMap", string];
      return {
        ...{ workload, group: "", kind: holder, namespace, name: of },
        pointers: places.map((place) => `/data/${place.key.replaceAll("~", "~0").replaceAll("/", "~1")}`),
        read: ({ core }) =>
          holder === "Secret"
            ? core.readNamespacedSecret({ name: of, namespace })
            : core.readNamespacedConfigMap({ name: of, namespace }),
      };
    }),
  ];
}

interface Judged {
  readonly refused?: string;
  readonly note?: string;
}

async function judged(object: Changed): Promise<Judged | null> {
  const title = `${object.kind} ${object.namespace}/${object.name}`;
  try {
    const api = await clients(object.workload.kubernetes);
    const owner = ownerOf(await object.read(api), object);
    if (owner === null) return null;
    const { gitops } = object.workload;
    if (gitops !== undefined)
      return { note: `${title} is kept by ${named(owner)}, which leaves it alone: ${gitops.reason}` };
    return await sentenceOf(api, object, title, owner);
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
  title: string,
  owner: ObjectOwner,
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
      if (owner.app !== null && (await argoLeavesAlone(api, owner.app, object))) return null;
      const app = owner.app ?? "<its application>";
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

interface Application {
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
    readonly ignoreDifferences?: readonly {
      readonly group?: string;
      readonly kind: string;
      readonly name?: string;
      readonly namespace?: string;
      readonly jsonPointers?: readonly string[];
    }[];
  };
}

/** Whether an application says itself that it puts nothing back; false also where it cannot be read from here. */
async function argoLeavesAlone({ custom }: KubernetesClients, app: string, object: Changed): Promise<boolean> {
  const kind = { group: "argoproj.io", version: "v1alpha1", resourcePlural: "applications" };
  const listed = await custom.listCustomObjectForAllNamespaces(kind).catch(() => ({ items: [] }));
  const { items } = listed as { readonly items: readonly Application[] };
  // A tracking id of an application in a namespace of its own is `<namespace>_<name>`.
  const found = items.find(({ metadata }) =>
    [metadata?.name, `${metadata?.namespace}_${metadata?.name}`].includes(app),
  );
  return found !== undefined && (isPaused(found) || ignores(found, object));
}

function isPaused({ metadata, spec }: Application): boolean {
  const { automated } = spec?.syncPolicy ?? {};
  const skipped = metadata?.annotations?.["argocd.argoproj.io/skip-reconcile"] === "true";
  return skipped || automated === undefined || automated.enabled === false;
}

function ignores({ spec }: Application, { group, kind, namespace, name, pointers }: Changed): boolean {
  if (!spec?.syncPolicy?.syncOptions?.includes("RespectIgnoreDifferences=true")) return false;
  const rules = (spec.ignoreDifferences ?? []).filter(
    (rule) =>
      (rule.group ?? "") === group &&
      rule.kind === kind &&
      (rule.name ?? name) === name &&
      (rule.namespace ?? namespace) === namespace,
  );
  const ignored = rules.flatMap(({ jsonPointers = [] }) => jsonPointers);
  return pointers.every((pointer) => ignored.some((one) => pointer === one || pointer.startsWith(`${one}/`)));
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
