/** Whose an object is: what GitOps tools, Helm and operators write on what they own. Pure. */

/** The parts of any Kubernetes object that say who keeps it as it is. */
export interface Marked {
  readonly metadata?: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
    readonly managedFields?: readonly { readonly manager?: string }[];
  };
}

/** An object as its owner knows it. */
export interface Identity {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export type ObjectOwner =
  /** `app` as the tracking id names it; null where only the field manager tells. */
  | { readonly tool: "Argo CD"; readonly app: string | null }
  | {
      readonly tool: "Flux Kustomization";
      readonly namespace: string;
      readonly name: string;
      readonly released: boolean;
    }
  | { readonly tool: "Flux HelmRelease"; readonly namespace: string; readonly name: string; readonly released: boolean }
  | { readonly tool: "Helm"; readonly namespace: string; readonly name: string }
  | { readonly tool: "controller"; readonly kind: string; readonly name: string };

const trackingId = "argocd.argoproj.io/tracking-id";
const kustomize = "kustomize.toolkit.fluxcd.io";
const helmToolkit = "helm.toolkit.fluxcd.io";

/**
 * The owner that puts the object back by itself, else Helm, whose next upgrade would; null if the object bears no mark.
 * An owner without a mark is not found.
 */
export function ownerOf({ metadata = {} }: Marked, identity: Identity): ObjectOwner | null {
  const { annotations = {}, labels = {}, ownerReferences = [], managedFields = [] } = metadata;
  const controller = ownerReferences.find((one) => one.controller);
  if (controller) return { tool: "controller", kind: controller.kind, name: controller.name };
  const app = argoApp(annotations[trackingId], identity);
  if (app !== null || managedFields.some(({ manager }) => manager === "argocd-controller"))
    return { tool: "Argo CD", app };
  const says = (key: string, ...values: string[]): boolean =>
    [annotations[key], labels[key]].some((value) => values.includes(value?.toLowerCase() ?? ""));
  const flux = (tool: "Flux Kustomization" | "Flux HelmRelease", prefix: string, released: boolean) => {
    const name = labels[`${prefix}/name`];
    const namespace = labels[`${prefix}/namespace`] ?? identity.namespace;
    return name === undefined ? null : { tool, name, namespace, released };
  };
  const released = says(`${kustomize}/reconcile`, "disabled") || says(`${kustomize}/ssa`, "ignore");
  return (
    flux("Flux Kustomization", kustomize, released) ??
    flux("Flux HelmRelease", helmToolkit, says(`${helmToolkit}/driftDetection`, "disabled")) ??
    helmRelease(annotations, labels, identity)
  );
}

/** The application of a tracking id, if it is this very object's: a copied one counts for nothing. */
function argoApp(text: string | undefined, { group, kind, namespace, name }: Identity): string | null {
  const [, app, ...of] = /^([^:]+):([^/:]*)\/([^:]+):([^/]*)\/(.+)$/.exec(text ?? "") ?? [];
  return app !== undefined && of.join() === [group, kind, namespace, name].join() ? app : null;
}

function helmRelease(
  annotations: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
  { namespace }: Identity,
): ObjectOwner | null {
  const name = annotations["meta.helm.sh/release-name"];
  if (labels["app.kubernetes.io/managed-by"] !== "Helm" || name === undefined) return null;
  return { tool: "Helm", name, namespace: annotations["meta.helm.sh/release-namespace"] ?? namespace };
}
