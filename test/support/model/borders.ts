/**
 * The product's own runtime, loaded a second time with what lies at its borders replaced by the world in memory: brokers,
 * Connect's REST API, Kubernetes, the clock. Everything else runs as it is. What other tests load stays real.
 */
import { registerHooks } from "node:module";
import type * as Provider from "../../../runtime/resources/provider.ts";

const root = new URL("../../../", import.meta.url).href;
const mark = "?model";

/** Modules of the runtime that reach outside, by the file that stands for them. */
const replaced: Readonly<Record<string, string>> = {
  "runtime/brokers/commits.ts": "brokers.ts",
  "runtime/brokers/connection.ts": "connection.ts",
  "runtime/brokers/groups.ts": "brokers.ts",
  "runtime/brokers/log.ts": "log.ts",
  "runtime/brokers/positions.ts": "brokers.ts",
  "runtime/brokers/second-client.ts": "second-client.ts",
  "runtime/brokers/topic-changes.ts": "topic-changes.ts",
  "runtime/brokers/writable.ts": "writable.ts",
  "runtime/connect/connect.ts": "connect.ts",
  "runtime/connect/mirror-connect.ts": "connect.ts",
  "runtime/connect/offsets-topic/positions.ts": "connect-positions.ts",
  "runtime/connect/reverse-positions.ts": "reverse-positions.ts",
  "runtime/kubernetes/documents.ts": "documents.ts",
  "runtime/kubernetes/operator.ts": "operator.ts",
  "runtime/kubernetes/prerequisites.ts": "prerequisites.ts",
  "runtime/ledger/interrupts.ts": "interrupts.ts",
  "runtime/ledger/lease.ts": "lease.ts",
  "runtime/measure/judge.ts": "judge.ts",
  "runtime/model/measured-within.ts": "measured-within.ts",
  "runtime/pega/queues.ts": "pega.ts",
  "runtime/pega/release.ts": "pega.ts",
  "runtime/pega/tiers.ts": "pega.ts",
  "runtime/pega/volumes.ts": "pega.ts",
  "runtime/placement/place.ts": "place.ts",
  "runtime/resources/references.ts": "references.ts",
  "runtime/switch/logins.ts": "logins.ts",
  "runtime/topics/delete-for-good.ts": "delete-for-good.ts",
  "runtime/workloads/fields.ts": "fields.ts",
  "runtime/workloads/workload-api.ts": "workload-api.ts",
};

const border = (file: string): string => new URL(`borders/${file}`, import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    if (!context.parentURL?.endsWith(mark)) return found;
    if (specifier === "node:timers/promises")
      return { ...found, url: border("timers.ts"), format: "module-typescript" };
    if (!found.url.startsWith(root) || found.url.includes("/node_modules/")) return found;
    const file = replaced[found.url.slice(root.length)];
    return { ...found, url: file === undefined ? `${found.url}${mark}` : border(file) };
  },
});

type Runtime = typeof Provider;

let loading: Promise<Runtime> | undefined;

/** What the dynamic resources run, over the world that is current. */
export async function provider(): Promise<Runtime["provider"]> {
  loading ??= import(`${root}runtime/resources/provider.ts${mark}`) as Promise<Runtime>;
  return (await loading).provider;
}
