import { rmSync } from "node:fs";
import { join } from "node:path";
import { networkOf, podAddress, releaseNetwork, serviceNames } from "../addresses.ts";
import { workerPart, workerSpec, type ConnectCluster, type Worker } from "../connect-worker.ts";
import { apply, orNull, remove, type AnyObject } from "../kubernetes.ts";
import { ports } from "../layout.ts";
import { find, partsOnRecord } from "../processes.ts";
import {
  ensureAppBinding,
  ensureCredentials,
  ensureService,
  followBinding,
  readConfiguration,
  type Binding,
  type Owner,
} from "./bindings.ts";
import { condition, isTrue, report, setFinalizer, type Condition } from "./conditions.ts";
import { ConnectRest } from "./connect-rest.ts";
import { heldPods, splitKey, type Context } from "./context.ts";
import type { Again } from "./queue.ts";

const resource = { group: "kafka.kubedb.com", version: "v1alpha1", plural: "connectclusters" } as const;

/** Jetty's own hook at the end of a process now and then keeps a worker from ending by itself; its tasks have ended by then. */
const stopSeconds = 10;
const whileStarting = 700;
const whileReady = 10_000;

const connectObject = (namespace: string, name: string) => `connect/${namespace}/${name}`;

/** Runs the workers of ConnectCluster objects. */
export class ConnectClusterController {
  readonly #context: Context;
  /** Set by the operator: asks for another look at an object. */
  enqueue: (key: string) => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Again> {
    const { api, hosts, tools } = this.#context;
    const { namespace, name } = splitKey(key);
    const read = api.custom.getNamespacedCustomObject({ ...resource, namespace, name });
    const connect = (await orNull(read)) as AnyObject | null;
    if (!connect) return void (await this.#stopStrays(namespace, name, []));
    if (connect.metadata?.deletionTimestamp) return this.#delete(connect);
    await setFinalizer(api, resource, connect, true);

    const { version, enableSSL } = connect["spec"];
    if (!tools.kafka[version] || enableSSL) {
      const versions = Object.keys(tools.kafka).join(" and ");
      const message = enableSSL
        ? "the lab's Connect speaks no TLS: enableSSL must be false"
        : `the lab has Kafka ${versions}, not ${version}`;
      await this.#report(connect, "NotReady", [condition("ProvisioningStarted", false, "NotSupportedByLab", message)]);
      return undefined;
    }
    const workers = this.#workers(connect);
    const service = serviceNames(name, namespace);
    const headless = serviceNames(`${name}-pods`, namespace);
    hosts.set(
      connectObject(namespace, name),
      workers.map(({ pod, address }) => ({
        address,
        names: [...headless.map((each) => `${pod}.${each}`), ...service, ...headless],
      })),
    );
    const cluster = await this.#describe(connect);
    if (typeof cluster === "string") {
      await this.#report(connect, isTrue(connect, "Provisioned") ? "NotReady" : "Provisioning", [
        condition("ProvisioningStarted", false, "DependencyMissing", cluster),
        ...(isTrue(connect, "Provisioned") ? [provisioned(name)] : []),
      ]);
      return 1000;
    }
    return this.#run(key, connect, cluster, workers);
  }

  #workers(connect: AnyObject): Worker[] {
    const { namespace = "", name = "" } = connect.metadata ?? {};
    const network = networkOf(this.#context.lab, connectObject(namespace, name));
    return Array.from({ length: connect["spec"].replicas ?? 1 }, (_, index) => ({
      pod: `${name}-${index}`,
      address: podAddress(this.#context.lab, network, "connect", index),
      host: `${name}-${index}.${name}-pods.${namespace}.svc`,
    }));
  }

  /** The Connect cluster to run, or a sentence that says what it still lacks. */
  async #describe(connect: AnyObject): Promise<ConnectCluster | string> {
    const { api } = this.#context;
    const owner = ownerOf(connect);
    const spec = connect["spec"];
    const kafka: Binding | null = await followBinding(api, spec.kafkaRef, owner.namespace);
    if (!kafka) return `the AppBinding "${spec.kafkaRef.name}" of Kafka, or its Secret, does not exist`;
    const secret = {
      named: spec.authSecret?.name as string | undefined,
      defaultName: `${owner.name}-auth`,
      username: "connect",
    };
    const access = spec.disableSecurity ? null : await ensureCredentials(api, owner, secret);
    if (!(await this.#isUp(kafka, owner))) return `Kafka "${spec.kafkaRef.name}" is not Ready`;
    if (!access && !spec.disableSecurity) {
      return `the Secret "${secret.named}" with keys username and password does not exist`;
    }
    const configuration = (await readConfiguration(api, connect))["config.properties"] ?? "";
    const service = { headless: false, ports: { connect: ports.connect } };
    await ensureService(api, owner, owner.name, service);
    await ensureService(api, owner, `${owner.name}-pods`, { ...service, headless: true });
    await apply(api, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: owner.namespace, name: `${owner.name}-config` },
      stringData: { "config.properties": configuration },
    });
    await ensureAppBinding(api, owner, {
      type: "kafka.kubedb.com/connectcluster",
      version: spec.version,
      service: { name: owner.name, port: ports.connect, scheme: "http" },
      secret: access?.secret ?? null,
    });
    return {
      namespace: owner.namespace,
      name: owner.name,
      version: spec.version,
      mode: modeOf(connect),
      bootstrap: kafka.address,
      kafkaUser: kafka.user,
      kafkaTls: kafka.tls,
      restUser: access?.user ?? null,
      configuration,
    };
  }

  /** Whether workers may start: those that find no brokers give up after a minute. Running ones stay. */
  async #isUp(kafka: Binding, owner: Owner): Promise<boolean> {
    const runs = partsOnRecord(this.#context.lab, `connect/${owner.namespace}/${owner.name}/`);
    if (runs.length > 0 || !kafka.owner) return true;
    const { namespace, name } = kafka.owner;
    const read = this.#context.api.custom.getNamespacedCustomObject({
      ...{ group: "kubedb.com", version: "v1", plural: "kafkas" },
      ...{ namespace, name },
    });
    const phase = ((await orNull(read)) as AnyObject | null)?.["status"]?.phase;
    return phase === "Ready" || phase === "Critical";
  }

  async #run(key: string, connect: AnyObject, cluster: ConnectCluster, workers: readonly Worker[]): Promise<Again> {
    const { lab, supervisor, tools } = this.#context;
    const wake = () => this.enqueue(key);
    const held = heldPods(connect);
    const wanted = workers.filter(({ pod }) => !held.has(pod));
    await this.#stopStrays(cluster.namespace, cluster.name, wanted);
    let waiting = 0;
    for (const worker of wanted) {
      if (supervisor.running(workerPart(cluster, worker.pod), wake)) continue;
      waiting = Math.max(waiting, supervisor.start(workerSpec(lab, tools, cluster, worker), wake) ?? 0);
    }
    const answers = await Promise.all(
      wanted.map(({ address }) => new ConnectRest([address], ports.connect, cluster.restUser).answers()),
    );
    const ready = answers.filter(Boolean).length;
    if (ready === workers.length && (await this.#replaceOutdated(cluster, workers))) return 0;
    await this.#reportRunning(connect, ready, workers.length);
    return ready === workers.length ? whileReady : Math.max(whileStarting, waiting);
  }

  /** Restarts one worker whose configuration has changed; the others follow once it answers again. */
  async #replaceOutdated(cluster: ConnectCluster, workers: readonly Worker[]): Promise<boolean> {
    const { lab, supervisor, tools } = this.#context;
    for (const worker of workers) {
      const process = find(lab, workerPart(cluster, worker.pod));
      if (!process || process.fingerprint === workerSpec(lab, tools, cluster, worker).fingerprint) continue;
      await supervisor.stop(process.part, stopSeconds);
      return true;
    }
    return false;
  }

  async #reportRunning(connect: AnyObject, ready: number, wanted: number): Promise<void> {
    const name = connect.metadata?.name ?? "";
    const complete = ready === wanted;
    const wasProvisioned = isTrue(connect, "Provisioned") || complete;
    const phase = complete ? "Ready" : !wasProvisioned ? "Provisioning" : ready > 0 ? "Critical" : "NotReady";
    const count = `${ready} of ${wanted} workers answer`;
    const accepting = ready > 0 ? "DatabaseAcceptingConnectionRequest" : "DatabaseNotAcceptingConnectionRequest";
    await this.#report(connect, phase, [
      condition("ProvisioningStarted", true, "DatabaseProvisioningStartedSuccessfully", `started ${name}`),
      condition("ReplicaReady", complete, complete ? "AllReplicasReady" : "SomeReplicasNotReady", count),
      condition("AcceptingConnection", ready > 0, accepting, count),
      condition("Ready", complete, complete ? "ReadinessCheckSucceeded" : "ReadinessCheckFailed", count),
      ...(wasProvisioned ? [provisioned(name)] : []),
    ]);
  }

  async #delete(connect: AnyObject): Promise<Again> {
    const { api, lab, hosts } = this.#context;
    const { namespace, name } = ownerOf(connect);
    const policy = connect["spec"].deletionPolicy;
    if (policy === "DoNotTerminate") return undefined;
    await this.#stopStrays(namespace, name, []);
    for (const service of [name, `${name}-pods`]) {
      await remove(api, { apiVersion: "v1", kind: "Service", metadata: { namespace, name: service } });
    }
    const binding = {
      apiVersion: "appcatalog.appscode.com/v1alpha1",
      kind: "AppBinding",
      metadata: { namespace, name },
    };
    await remove(api, binding);
    const secrets = [
      `${name}-config`,
      ...(policy === "WipeOut" && !connect["spec"].authSecret ? [`${name}-auth`] : []),
    ];
    for (const secret of secrets) {
      await remove(api, { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: secret } });
    }
    for (const { pod } of this.#workers(connect)) {
      rmSync(join(lab.data, "connect", namespace, pod), { recursive: true, force: true });
      for (const suffix of ["properties", "users", "jaas"]) {
        rmSync(join(lab.secrets, "connect", `${namespace}.${pod}.${suffix}`), { force: true });
      }
    }
    hosts.set(connectObject(namespace, name), []);
    releaseNetwork(lab, connectObject(namespace, name));
    await setFinalizer(api, resource, connect, false);
    return undefined;
  }

  /** Ends the workers of a cluster that are none of these. */
  async #stopStrays(namespace: string, name: string, workers: readonly Worker[]): Promise<void> {
    const kept = new Set(workers.map(({ pod }) => pod));
    const parts = partsOnRecord(this.#context.lab, `connect/${namespace}/${name}/`);
    const strays = parts.filter((part) => !kept.has(part.slice(part.lastIndexOf("/") + 1)));
    await Promise.all(strays.map((part) => this.#context.supervisor.stop(part, stopSeconds)));
  }

  #report(connect: AnyObject, phase: string, conditions: readonly Condition[]): Promise<void> {
    return report(this.#context.api, resource, connect, { phase, conditions });
  }
}

const provisioned = (name: string) =>
  condition("Provisioned", true, "DatabaseSuccessfullyProvisioned", `provisioned ${name}`);

const ownerOf = (connect: AnyObject): Owner => ({
  ...resource,
  namespace: connect.metadata?.namespace ?? "",
  name: connect.metadata?.name ?? "",
});

/** KubeDB runs a single worker standalone unless an environment variable says otherwise. */
function modeOf(connect: AnyObject): ConnectCluster["mode"] {
  const containers = (connect["spec"].podTemplate?.spec?.containers ?? []) as {
    name: string;
    env?: { name: string; value?: string }[];
  }[];
  const container = containers.find(({ name }) => name === "connect-cluster");
  const wanted = container?.env?.find(({ name }) => name === "CONNECT_CLUSTER_MODE")?.value;
  if (wanted) return wanted === "standalone" ? "standalone" : "distributed";
  return connect["spec"].replicas > 1 ? "distributed" : "standalone";
}
