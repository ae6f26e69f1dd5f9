import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { PegaConfig } from "../../config/pega/schema.ts";
import { Act, FormerReplicas, Reached as ReachedRow, RememberReplicas, RemovedVolumes } from "../resources.ts";
import type { PegaRow } from "../../phases/pega/row.ts";
import { pegaTables } from "../../phases/pega/tables.ts";
import { plannedGates } from "../../phases/plan.ts";
import { pegaGateInputs } from "../gates.ts";
import { KafkaCluster } from "../kafka-cluster.ts";
import { KafkaConnection } from "../kafka-connection.ts";
import { kubernetesConnections, type KubernetesConnection } from "../kubernetes.ts";
import { recordedRow } from "../reached.ts";
import { registerGates, type OpenedGate } from "../register-gates.ts";
import { kubernetesRef } from "../side-addresses.ts";
import { rowAfter, type Look, type Reached } from "./look.ts";
import { PegaRelease } from "./pega-release.ts";
import { PegaUser } from "./pega-user.ts";

export interface PegaMigrationArgs {
  readonly config: PegaConfig;
  /** What the last complete update of this stack recorded; see `readReached`. */
  readonly reached: Reached;
  /** The release as it runs and as the row makes it; see `lookAtRelease`. */
  readonly look: Look;
}

/**
 * One row of a switch of Pega's stream, brought about in the order gates, noted replicas, release, former replicas,
 * reached. Throws a RunError before anything is registered if the row may not follow the one that was reached.
 */
export class PegaMigration extends pulumi.ComponentResource {
  /** The row's name, once every resource of the row is as it should be. */
  readonly reached: pulumi.Output<string>;
  readonly gates: pulumi.Output<OpenedGate[]>;

  readonly #name: string;
  readonly #config: PegaConfig;
  readonly #look: Look;
  readonly #row: PegaRow;

  constructor(name: string, { config, reached, look }: PegaMigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    const row = rowAfter(config, reached);
    super("kafka-migration:components:PegaMigration", name, {}, opts);
    const table: readonly PegaRow[] = pegaTables[config.strategy];
    this.#name = name;
    this.#config = config;
    this.#look = look;
    this.#row = row;

    if (look.changes.length > 0) void pulumi.log.info(look.changes.join("\n"), this);
    const planned = plannedGates(table, config.phase, reached?.row);
    const gates = registerGates(name, planned, (gate) => pegaGateInputs(config, look.scope, gate), { parent: this });
    const { measured } = gates;
    const connections = kubernetesConnections(name, config.kubernetes, { parent: this });
    const existing = this.#cluster(connections, measured);
    const user = this.#user([...measured, ...existing]);
    const noted = this.#noted([...measured, ...existing, ...user]);
    const release = new PegaRelease(
      `${name}-release`,
      { config, values: look.values },
      {
        parent: this,
        providers: [connections[config.release.kubernetes]!.provider],
        dependsOn: [...measured, ...existing, ...user, ...noted],
      },
    );
    const replicas = this.#replicas([...measured, release, ...release.parts]);
    const removed = this.#volumes([...measured, release, ...release.parts]);

    const everything = [
      ...gates.all,
      ...existing,
      ...user,
      ...noted,
      release,
      ...release.parts,
      ...replicas,
      ...removed,
    ];
    const last = new ReachedRow(
      `${name}-reached`,
      { row: config.phase, acts: everything.filter((each) => each instanceof Act) },
      { parent: this, dependsOn: everything },
    );
    this.reached = recordedRow(last, config.phase, reached?.row);
    this.gates = gates.opened;
    this.registerOutputs({ reached: this.reached });
  }

  #cluster(connections: Record<string, KubernetesConnection>, after: pulumi.Resource[]): pulumi.Resource[] {
    const { target, production, readySeconds } = this.#config;
    const { cluster, bootstrap = [], runnerBootstrap = [] } = target;
    const connection = connections[target.kubernetes]!;
    const made = new KafkaCluster(
      `${this.#name}-target`,
      {
        cluster,
        kubernetes: kubernetesRef(this.#config, target.kubernetes),
        addresses: [...bootstrap, ...runnerBootstrap],
        state: "running",
        protect: production,
        readySeconds,
        setting: "target.cluster.kind",
      },
      { parent: this, providers: [connection.provider], dependsOn: [...after, ...connection.parts] },
    );
    return [...Object.values(connections).flatMap(({ parts }) => parts), made, ...made.parts];
  }

  #user(after: pulumi.Resource[]): pulumi.Resource[] {
    const admin = new KafkaConnection(`${this.#name}-target-kafka`, this.#config, "target", {
      parent: this,
      dependsOn: after,
    });
    const user = new PegaUser(
      `${this.#name}-user`,
      { config: this.#config, prefix: this.#look.scope.prefix, admin },
      { parent: this, dependsOn: after },
    );
    return [user, ...user.parts];
  }

  /** Before the release stops them. */
  #noted(after: pulumi.Resource[]): pulumi.Resource[] {
    if (this.#row.producers !== "stopped") return [];
    const inputs = { scope: this.#look.scope, row: this.#row.name };
    return [new RememberReplicas(`${this.#name}-noted-replicas`, inputs, { parent: this, dependsOn: after })];
  }

  /** After the release has started them: Helm alone would let an autoscaled tier begin at one replica. */
  #replicas(after: pulumi.Resource[]): pulumi.Resource[] {
    const { producers, name: row } = this.#row;
    if (producers === "stopped") return [];
    const release = createHash("sha256").update(JSON.stringify(this.#look.values)).digest("hex");
    const { timeoutSeconds: readySeconds } = this.#config.release;
    const inputs = { scope: this.#look.scope, row, release, readySeconds, forget: producers === "running" };
    return [new FormerReplicas(`${this.#name}-former-replicas`, inputs, { parent: this, dependsOn: after })];
  }

  #volumes(after: pulumi.Resource[]): pulumi.Resource[] {
    if (this.#row.volumes === "kept") return [];
    const inputs = { scope: this.#look.scope, names: this.#config.retire.volumes };
    return [new RemovedVolumes(`${this.#name}-removed-volumes`, inputs, { parent: this, dependsOn: after })];
  }
}
