/** What the pods of a path probe have found: read from their status, where the kubelet puts a container's last words. */
import type { V1Pod } from "@kubernetes/client-node";
import { apiMessage, clients } from "../kubernetes/kubernetes.ts";
import { probeAnnotation, programLabel } from "../model/program-labels.ts";
import type { PathProbeRef, PathReading, PathResult } from "../model/programs.ts";

/** Of the CronJob's pods the newest one that has ended with a result. Rejects with a sentence if they cannot be listed. */
export async function readPath(probe: PathProbeRef): Promise<PathReading> {
  const { namespace } = probe.kubernetes;
  const { core, server } = await clients(probe.kubernetes);
  const labelSelector = `${programLabel}=path-probe`;
  let pods: V1Pod[];
  try {
    pods = (await core.listNamespacedPod({ namespace, labelSelector })).items;
  } catch (error) {
    throw new Error(`could not list the pods of namespace ${namespace} at ${server}: ${apiMessage(error)}`);
  }
  return pathReading(probe, pods);
}

/** Pure. */
export function pathReading(probe: PathProbeRef, pods: readonly V1Pod[]): PathReading {
  const own = pods
    .filter(({ metadata }) => metadata?.annotations?.[probeAnnotation] === probe.name)
    .sort((a, b) => madeAt(b) - madeAt(a));
  const ended = own.flatMap((pod) => {
    const last = pod.status?.containerStatuses?.[0]?.state?.terminated;
    const result = last?.message === undefined ? null : parsed(last.message);
    return result && last?.finishedAt ? [{ pod, result, endedAt: new Date(last.finishedAt).getTime() }] : [];
  });
  const newest = ended[0];
  const waits = own[0] === undefined || own[0] === newest?.pod ? undefined : whyWithout(own[0]);
  return {
    probe,
    ...(newest && { found: { result: newest.result, endedAt: newest.endedAt } }),
    ...(waits !== undefined && { waits }),
  };
}

const madeAt = ({ metadata }: V1Pod): number => new Date(metadata?.creationTimestamp ?? 0).getTime();

/** Why a pod has no result; undefined while it does what it should. */
function whyWithout({ metadata, status }: V1Pod): string | undefined {
  const { waiting, terminated } = status?.containerStatuses?.[0]?.state ?? {};
  const pod = `pod ${metadata?.name ?? ""}`;
  // Kubernetes' own word for what passes.
  const code = waiting?.reason;
  if (waiting !== undefined && code !== undefined && code !== "ContainerCreating") {
    return `${pod} waits (${code}${waiting.message === undefined ? "" : `: ${waiting.message}`})`;
  }
  if (terminated !== undefined) {
    return `${pod} ended with ${terminated.exitCode}${terminated.message === undefined ? "" : `: ${terminated.message.trim()}`}`;
  }
  const unplaced = status?.conditions?.find(({ type, status: is }) => type === "PodScheduled" && is === "False");
  return unplaced?.message === undefined ? undefined : `${pod} is not scheduled (${unplaced.message})`;
}

function parsed(message: string): PathResult | null {
  try {
    const found = JSON.parse(message) as Partial<PathResult> | null;
    return typeof found === "object" && Array.isArray(found?.problems) ? (found as PathResult) : null;
  } catch {
    return null;
  }
}
