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

/** Whether anything of an ACL's type and name is there. */
function isThere(facts: Facts, { resourceType, resourceName, patternType }: AclReading): boolean {
  const there: Readonly<Record<string, readonly string[]>> = {
    Topic: facts.source.cluster.topics.map(({ name }) => name),
    Group: facts.source.cluster.groups.map(({ name }) => name),
  };
  const names = there[resourceType];
  // Of transactions and the like Kafka keeps no list that a right could be compared with.
  if (names === undefined || (patternType === "Literal" && resourceName === "*")) return true;
  return names.some((name) => (patternType === "Prefixed" ? name.startsWith(resourceName) : name === resourceName));
}

/** Whether an ACL is about one topic that holds and gets nothing, or one group that has no member and stands still. */
function isIdle({ topics, groups }: Facts, { resourceType, resourceName, patternType }: AclReading): boolean {
  if (patternType === "Prefixed") return false;
  if (resourceType === "Topic") {
    const topic = topics.find(({ name }) => name === resourceName);
    return topic !== undefined && topic.records === 0n && topic.recordsPerSecond === 0;
  }
  const group = resourceType === "Group" ? groups.find(({ name }) => name === resourceName) : undefined;
  return group !== undefined && group.members === 0 && !group.moving;
}

/** What of an ACL MirrorMaker 2 leaves behind when it syncs rights. */
const dropped = ({ resourceType, patternType, permission, operation }: AclReading): boolean =>
  resourceType !== "Topic" || patternType !== "Literal" || (permission === "Allow" && /^(Write|All)$/.test(operation));

/** Advice about who may do what. */
export const rightRules: readonly AdviceRule[] = [
  {
    id: "rights-of-everybody",
    severity: "warning",
    kind: "principal",
    reason: "what User:* may, everybody may who gets in, on the target too if it is taken over",
    remedy: "give it by name: a role under rights.roles with User:* under from, for the users that need it",
    find: (facts) => aboutAcls(allowed(facts).filter(({ principal }) => principal === everybody)),
  },
  {
    id: "rights-on-everything",
    severity: "info",
    kind: "principal",
    reason: "a right on every name holds for the mirror's and Connect's own topics on the target too",
    remedy: "name what the application uses, or a prefix, before its rights are taken over",
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
    reason: "a right on what does not exist is nobody's, until somebody makes a topic or group of that name",
    remedy: "take it away on the source and run npm run assess again, unless the application makes it later",
    find: (facts) => aboutAcls(theirs(facts).filter((acl) => !isThere(facts, acl))),
  },
  {
    id: "rights-that-nobody-uses",
    severity: "info",
    kind: "principal",
    reason: "the topic holds no record and gets none, or the group has no member and stands still",
    remedy: "ask its owners; what is taken away on the source before the migration is not taken over",
    find: (facts) => aboutAcls(allowed(facts).filter((acl) => isIdle(facts, acl))),
  },
  {
    id: "principals-without-user",
    severity: "info",
    kind: "principal",
    reason: "it is no SCRAM user of the source: it shows a certificate, is known to the brokers by a file, or is gone",
    remedy: "name a user with a Secret of its own for it under rights.users, with the principal under from",
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
      "MirrorMaker 2 would sync the rights on single topics only, without Write and with Read for All; the rest has to be made",
    remedy: "name the principals under rights, which takes every ACL over, or make these on the target yourself",
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
