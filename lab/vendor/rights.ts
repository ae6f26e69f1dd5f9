import kafkajs, { type Kafka } from "../kafkajs.ts";
import { vendorAcls } from "./seed.ts";
import { vendorUsers } from "./users.ts";

/** The users' rights on a cluster compared with those that they were given on the source. */
export interface RightsAudit {
  readonly users: number;
  readonly rights: number;
  /** Rights that a user has on the source and not here. */
  readonly missing: readonly string[];
  /** Rights that a user has here and not on the source. */
  readonly extra: readonly string[];
}

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** Asks a cluster for its rights. Describe that comes with Read and Write is no difference. */
export async function auditRights(kafka: Kafka): Promise<RightsAudit> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    });
    const found = resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })));
    return compareRights(
      vendorAcls().map(({ resourcePatternType, ...acl }) => text({ ...acl, patternType: resourcePatternType })),
      found.map((acl) => text({ ...acl, patternType: acl.resourcePatternType })),
    );
  } finally {
    await admin.disconnect();
  }
}

interface Acl {
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
}

const nameOf = (names: object, value: number): string =>
  Object.entries(names).find(([, number]) => number === value)?.[0] ?? String(value);

const text = (acl: Acl): string =>
  [
    acl.principal,
    nameOf(AclPermissionTypes, acl.permissionType),
    nameOf(AclOperationTypes, acl.operation),
    nameOf(AclResourceTypes, acl.resourceType),
    nameOf(ResourcePatternTypes, acl.patternType),
    acl.resourceName,
    `from ${acl.host}`,
  ].join(" ");

/** Compares rights written as text, of the lab's users alone. */
export function compareRights(wanted: readonly string[], found: readonly string[]): RightsAudit {
  const principals = new Set(vendorUsers.map(({ name }) => `User:${name}`));
  const own = found.filter((right) => principals.has(right.split(" ")[0]!));
  const missing = wanted.filter((right) => !own.includes(right));
  const extra = own.filter((right) => !wanted.includes(right));
  return { users: principals.size, rights: wanted.length, missing, extra };
}
