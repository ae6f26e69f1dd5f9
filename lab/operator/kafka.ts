import { rmSync } from "node:fs";
import { join } from "node:path";
import { releaseNetwork } from "../addresses.ts";
import {
  brokerSpec,
  clusterDirectory,
  formatSpec,
  nodeProcesses,
  type KafkaCluster,
  type NodeProcess,
} from "../broker.ts";
import { orNull, remove, type AnyObject } from "../kubernetes.ts";
import { ports } from "../layout.ts";
import { find, partsOnRecord } from "../processes.ts";
import { ensureAppBinding, ensureCredentials, ensureService, readConfiguration, type Owner } from "./bindings.ts";
import { condition, isTrue, report, setFinalizer, type Condition } from "./conditions.ts";
import { heldPods, splitKey, type Context } from "./context.ts";
import { checkKafka, type KafkaHealth } from "./kafka-health.ts";
import { certificateNames, kafkaCluster, kafkaHosts, kafkaNodes, kafkaObject, unsupported } from "./kafka-plan.ts";
import { certificateSecrets, ensureCertificates, removeCertificates } from "./certificates.ts";
import type { Again } from "./queue.ts";

const resource = { group: "kubedb.com", version: "v1", plural: "kafkas" } as const;

/** Brokers that leave all at once wait in vain for one another, so they get little time. */
const stopSeconds = 8;
const whileStarting = 700;

interface Memory {
  checkedAt: number;
  health: KafkaHealth;
}

/** Runs the brokers of Kafka objects. */
export class KafkaController {
  readonly #context: Context;
  readonly #memory = new Map<string, Memory>();
  /** Set by the operator: asks for another look at an object. */
  enqueue: (key: string) => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Again> {
    const { api, lab, hosts, tools } = this.#context;
    const { namespace, name } = splitKey(key);
    const kafka = (await orNull(
      api.custom.getNamespacedCustomObject({ ...resource, namespace, name }),
    )) as AnyObject | null;
    if (!kafka) return void (await this.#stopStrays(namespace, name, []));
    if (kafka.metadata?.deletionTimestamp) return this.#delete(kafka);
    await setFinalizer(api, resource, kafka, true);

    const refused = unsupported(kafka, Object.keys(tools.kafka));
    if (refused) {
      await this.#report(kafka, "NotReady", [condition("ProvisioningStarted", false, "NotSupportedByLab", refused)]);
      return undefined;
    }
    const nodes = kafkaNodes(lab, kafka);
    hosts.set(kafkaObject(namespace, name), kafkaHosts(kafka, nodes));
    const spec = kafka["spec"];
    const owner = ownerOf(kafka);
    await ensureService(api, owner, `${name}-pods`, {
      headless: true,
      ports: { http: ports.kafka, controller: ports.controller, local: 29092 },
    });
    const access = spec.disableSecurity
      ? null
      : await ensureCredentials(api, owner, {
          named: spec.authSecret?.name as string | undefined,
          defaultName: `${name}-auth`,
          username: "admin",
        });
    if (!access && !spec.disableSecurity) {
      const message = `the Secret "${spec.authSecret?.name}" with keys username and password does not exist`;
      await this.#report(kafka, "Provisioning", [condition("ProvisioningStarted", false, "SecretMissing", message)]);
      return 2000;
    }
    const tls = spec.enableSSL ? await ensureCertificates(api, lab, owner, certificateNames(kafka, nodes)) : null;
    await ensureAppBinding(api, owner, {
      type: "kubedb.com/kafka",
      version: spec.version,
      service: { name: `${name}-pods`, port: ports.kafka, scheme: tls ? "https" : "kafka" },
      secret: access?.secret ?? null,
      tls: tls && { secret: certificateSecrets(name).client, ca: tls.ca },
    });
    const cluster = kafkaCluster(lab, kafka, access?.user ?? null, tls, await readConfiguration(api, kafka));
    return spec.halted ? this.#halt(kafka, cluster) : this.#run(key, kafka, cluster);
  }

  async #run(key: string, kafka: AnyObject, cluster: KafkaCluster): Promise<Again> {
    const processes = this.#processes(cluster);
    const held = heldPods(kafka);
    const isHeld = ({ nodes }: NodeProcess) => nodes.some(({ pod }) => held.has(pod));
    if (processes.some((each) => each.nodes.length > 1 && isHeld(each))) {
      const message = "its brokers share one process: start the lab with LAB_BROKERS=apart to keep one of them away";
      await this.#report(kafka, "NotReady", [condition("ProvisioningStarted", false, "NotSupportedByLab", message)]);
      return undefined;
    }
    const wake = () => this.enqueue(key);
    await this.#stopStrays(cluster.namespace, cluster.name, processes);
    const { supervisor } = this.#context;
    await Promise.all(processes.filter(isHeld).map(({ part }) => supervisor.stop(part, stopSeconds)));
    let waiting = 0;
    for (const process of processes.filter((each) => !isHeld(each))) {
      waiting = Math.max(waiting, this.#ensureProcess(cluster, process, wake));
    }
    const health = await this.#health(key, kafka, cluster);
    const all = processes.every(({ part }) => find(this.#context.lab, part));
    if (all && isComplete(cluster, health)) await this.#replaceOutdated(cluster);
    const ready = await this.#reportRunning(kafka, cluster, health);
    return ready ? periodOf(kafka) : Math.max(whileStarting, Math.min(waiting, 5000));
  }

  #processes(cluster: KafkaCluster): NodeProcess[] {
    return nodeProcesses(this.#context.tools, cluster, this.#context.brokersApart ?? false);
  }

  /** Sees to it that a process runs; returns the milliseconds after which to look again. */
  #ensureProcess(cluster: KafkaCluster, process: NodeProcess, wake: () => void): number {
    const { lab, supervisor, tools } = this.#context;
    if (supervisor.running(process.part, wake)) return 0;
    for (const node of process.nodes) {
      const format = formatSpec(lab, tools, cluster, node);
      if (format === null) continue;
      return supervisor.running(format.part, wake) ? 0 : (supervisor.start(format, wake) ?? 0);
    }
    return supervisor.start(brokerSpec(lab, tools, cluster, process), wake) ?? 0;
  }

  /** Restarts one process whose configuration has changed; the others follow once its nodes take part again. */
  async #replaceOutdated(cluster: KafkaCluster): Promise<void> {
    const { lab, supervisor, tools } = this.#context;
    for (const each of this.#processes(cluster)) {
      const process = find(lab, each.part);
      if (!process || process.fingerprint === brokerSpec(lab, tools, cluster, each).fingerprint) continue;
      await supervisor.stop(process.part, 30);
      this.#memory.delete(`${cluster.namespace}/${cluster.name}`);
      return this.enqueue(`${cluster.namespace}/${cluster.name}`);
    }
  }

  async #health(key: string, kafka: AnyObject, cluster: KafkaCluster): Promise<KafkaHealth> {
    const running = this.#processes(cluster)
      .filter(({ part }) => find(this.#context.lab, part))
      .flatMap(({ nodes }) => nodes.filter(({ roles }) => roles.includes("broker")));
    const known = this.#memory.get(key);
    const fresh = known && Date.now() - known.checkedAt < periodOf(kafka) * 0.9 && isComplete(cluster, known.health);
    if (fresh && running.length === brokersOf(cluster).length) return known.health;
    if (running.length === 0) return { brokers: [], problem: "no broker runs", writable: null };
    const write = isTrue(kafka, "Provisioned") && !kafka["spec"].healthChecker?.disableWriteCheck;
    const addresses = running.map(({ address }) => address);
    const found = await checkKafka(cluster, addresses, write && running.length === brokersOf(cluster).length);
    // The brokers notice a dead one only after its session has timed out.
    const alive = new Set(running.map(({ id }) => id));
    const health = { ...found, brokers: found.brokers.filter((id) => alive.has(id)) };
    this.#memory.set(key, { checkedAt: Date.now(), health });
    return health;
  }

  async #reportRunning(kafka: AnyObject, cluster: KafkaCluster, health: KafkaHealth): Promise<boolean> {
    const wanted = brokersOf(cluster).length;
    const complete = isComplete(cluster, health);
    const reachable = health.problem === "" && health.brokers.length > 0;
    const provisioned = isTrue(kafka, "Provisioned") || complete;
    const phase = complete ? "Ready" : !provisioned ? "Provisioning" : reachable ? "Critical" : "NotReady";
    const count = `${health.brokers.length} of ${wanted} brokers take part`;
    await this.#report(kafka, phase, [
      condition("ProvisioningStarted", true, "DatabaseProvisioningStartedSuccessfully", `started ${cluster.name}`),
      condition("ReplicaReady", complete, complete ? "AllReplicasReady" : "SomeReplicasNotReady", count),
      condition(
        "AcceptingConnection",
        reachable,
        reachable ? "DatabaseAcceptingConnectionRequest" : "DatabaseNotAcceptingConnectionRequest",
        reachable ? `${cluster.name} accepts connections` : health.problem,
      ),
      ...(health.writable === null
        ? []
        : [
            condition(
              "DatabaseWriteAccess",
              health.writable,
              "WriteAccessCheck",
              health.writable ? "a record was written to kafka-health" : "no record could be written to kafka-health",
            ),
          ]),
      condition("Ready", complete, complete ? "ReadinessCheckSucceeded" : "ReadinessCheckFailed", count),
      ...(provisioned
        ? [condition("Provisioned", true, "DatabaseSuccessfullyProvisioned", `provisioned ${cluster.name}`)]
        : []),
    ]);
    return complete;
  }

  async #halt(kafka: AnyObject, cluster: KafkaCluster): Promise<Again> {
    this.#memory.delete(`${cluster.namespace}/${cluster.name}`);
    await this.#stopStrays(cluster.namespace, cluster.name, []);
    await this.#report(kafka, "Halted", [
      condition("Ready", false, "DatabaseHalted", "the brokers are stopped, their data is kept"),
      condition("Halted", true, "DatabaseHaltedSuccessfully", "the brokers are stopped, their data is kept"),
      ...(isTrue(kafka, "Provisioned")
        ? [condition("Provisioned", true, "DatabaseSuccessfullyProvisioned", `provisioned ${cluster.name}`)]
        : []),
    ]);
    return undefined;
  }

  async #delete(kafka: AnyObject): Promise<Again> {
    const { api, lab, hosts } = this.#context;
    const { namespace, name } = ownerOf(kafka);
    const policy = kafka["spec"].halted ? "Halt" : kafka["spec"].deletionPolicy;
    if (policy === "DoNotTerminate") return undefined;
    await this.#stopStrays(namespace, name, []);
    this.#memory.delete(`${namespace}/${name}`);
    await remove(api, { apiVersion: "v1", kind: "Service", metadata: { namespace, name: `${name}-pods` } });
    const binding = {
      apiVersion: "appcatalog.appscode.com/v1alpha1",
      kind: "AppBinding",
      metadata: { namespace, name },
    };
    await remove(api, binding);
    hosts.set(kafkaObject(namespace, name), []);
    if (policy !== "Halt") {
      rmSync(clusterDirectory(lab, namespace, name), { recursive: true, force: true });
      for (const { pod } of kafkaNodes(lab, kafka)) {
        for (const suffix of ["properties", "format"]) {
          rmSync(join(lab.secrets, "kafka", `${namespace}.${pod}.${suffix}`), { force: true });
        }
      }
      releaseNetwork(lab, kafkaObject(namespace, name));
    }
    if (policy === "WipeOut" && !kafka["spec"].authSecret) {
      await remove(api, { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: `${name}-auth` } });
    }
    if (policy === "WipeOut") await removeCertificates(api, ownerOf(kafka));
    await setFinalizer(api, resource, kafka, false);
    return undefined;
  }

  /** Ends the processes of a cluster that are none of these. */
  async #stopStrays(namespace: string, name: string, processes: readonly NodeProcess[]): Promise<void> {
    const { lab, supervisor } = this.#context;
    const kept = new Set(processes.map(({ part }) => part));
    // A node's format goes by the node, whatever process runs it later.
    const pods = new Set(processes.flatMap(({ nodes }) => nodes.map(({ pod }) => pod)));
    const ofNodes = partsOnRecord(lab, `kafka/${namespace}/${name}/`).filter((part) => !kept.has(part));
    const ofFormats = partsOnRecord(lab, `format/${namespace}/${name}/`);
    const strays = [...ofNodes, ...ofFormats.filter((part) => !pods.has(part.slice(part.lastIndexOf("/") + 1)))];
    await Promise.all(strays.map((part) => supervisor.stop(part, stopSeconds)));
  }

  #report(kafka: AnyObject, phase: string, conditions: readonly Condition[]): Promise<void> {
    return report(this.#context.api, resource, kafka, { phase, conditions });
  }
}

const ownerOf = (kafka: AnyObject): Owner => ({
  ...resource,
  namespace: kafka.metadata?.namespace ?? "",
  name: kafka.metadata?.name ?? "",
});

const brokersOf = (cluster: KafkaCluster) => cluster.nodes.filter(({ roles }) => roles.includes("broker"));

const isComplete = (cluster: KafkaCluster, health: KafkaHealth) =>
  health.problem === "" && brokersOf(cluster).every(({ id }) => health.brokers.includes(id));

/** Milliseconds between two checks of a healthy cluster. */
const periodOf = (kafka: AnyObject): number => Number(kafka["spec"].healthChecker?.periodSeconds ?? 10) * 1000;
