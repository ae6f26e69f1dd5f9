/** Kafka's authorizer once more, word by word after its documentation and with nothing shared with the product. */

export interface NaiveAcl {
  readonly principal: string;
  readonly host: string;
  readonly operation: string;
  readonly permission: "Allow" | "Deny";
  readonly resourceType: string;
  readonly resourceName: string;
  readonly patternType: "Literal" | "Prefixed";
}

export interface NaiveCluster {
  readonly acls: readonly NaiveAcl[];
  readonly superUsers: readonly string[];
  readonly openByDefault: boolean;
}

/** Whether the cluster lets somebody do something. */
export function lets(
  { acls, superUsers, openByDefault }: NaiveCluster,
  principal: string,
  host: string,
  operation: string,
  resourceType: string,
  resourceName: string,
): boolean {
  if (superUsers.includes(principal)) return true;
  let someAcl = false;
  let someAllow = false;
  for (const acl of acls) {
    if (acl.resourceType !== resourceType) continue;
    const literal = acl.patternType === "Literal" && (acl.resourceName === "*" || acl.resourceName === resourceName);
    const prefixed = acl.patternType === "Prefixed" && resourceName.indexOf(acl.resourceName) === 0;
    if (!literal && !prefixed) continue;
    someAcl = true;
    if (acl.principal !== "User:*" && acl.principal !== principal) continue;
    if (acl.host !== "*" && acl.host !== host) continue;
    if (acl.permission === "Deny") {
      if (acl.operation === "All" || acl.operation === operation) return false;
      continue;
    }
    const means = new Set([acl.operation]);
    if (["Read", "Write", "Delete", "Alter"].includes(acl.operation)) means.add("Describe");
    if (acl.operation === "AlterConfigs") means.add("DescribeConfigs");
    if (acl.operation === "All" || means.has(operation)) someAllow = true;
  }
  return someAllow || (!someAcl && openByDefault);
}
