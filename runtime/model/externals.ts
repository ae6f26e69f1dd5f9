/** Sentences about workloads that their owners stop and start. Pure. */
import type { ExternalRef, Scope } from "./scope.ts";
import { reads, writes, type Role } from "./workloads.ts";

type Externals = Pick<Scope, "externals">;

/** The external workloads whose role is one of these: `reads`, `writes`, or another choice. */
export function externalsOf({ externals = [] }: Externals, choice: (role: Role) => boolean): ExternalRef[] {
  return externals.filter(({ role }) => choice(role));
}

/** What external workloads are called together: by their role, or `application` where one of them reads and writes. */
export const externalTitle = (externals: readonly Pick<ExternalRef, "role">[]): string => {
  const [role, ...others] = new Set(externals.map((external) => external.role));
  return role === undefined || role === "both" || others.length > 0 ? "application" : role;
};

/** What to do about writes to these topics that continue although the config's own producers are stopped. */
export function stopWriters(scope: Externals, topics: readonly string[]): string {
  const writers = externalsOf(scope, writes).filter((external) =>
    external.topics.some((topic) => topics.includes(topic)),
  );
  return `${haveStopped(writers)}find the writer that is not among the config's workloads and stop it, or add it there`;
}

/** What to do about members of these groups that stay although the config's own consumers are stopped. */
export function stopReaders(scope: Externals, groups: readonly string[]): string {
  const readers = externalsOf(scope, reads).filter((external) =>
    external.groups.some((group) => groups.includes(group)),
  );
  return `${haveStopped(readers)}stop these clients, or add their workload to the config`;
}

function haveStopped(externals: readonly ExternalRef[]): string {
  if (externals.length === 0) return "";
  const names = externals.map(({ name }) => name).join(", ");
  return `have the owners of external ${externalTitle(externals)} ${names} stop ${externals.length === 1 ? "it" : "them"}; otherwise `;
}

/** What a preview says about externals that a switch will wait for; empty if there are none. */
export function announceExternals(scope: Externals, choice: (role: Role) => boolean, fenceSeconds: number): string {
  const names = externalsOf(scope, choice).map(({ name }) => name);
  if (names.length === 0) return "";
  const owners = names.length === 1 ? "its owners" : "their owners";
  return (
    `external ${names.join(", ")} must be stopped by ${owners} before pulumi up reaches the switch, ` +
    `or within the ${fenceSeconds} s that it waits`
  );
}
