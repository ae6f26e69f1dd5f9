import type { Applications, LoginRef, RightsAsOnSource } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../config/migration-config.ts";
import { everybody, type RightsConfig, type RightsUser } from "../config/rights.ts";
import { grantedByRoles, mappedPrincipals, ownPrincipals, stayingNames } from "../config/target-rights.ts";
import { madeAs, usualMade } from "../runtime/model/login.ts";
import { kubernetesRef } from "./side-addresses.ts";

/** A config that says who may do what on the target. */
export type WithRights = MigrationConfig & { readonly rights: RightsConfig };

export const hasRights = (config: MigrationConfig): config is WithRights => config.rights !== undefined;

/** Throws where gates that need rights are planned without them. */
export function withRights(config: MigrationConfig): WithRights {
  if (!hasRights(config)) throw new Error("the config has no rights");
  return config;
}

/** What the mapping of a config's rights is made from. */
export const rightsOf = ({ rights, inventory, topics, groups, name }: WithRights) => ({
  rights,
  inventory,
  topics,
  groups,
  name,
});

/** How a user of the target logs in; one that is made may need another mechanism than the target's own users. */
export function loginOf(
  config: MigrationConfig,
  { name, secret, kubernetes, mechanism, existing }: RightsUser,
): LoginRef {
  const own = config.target.security.mechanism ?? usualMade;
  const reference = kubernetesRef(config, kubernetes ?? config.target.kubernetes);
  return {
    name,
    mechanism: mechanism ?? (existing ? own : madeAs(own)),
    credentials: { kubernetes: reference, name: secret },
  };
}

/** Names of the workloads by the user that they log in as on the target. */
export function applicationsOf({ workloads }: Pick<MigrationConfig, "workloads">): Applications {
  const known = workloads.filter(({ user }) => user !== undefined);
  const byUser = Map.groupBy(known, ({ user }) => user!);
  return Object.fromEntries([...byUser].map(([user, of]) => [user, of.map(({ name }) => name)]));
}

/** What the gate of rights compares. Pure. */
export function rightsCondition(config: WithRights): RightsAsOnSource {
  const { rights } = config;
  const mapped = [...mappedPrincipals(rights)].filter(([principal]) => principal !== everybody);
  return {
    principals: mapped.map(([principal, users]) => ({ principal, users })),
    // The rights of User:* are part of every principal's rights.
    leftAlone: [...rights.ignore.map(({ principal }) => principal), ...ownPrincipals(config), everybody],
    staying: stayingNames(config),
    granted: grantedByRoles(rights).map(({ permission: _, ...right }) => right),
    applications: applicationsOf(config),
  };
}
