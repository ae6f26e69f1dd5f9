/** The rights of a cluster as its brokers have them now. */
import type { Unread } from "../model/cluster-reading.ts";
import type { Rights } from "../model/rights.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { readAcls } from "./acls.ts";
import { firstBroker } from "./cluster.ts";
import { describeBroker } from "./configs.ts";
import { withCluster } from "./connection.ts";
import { readable } from "./refusal.ts";

export interface SideRights extends Rights {
  readonly clusterId: string;
  /** False if the brokers have no authorizer, so that everything is allowed. */
  readonly authorizer: boolean;
}

/**
 * Rejects with a sentence if the ACLs may not be read. A broker whose config may not be read is taken for one without
 * super users, which asks for more rights than it may need to.
 */
export function readRights(endpoint: KafkaEndpoint, signal?: AbortSignal): Promise<SideRights> {
  return withCluster(
    endpoint,
    async (cluster) => {
      const connection = await firstBroker(cluster);
      const unread: Unread[] = [];
      const [acls, config] = await Promise.all([
        readable("acls", unread, [], () => readAcls(connection)),
        describeBroker(connection, Math.min(...cluster.brokerIds)),
      ]);
      const authorizer = !unread.some(({ code }) => code === "SECURITY_DISABLED");
      if (authorizer && unread.length > 0) {
        throw new Error(`the ACLs of the ${endpoint.side} cannot be read: ${unread[0]!.reason}`);
      }
      return {
        clusterId: cluster.clusterId,
        authorizer,
        acls,
        superUsers: superUsersOf(config),
        openByDefault: !authorizer || config["allow.everyone.if.no.acl.found"] === "true",
      };
    },
    signal,
  );
}

/** Principals that a broker's config lets do everything. Pure. */
export function superUsersOf(brokerConfig: Readonly<Record<string, string>>): readonly string[] {
  const listed = (brokerConfig["super.users"] ?? "").split(";").map((principal) => principal.trim());
  return listed.filter((principal) => principal !== "").sort();
}
