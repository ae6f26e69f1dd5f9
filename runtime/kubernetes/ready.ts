/** Waiting for KubeDB's operator. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadyInputs } from "../model/inputs.ts";
import { apiCode, apiMessage, clients } from "./kubernetes.ts";

interface KubeDbObject {
  readonly metadata?: { readonly generation?: number };
  readonly status?: {
    readonly phase?: string;
    readonly observedGeneration?: number;
    readonly conditions?: readonly {
      readonly type?: string;
      readonly status?: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/**
 * Waits until the operator reports the object Ready (a Connector: Running) for its newest generation. Rejects at once
 * if it reports Failed, with the reason of its conditions, and after `readySeconds` with what it reports then.
 */
export async function waitReady(inputs: ReadyInputs): Promise<void> {
  const { custom, server } = await clients(inputs.kubernetes);
  const [group = "", version = ""] = inputs.apiVersion.split("/");
  const { namespace } = inputs.kubernetes;
  const where = `${inputs.kind} ${namespace}/${inputs.name}`;
  const wanted = inputs.kind === "Connector" ? "Running" : "Ready";
  const startedAt = Date.now();
  const until = startedAt + inputs.readySeconds * 1000;
  let said = startedAt;
  for (;;) {
    let seen: string;
    try {
      const found: KubeDbObject = await custom.getNamespacedCustomObject({
        group,
        version,
        namespace,
        plural: inputs.plural,
        name: inputs.name,
      });
      const { phase = "no phase yet", observedGeneration } = found.status ?? {};
      const generation = Math.max(inputs.generation, found.metadata?.generation ?? 0);
      // KubeDB may omit observedGeneration; then only the phase is known.
      const current = observedGeneration === undefined || observedGeneration >= generation;
      if (current && phase === wanted) return;
      if (current && phase === "Failed") throw new Failed(`${where} has failed: ${reasons(found)}`);
      seen = current ? phase : `${phase} for generation ${observedGeneration}, not yet for ${generation}`;
      const causes = reasons(found);
      if (causes !== "") seen = `${seen} (${causes})`;
    } catch (error) {
      if (error instanceof Failed) throw new Error(`${error.message}; fix the cause, then run pulumi up again`);
      const code = apiCode(error);
      if (code === 401 || code === 403) throw new Error(`could not read ${where} at ${server}: ${apiMessage(error)}`);
      seen = code === 404 ? "not there" : `could not be read at ${server}: ${apiMessage(error)}`;
    }
    if (Date.now() > until) throw new Error(`${where} is not ${wanted} after ${inputs.readySeconds} s: ${seen}`);
    if (Date.now() - said > 30_000) {
      said = Date.now();
      console.log(`${where}: ${seen} after ${Math.round((said - startedAt) / 1000)} s`);
    }
    await sleep(1000);
  }
}

class Failed extends Error {}

/** What the conditions that do not hold say. */
function reasons({ status }: KubeDbObject): string {
  const bad = (status?.conditions ?? []).filter((condition) => condition.status === "False");
  return bad.map(({ type, reason, message }) => `${type}: ${[reason, message].filter(Boolean).join(", ")}`).join("; ");
}
