/** Sentences about workloads that their owners stop and start. Pure. */
import type { ExternalRef, Scope } from "./scope.ts";
import type { Role } from "./workloads.ts";

type Externals = Pick<Scope, "externals">;

/** The external workloads of a role. */
export function externalsOf({ externals = [] }: Externals, role: Role): ExternalRef[] {
  return externals.filter((external) => external.role === role);
}

/** What to do about writes to these topics that continue although the config's own producers are stopped. */
export function stopWriters(scope: Externals, topics: readonly string[]): string {
  const writers = externalsOf(scope, "producer").filter((external) =>
    external.topics.some((topic) => topics.includes(topic)),
  );
  return `${haveStopped("producer", writers)}find the writer that is not among the config's workloads and stop it, or add it there`;
}

/** What to do about members of these groups that stay although the config's own consumers are stopped. */
export function stopReaders(scope: Externals, groups: readonly string[]): string {
  const readers = externalsOf(scope, "consumer").filter((external) =>
    external.groups.some((group) => groups.includes(group)),
  );
  return `${haveStopped("consumer", readers)}stop these clients, or add their workload to the config`;
}

function haveStopped(role: Role, externals: readonly ExternalRef[]): string {
  if (externals.length === 0) return "";
  const names = externals.map(({ name }) => name).join(", ");
  return `have the owners of external ${role} ${names} stop ${externals.length === 1 ? "it" : "them"}; otherwise `;
}

/** What a preview says about externals that a switch will wait for; empty if there are none. */
export function announceExternals(scope: Externals, role: Role, fenceSeconds: number): string {
  const names = externalsOf(scope, role).map(({ name }) => name);
  if (names.length === 0) return "";
  const owners = names.length === 1 ? "its owners" : "their owners";
  return (
    `external ${names.join(", ")} must be stopped by ${owners} before pulumi up reaches the switch, ` +
    `or within the ${fenceSeconds} s that it waits`
  );
}
