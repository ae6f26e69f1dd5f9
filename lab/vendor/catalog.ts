/** An application that begins at the target too early: its schema is new, and the registry there imports. */
import { PatchStrategy } from "@kubernetes/client-node";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { connect, readSecret, type Api } from "../kubernetes.ts";
import type { Lab } from "../layout.ts";
import { linesOf, logFiles } from "../traffic/log-lines.ts";
import { producerEnvironment, workloadManifests, type TrafficOptions } from "../traffic/manifests.ts";
import type { ProducerWorkload } from "../traffic/workloads.ts";
import { bootstrapOf, registryUrl } from "./addresses.ts";
import { loginKeys, loginSecret, registrySecret } from "./users.ts";

const workload: ProducerWorkload = {
  role: "producer",
  name: "catalog-producer",
  writes: [{ topic: "catalog", percent: 100, keys: 20 }],
  avro: true,
};
/** Records per second. */
const rate = 10;

/** Secret in which the migration puts its user on the target. */
const targetSecret = `${workload.name}-target`;

/** Starts it with the target's addresses and users; it writes as soon as the registry takes its schema. */
export async function startCatalog(lab: Lab, options: TrafficOptions): Promise<void> {
  const api = connect(lab.kubeconfig);
  await giveTargetLogins(api, options.namespace);
  const started = { ...options, bootstrap: bootstrapOf("target") };
  if (started.logins) started.logins = { ...started.logins, registry: registryUrl(lab, "target") };
  for (const manifest of workloadManifests(workload, producerEnvironment(workload, rate), started)) {
    await api.objects.patch(manifest, undefined, undefined, "kafka-migration-lab", true, PatchStrategy.ServerSideApply);
  }
}

/** Ends it; no pod is left. */
export async function stopCatalog(lab: Lab, { namespace }: TrafficOptions): Promise<void> {
  const { apps } = connect(lab.kubeconfig);
  await apps.deleteNamespacedDeployment({ name: workload.name, namespace }).catch(() => undefined);
}

async function giveTargetLogins(api: Api, namespace: string): Promise<void> {
  const [kafka, registry] = await Promise.all(
    [targetSecret, registrySecret("target", "apps")].map((name) => readSecret(api, namespace, name)),
  );
  if (!kafka || !registry) throw new Error(`The Secret ${namespace}/${targetSecret} does not exist yet.`);
  const stringData = {
    [loginKeys.kafka.username]: kafka["username"],
    [loginKeys.kafka.password]: kafka["password"],
    [loginKeys.registry.username]: registry["username"],
    [loginKeys.registry.password]: registry["password"],
  };
  const metadata = { name: loginSecret(workload.name), namespace };
  const secret = { apiVersion: "v1", kind: "Secret", metadata, stringData };
  await api.objects.patch(secret, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
}

/** What its log says until now. */
export interface CatalogLog {
  /** How often the registry refused its schema while it imported. */
  readonly refusals: number;
  /** The registry's own words the first time; null before. */
  readonly firstRefusal: string | null;
  /** Milliseconds since 1970; null before. */
  readonly firstRefusalAt: number | null;
  readonly firstWriteAt: number | null;
  /** Id of its schema once it was taken. */
  readonly schemaId: number | null;
  readonly records: number;
}

export function readCatalogLog(options: TrafficOptions): CatalogLog {
  const directory = join(options.logDir, workload.name);
  const lines = existsSync(directory) ? logFiles(directory).flatMap((file) => [...linesOf(file)]) : [];
  const fields = lines.map((line) => line.split("\t"));
  const refused = fields.filter(([event, , text = ""]) => event === "error" && text.includes(" 42205: "));
  const written = fields.filter(([event]) => event === "ack");
  const at = (line: readonly string[] | undefined) => (line === undefined ? null : Number(line[1]));
  return {
    refusals: refused.length,
    firstRefusal: refused[0]?.[2]?.replace(/^Error: /, "") ?? null,
    firstRefusalAt: at(refused[0]),
    firstWriteAt: at(written[0]),
    schemaId: written[0] === undefined ? null : Number(written[0][7]),
    records: written.length,
  };
}
