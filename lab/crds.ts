import { setTimeout as sleep } from "node:timers/promises";
import { mergePatch, orNull, type AnyObject, type Api } from "./kubernetes.ts";

const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const column = (name: string, jsonPath: string) => ({ name, type: "string", jsonPath });

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  /** Schema of the fields that the lab defaults or checks; every other field passes as it is. */
  readonly spec: Record<string, unknown>;
  readonly required: readonly string[];
  readonly columns: readonly ReturnType<typeof column>[];
  /** Subresources besides the status. @default none */
  readonly subresources?: Record<string, object>;
  /** @default kubedb and all */
  readonly categories?: readonly string[];
}

const deletionPolicy = (allowed: readonly string[]) => ({ type: "string", enum: allowed, default: "Delete" });
const health = (periodSeconds: number) => ({
  ...anything,
  default: { periodSeconds, timeoutSeconds: 10, failureThreshold: 3 },
});
/** A list whose items are told apart by their name, so that a server-side apply changes one of them. */
const byName = (properties: Record<string, unknown> = {}) => ({
  type: "array",
  items: { ...anything, properties: { name: { type: "string" }, ...properties }, required: ["name"] },
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["name"],
});
const within = (field: string, schema: object) => ({ ...anything, properties: { [field]: schema } });
const statusColumns = [column("Version", ".spec.version"), column("Status", ".status.phase")];

/**
 * The kinds that the lab's operator serves: KubeDB's, with the defaults that its webhooks set, and Argo Rollouts' own, of
 * which only the fields are described that a server-side apply or the scale subresource needs.
 */
export const kinds: readonly Kind[] = [
  {
    group: "kubedb.com",
    version: "v1",
    kind: "Kafka",
    plural: "kafkas",
    shortNames: ["kf"],
    spec: {
      version: { type: "string" },
      deletionPolicy: deletionPolicy(["Halt", "Delete", "WipeOut", "DoNotTerminate"]),
      storageType: { type: "string", enum: ["Durable", "Ephemeral"], default: "Durable" },
      healthChecker: health(10),
    },
    required: ["version"],
    columns: statusColumns,
  },
  {
    group: "kafka.kubedb.com",
    version: "v1alpha1",
    kind: "ConnectCluster",
    plural: "connectclusters",
    shortNames: ["kcc"],
    spec: {
      version: { type: "string" },
      kafkaRef: anything,
      replicas: { type: "integer", minimum: 1, default: 1 },
      deletionPolicy: deletionPolicy(["Delete", "WipeOut", "DoNotTerminate"]),
      healthChecker: health(20),
    },
    required: ["version", "kafkaRef"],
    columns: statusColumns,
  },
  {
    group: "kafka.kubedb.com",
    version: "v1alpha1",
    kind: "Connector",
    plural: "connectors",
    shortNames: ["kc"],
    spec: {
      connectClusterRef: anything,
      configuration: anything,
      deletionPolicy: deletionPolicy(["Delete", "WipeOut", "DoNotTerminate"]),
    },
    required: ["connectClusterRef", "configuration"],
    columns: [column("ConnectCluster", ".spec.connectClusterRef.name"), column("Status", ".status.phase")],
  },
  {
    group: "appcatalog.appscode.com",
    version: "v1alpha1",
    kind: "AppBinding",
    plural: "appbindings",
    shortNames: [],
    spec: {},
    required: [],
    columns: [column("Type", ".spec.type"), column("Version", ".spec.version")],
  },
  {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: "Rollout",
    plural: "rollouts",
    shortNames: ["ro"],
    spec: {
      replicas: { type: "integer" },
      template: within("spec", within("containers", byName({ env: byName() }))),
    },
    required: [],
    columns: [column("Status", ".status.phase")],
    categories: [],
    subresources: {
      scale: {
        specReplicasPath: ".spec.replicas",
        statusReplicasPath: ".status.HPAReplicas",
        labelSelectorPath: ".status.selector",
      },
    },
  },
];

/**
 * Kinds that the program looks for before it begins and that nothing serves in the lab: cert-manager's issuer is emulated
 * by the lab's operator, and nobody reads what Prometheus would.
 */
const looked = (group: string, kind: string): Kind => ({
  ...{ group, version: "v1", kind, plural: `${kind.toLowerCase()}s`, shortNames: [] },
  ...{ spec: {}, required: [], columns: [], categories: [] },
});
const unserved: readonly Kind[] = [
  looked("cert-manager.io", "Certificate"),
  looked("monitoring.coreos.com", "ServiceMonitor"),
  looked("monitoring.coreos.com", "PrometheusRule"),
];

/** Makes the API server serve the kinds; returns once it does. */
export async function installKinds(api: Api): Promise<void> {
  const all = [...kinds, ...unserved];
  for (const kind of all) await applyRaw(api, definitions, definition(kind));
  await applyRaw(api, policies, keepProtected);
  await applyRaw(api, policyBindings, keepProtectedBinding);
  const deadline = Date.now() + 30_000;
  for (const kind of all) {
    while (!(await isEstablished(api, kind))) {
      if (Date.now() > deadline) throw new Error(`The API server does not serve ${kind.kind} after 30 s.`);
      await sleep(100);
    }
  }
}

const definitions = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" };
const policies = { group: "admissionregistration.k8s.io", version: "v1", plural: "validatingadmissionpolicies" };
const policyBindings = { ...policies, plural: "validatingadmissionpolicybindings" };

/** The client's own types would drop the fields of a schema that begin with `x-`. */
async function applyRaw(api: Api, resource: typeof definitions, object: AnyObject): Promise<void> {
  const name = object.metadata?.name ?? "";
  const found = await orNull(api.custom.getClusterCustomObject({ ...resource, name }));
  if (found) await api.custom.patchClusterCustomObject({ ...resource, name, body: object }, mergePatch);
  else await api.custom.createClusterCustomObject({ ...resource, body: object });
}

async function isEstablished(api: Api, kind: Kind): Promise<boolean> {
  const name = definition(kind).metadata?.name ?? "";
  const found = (await orNull(api.custom.getClusterCustomObject({ ...definitions, name }))) as AnyObject | null;
  const conditions: { type: string; status: string }[] = found?.["status"]?.conditions ?? [];
  return conditions.some(({ type, status }) => type === "Established" && status === "True");
}

const definition = (kind: Kind): AnyObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${kind.plural}.${kind.group}` },
  spec: {
    group: kind.group,
    scope: "Namespaced",
    names: {
      kind: kind.kind,
      plural: kind.plural,
      singular: kind.kind.toLowerCase(),
      shortNames: kind.shortNames,
      categories: kind.categories ?? ["kubedb", "all"],
    },
    versions: [
      {
        name: kind.version,
        served: true,
        storage: true,
        subresources: { status: {}, ...kind.subresources },
        additionalPrinterColumns: kind.columns,
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: {
              spec: { ...anything, properties: kind.spec, required: kind.required },
              status: anything,
            },
          },
        },
      },
    ],
  },
});

const policyName = "kubedb-do-not-terminate";

/** KubeDB's webhook refuses to delete what is protected; a policy of the API server does the same without one. */
const keepProtected: AnyObject = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicy",
  metadata: { name: policyName },
  spec: {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ["kubedb.com", "kafka.kubedb.com"],
          apiVersions: ["*"],
          operations: ["DELETE"],
          resources: ["kafkas", "connectclusters", "connectors"],
        },
      ],
    },
    validations: [
      {
        expression: "!has(oldObject.spec.deletionPolicy) || oldObject.spec.deletionPolicy != 'DoNotTerminate'",
        messageExpression:
          "oldObject.kind + ' \"' + oldObject.metadata.namespace + '/' + oldObject.metadata.name + '\" can\\'t be terminated. To delete, change spec.deletionPolicy'",
      },
    ],
  },
};

const keepProtectedBinding: AnyObject = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicyBinding",
  metadata: { name: policyName },
  spec: { policyName, validationActions: ["Deny"] },
};
