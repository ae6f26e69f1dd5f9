/** What else changes a workload's replicas: it could start again behind a switch what the switch has stopped. */
import { apiCode, apiMessage, clients } from "../kubernetes/kubernetes.ts";
import type { WorkloadRef } from "../model/scope.ts";
import type { KubernetesRef } from "../model/sides.ts";
import { workloadKinds } from "../model/workload-kinds/index.ts";
import type { Scaler, ScalerReading } from "../model/workload-port.ts";
import type { KubernetesWorkloadRef } from "../model/workloads.ts";

/** Keeps the replicas as they are; `paused-replicas` would set them, also back to its number behind the switch. */
const pausedAnnotation = "autoscaling.keda.sh/paused";
const pausedReplicas = "autoscaling.keda.sh/paused-replicas";

/** Looks once into each namespace of the workloads. Never rejects. */
export async function readScalers(workloads: readonly WorkloadRef[]): Promise<ScalerReading> {
  const scalable = workloads.filter(isScaled);
  const places = Map.groupBy(scalable, ({ kubernetes }) => JSON.stringify(kubernetes));
  const readings = await Promise.all([...places.values()].map((there) => readPlace(there[0]!.kubernetes, there)));
  return {
    found: readings.flatMap(({ found }) => found),
    unread: readings.flatMap(({ unread }) => unread),
  };
}

const isScaled = (workload: WorkloadRef): workload is KubernetesWorkloadRef =>
  workload.kind !== "connector" && workloadKinds[workload.kind].scalable;

async function readPlace(
  kubernetes: KubernetesRef,
  workloads: readonly KubernetesWorkloadRef[],
): Promise<ScalerReading> {
  const { namespace } = kubernetes;
  const unread: string[] = [];
  const look = async (what: string, list: () => Promise<readonly Listed[]>): Promise<readonly Listed[]> => {
    try {
      return await list();
    } catch (error) {
      // Without KEDA there is nothing to look at.
      if (apiCode(error) !== 404) unread.push(`${what} in ${namespace}: ${apiMessage(error)}`);
      return [];
    }
  };
  const [autoscalers, scaledObjects] = await Promise.all([
    look("HorizontalPodAutoscalers", async () => {
      const { autoscaling } = await clients(kubernetes);
      return (await autoscaling.listNamespacedHorizontalPodAutoscaler({ namespace })).items;
    }),
    look("ScaledObjects of KEDA", async () => {
      const { custom } = await clients(kubernetes);
      const kind = { group: "keda.sh", version: "v1alpha1", plural: "scaledobjects" };
      return ((await custom.listNamespacedCustomObject({ ...kind, namespace })) as { items: readonly Listed[] }).items;
    }),
  ]);
  const scaling = (kind: Scaler["kind"], rests: (one: Listed) => boolean) => (one: Listed) =>
    workloads
      .filter((workload) => targets(one, workload))
      .map((workload): Scaler => {
        const brokers = kind === "ScaledObject" ? triggerBrokers(one) : [];
        return {
          kind,
          name: one.metadata?.name ?? "",
          workload,
          rests: rests(one),
          ...(brokers.length > 0 && { brokers }),
        };
      });
  return {
    found: [
      ...scaledObjects.flatMap(scaling("ScaledObject", isPaused)),
      // KEDA creates its own for each ScaledObject, which has already been reported.
      ...autoscalers.filter((one) => !ownedByKeda(one)).flatMap(scaling("HorizontalPodAutoscaler", isOffAtZero)),
    ],
    unread,
  };
}

/** The parts that both kinds have in common. */
interface Listed {
  readonly metadata?: {
    readonly name?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
  readonly spec?: {
    readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
    readonly minReplicas?: number;
    readonly triggers?: readonly { readonly type?: string; readonly metadata?: Readonly<Record<string, string>> }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

function targets({ spec }: Listed, { kind, name }: KubernetesWorkloadRef): boolean {
  // KEDA's default is a Deployment.
  const { kind: wanted = "Deployment", name: target } = spec?.scaleTargetRef ?? {};
  return wanted === kind && target === name;
}

const ownedByKeda = ({ metadata }: Listed) =>
  metadata?.ownerReferences?.some(({ kind }) => kind === "ScaledObject") ?? false;

// With minReplicas 0 (the feature HPAScaleToZero) it also scales up what is at 0 replicas.
const isOffAtZero = ({ spec }: Listed): boolean => spec?.minReplicas !== 0;

/** Kafka triggers of KEDA that name their brokers themselves; others read the address that the pods read. */
function triggerBrokers({ spec }: Listed): string[] {
  const kafka = (spec?.triggers ?? []).filter(({ type }) => type === "kafka" || type === "apache-kafka");
  return [...new Set(kafka.flatMap(({ metadata }) => metadata?.["bootstrapServers"] ?? []))];
}

// Its own condition shows that KEDA knows the annotation and has seen it.
function isPaused({ metadata, status }: Listed): boolean {
  const { [pausedAnnotation]: paused, [pausedReplicas]: count } = metadata?.annotations ?? {};
  const seen = status?.conditions?.some(({ type, status: is }) => type === "Paused" && is === "True") ?? false;
  return paused === "true" && count === undefined && seen;
}

/** Sentences about what would start a workload again behind a switch, with the remedy; none if nothing would. */
export function refusedScalers({ found }: ScalerReading): string[] {
  return found
    .filter(({ rests }) => !rests)
    .map((scaler) => {
      const { namespace, context } = scaler.workload.kubernetes;
      const kubectl = `kubectl${context === undefined ? "" : ` --context ${context}`} -n ${namespace}`;
      return scaler.kind === "ScaledObject"
        ? `${named(scaler)} and would start it again behind the switch; pause it until the workload runs at the target: ` +
            `${kubectl} annotate scaledobject ${scaler.name} ${pausedReplicas}- ${pausedAnnotation}=true --overwrite`
        : `${named(scaler)} also from 0 replicas (minReplicas: 0) and would start it again behind the switch; let it ` +
            "keep one replica until the workload runs at the target: " +
            `${kubectl} patch horizontalpodautoscaler ${scaler.name} --type merge -p '{"spec":{"minReplicas":1}}'`;
    });
}

/** What a log should say of the rest. */
export function scalerNotes({ found, unread }: ScalerReading): string[] {
  return [
    ...found
      .filter(({ rests }) => rests)
      .map((scaler) =>
        scaler.kind === "ScaledObject"
          ? `${named(scaler)}, and is paused`
          : `${named(scaler)}; it is inactive while the workload is at 0 replicas and continues afterwards`,
      ),
    ...found.flatMap((scaler) =>
      (scaler.brokers ?? []).map(
        (brokers) =>
          `${named(scaler)} by the lag at ${brokers}, which its kafka trigger names itself: change that to the target's ` +
          "address before it is resumed, or it finds no lag there after the move and scales the workload down",
      ),
    ),
    ...unread.map((one) => `could not look up ${one}; see yourself that nothing scales the workloads up again`),
  ];
}

const named = ({ kind, name, workload }: Scaler) =>
  `${kind} ${workload.kubernetes.namespace}/${name} scales ${workload.kind} ${workload.name}`;
