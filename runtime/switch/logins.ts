/** Whether workloads can log in where they go, found out before anybody is stopped. */
import { tryLogins } from "../brokers/login.ts";
import type { WorkloadRef } from "../model/scope.ts";
import type { KafkaEndpoint, SideName } from "../model/sides.ts";
import { listed } from "../model/words.ts";
import type { WorkloadLogin } from "../model/workloads.ts";

interface Named {
  readonly workloads: readonly string[];
  readonly login: WorkloadLogin;
}

/**
 * Tries each workload's user on the brokers of a side; one that several workloads share is tried once. Rejects with every
 * login that the brokers refuse; one that cannot be tried from here is said.
 */
export async function rehearseLogins(
  endpoint: KafkaEndpoint,
  workloads: readonly WorkloadRef[],
  log: (line: string) => void,
): Promise<void> {
  const { side } = endpoint;
  const logins = distinct(workloads, side);
  const users = logins.map(({ login }) => login);
  const found = await tryLogins(endpoint, users);
  const refused: string[] = [];
  for (const [index, named] of logins.entries()) {
    const trial = found[index]!;
    if ("untried" in trial) log(`the login of ${who(named)} on the ${side} was not tried: ${trial.untried}`);
    if ("refused" in trial) refused.push(`${who(named)} cannot log in on the ${side}: ${trial.refused}`);
  }
  if (refused.length === 0) return;
  throw new Error(
    `${refused.join("; ")}; correct the Secret or the user on the brokers; for another SASL mechanism set ` +
      `workloads[].login.${side}.mechanism`,
  );
}

function distinct(workloads: readonly WorkloadRef[], side: SideName): Named[] {
  const named = workloads.flatMap((workload) =>
    workload.kind !== "connector" && workload.login ? [{ name: workload.name, login: workload.login[side] }] : [],
  );
  return [...Map.groupBy(named, ({ login }) => JSON.stringify(login)).values()].map((same) => ({
    workloads: same.map(({ name }) => name),
    login: same[0]!.login,
  }));
}

function who({ workloads, login: { secret } }: Named): string {
  const title = workloads.length === 1 ? "workload" : "workloads";
  return `${title} ${listed(workloads, "and")} with Secret ${secret.kubernetes.namespace}/${secret.name}`;
}
