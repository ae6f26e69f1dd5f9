/** What KubeDB's operator says of an object: a phase, and conditions that name the cause. */
import type { Platform, ReportedObject } from "../platform.ts";
import { connectorType } from "./connect.ts";

const word = (kind: string): string => (kind === connectorType.kind ? "Running" : "Ready");

export const readiness: NonNullable<Platform["readiness"]> = {
  word,
  of(kind, object, written) {
    const { phase = "no phase yet", observedGeneration } = object.status ?? {};
    const generation = Math.max(written, object.metadata?.generation ?? 0);
    // KubeDB may leave observedGeneration out; then the phase is all there is.
    const current = observedGeneration === undefined || observedGeneration >= generation;
    const causes = causesOf(object);
    if (current && phase === word(kind)) return { state: "ready", found: phase };
    if (current && phase === "Failed") return { state: "failed", found: causes };
    const seen = current ? phase : `${phase} for generation ${observedGeneration}, not yet for ${generation}`;
    return { state: "waiting", found: causes === "" ? seen : `${seen} (${causes})` };
  },
};

/** What the conditions that do not hold say. */
function causesOf({ status }: ReportedObject): string {
  const bad = (status?.conditions ?? []).filter((condition) => condition.status === "False");
  return bad.map(({ type, reason, message }) => `${type}: ${[reason, message].filter(Boolean).join(", ")}`).join("; ");
}
