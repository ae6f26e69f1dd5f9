import { createHash } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import type { Role, Scope } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../config/migration-config.ts";
import { MirrorState } from "../gates/mirror-state.ts";
import { Start } from "../gates/start.ts";
import type { Row, Side } from "../phases/row.ts";
import type { KubernetesConnection } from "./kubernetes.ts";
import type { MirrorMaker } from "./mirror-maker.ts";
import { bootstrapInside } from "./scope.ts";
import { rolesOf, workloadAddress } from "./workload-address.ts";

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
      { scope, desired: row.mirror, configuration, readySeconds },
      { parent, dependsOn: [...dependsOn, ...parts] },
    ),
  ];
}

/** The workloads of a role at an address, started there unless they are to stay stopped. */
function startsOf(
  { name, config, scope, connections }: StartsArgs,
  role: Role,
  address: Side,
  runs: Side | "stopped",
  { parent, dependsOn }: Opts,
): pulumi.Resource[] {
  const bootstrap = bootstrapInside(config, address).join(",");
  const workloads = rolesOf(config.workloads, role);
  if (workloads.length === 0) return [];
  const addresses = workloads.map((workload) => {
    const connection = workload.kubernetes ?? config.source.kubernetes;
    return workloadAddress(
      `${name}-${workload.name}-address`,
      { workload, namespace: config.kubernetes[connection]!.namespace, bootstrap },
      { parent, provider: connections[connection]!.provider, dependsOn },
    );
  });
  if (runs === "stopped") return addresses;
  const start = new Start(
    `${name}-start-${role}s`,
    {
      scope,
      role,
      side: runs,
      addresses: createHash("sha256").update(bootstrap).digest("hex"),
      startSeconds: config.switch.startSeconds,
    },
    { parent, dependsOn: addresses },
  );
  return [...addresses, start];
}
