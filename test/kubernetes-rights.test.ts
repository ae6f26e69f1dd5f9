import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { kubernetesRights } from "../components/kubernetes-rights.ts";
import type { MigrationConfig } from "../config/migration-config.ts";
import { rowsOf } from "../phases/strategies/index.ts";
import { register, setPrograms } from "./support/rows.ts";
import { root, stackConfig, type StackInput } from "./support/stack.ts";

/** A stack that uses whatever needs a right. */
function everything(edit: (input: StackInput) => void = () => undefined): MigrationConfig {
  return stackConfig("dev", (input) => {
    input.cleanup = { confirm: "demo/source-kafka" };
    input.workloads[0]!.kind = "StatefulSet";
    input.workloads[1]!.kind = "Rollout";
    input.workloads[2]!.kind = "CronJob";
    edit(input);
  });
}

const words = (rights: ReturnType<typeof kubernetesRights>): Set<string> =>
  new Set(rights.flatMap(({ group, resource, verbs }) => verbs.map((verb) => `${verb} ${resource}.${group}`)));

/** Files of the runtime, Pega's apart: they drive a release, whose rights are Helm's. */
const files = readdirSync(join(root, "runtime"), { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.startsWith("pega/") && !file.includes("node_modules"),
);

const verbs: Readonly<Record<string, string>> = {
  ...{ read: "get", list: "list", patch: "patch", create: "create", replace: "update", delete: "delete" },
};
const groups: Readonly<Record<string, string>> = {
  ...{ core: "", apps: "apps", batch: "batch", autoscaling: "autoscaling", coordination: "coordination.k8s.io" },
};

/** `get configmaps.` of `core.readNamespacedConfigMap(`. */
function typed(file: string): string[] {
  const text = readFileSync(join(root, "runtime", file), "utf8");
  const calls = text.matchAll(
    /\b(core|apps|batch|autoscaling|coordination)\.(read|list|patch|create|replace|delete)(?:Namespaced)?([A-Z]\w*?)(Scale|Status)?\(/g,
  );
  return [...calls].map(([, api, verb, kind, sub]) => {
    const resource = `${kind!.toLowerCase()}s${sub === undefined ? "" : `/${sub.toLowerCase()}`}`;
    return `${verbs[verb!]} ${resource}.${groups[api!]}`;
  });
}

/** Calls by the names of a kind that the code holds in a value: by file, what they are made for. */
const untyped: Readonly<Record<string, readonly string[]>> = {
  "kubernetes/listed.ts": [],
  "kubernetes/operator.ts": [
    "get kafkas.kubedb.com",
    "patch kafkas.kubedb.com",
    "delete kafkas.kubedb.com",
    "list connectclusters.kafka.kubedb.com",
  ],
  "kubernetes/ready.ts": ["get kafkas.kubedb.com", "get connectclusters.kafka.kubedb.com"],
  "kubernetes/must-not-exist.ts": ["get kafkas.kubedb.com", "get connectclusters.kafka.kubedb.com"],
  "connect/mirror-connect.ts": ["patch connectors.kafka.kubedb.com"],
  "model/workload-kinds/rollout.ts": [
    "patch rollouts.argoproj.io",
    "patch rollouts/scale.argoproj.io",
    "patch rollouts/status.argoproj.io",
  ],
  "workloads/fields.ts": ["patch deployments.apps"],
};
/** What the program does without where it may not: the right is not needed. */
const without: Readonly<Record<string, readonly string[]>> = {
  // Whose GitOps looks after a workload is looked for at large, and nobody has to be allowed that.
  "workloads/owners.ts": ["get", "list"],
  // KEDA need not be installed; where it is, the preview says that it may not be looked at.
  "workloads/scalers.ts": ["list"],
};
const exceptional = new Set([
  // Only where the namespace is missing, which belongs to no namespace's rights: somebody else may have made it.
  "create namespaces.",
  // Where it may not be looked for, the preview says so.
  "list horizontalpodautoscalers.autoscaling",
]);

const custom = /\bcustom\s*\.(get|list|patch|delete|create|replace)(?:Namespaced|Cluster)?CustomObject/g;

describe("the runner's rights in Kubernetes", function () {
  this.timeout(120_000);

  it("are all that the program asks the API server for, file by file", () => {
    const allowed = words(kubernetesRights(everything(), { connect: "present" }));
    const missing = files.flatMap((file) =>
      [...typed(file), ...(untyped[file] ?? [])]
        .filter((call) => !allowed.has(call) && !exceptional.has(call))
        .map((call) => `${file}: ${call}`),
    );
    assert.deepEqual([...new Set(missing)], []);
  });

  it("are known of every file that asks by the name of a kind", () => {
    const asking = files.filter((file) => readFileSync(join(root, "runtime", file), "utf8").search(custom) >= 0);
    assert.ok(asking.length > 4);
    assert.deepEqual(
      asking.filter((file) => untyped[file] === undefined && without[file] === undefined),
      [],
    );
    for (const file of Object.keys({ ...untyped, ...without })) assert.ok(files.includes(file), file);
  });

  it("are all that Pulumi's provider needs for what the program declares, in every row", async () => {
    for (const config of [everything(setPrograms)]) {
      const missing = new Set<string>();
      const before = rowsOf(config);
      for (const [at, row] of before.entries()) {
        const allowed = words(kubernetesRights(config, row));
        const reached = at === 0 ? undefined : { strategy: config.table, row: before[at - 1]!.name };
        const { resources } = await register({ config: { ...config, phase: row.name }, reached });
        for (const { type } of resources) {
          const found = /^kubernetes:(?:([\w.]+)\/)?v\w+:(\w+?)(Patch)?$/.exec(type);
          if (found === null || found[1]?.startsWith("helm")) continue;
          const [, group = "", kind, patch] = found;
          const full =
            { apps: "apps", batch: "batch", core: "", "networking.k8s.io": "networking.k8s.io" }[group] ?? group;
          const plural = kind!.toLowerCase().endsWith("y")
            ? `${kind!.toLowerCase().slice(0, -1)}ies`
            : `${kind!.toLowerCase()}s`;
          for (const verb of patch === undefined ? ["create", "get", "patch"] : ["get", "patch"])
            if (!allowed.has(`${verb} ${plural}.${full}`)) missing.add(`${row.name}: ${verb} ${plural}.${full}`);
        }
      }
      assert.deepEqual([...missing], []);
    }
  });

  it("are those that a config needs, and no more", () => {
    const plain = words(kubernetesRights(stackConfig("dev"), { connect: "present" }));
    for (const right of [
      "patch rollouts.argoproj.io",
      "delete kafkas.kubedb.com",
      "create deployments.apps",
      "create networkpolicies.networking.k8s.io",
    ])
      assert.ok(!plain.has(right), right);
    for (const right of [
      "list pods.",
      "get secrets.",
      "patch deployments/scale.apps",
      "update leases.coordination.k8s.io",
      "delete configmaps.",
    ])
      assert.ok(plain.has(right), right);
    const retired = words(kubernetesRights(stackConfig("dev"), { connect: "absent" }));
    assert.ok(!retired.has("create connectclusters.kafka.kubedb.com"));
    assert.ok(retired.has("update configmaps."));
  });
});
