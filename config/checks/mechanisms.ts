import { kubedbMechanisms, madeMechanisms, type Mechanism } from "../../runtime/model/login.ts";
import type { ClusterConfig } from "../clusters.ts";
import { wrong, type Problem } from "./rule.ts";

/** A mechanism that the brokers would refuse: KubeDB's offer a fixed set unless their configuration says which. */
export function notOffered(path: string, cluster: ClusterConfig, mechanism: Mechanism | undefined): Problem[] {
  const byThemselves = cluster.kind === "kubedb" && !("sasl.enabled.mechanisms" in cluster.configuration);
  return wrong(
    byThemselves && mechanism !== undefined && !kubedbMechanisms.includes(mechanism),
    path,
    `found ${mechanism}, which KubeDB's brokers do not offer; allowed: ${kubedbMechanisms.join(", ")}`,
  );
}

/** A mechanism with which a user cannot be created; `more` is what else is allowed. */
export const notMade = (path: string, mechanism: Mechanism | undefined, more = ""): Problem[] =>
  wrong(
    mechanism !== undefined && !madeMechanisms.includes(mechanism),
    path,
    `found ${mechanism}; allowed for a user that the program creates: ${madeMechanisms.join(", ")}${more}`,
  );
