import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesRef, RemovedSourceInputs, RunningInputs } from "@kafka-migration/kafka";
import type { KafkaPlatform } from "../runtime/model/platforms/platform.ts";
import { isMade, kafkaObjectOf, type ClusterConfig } from "../runtime/model/platforms/platforms.ts";
import { Ready, RemovedSource, Running, Unclaimed } from "./resources.ts";

export interface KafkaClusterArgs {
  readonly cluster: ClusterConfig;
  readonly kubernetes: KubernetesRef;
  /** `host:port` outside the Kubernetes cluster under which the brokers are reached; their certificate names them. */
  readonly addresses: readonly string[];
  /**
   * Halted brokers are stopped and their volumes kept; of a removed cluster the object goes. One that is known by its addresses
   * alone is left alone.
   */
  readonly state: "running" | "halted" | "removed";
  /** How the object goes. @default it never does */
  readonly removal?: Omit<RemovedSourceInputs, "seconds" | "kubernetes" | "cluster">;
  /** Of a cluster that exists and that a later row halts. @default none does */
  readonly running?: Omit<RunningInputs, "readySeconds">;
  /** True refuses pulumi destroy while it runs; either way the cluster stays when it leaves the program. */
  readonly protect: boolean;
  readonly readySeconds: number;
  /** The config's key that says whether the cluster is made here. */
  readonly setting: string;
}

/** One Kafka cluster: objects of its platform made here, an object that stands already, or addresses alone. */
export class KafkaCluster extends pulumi.ComponentResource {
  /** What must have succeeded before anything may rely on the cluster. */
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, args: KafkaClusterArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:KafkaCluster", name, {}, opts);
    const object = kafkaObjectOf(args.cluster);
    if (object === null) this.parts = [];
    else if (args.state === "removed") this.parts = this.#remove(name, object.name, args);
    else if (isMade(args.cluster)) this.parts = this.#create(name, object.kafka, object.name, args);
    else
      this.parts =
        args.state === "halted"
          ? this.#halt(name, object.kafka, object.name, args)
          : this.#run(name, object.kafka, args);
    this.registerOutputs();
  }

  #create(name: string, platform: KafkaPlatform, called: string, args: KafkaClusterArgs): pulumi.Resource[] {
    const { cluster, kubernetes, state, addresses } = args;
    const halted = state === "halted";
    const object = { kubernetes, ...platform.object, name: called };
    const unclaimed = new Unclaimed(`${name}-unclaimed`, { ...object, setting: args.setting }, { parent: this });
    const wanted = { cluster, namespace: kubernetes.namespace, halted, addresses };
    const made: k8s.apiextensions.CustomResource[] = [];
    for (const { suffix, manifest } of platform.clusterObjects(wanted)) {
      // What is protected cannot leave the program, which a halted cluster does in the row that removes it.
      const protect = args.protect && !halted;
      const after = { parent: this, protect, retainOnDelete: true, dependsOn: [unclaimed, ...made] };
      made.push(new k8s.apiextensions.CustomResource(`${name}-${suffix}`, manifest, after));
    }
    if (halted) return [unclaimed, ...made];
    const ready = new Ready(
      `${name}-ready`,
      { ...object, generation: made.at(-1)!.metadata.generation, readySeconds: args.readySeconds },
      { parent: this, dependsOn: made },
    );
    return [unclaimed, ...made, ready];
  }

  #run(name: string, platform: KafkaPlatform, { running, kubernetes, readySeconds }: KafkaClusterArgs): Running[] {
    if (running === undefined || platform.haltPatch(running.halts.cluster.name, kubernetes.namespace) === null)
      return [];
    return [new Running(`${name}-running`, { ...running, readySeconds }, { parent: this })];
  }

  #remove(
    name: string,
    called: string,
    { cluster, kubernetes, readySeconds, removal }: KafkaClusterArgs,
  ): RemovedSource[] {
    if (removal === undefined) return [];
    const object = { kubernetes, cluster: { kind: cluster.kind, name: called } };
    return [new RemovedSource(`${name}-deleted`, { ...object, ...removal, seconds: readySeconds }, { parent: this })];
  }

  #halt(name: string, platform: KafkaPlatform, called: string, args: KafkaClusterArgs): pulumi.Resource[] {
    const patch = platform.haltPatch(called, args.kubernetes.namespace);
    if (patch === null) return [];
    const opts = { parent: this, retainOnDelete: true };
    return [new k8s.apiextensions.CustomResourcePatch(`${name}-halt`, patch, opts)];
  }
}
