/** ACLs between Kafka's numbers and the words of its own tools. */
import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from "@platformatic/kafka";
import type { AclReading } from "../model/cluster-reading.ts";

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

/**
 * One text for each ACL that is not another, as the program and its state keep it. The name comes last, because names of
 * groups may hold any sign. `aclText` of config/target-rights.ts writes the same.
 */
export const aclText = (acl: AclReading): string =>
  `${acl.principal} ${acl.permission} ${acl.operation} from ${acl.host} of ${acl.resourceType} ${acl.patternType} ${acl.resourceName}`;

/** An ACL of its text. Throws for a text of another form. */
export function parseAcl(text: string): AclReading {
  const form = /^(\S+) (Allow|Deny) (\w+) from (\S+) of (\w+) (Literal|Prefixed) (.*)$/s;
  const [, principal, permission, operation, host, resourceType, patternType, resourceName] = form.exec(text) ?? [];
  if (principal === undefined) throw new Error(`not the text of an ACL: ${text}`);
  return {
    principal,
    host: host!,
    operation: operation!,
    permission: permission as AclReading["permission"],
    resourceType: resourceType!,
    resourceName: resourceName!,
    patternType: patternType as AclReading["patternType"],
  };
}
