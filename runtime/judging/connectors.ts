/** Whether connectors that are about to move fit the target's Connect; pure. */
import type { ConnectorRef } from "../model/connector-refs.ts";
import type { Scope } from "../model/scope.ts";
import type { Role } from "../model/workloads.ts";

/** The connectors of the roles that move. */
export const connectorsOfRoles = ({ workloads }: Pick<Scope, "workloads">, roles: readonly Role[]): ConnectorRef[] =>
  workloads.filter(
    (workload): workload is ConnectorRef => workload.kind === "connector" && roles.includes(workload.role),
  );
