/** Waiting for the operator of a platform. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadyInputs } from "../model/inputs.ts";
import type { ReportedObject } from "../model/platforms/platform.ts";
import { platformOfApi } from "../model/platforms/platforms.ts";
import { apiCode, apiMessage, clients } from "./kubernetes.ts";

/**
 * Waits until the operator reports the object ready for its newest generation. Rejects at once if it reports a failure,
 * with the reason, and after `readySeconds` with what it reports then.
 */
export async function waitReady(inputs: ReadyInputs): Promise<void> {
  const { custom, server } = await clients(inputs.kubernetes);
  const [group = "", version = ""] = inputs.apiVersion.split("/");
  const { namespace } = inputs.kubernetes;
  const where = `${inputs.kind} ${namespace}/${inputs.name}`;
  const { readiness, title } = platformOfApi(inputs.apiVersion);
  if (readiness === null) throw new Error(`${title} has no operator that says whether ${where} is ready`);
  const wanted = readiness.word(inputs.kind);
  const startedAt = Date.now();
  const until = startedAt + inputs.readySeconds * 1000;
  let said = startedAt;
  for (;;) {
    let seen: string;
    try {
      const object: ReportedObject = await custom.getNamespacedCustomObject({
        group,
        version,
        namespace,
        plural: inputs.plural,
        name: inputs.name,
      });
      const { state, found } = readiness.of(inputs.kind, object, inputs.generation);
      if (state === "ready") return;
      if (state === "failed") throw new Failed(`${where} has failed: ${found}`);
      seen = found;
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
