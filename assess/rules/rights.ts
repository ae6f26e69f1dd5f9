import type { AclReading } from "@kafka-migration/kafka";
import { mappedPrincipals, ownPrincipals } from "../../config/target-rights.ts";
import { everybody } from "../../config/rights.ts";
import type { Facts } from "../facts.ts";
import { count, someOf } from "../words.ts";
import { about, type AdviceRule } from "./rule.ts";

/** ACLs of applications: not those of super users and of this program. */
function theirs({ source, inventory, config }: Facts): readonly AclReading[] {
  const own = new Set(ownPrincipals({ inventory, name: config.name }));
  return source.cluster.acls.filter(({ principal }) => !own.has(principal));
}

const allowed = (facts: Facts): AclReading[] => theirs(facts).filter(({ permission }) => permission === "Allow");

const shown = ({ principal, operation, resourceType, resourceName, patternType }: AclReading): string =>
  `${principal} ${operation} ${resourceType} ${resourceName}${patternType === "Prefixed" ? "*" : ""}`;

/** A finding about ACLs: the first ones in words, named after their principals. */
function aboutAcls(acls: readonly AclReading[]) {
  const names = [...new Set(acls.map(({ principal }) => principal))].sort();
  return about(
    names.map((name) => ({ name })),
    () => `${count(acls.length, "ACL")} of ${count(names.length, "principal")}: ${someOf(acls.map(shown))}`,
  );
}

/** Whether anything with an ACL's type and name exists. */
function isThere(facts: Facts, { resourceType, resourceName, patternType }: AclReading): boolean {
  const there: Readonly<Record<string, readonly string[]>> = {
    Topic: facts.source.cluster.topics.map(({ name }) => name),
    Group: facts.source.cluster.groups.map(({ name }) => name),
  };
  const names = there[resourceType];
  // Kafka keeps no list of transactional ids and the like that a right could be compared with.
  if (names === undefined || (patternType === "Literal" && resourceName === "*")) return true;
  return names.some((name) => (patternType === "Prefixed" ? name.startsWith(resourceName) : name === resourceName));
}

/** Whether an ACL is about one topic that holds and gets nothing, or one group that has no members and does not advance. */
function isIdle({ topics, groups }: Facts, { resourceType, resourceName, patternType }: AclReading): boolean {
  if (patternType === "Prefixed") return false;
  if (resourceType === "Topic") {
    const topic = topics.find(({ name }) => name === resourceName);
    return topic !== undefined && topic.records === 0n && topic.recordsPerSecond === 0;
  }
  const group = resourceType === "Group" ? groups.find(({ name }) => name === resourceName) : undefined;
  return group !== undefined && group.members === 0 && !group.moving;
}

/** Whether MirrorMaker 2 drops an ACL, or part of it, when it syncs rights. */
const dropped = ({ resourceType, patternType, permission, operation }: AclReading): boolean =>
  resourceType !== "Topic" || patternType !== "Literal" || (permission === "Allow" && /^(Write|All)$/.test(operation));

/** Advice about who is allowed to do what. */
export const rightRules: readonly AdviceRule[] = [
  {
    id: "rights-of-everybody",
    severity: "warning",
    kind: "principal",
    reason: "every user who can log in has the rights of User:*, on the target too if they are recreated there",
    remedy: "grant them by name: a role under rights.roles with User:* under from, for the users that need them",
    find: (facts) => aboutAcls(allowed(facts).filter(({ principal }) => principal === everybody)),
  },
  {
    id: "rights-on-everything",
    severity: "info",
    kind: "principal",
    reason: "a right on every name also applies to the mirror's and Connect's own topics on the target",
    remedy: "name what the application uses, or a prefix, before its rights are recreated on the target",
    find: (facts) =>
      aboutAcls(
        allowed(facts).filter(
          ({ principal, resourceName, patternType }) =>
            principal !== everybody && resourceName === "*" && patternType === "Literal",
        ),
      ),
  },
  {
    id: "rights-on-nothing",
    severity: "info",
    kind: "principal",
    reason: "a right on something that does not exist has no effect until a topic or group of that name is created",
    remedy:
      "remove it on the source and run npm run assess again, unless the application creates the topic or group later",
    find: (facts) => aboutAcls(theirs(facts).filter((acl) => !isThere(facts, acl))),
  },
  {
    id: "rights-that-nobody-uses",
    severity: "info",
    kind: "principal",
    reason: "the topic holds no records and gets none, or the group has no members and does not advance",
    remedy:
      "ask its owners; rights that are removed on the source before the migration are not recreated on the target",
    find: (facts) => aboutAcls(allowed(facts).filter((acl) => isIdle(facts, acl))),
  },
  {
    id: "principals-without-user",
    severity: "info",
    kind: "principal",
    reason:
      "it is not a SCRAM user of the source: it logs in with a certificate, is in a file of the brokers, or no longer exists",
    remedy: "add a user with its own Secret under rights.users, with the principal under from",
    find: (facts) => {
      const users = new Set(facts.source.cluster.users.map(({ name }) => `User:${name}`));
      return aboutAcls(allowed(facts).filter(({ principal }) => principal !== everybody && !users.has(principal)));
    },
  },
  {
    id: "rights-not-taken-over",
    severity: "warning",
    kind: "principal",
    reason:
      "MirrorMaker 2 would only sync rights on single topics, without Write and with All turned into Read; the others have to be created",
    remedy: "name the principals under rights, which recreates every ACL, or create these on the target yourself",
    find: (facts) => {
      const rights = facts.config.rights;
      const mapped = rights && mappedPrincipals(rights);
      const ignored = new Set(rights?.ignore.map(({ principal }) => principal));
      return aboutAcls(
        theirs(facts).filter(
          (acl) => dropped(acl) && mapped?.has(acl.principal) !== true && !ignored.has(acl.principal),
        ),
      );
    },
  },
];
