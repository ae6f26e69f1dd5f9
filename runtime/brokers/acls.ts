/** ACLs, SCRAM users and quotas of a cluster, one request each; passwords cannot be read. */
import {
  AclOperations,
  AclPermissionTypes,
  ResourcePatternTypes,
  ResourceTypes,
  type Connection,
} from "@platformatic/kafka";
import type { AclReading, QuotaReading, UserReading } from "../model/cluster-reading.ts";
import { scramMechanism } from "../model/login.ts";
import { wordOf } from "./acl-words.ts";
import { requests, send } from "./requests.ts";

/** Every ACL, sorted. Rejects with SECURITY_DISABLED where there is no authorizer. */
export async function readAcls(connection: Connection): Promise<readonly AclReading[]> {
  const answer = await send(connection, requests.describeAcls, {
    resourceType: ResourceTypes.ANY,
    resourceName: null,
    resourcePatternType: ResourcePatternTypes.ANY,
    principal: null,
    host: null,
    operation: AclOperations.ANY,
    permissionType: AclPermissionTypes.ANY,
  });
  const acls = answer.resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls: entries }) =>
    entries.map(({ principal, host, operation, permissionType }): AclReading => ({
      principal,
      host,
      operation: wordOf(AclOperations, operation),
      permission: permissionType === AclPermissionTypes.ALLOW ? "Allow" : "Deny",
      resourceType: wordOf(ResourceTypes, resourceType),
      resourceName,
      patternType: resourcePatternType === ResourcePatternTypes.PREFIXED ? "Prefixed" : "Literal",
    })),
  );
  return sorted(acls);
}

/** SCRAM users by name. */
export async function readUsers(connection: Connection): Promise<readonly UserReading[]> {
  const { results } = await send(connection, requests.describeUserScramCredentials, null);
  const users = results.map(({ user, credentialInfos }) => ({
    name: user,
    mechanisms: Object.fromEntries(
      credentialInfos
        .map(
          ({ mechanism, iterations }) => [scramMechanism(mechanism) ?? `mechanism ${mechanism}`, iterations] as const,
        )
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  }));
  return users.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Every client quota, sorted. */
export async function readQuotas(connection: Connection): Promise<readonly QuotaReading[]> {
  const { entries } = await send(connection, requests.describeClientQuotas, [], false);
  const quotas = (entries ?? []).map(({ entity, values }) => ({
    entity: Object.fromEntries(
      entity
        .map(({ entityType, entityName }) => [entityType as string, entityName ?? "<default>"] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    limits: Object.fromEntries(
      values.map(({ key, value }) => [key as string, value] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  }));
  return sorted(quotas);
}

function sorted<T>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
