import { madeMechanisms, type Mechanism } from "../../runtime/model/login.ts";
import { platformOf, type ClusterConfig } from "../../runtime/model/platforms/platforms.ts";
import { wrong, type Problem } from "./rule.ts";

/** A mechanism that the brokers would refuse: those of a platform offer some, unless their configuration says which. */
export function notOffered(path: string, cluster: ClusterConfig, mechanism: Mechanism | undefined): Problem[] {
  const { title, kafka } = platformOf(cluster);
  const offered = kafka?.mechanisms(cluster);
  return wrong(
    offered !== undefined && mechanism !== undefined && !offered.includes(mechanism),
    path,
    `found ${mechanism}, which ${title}'s brokers do not offer; allowed: ${offered?.join(", ")}`,
  );
}

/** A mechanism with which a user cannot be created; `more` is what else is allowed. */
export const notMade = (path: string, mechanism: Mechanism | undefined, more = ""): Problem[] =>
  wrong(
    mechanism !== undefined && !madeMechanisms.includes(mechanism),
    path,
    `found ${mechanism}; allowed for a user that the program creates: ${madeMechanisms.join(", ")}${more}`,
  );
