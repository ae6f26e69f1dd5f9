import type { Declared, Naming, RecordedWaves, Scope, TopicsGuardInputs } from "@kafka-migration/kafka";
import * as pulumi from "@pulumi/pulumi";
import { isMirrored, movesApplications, type MigrationConfig } from "../config/migration-config.ts";
import { targetTopics } from "../config/target-topics.ts";
import { Act, Ledger, Prerequisites, Reached, SchemaCopy, Switch, TopicsGuard } from "./resources.ts";
import { reachedIn, refuseChange } from "../phases/change-table.ts";
import { refuseStep } from "../phases/order.ts";
import { isClosed, plan, switchesOf, type Plan } from "../phases/plan.ts";
import type { Row, Side, TopicsSetFor } from "../phases/row.ts";
import { rowsOf, wayBackOf } from "../phases/strategies/index.ts";
import { moveName } from "../runtime/model/workloads.ts";
import { ApplicationRights } from "./application-rights.ts";
import { declaredAs } from "./declared.ts";
import { gateApplies, gateInputs, haltRef, halts } from "./gates.ts";
import { howToReach } from "./how-to-reach.ts";
import { ignoredGroupLines } from "./ignored-groups.ts";
import { KafbatUi } from "./kafbat-ui.ts";
import { KafkaCluster } from "./kafka-cluster.ts";
import { KafkaConnection } from "./kafka-connection.ts";
import { kubernetesConnections, type KubernetesConnection } from "./kubernetes.ts";
import { ownersLines } from "./left-to-owners.ts";
import { MirrorMaker } from "./mirror-maker.ts";
import { MirrorUser } from "./mirror-user.ts";
import { MirroredTopics } from "./mirrored-topics.ts";
import { Monitoring } from "./monitoring.ts";
import { mirrorNames } from "./names.ts";
import { NetworkPolicies } from "./network-policies.ts";
import { prerequisitesOf } from "./prerequisites.ts";
import { PathProbes } from "./programs/path-probes.ts";
import { SchemaCopier } from "./programs/schema-copier.ts";
import { recordedDeclared, recordedNaming, recordedRow, recordedWaves, type Recorded } from "./reached.ts";
import { registerGates, type Gates, type OpenedGate } from "./register-gates.ts";
import { hasRights } from "./rights-condition.ts";
import { ReverseMirror } from "./reverse-mirror.ts";
import { scopeOf } from "./scope.ts";
import { kubernetesRef } from "./side-addresses.ts";
import { starts } from "./starts.ts";
import { switchInputs } from "./switch-inputs.ts";
import { closedIn, waveLines, wavesAsOf, wavesNow } from "./wave-parts.ts";

export interface MigrationArgs {
  readonly config: MigrationConfig;
  /** What the last complete update of this stack recorded; see `readReached`. */
  readonly reached: Recorded | undefined;
  /** Topics that exist although no resource of the stack stands for each; see `existingTopics`. @default none */
  readonly existing?: ReadonlySet<string>;
}

/**
 * One row of a migration's table, brought about in the order gates, stops, ledger, starts, reached. Throws a RunError
 * before anything is registered if the row may not follow the one that was reached.
 */
export class Migration extends pulumi.ComponentResource {
  /** The row's name, once every resource of the row is as it should be. */
  readonly reached: pulumi.Output<string>;
  readonly gates: pulumi.Output<OpenedGate[]>;
  /** How topics are declared; undefined as long as each has always been a resource of its own. */
  readonly declared: pulumi.Output<Declared | undefined> | undefined;
  /** Whose name the source's alias carries; undefined where the table says it, or a former version began the stack. */
  readonly naming: pulumi.Output<Naming | undefined> | undefined;
  /** What of the waves has to stay as it is; undefined where applications do not move wave by wave. */
  readonly waves: pulumi.Output<RecordedWaves | undefined> | undefined;
  /** How to reach the UI, Prometheus and the dashboard, as long as one of them is there. */
  readonly reach: Readonly<Record<string, string>> | undefined;

  readonly #declared: Declared;
  readonly #existing: ReadonlySet<string>;
  readonly #config: MigrationConfig;
  readonly #scope: Scope;
  readonly #plan: Plan;
  readonly #name: string;

  constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    const { config, reached } = args;
    const strategy = rowsOf(config);
    const row = strategy.find(({ name: of }) => of === config.phase);
    const waves = row && wavesAsOf(config, row);
    const refusal =
      refuseChange(reached, config) ??
      refuseStep({
        strategyName: config.table,
        strategy,
        phase: config.phase,
        startAt: config.startAt,
        reached: reachedIn(reached, config.table),
        waves: { now: wavesNow(config), before: reached?.waves },
      });
    if (refusal !== null) throw new pulumi.RunError(`${refusal} Nothing was changed.`);
    super("kafka-migration:components:Migration", name, {}, opts);
    this.#name = name;
    this.#existing = args.existing ?? new Set();
    this.#declared = declaredAs(config, reached, this.#existing);
    this.#config = config;
    this.#scope = scopeOf(config);
    this.#plan = plan(config.table, strategy, config.phase, reached?.row, gateApplies(config));

    const reach = isMirrored(config) && this.#plan.row.connect === "present" ? howToReach(config) : {};
    this.reach = Object.keys(reach).length > 0 ? reach : undefined;
    for (const line of [
      ...waveLines(config, this.#plan),
      ...ignoredGroupLines(config, this.#plan),
      ...ownersLines(config, row!),
    ])
      void pulumi.log.info(line, this);
    const guard = this.#guard();
    const there = new Prerequisites(`${name}-prerequisites`, prerequisitesOf(config, this.#plan.row), {
      parent: this,
      dependsOn: [guard],
    });
    const gates = registerGates(name, this.#plan.gates, (gate) => gateInputs(config, this.#scope, gate), {
      parent: this,
      dependsOn: [guard, there],
    });
    const measured = [guard, there, ...gates.measured];
    const connections = kubernetesConnections(name, config.kubernetes, { parent: this, dependsOn: [guard, there] });
    const trying = this.#paths(connections, [guard, there]);
    const halted = this.#plan.row.source !== "running";
    // What a row measures or makes on the source needs it running; what is halted is not needed any more.
    const source = halted ? [] : this.#source(connections, measured);
    const existing = [...source, ...this.#clusters(connections, [...measured, ...source])];
    const admin = this.#kafka("target", [...measured, ...existing]);
    const topics = this.#topics(admin, [...measured, ...existing]);
    const users = this.#mirrorUsers(admin, [...measured, ...existing]);
    const rights = this.#rights(admin, [...measured, ...existing]);
    const mirror = this.#mirror(connections, users, [...measured, ...existing, ...topics]);
    const watching = mirror ? this.#watching(connections, [...measured, ...mirror.parts]) : [];
    const copier = this.#copier(connections, [...measured, ...existing]);
    const switches = this.#switches([
      ...copier,
      ...measured,
      ...existing,
      ...topics,
      ...users,
      ...rights,
      ...(mirror?.parts ?? []),
    ]);
    const ledger = this.#ledger(switches, gates, [...measured, ...switches]);
    const schemas = this.#schemas([...measured, ledger]);
    const copying = this.#copying(connections, [...measured, ...schemas]);
    const moved = starts(
      { name, config, scope: this.#scope, row: this.#plan.row, connections, mirror },
      { parent: this, dependsOn: [...measured, ledger, ...schemas] },
    );
    const reverse = this.#reverse(connections, users, [
      ...measured,
      ...users,
      ...(mirror?.parts ?? []),
      ledger,
      ...schemas,
      ...moved,
    ]);
    const retired = halted ? this.#source(connections, [...measured, ledger]) : [];

    const everything = [
      guard,
      there,
      ...gates.all,
      ...existing,
      ...topics,
      ...users,
      ...rights,
      ...(mirror?.parts ?? []),
      ...watching,
      ...switches,
      ledger,
      ...schemas,
      ...copier,
      ...copying,
      ...moved,
      ...reverse,
      ...retired,
      ...trying,
    ];
    const always = this.#declared === "apart" && reached?.declared === undefined;
    const declared = always ? undefined : this.#declared;
    const named = isMirrored(config) && !movesApplications(config.table) && config.naming === "own";
    const naming = named ? config.naming : undefined;
    const last = new Reached(
      `${name}-reached`,
      { row: config.phase, declared, naming, waves, acts: everything.filter((each) => each instanceof Act) },
      { parent: this, dependsOn: everything },
    );
    this.declared = declared && recordedDeclared(last, declared, reached?.declared);
    this.naming = naming && recordedNaming(last, naming, reached?.naming);
    this.waves = waves && recordedWaves(last, waves, reached?.waves);
    this.reached = recordedRow(last, config.phase, reached?.row);
    this.gates = gates.opened;
    this.registerOutputs({ reached: this.reached });
  }

  /** Everything waits for it, so that an edit which it refuses has changed nothing. */
  #guard(): TopicsGuard {
    const topics = targetTopics(this.#config).map(({ name, partitions, replicationFactor }) => [
      name,
      { partitions, replicationFactor },
    ]);
    return new TopicsGuard(
      `${this.#name}-topics-guard`,
      {
        topics: Object.fromEntries(topics) as TopicsGuardInputs["topics"],
        ...(closedIn(this.#config, this.#plan.row).size === 0 && { target: this.#scope.target }),
      },
      { parent: this },
    );
  }

  /** The migrated topics stand on the target in every row. */
  #topics(connection: KafkaConnection, after: pulumi.Resource[]): pulumi.Resource[] {
    const topics = new MirroredTopics(
      `${this.#name}-topics`,
      {
        config: this.#config,
        scope: this.#scope,
        connection,
        row: this.#plan.row,
        closed: closedIn(this.#config, this.#plan.row),
        setFor: this.#setFor(),
        declared: this.#declared,
        existing: this.#existing,
      },
      { parent: this, dependsOn: after },
    );
    return [...topics.parts];
  }

  /** A topic that closed with a wave before this row's is its writers'; others are as the row says. */
  #setFor(): (topic: string) => TopicsSetFor {
    const rows = rowsOf(this.#config);
    const above = rows[rows.findIndex(({ name }) => name === this.#plan.row.name) - 1];
    const closed = above === undefined ? new Set<string>() : closedIn(this.#config, above);
    return (topic) => (closed.has(topic) ? "writers" : this.#plan.topicsSetFor);
  }

  /** The target exists in every row. */
  #clusters(connections: Record<string, KubernetesConnection>, after: pulumi.Resource[]): pulumi.Resource[] {
    const { target } = this.#config;
    const connection = connections[target.kubernetes]!;
    const namespaces = Object.values(connections).flatMap(({ parts }) => parts);
    const network = this.#network(connection, [...after, ...namespaces]);
    const cluster = new KafkaCluster(`${this.#name}-target`, this.#clusterArgs("target", "running"), {
      parent: this,
      providers: [connection.provider],
      dependsOn: [...after, ...connection.parts, ...network],
    });
    return [...namespaces, ...network, cluster, ...cluster.parts];
  }

  /** Who may connect to what is made here, in every row; before the pods, so that no moment is open. */
  #network({ provider }: KubernetesConnection, after: pulumi.Resource[]): pulumi.Resource[] {
    const config = this.#config;
    if (config.network === undefined) return [];
    const policies = new NetworkPolicies(
      `${this.#name}-network`,
      { config, connect: this.#plan.row.connect },
      { parent: this, providers: [provider], dependsOn: after },
    );
    return [policies, ...policies.parts];
  }

  /** The source is left alone until it is retired, unless this program made it or has halted it. */
  #source(connections: Record<string, KubernetesConnection>, after: pulumi.Resource[]): pulumi.Resource[] {
    const { source } = this.#config;
    const cluster = new KafkaCluster(`${this.#name}-source`, this.#clusterArgs("source", this.#plan.row.source), {
      parent: this,
      providers: [connections[source.kubernetes]!.provider],
      dependsOn: after,
    });
    return [cluster, ...cluster.parts];
  }

  #clusterArgs(side: Side, state: Row["source"]) {
    const { cluster, kubernetes, bootstrap = [], runnerBootstrap = [] } = this.#config[side];
    const { cleanup } = this.#config;
    const later = side === "source" ? haltRef(this.#config) : undefined;
    return {
      ...(later && { running: { scope: this.#scope, halts: later } }),
      cluster,
      addresses: [...bootstrap, ...runnerBootstrap],
      kubernetes: kubernetesRef(this.#config, kubernetes),
      state,
      ...(state === "removed" && { removal: { keeps: cleanup.keep, confirmed: cleanup.confirm ?? "" } }),
      protect: this.#config.production,
      readySeconds: this.#config.switch.readySeconds,
      setting: `${side}.cluster.kind`,
    };
  }

  /** MM2's own users, where the config says to make them; they go after the connectors, which rely on them. */
  #mirrorUsers(target: KafkaConnection, after: pulumi.Resource[]): pulumi.Resource[] {
    const { connect, sourceRights, reverse } = this.#plan.row;
    const config = this.#config;
    if (connect === "absent" || !isMirrored(config)) return [];
    // Rights in one resource shrink where they stand in an update, before what still needs them has gone.
    const kept = this.#declared !== "apart" && wayBackOf(config.table) === "mirrored";
    const rights = kept ? "running" : reverse;
    return (["source", "target"] as const)
      .filter((side) => config[side].credentials?.mirror?.create)
      .flatMap((side) => {
        const source = () => (sourceRights === "granted" ? this.#kafka("source", after) : undefined);
        const admin = side === "target" ? target : source();
        const user = new MirrorUser(
          `${this.#name}-mirror-user-${side}`,
          { config, side, admin, declared: this.#declared, reverse: rights },
          { parent: this, dependsOn: after },
        );
        return [user, ...user.parts];
      });
  }

  /** The applications' users and rights exist on the target in every row, if the config has them. */
  #rights(connection: KafkaConnection, after: pulumi.Resource[]): pulumi.Resource[] {
    const config = this.#config;
    if (!hasRights(config)) return [];
    const args = { config, scope: this.#scope, connection };
    const rights = new ApplicationRights(`${this.#name}-rights`, args, { parent: this, dependsOn: after });
    return [rights, ...rights.parts];
  }

  /** Pulumi's Kafka provider as a side's admin. */
  #kafka(side: Side, after: pulumi.Resource[]): KafkaConnection {
    return new KafkaConnection(`${this.#name}-${side}-kafka`, this.#config, side, { parent: this, dependsOn: after });
  }

  #mirror(
    connections: Record<string, KubernetesConnection>,
    users: readonly pulumi.Resource[],
    after: pulumi.Resource[],
  ): MirrorMaker | undefined {
    const config = this.#config;
    if (this.#plan.row.connect === "absent" || !isMirrored(config)) return undefined;
    return new MirrorMaker(
      `${this.#name}-mirror`,
      { config, scope: this.#scope, connectors: this.#plan.row.mirror !== "absent", users },
      { parent: this, providers: [connections[this.#config.target.kubernetes]!.provider], dependsOn: after },
    );
  }

  /** A connector back begins once its topics have closed: nobody reads on the source any more what it writes there. */
  #reverse(
    connections: Record<string, KubernetesConnection>,
    users: readonly pulumi.Resource[],
    after: pulumi.Resource[],
  ): pulumi.Resource[] {
    const config = this.#config;
    if (this.#plan.row.reverse === "absent" || !isMirrored(config)) return [];
    const { name: row, moved } = this.#plan.row;
    const opts = { parent: this, providers: [connections[config.target.kubernetes]!.provider], dependsOn: after };
    return mirrorNames(config)
      .reverses.filter(({ wave }) => wave === undefined || moved?.includes(wave))
      .flatMap((reverse) => {
        const name = [this.#name, "reverse", ...(reverse.wave === undefined ? [] : [reverse.wave])].join("-");
        const back = new ReverseMirror(name, { config, scope: this.#scope, row, reverse, users }, opts);
        return [back, ...back.parts];
      });
  }

  /** What shows people how the mirror does; neither a switch nor a start waits for it. */
  #watching(connections: Record<string, KubernetesConnection>, after: pulumi.Resource[]): pulumi.Resource[] {
    const config = this.#config;
    if (!isMirrored(config)) return [];
    const { monitoring, ui } = config;
    const opts = { parent: this, providers: [connections[this.#config.target.kubernetes]!.provider], dependsOn: after };
    const shown = [
      ...(monitoring ? [new Monitoring(`${this.#name}-monitoring`, { config }, opts)] : []),
      ...(ui ? [new KafbatUi(`${this.#name}-ui`, { config: { ...config, ui } }, opts)] : []),
    ];
    return shown.flatMap((part) => [part, ...part.parts]);
  }

  #switches(after: pulumi.Resource[]): Switch[] {
    return this.#plan.switches.map(
      (step) =>
        new Switch(
          `${this.#name}-switch-${step.wave ?? step.what}`,
          { ...switchInputs(this.#config, this.#scope, this.#plan.row, step) },
          { parent: this, dependsOn: after },
        ),
    );
  }

  #ledger(switches: readonly Switch[], gates: Gates, after: pulumi.Resource[]): Ledger {
    const { row } = this.#plan;
    const { stopSeconds, fenceSeconds, drainSeconds, startSeconds } = this.#config.switch;
    const halting = halts(this.#config, row.name);
    return new Ledger(
      `${this.#name}-ledger`,
      {
        scope: this.#scope,
        row: row.name,
        behind: this.#plan.switches.map(({ what, wave }) => moveName(what, wave)),
        bothRead: row.twins === "running" && row.consumers === "source",
        stopSeconds,
        fenceSeconds,
        drainSeconds,
        startSeconds,
        ...(wayBackOf(this.#config.table) === "mirrored" && {
          wayBack: { closes: isClosed(rowsOf(this.#config), row) },
        }),
        ...halting,
        ...(halting.halts && { passed: gates.passed(row.name) }),
        entries: pulumi.all(switches.map((step) => step.entries)).apply((entries) => entries.flat()),
      },
      { parent: this, dependsOn: after },
    );
  }

  /**
   * What tries the applications' paths, as long as a move lies ahead. It waits for no gate, since one waits for it: in a
   * stack that has just been told to try them, both begin in one update.
   */
  #paths(connections: Record<string, KubernetesConnection>, after: pulumi.Resource[]): pulumi.Resource[] {
    const rows = rowsOf(this.#config);
    const ahead = rows.slice(rows.findIndex(({ name }) => name === this.#plan.row.name));
    if (this.#config.inCluster?.paths === undefined) return [];
    if (!ahead.some(({ name }) => switchesOf(rows, name).length > 0)) return [];
    const probes = new PathProbes(
      `${this.#name}-paths`,
      { config: this.#config, scope: this.#scope, connections },
      { parent: this, dependsOn: after },
    );
    return [probes, ...probes.parts];
  }

  /** The pod that copies schemas between updates, where the row's move opens the target's registry: it ends before. */
  #copier(connections: Record<string, KubernetesConnection>, after: pulumi.Resource[]): pulumi.Resource[] {
    const rows = rowsOf(this.#config);
    const above = rows[rows.findIndex(({ name }) => name === this.#plan.row.name) - 1];
    const opens = above?.schemas === "copied" && this.#plan.row.schemas === "target";
    return opens ? this.#schemaCopier(connections, false, after) : [];
  }

  /** The same where schemas are copied: it begins after the update itself has copied. */
  #copying(connections: Record<string, KubernetesConnection>, after: pulumi.Resource[]): pulumi.Resource[] {
    return this.#plan.row.schemas === "copied" ? this.#schemaCopier(connections, true, after) : [];
  }

  #schemaCopier(
    connections: Record<string, KubernetesConnection>,
    runs: boolean,
    after: pulumi.Resource[],
  ): pulumi.Resource[] {
    const config = this.#config;
    if (config.inCluster?.schemas === undefined || this.#scope.registries === undefined) return [];
    const copier = new SchemaCopier(
      `${this.#name}-schema-copy`,
      { config, runs, stopSeconds: config.switch.stopSeconds },
      { parent: this, providers: [connections[config.target.kubernetes]!.provider], dependsOn: after },
    );
    return [copier, ...copier.parts];
  }

  /** The registries, where schemas move: in every row, so that what a killed switch has changed is put back. */
  #schemas(after: pulumi.Resource[]): SchemaCopy[] {
    if (this.#scope.registries === undefined) return [];
    const { name: row, schemas: desired } = this.#plan.row;
    const { readySeconds: waitSeconds } = this.#config.switch;
    return [
      new SchemaCopy(
        `${this.#name}-schemas`,
        { scope: this.#scope, row, desired, waitSeconds },
        { parent: this, dependsOn: after },
      ),
    ];
  }
}
