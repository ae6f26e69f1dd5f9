import { createHash } from "node:crypto";
import type { Role, Scope } from "@kafka-migration/kafka";
import type * as pulumi from "@pulumi/pulumi";
import type { MigrationConfig } from "../config/migration-config.ts";
import type { Row, Side } from "../phases/row.ts";
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
  const { row } = args;
  const { producers, consumers } = row;
  return [
    ...mirrorState(args, opts),
    ...startsOf(args, "producer", producers, producers, opts),
    // Consumers that have stopped for good keep their address.
    ...startsOf(args, "consumer", consumers === "stopped" ? "source" : consumers, consumers, opts),
    ...startsOf(args, "twin", "target", row.twins === "running" ? "target" : "stopped", opts),
  ];
}

function mirrorState({ name, config, scope, row, mirror }: StartsArgs, { parent, dependsOn }: Opts): MirrorState[] {
  if (mirror === undefined || row.mirror === "absent") return [];
  const { configuration, parts } = mirror;
  const { readySeconds } = config.switch;
  return [
    new MirrorState(
      `${name}-mirror-state`,
      { scope, desired: row.mirror, configuration, readySeconds, ownTopics: mirror.ownTopics },
      { parent, dependsOn: [...dependsOn, ...parts] },
    ),
  ];
}

/** The workloads of a role with the addresses and users of a side, connectors on it, started unless they are to stay stopped. */
function startsOf(
  { name, config, scope, connections }: StartsArgs,
  role: Role,
  address: Side,
  runs: Side | "stopped",
  { parent, dependsOn }: Opts,
): pulumi.Resource[] {
  const workloads = rolesOf(config.workloads, role).map((workload) => ({
    workload,
    connection: workload.kubernetes ?? config.source.kubernetes,
    fields: workloadFields(config, workload, address),
  }));
  if (!scope.workloads.some((workload) => workload.role === role)) return [];
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
  const places = scope.workloads.flatMap((workload) =>
    workload.kind === "connector" && workload.role === role
      ? [
          new ConnectorPlace(
            `${name}-${workload.name}-place`,
            {
              ...{ scope, side: address, startSeconds },
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
    `${name}-start-${role}s`,
    {
      scope,
      role,
      side: runs,
      addresses: createHash("sha256").update(JSON.stringify(wanted)).digest("hex"),
      startSeconds,
    },
    { parent, dependsOn: stand },
  );
  return [...stand, start];
}

/** What a field's place is given, and what reads it from a Secret where the place takes a copy. */
function placed(name: string, { address, value }: WorkloadField, opts: Opts) {
  if ("text" in value) return { read: [], value: value.text };
  if ("container" in address) return { read: [], value: { secret: value.secret.name, key: value.key } };
  const read = new Credentials(`${name}-read`, { userSecret: value.secret }, opts);
  return { read: [read], value: read.user(value.key) };
}
