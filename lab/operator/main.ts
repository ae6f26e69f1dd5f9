import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Hosts } from "../addresses.ts";
import type { JavaTools } from "../jvm.ts";
import { connect, type AnyObject } from "../kubernetes.ts";
import { labFromEnvironment } from "../layout.ts";
import { adopt, partsOnRecord } from "../processes.ts";
import { ClaimController } from "./claims.ts";
import { ConnectClusterController } from "./connect-cluster.ts";
import { ConnectorController } from "./connector.ts";
import { keyOf, type Context } from "./context.ts";
import { programLabel } from "../../runtime/model/program-labels.ts";
import { CronJobController } from "./cron-job.ts";
import { deploymentAnnotation, DeploymentController } from "./deployment.ts";
import { jobAnnotation, JobController } from "./job.ts";
import { KafkaController } from "./kafka.ts";
import { NamespaceController } from "./namespaces.ts";
import { ownerOf } from "./owned-pods.ts";
import { PodController, runLabel } from "./pods.ts";
import { log, Queue, type Again } from "./queue.ts";
import { RolloutController, rolloutAnnotation } from "./rollout.ts";
import { StatefulSetController, statefulSetAnnotation } from "./stateful-set.ts";
import { Supervisor } from "./supervisor.ts";
import { watch, type Watched } from "./watch.ts";

/** All objects are looked at this often, whatever the API server told of changes. */
const resyncEvery = 60_000;

const lab = labFromEnvironment();
adopt(lab);
const context: Context = {
  lab,
  api: connect(lab.kubeconfig),
  tools: JSON.parse(readFileSync(join(lab.dir, "tools.json"), "utf8")) as JavaTools,
  brokersApart: process.env["LAB_BROKERS"] === "apart",
  hosts: new Hosts(lab),
  supervisor: new Supervisor(lab),
};
context.hosts.write();

const watched: { source: Watched; queue: Queue; key: (object: AnyObject) => string }[] = [];

function queueFor(
  name: string,
  controller: { reconcile(key: string): Promise<Again>; enqueue?: (key: string) => void },
): Queue {
  const queue = new Queue(name, (key) => controller.reconcile(key));
  controller.enqueue = (key) => queue.add(key);
  return queue;
}

async function follow(
  path: string,
  queue: Queue,
  options: { labelSelector?: string; key?: (object: AnyObject) => string; also?: (object: AnyObject) => void } = {},
): Promise<void> {
  const key = options.key ?? keyOf;
  const onChange = (object: AnyObject) => {
    queue.add(key(object));
    options.also?.(object);
  };
  const selector = options.labelSelector ? { labelSelector: options.labelSelector } : {};
  watched.push({ source: await watch(context.api, { path, onChange, ...selector }), queue, key });
}

const kafkas = queueFor("Kafka", new KafkaController(context));
const connects = queueFor("ConnectCluster", new ConnectClusterController(context));
const connectors = queueFor("Connector", new ConnectorController(context));
const deployments = queueFor("Deployment", new DeploymentController(context));
const statefulSets = queueFor("StatefulSet", new StatefulSetController(context));
const rollouts = queueFor("Rollout", new RolloutController(context));
const jobs = queueFor("Job", new JobController(context));
const cronJobs = queueFor("CronJob", new CronJobController(context));
const pods = queueFor("Pod", new PodController(context));
const claims = queueFor("PersistentVolumeClaim", new ClaimController(context));
const namespaces = queueFor("Namespace", new NamespaceController(context));

/** Queues of the workloads that pods belong to, by the annotation that tells. */
const owning = [
  [deploymentAnnotation, deployments],
  [statefulSetAnnotation, statefulSets],
  [rolloutAnnotation, rollouts],
  [jobAnnotation, jobs],
] as const;

const labelSelector = `${runLabel}=true`;
await follow("/apis/kubedb.com/v1/kafkas", kafkas);
await follow("/apis/kafka.kubedb.com/v1alpha1/connectclusters", connects);
await follow("/apis/kafka.kubedb.com/v1alpha1/connectors", connectors);
await follow("/apis/apps/v1/deployments", deployments, { labelSelector });
// Programs of the migration itself, which carry no label of the lab.
await follow("/apis/apps/v1/deployments", deployments, { labelSelector: programLabel });
await follow("/apis/batch/v1/cronjobs", cronJobs, { labelSelector: programLabel });
await follow("/apis/batch/v1/jobs", jobs, { labelSelector: programLabel });
await follow("/apis/apps/v1/statefulsets", statefulSets, { labelSelector });
await follow("/apis/argoproj.io/v1alpha1/rollouts", rollouts, { labelSelector });
await follow("/api/v1/pods", pods, {
  labelSelector,
  also: (pod) => {
    for (const [annotation, queue] of owning) {
      const owner = ownerOf(pod, annotation);
      if (owner) queue.add(`${pod.metadata?.namespace}/${owner.name}`);
    }
  },
});
await follow("/api/v1/persistentvolumeclaims", claims);
await follow("/api/v1/namespaces", namespaces, { key: (namespace) => namespace.metadata?.name ?? "" });

// An edited Secret may hold a configuration; the objects that read it are few, so all of its namespace are asked.
await watch(context.api, {
  path: "/api/v1/secrets",
  onChange: (secret) => {
    const namespace = secret.metadata?.namespace;
    for (const { source, queue, key } of watched) {
      if (queue !== connectors && queue !== connects && queue !== kafkas) continue;
      for (const object of source.list()) if (object.metadata?.namespace === namespace) queue.add(key(object));
    }
  },
});

setInterval(() => {
  for (const { source, queue, key } of watched) for (const object of source.list()) queue.add(key(object));
}, resyncEvery);

// Processes whose objects were deleted while no operator ran: their controllers find nothing and end them.
const owners: Record<string, Queue> = { kafka: kafkas, format: kafkas, connect: connects, pod: pods };
for (const part of partsOnRecord(lab, "")) {
  const [what = "", namespace, name] = part.split("/");
  owners[what]?.add(`${namespace}/${name}`);
}
log(`the operator serves ${lab.dir}`);

for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => process.exit(0));
