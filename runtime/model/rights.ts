/** Users and their rights on the target, as the program tells them to what measures them. */
import type { AclReading } from "./cluster-reading.ts";
import type { Mechanism } from "./login.ts";
import type { SecretRef } from "./sides.ts";

/** A principal of the source and the users of the target that take its place. */
export interface MappedPrincipal {
  /** Such as `User:billing`. */
  readonly principal: string;
  /** Names without `User:`. */
  readonly users: readonly string[];
}

/** A right that a role gives to one of its users, in the words of Kafka's own tools. */
export interface GrantedRight {
  readonly user: string;
  readonly operation: string;
  readonly resourceType: string;
  readonly resourceName: string;
  readonly patternType: "Literal" | "Prefixed";
  readonly host: string;
}

/** A user of the target, and how it logs in. */
export interface LoginRef {
  readonly name: string;
  readonly mechanism: Mechanism;
  /** Secret with the keys that the mechanism needs. */
  readonly credentials: SecretRef;
}

/** Names of the workloads that log in as a user on the target, by user. */
export type Applications = Readonly<Record<string, readonly string[]>>;

/** What the gate of rights compares. */
export interface RightsAsOnSource {
  readonly principals: readonly MappedPrincipal[];
  /** Principals of the source that nobody takes the place of, and that is wanted. */
  readonly leftAlone: readonly string[];
  /** Names that ACLs of the source give and that stay there, by type of resource. */
  readonly staying: Readonly<Record<string, readonly string[]>>;
  readonly granted: readonly GrantedRight[];
  readonly applications: Applications;
}

/** What a cluster's brokers decide by. */
export interface Rights {
  readonly acls: readonly AclReading[];
  /** Principals that may do everything. */
  readonly superUsers: readonly string[];
  /** `allow.everyone.if.no.acl.found`: whether everybody may use what no ACL is about. */
  readonly openByDefault: boolean;
}
