import { createHash } from "node:crypto";
import type { Scope, Whose } from "@kafka-migration/kafka";
import type * as pulumi from "@pulumi/pulumi";
import type { MigrationConfig } from "../config/migration-config.ts";
import { sideOfWave } from "../phases/plan.ts";
import type { Row, Side } from "../phases/row.ts";
import { movesApplications } from "../phases/strategies/index.ts";
import { connectorSettings } from "../runtime/model/connector-settings.ts";
import type { KubernetesConnection } from "./kubernetes.ts";
import type { MirrorMaker } from "./mirror-maker.ts";
import { ConnectorPlace, Credentials, MirrorState, Start } from "./resources.ts";
import { rolesOf, workloadValue } from "./workload-address.ts";
import { workloadFields, type WorkloadField } from "./workload-fields.ts";

export interface StartsArgs {
  /** Name of the migration. */
  readonly name: string;
  readonly config: MigrationConfig;
  readonly scope: Scope;
  readonly row: Row;
  readonly connections: Record<string, KubernetesConnection>;
  readonly mirror: MirrorMaker | undefined;
}

interface Opts {
  readonly parent: pulumi.Resource;
  readonly dependsOn: pulumi.Resource[];
}

/** Everything that runs: the mirror in the row's state, then workloads at the row's addresses. */
export function starts(args: StartsArgs, opts: Opts): pulumi.Resource[] {
  return [...mirrorStates(args, opts), ...casts(args).flatMap((cast) => startsOf(args, cast, opts))];
}

/** Workloads that move together. */
interface CastMembers {
  /** What the name of their start ends with. */
  readonly suffix: string;
  readonly whose: Whose;
  /** The wave whose workloads are meant. @default those of the whole migration */
  readonly wave?: string;
  /** The side whose addresses they have. */
  readonly address: Side;
  readonly runs: Side | "stopped";
}

function casts({ config, scope, row }: StartsArgs): CastMembers[] {
  const { producers, consumers, twins } = row;
  if (scope.waves !== undefined) {
    return scope.waves.map(({ name: wave }) => {
      const side = sideOfWave(row, wave);
      return { suffix: wave, whose: "application", wave, address: side, runs: side };
    });
  }
  if (movesApplications(config.table))
    return [{ suffix: "applications", whose: "application", address: producers, runs: producers }];
  return [
    { suffix: "producers", whose: "producer", address: producers, runs: producers },
    // Consumers that have stopped for good keep their address.
    {
      suffix: "consumers",
      whose: "consumer",
      address: consumers === "stopped" ? "source" : consumers,
      runs: consumers,
    },
    { suffix: "twins", whose: "twin", address: "target", runs: twins === "running" ? "target" : "stopped" },
  ];
}

/** The connectors in the row's state; one per wave stops with its wave. */
function mirrorStates({ name, config, scope, row, mirror }: StartsArgs, { parent, dependsOn }: Opts): MirrorState[] {
  if (mirror === undefined || row.mirror === "absent") return [];
  const { readySeconds } = config.switch;
  const { ownTopics } = mirror;
  const desired = row.mirror;
  const after = [...dependsOn, ...mirror.parts];
  if (scope.waves === undefined) {
    const configuration = mirror.configurationOf("all");
    return [
      new MirrorState(
        `${name}-mirror-state`,
        { scope, desired, configuration, readySeconds, ownTopics },
        { parent, dependsOn: after },
      ),
    ];
  }
  const states = scope.waves
    .filter(({ connector }) => connector !== null)
    .map(({ name: wave }) => {
      const stopped = desired === "stopped" || sideOfWave(row, wave) === "target";
      return new MirrorState(
        `${name}-mirror-state-${wave}`,
        {
          scope,
          wave,
          readySeconds,
          configuration: mirror.configurationOf({ wave }),
          desired: stopped ? "stopped" : "running",
        },
        { parent, dependsOn: after },
      );
    });
  const others = new MirrorState(
    `${name}-mirror-state`,
    { scope, others: true, desired, configuration: mirror.configurationOf("others"), readySeconds, ownTopics },
    // What MirrorMaker 2 keeps for itself is made by all of them, and noted by this one.
    { parent, dependsOn: [...after, ...states] },
  );
  return [...states, others];
}

/** Workloads with the addresses and users of a side, connectors on it, started unless they are to stay stopped. */
function startsOf(
  { name, config, scope, connections }: StartsArgs,
  { suffix, whose, wave, address, runs }: CastMembers,
  { parent, dependsOn }: Opts,
): pulumi.Resource[] {
  const of = scope.waves?.find((one) => one.name === wave)?.workloads;
  const members = of === undefined ? config.workloads : config.workloads.filter((one) => of.includes(one.name));
  const moving = scope.workloads.filter(
    (one) => (whose === "application" ? one.role !== "twin" : one.role === whose) && (of?.includes(one.name) ?? true),
  );
  if (moving.length === 0) return [];
  const workloads = rolesOf(members, whose).map((workload) => ({
    workload,
    connection: workload.kubernetes ?? config.source.kubernetes,
    fields: workloadFields(config, workload, address),
  }));
  const values = workloads.flatMap(({ workload, connection, fields }) =>
    fields.flatMap((field) => {
      const at = `${name}-${workload.name}-${field.name}`;
      const { namespace } = config.kubernetes[connection]!;
      const { provider } = connections[connection]!;
      const { read, value } = placed(at, field, { parent, dependsOn });
      return [
        ...read,
        workloadValue(
          at,
          { workload, address: field.address, namespace, value },
          { parent, provider, dependsOn: [...dependsOn, ...read] },
        ),
      ];
    }),
  );
  const { startSeconds } = config.switch;
  const places = moving.flatMap((workload) =>
    workload.kind === "connector"
      ? [
          new ConnectorPlace(
            `${name}-${workload.name}-place`,
            {
              scope,
              side: address,
              startSeconds,
              connector: workload.name,
              settings: connectorSettings(workload, scope),
            },
            { parent, dependsOn },
          ),
        ]
      : [],
  );
  const stand = [...values, ...places];
  if (runs === "stopped") return stand;
  const wanted = workloads.flatMap(({ workload, fields }) => fields.map(({ value }) => [workload.name, value]));
  const start = new Start(
    `${name}-start-${suffix}`,
    {
      scope,
      role: whose,
      ...(wave !== undefined && { wave }),
      side: runs,
      addresses: createHash("sha256").update(JSON.stringify(wanted)).digest("hex"),
      startSeconds,
    },
    { parent, dependsOn: stand },
  );
  return [...stand, start];
}

/** What a field's place is given, and what reads it from a Secret where the place takes a copy. */
function placed(name: string, { address, value, keys }: WorkloadField, opts: Opts) {
  if ("text" in value) return { read: [], value: value.text };
  if ("container" in address) return { read: [], value: { secret: value.secret.name, key: value.key } };
  const read = new Credentials(`${name}-read`, { userSecret: value.secret, ...(keys && { userKeys: keys }) }, opts);
  return { read: [read], value: read.user(value.key) };
}
