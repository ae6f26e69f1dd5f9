import { didYouMean } from "../../phases/did-you-mean.ts";
import { usesSasl } from "../../runtime/model/protocol.ts";
import { caSecretOf } from "../clusters.ts";
import { mirrorUsername } from "../migration-config.ts";
import { everybody, operationsOf, type RightsConfig } from "../rights.ts";
import {
  concernsMoving,
  mappedPrincipals,
  ownPrincipals,
  principalsOf,
  quotaText,
  targetQuotas,
} from "../target-rights.ts";
import { notMade, notOffered } from "./mechanisms.ts";
import { duplicates, placeOf, rule, sides, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

/** What is wrong with users, roles and quotas, each, together and against the inventory. */
export const rightsRules: readonly Rule[] = [
  rule(["rights"], ({ rights }) => [
    ...duplicates("rights.users", names(rights.users)),
    ...duplicates("rights.roles", names(rights.roles)),
    ...duplicates(
      "rights.ignore",
      rights.ignore.map(({ principal }) => principal),
    ),
    ...rights.roles.flatMap(({ users }, at) => duplicates(`rights.roles[${at}].users`, users)),
  ]),
  rule(["rights"], ({ rights }) => rights.users.flatMap(made)),
  rule(["rights"], ({ rights }) => roleProblems(rights)),
  rule(["rights"], ({ rights }) => ignoredAndMapped(rights)),
  rule(["rights", "workloads"], ({ rights, workloads }) => {
    const known = names(rights.users);
    return workloads.flatMap(({ user }, at) =>
      wrong(
        user !== undefined && !known.includes(user),
        `workloads[${at}].user`,
        `"${user}" is not under rights.users${didYouMean(user ?? "", known) || ";"} allowed: ${known.join(", ") || "none yet"}`,
      ),
    );
  }),
  rule(["rights", "target"], ({ rights, target }) => logins(rights, target)),
  rule(["rights", "name"], ({ rights, name }) =>
    rights.users.flatMap((user, at) =>
      wrong(
        user.name === mirrorUsername({ name }),
        `rights.users[${at}].name`,
        `found "${user.name}", MirrorMaker 2's own user; allowed: another name`,
      ),
    ),
  ),
  rule(["rights", "kubernetes", "source", "target"], sharedSecrets),
  rule(["rights", "locked"], ({ rights, locked }) => unknownPrincipals(rights, locked)),
  rule(["rights", "locked", "migratedTopics", "migratedGroups", "name"], uncovered),
  rule(["rights", "locked"], ({ rights, locked }) => quotaProblems(rights, locked)),
];

const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);

function made({ create, existing, mechanism }: RightsConfig["users"][number], at: number): Problem[] {
  const path = `rights.users[${at}]`;
  return [
    ...wrong(
      create && existing,
      `${path}.create`,
      "found true with existing: true; allowed: one of them, because a user that exists already has a password",
    ),
    ...(existing
      ? []
      : notMade(`${path}.mechanism`, mechanism, "; for a user that exists already, set existing: true")),
  ];
}

function roleProblems({ users, roles }: RightsConfig): Problem[] {
  const known = names(users);
  return roles.flatMap(({ users: members, from, allow }, at) => [
    ...members
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: `rights.roles[${at}].users`,
        message: `"${name}" is not under rights.users${didYouMean(name, known) || ";"} allowed: ${known.join(", ") || "none yet"}`,
      })),
    ...wrong(
      from.length === 0 && allow.length === 0,
      `rights.roles[${at}]`,
      "it grants nothing; name principals of the source under from, or rights under allow",
    ),
    ...allow.flatMap(({ operations, resource, name, pattern }, index) => [
      ...operations
        .filter(
          (operation) => operation !== "All" && !(operationsOf[resource] as readonly string[]).includes(operation),
        )
        .map((operation) => ({
          path: `rights.roles[${at}].allow[${index}].operations`,
          message: `found ${operation} for ${resource}; allowed: All, ${operationsOf[resource].join(", ")}`,
        })),
      ...wrong(
        resource === "Cluster" && (name !== "kafka-cluster" || pattern !== "Literal"),
        `rights.roles[${at}].allow[${index}].name`,
        `found "${name}", ${pattern}; allowed for the Cluster: kafka-cluster, Literal`,
      ),
    ]),
  ]);
}

function ignoredAndMapped(rights: RightsConfig): Problem[] {
  const mapped = mappedPrincipals(rights);
  return rights.ignore.flatMap(({ principal }, at) =>
    wrong(
      mapped.has(principal),
      `rights.ignore[${at}].principal`,
      `${principal} is mapped to ${(mapped.get(principal) ?? []).join(", ")} as well; keep one of the two`,
    ),
  );
}

/** Whether the target can have such users at all. */
function logins(rights: RightsConfig, { security, cluster }: Sections["target"]): Problem[] {
  const { protocol, mechanism } = security;
  if (rights.users.length === 0) return [];
  if (!usesSasl(protocol)) {
    const message = `found, but with ${protocol} the target has no users; allowed with SASL_PLAINTEXT, SASL_SSL`;
    return [{ path: "rights.users", message }];
  }
  return rights.users.flatMap((user, at) =>
    notOffered(`rights.users[${at}].mechanism`, cluster, user.mechanism ?? mechanism),
  );
}

/** A Secret holds one user: two users that share it would log in as one. */
function sharedSecrets(
  config: Pick<Sections, "kubernetes" | "source" | "target"> & { rights: RightsConfig },
): Problem[] {
  const place = (kubernetes: string, secret: string): string => `${placeOf(config, kubernetes)}/${secret}`;
  const taken = new Map(
    sides.flatMap((side) => [
      ...Object.entries(config[side].credentials ?? {}).flatMap(([role, user]): [string, string][] =>
        user ? [[place(user.kubernetes ?? config[side].kubernetes, user.secret), `the ${side}'s ${role}`]] : [],
      ),
      ...[caSecretOf(config[side])].flatMap((ca): [string, string][] =>
        ca === undefined ? [] : [[place(config[side].kubernetes, ca), `the ${side}'s authority`]],
      ),
    ]),
  );
  return config.rights.users.flatMap(({ name, secret, kubernetes }, at) => {
    if (kubernetes !== undefined && !Object.hasOwn(config.kubernetes, kubernetes)) {
      const message = `"${kubernetes}" is not under kubernetes; allowed: ${Object.keys(config.kubernetes).join(", ")}`;
      return [{ path: `rights.users[${at}].kubernetes`, message }];
    }
    const where = place(kubernetes ?? config.target.kubernetes, secret);
    const other = taken.get(where);
    taken.set(where, `user ${name}`);
    return wrong(
      other !== undefined,
      `rights.users[${at}].secret`,
      `it is also the Secret of ${other}, and a Secret holds one user; allowed: another Secret`,
    );
  });
}

/** Named principals that the source does not know. */
function unknownPrincipals(rights: RightsConfig, locked: Sections["locked"]): Problem[] {
  if (locked.unread.some(({ what }) => what === "acls" || what === "users")) return [];
  const known = [
    ...new Set([...locked.acls.map(({ principal }) => principal), ...locked.users.map(({ name }) => `User:${name}`)]),
  ];
  const named = [
    ...rights.users.flatMap(({ from = [] }, at) =>
      from.map((principal, index) => ({ path: `rights.users[${at}].from[${index}]`, principal })),
    ),
    ...rights.roles.flatMap(({ from }, at) =>
      from.map((principal, index) => ({ path: `rights.roles[${at}].from[${index}]`, principal })),
    ),
    ...rights.ignore.map(({ principal }, at) => ({ path: `rights.ignore[${at}].principal`, principal })),
  ];
  return named
    .filter(({ principal }) => !known.includes(principal))
    .map(({ path, principal }) => ({
      path,
      message: `${principal} has neither rights nor a password in the inventory${didYouMean(principal, known) || ";"} allowed: its principals; run npm run assess for a new one`,
    }));
}

/** Principals with rights on what moves that the config leaves without rights on the target. */
function uncovered(
  config: Pick<Sections, "locked" | "migratedTopics" | "migratedGroups" | "name"> & { rights: RightsConfig },
): Problem[] {
  const { rights, locked, migratedTopics: topics, migratedGroups: groups, name } = config;
  const unread = locked.unread.find(({ what, code }) => what === "acls" && code !== "SECURITY_DISABLED");
  if (unread !== undefined) {
    const message = `the inventory lacks the source's ACLs: ${unread.reason}; grant the runner's user Describe on the cluster and run npm run assess again`;
    return [{ path: "rights", message }];
  }
  const covered = new Set([
    ...mappedPrincipals(rights).keys(),
    ...rights.ignore.map(({ principal }) => principal),
    ...ownPrincipals({ inventory: locked, name }),
  ]);
  const open = Map.groupBy(
    locked.acls.filter((acl) => !covered.has(acl.principal) && concernsMoving(acl, { topics, groups })),
    ({ principal }) => principal,
  );
  return [...open].map(([principal, acls]) => {
    const [{ permission, operation, resourceType, resourceName, patternType }] = acls as [(typeof acls)[number]];
    const which = `${resourceType} ${resourceName}${patternType === "Prefixed" ? "*" : ""}`;
    const may = permission === "Allow" ? "is allowed" : "is denied";
    const more = acls.length > 1 ? ` and has ${acls.length - 1} more ACLs on what moves` : "";
    return {
      path: "rights",
      message: `${principal} ${may} ${operation} ${which}${more}, and ${whatToWrite(principal)}`,
    };
  });
}

function whatToWrite(principal: string): string {
  if (principal === everybody) {
    return "that means all users; set rights.everybody: true, grant it to users through a role's from, or name it under rights.ignore with the reason";
  }
  const user = /^User:([^\s:|*,=]+)$/.exec(principal)?.[1];
  const write = user === undefined ? `{name: …, from: ["${principal}"], secret: …}` : `{name: ${user}, secret: …}`;
  return `no user replaces it; add ${write} to rights.users, name it in a role's from, or under rights.ignore with the reason`;
}

function quotaProblems(rights: RightsConfig, inventory: Sections["locked"]): Problem[] {
  const known = inventory.quotas.map(({ entity }) => quotaText(entity));
  const unknown = rights.quotas.ignore.flatMap(({ reason: _, ...entity }, at) => {
    const text = quotaText(entity as Record<string, string>);
    return wrong(
      !known.includes(text),
      `rights.quotas.ignore[${at}]`,
      `${text === "" ? "it names no entity" : `the inventory has no quota of ${text}`}; allowed: ${known.join("; ") || "none"}`,
    );
  });
  const made = Map.groupBy(targetQuotas({ rights, inventory }), ({ entity }) => quotaText(entity));
  const twice = [...made].filter(([, quotas]) => new Set(quotas.map(({ limits }) => JSON.stringify(limits))).size > 1);
  const from = (user: string | undefined): string =>
    rights.users
      .filter(({ name }) => name === user)
      .flatMap(principalsOf)
      .join(", ");
  return [
    ...unknown,
    ...twice.map(([text, [first]]) => ({
      path: "rights.quotas",
      message: `${text} would get different quotas from ${from(first?.entity["user"])}; name those that it must not get under rights.quotas.ignore`,
    })),
  ];
}
