import type { MigrationConfig } from "../../config/migration-config.ts";
import type { ConfigInput } from "../../config/schema.ts";
import { rowsOf } from "../../phases/strategies/index.ts";
import type { KubedbObject } from "./kubedb-admission.ts";
import { register, walk, type Registered } from "./rows.ts";
import { stackConfig, type StackInput } from "./stack.ts";

/** An object as the program hands it to the Kubernetes API, metadata included. */
export interface Rendered extends KubedbObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  /** True for one that changes some fields of an object made elsewhere. */
  readonly patch: boolean;
}

const storage = { size: "1Gi" };
const tls = { issuer: { kind: "ClusterIssuer" as const, name: "authority" } };

/** What a config may say besides the two stacks: each alone, over Pulumi.dev.yaml unless it says otherwise. */
const variants: readonly (readonly [what: string, stack: "dev" | "prod", edit: (input: StackInput) => void])[] = [
  [
    "controllers and brokers",
    "dev",
    ({ target }) => {
      const { combined: _, ...cluster } = target.cluster as KubedbInput;
      const nodes = { replicas: 3, storage };
      target.cluster = { ...cluster, topology: { controller: nodes, broker: nodes } };
    },
  ],
  [
    "combined nodes",
    "prod",
    ({ target }) => {
      const { topology: _, ...cluster } = target.cluster as KubedbInput;
      target.cluster = { ...cluster, combined: { replicas: 3, storage } };
    },
  ],
  ["no Secret of the administrator", "dev", ({ target }) => delete (target.cluster as KubedbInput).authSecret],
  [
    "broker properties",
    "dev",
    ({ target }) => {
      (target.cluster as KubedbInput).configuration = { "log.retention.hours": "1", "ssl.cipher.suites": "a,b:c=d" };
    },
  ],
  [
    "monitors",
    "dev",
    ({ target, connect }) => {
      const monitor = { serviceMonitorLabels: { release: "prometheus" }, intervalSeconds: 30 };
      (target.cluster as KubedbInput).monitor = monitor;
      connect.monitor = monitor;
    },
  ],
  [
    "a Connect user of the user's own, worker properties",
    "dev",
    ({ connect }) => {
      connect.authSecret = "connect-user";
      connect.worker = { "producer.max.request.size": "16777216" };
    },
  ],
  ["at least once", "dev", (input) => (input.mirror = { exactlyOnce: false })],
  [
    "a source that is made here",
    "dev",
    ({ source }) => {
      source.cluster = {
        kind: "kubedb",
        name: "source-kafka",
        version: "3.9.0",
        combined: { replicas: 2, storage },
        tls,
      };
      delete source.credentials!.mirror;
    },
  ],
  [
    "MM2 as the runner",
    "dev",
    ({ source, target }) => {
      for (const side of [source, target]) delete side.credentials!.mirror;
    },
  ],
  [
    "an external target",
    "dev",
    ({ target }) => {
      target.cluster = { kind: "external" };
      target.bootstrap = ["kafka-0.example.internal:9092", "kafka-1.example.internal:9092"];
      target.security = { protocol: "SASL_SSL", mechanism: "SCRAM-SHA-512", caSecret: "authority" };
    },
  ],
  [
    "no TLS",
    "dev",
    ({ source, target }) => {
      for (const side of [source, target]) side.security = { protocol: "SASL_PLAINTEXT", mechanism: "PLAIN" };
      delete (target.cluster as KubedbInput).tls;
    },
  ],
  [
    "an external source",
    "dev",
    ({ source }) => {
      source.cluster = { kind: "external" };
      source.bootstrap = ["kafka.example.internal:9092"];
    },
  ],
  [
    "a target that stands already",
    "dev",
    ({ target }) => {
      target.cluster = { kind: "kubedb-existing", name: "target-kafka" };
    },
  ],
];

type KubedbInput = Extract<ConfigInput["target"]["cluster"], { kind: "kubedb" }>;

/** One set of objects that exist together, and where it comes from. */
export interface RenderedSet {
  readonly from: string;
  readonly config: MigrationConfig;
  readonly objects: readonly Rendered[];
}

/** Every set of KubeDB objects that the program registers: both stacks over all rows, each variant in three rows. */
export async function renderedSets(): Promise<RenderedSet[]> {
  const sets: RenderedSet[] = [];
  for (const stack of ["dev", "prod"] as const) {
    const config = stackConfig(stack);
    for (const { row, moving } of await walk(config)) {
      sets.push({ from: `Pulumi.${stack}.yaml, ${row}`, config, objects: moving.flatMap(toObject) });
    }
  }
  for (const [what, stack, edit] of variants) {
    const config = stackConfig(stack, edit);
    // With Connect alone, with connectors, and with the source halted.
    const rows = rowsOf(config).map(({ name }) => name);
    for (const at of [0, 1, rows.length - 1]) {
      const reached = at === 0 ? undefined : { strategy: config.strategy, row: rows[at]! };
      const { resources } = await register({ config: { ...config, phase: rows[at]! }, reached });
      sets.push({ from: `${what}, ${rows[at]}`, config, objects: resources.flatMap(toObject) });
    }
  }
  return sets;
}

function toObject({ type, inputs }: Registered): Rendered[] {
  if (!/^kubernetes:(kafka\.)?kubedb\.com\/|^kubernetes:appcatalog\.appscode\.com\//.test(type)) return [];
  const { apiVersion, kind, metadata, spec } = inputs as unknown as Rendered;
  return [{ apiVersion, kind, metadata, spec, patch: type.endsWith("Patch") }];
}
