/** What KubeDB does not take, or would do otherwise than a reader of the config expects. */
import { wrong, type Problem } from "../../config-problem.ts";
import { evenControllers } from "../../even-controllers.ts";
import { usesSasl, usesTls, type Protocol } from "../../protocol.ts";
import type { SideName } from "../../sides.ts";
import { kinds } from "./connect.ts";
import type { KubedbCluster } from "./schema.ts";

/** What is wrong with how clients connect to a cluster that is made here. */
export function securityProblems(side: SideName, cluster: KubedbCluster, protocol: Protocol): Problem[] {
  if (cluster.kind !== kinds.made) return [];
  const encrypted = usesTls(protocol);
  if (!usesSasl(protocol)) {
    const path = `${side}.security.protocol`;
    const message = `found ${protocol}; allowed for a cluster that is made here: SASL_PLAINTEXT, SASL_SSL, because its brokers ask for a user`;
    return [{ path, message }];
  }
  return [
    ...wrong(
      encrypted && cluster.tls === undefined,
      `${side}.cluster.tls`,
      `missing, and the protocol is ${protocol}; name cert-manager's issuer as tls: {issuer: {name: …}}, or set security.protocol to SASL_PLAINTEXT`,
    ),
    ...wrong(
      !encrypted && cluster.tls !== undefined,
      `${side}.security.protocol`,
      `found ${protocol}; allowed with cluster.tls: SASL_SSL, because every listener then speaks TLS`,
    ),
  ];
}

/** What is wrong with the cluster by itself. */
export function clusterProblems(side: SideName, cluster: KubedbCluster): Problem[] {
  if (cluster.kind !== kinds.made || !cluster.topology) return [];
  const { replicas } = cluster.topology.controller;
  return [
    ...wrong(
      side === "target" && evenControllers(replicas),
      "target.cluster.topology.controller.replicas",
      `found ${replicas}, which survive no more failures than ${replicas - 1}; allowed: an odd number`,
    ),
    ...tooLong(`${side}.cluster.name`, cluster.name, `-controller-${replicas - 1}`),
  ];
}

/** What is wrong with a Connect by itself. */
export const connectProblems = ({ name }: { readonly name: string }): Problem[] =>
  tooLong("connect.name", name, "-pods");

/** KubeDB makes Services and Secrets named after their owner: two owners of one name fight over them. */
export const sameNameProblems = (name: string, side: SideName): Problem[] => [
  {
    path: "connect.name",
    message: `found "${name}", the name of the ${side}'s Kafka object; both would own the Service "${name}-pods"; allowed: another name`,
  },
];

/** KubeDB derives names of pods and Services, which may have 63 characters. */
function tooLong(path: string, name: string, suffix: string): Problem[] {
  const most = 63 - suffix.length;
  return wrong(
    name.length > most,
    path,
    `found ${name.length} characters; allowed: at most ${most}, because KubeDB derives "<name>${suffix}" from it`,
  );
}
