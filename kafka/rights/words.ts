/** ACLs between Kafka's numbers and the words of its own tools. */
import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from "@platformatic/kafka";
import type { AclReading } from "../inventory/reading.ts";

/** An ACL as requests carry it. */
export type NumberedAcl = ReturnType<typeof numbered>;

/** A constant's name as Kafka's tools write it: `TRANSACTIONAL_ID` is `TransactionalID`, `DESCRIBE_CONFIGS` is `DescribeConfigs`. */
export function wordOf<T extends number>(constants: Readonly<Record<string, T>>, value: number): string {
  const name = Object.keys(constants).find((key) => constants[key] === value) ?? `Unknown${value}`;
  const words = name.split("_").map((word) => (word === "ID" ? word : word[0] + word.slice(1).toLowerCase()));
  return words.join("");
}

/** The constant of a word. Rejects a word that this version does not know, such as one of a later Kafka. */
function numberOf<T extends number>(constants: Readonly<Record<string, T>>, word: string, what: string): T {
  const found = Object.values(constants).find((value) => wordOf(constants, value) === word);
  if (found === undefined) throw new Error(`${what} ${word} is not known here; give this right by Kafka's own tools`);
  return found;
}

/** An ACL for a request. */
export function numbered(acl: AclReading) {
  return {
    resourceType: numberOf(ResourceTypes, acl.resourceType, "resource type"),
    resourceName: acl.resourceName,
    resourcePatternType: acl.patternType === "Prefixed" ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: acl.principal,
    host: acl.host,
    operation: numberOf(AclOperations, acl.operation, "operation"),
    permissionType: acl.permission === "Deny" ? AclPermissionTypes.DENY : AclPermissionTypes.ALLOW,
  };
}

/** One text for each ACL that is not another. */
export const aclText = (acl: AclReading): string =>
  JSON.stringify([
    ...[acl.principal, acl.host, acl.operation, acl.permission],
    ...[acl.resourceType, acl.resourceName, acl.patternType],
  ]);

/** As people say it: `User:billing may Read Topic orders`. */
export function aclSentence({ principal, permission, operation, resourceType, resourceName, patternType }: AclReading) {
  const may = permission === "Deny" ? "is denied" : "may";
  return `${principal} ${may} ${operation} ${resourceType} ${resourceName}${patternType === "Prefixed" ? "*" : ""}`;
}
