import { maySecret } from "../../runtime/model/may-secret.ts";
import { plannedOf, platformOf } from "../../runtime/model/platforms/platforms.ts";
import { refuseProperty } from "../mirror-properties/refusal.ts";
import { connectors } from "../mirror-properties/table.ts";
import { propertyPath, rule, sides, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

type Properties = Readonly<Record<string, string>>;

/** Properties that are set by something else, and by what. */
type Owners = readonly (readonly [RegExp, string])[];

/** Properties of Connect's workers that the program sets from other inputs: an override would contradict them. */
const ofWorkers: Owners = [
  [/^group\.id$|^(config|offset|status)\.storage\.topic$/, "connect.name"],
  [/^exactly\.once\.source\.support$/, "mirror.exactlyOnce"],
  [/^(bootstrap\.servers|security\.protocol)$|^(sasl|ssl)\./, "target"],
];

const overridePolicy = "connector.client.config.override.policy";

/** What is wrong with properties that are passed on to Kafka, Connect and MirrorMaker 2. */
export const propertyRules: readonly Rule[] = [
  ...sides.map((side) =>
    rule([side], (config) => {
      const { title, kafka } = platformOf(config[side].cluster);
      const planned = kafka?.planned(config[side].cluster);
      if (!kafka || planned === undefined) return [];
      return check(`${side}.cluster.configuration`, planned.configuration, [[kafka.reservedProperties, title]]);
    }),
  ),
  rule(["connect"], ({ connect }) => [
    ...check("connect.worker", connect.worker, ofWorkers),
    ...Object.entries(connect.worker).flatMap(([key, value]) =>
      wrong(
        key === overridePolicy && value !== "All",
        propertyPath("connect.worker", key),
        `found ${JSON.stringify(value)}, which refuses the connectors' own client settings; allowed: All`,
      ),
    ),
  ]),
  rule(["mirror"], ({ mirror }) =>
    connectors.flatMap((connector) => {
      const { [connector]: properties } = mirror;
      const names = Object.keys(properties);
      return Object.entries(properties).flatMap(([name, value]): Problem[] => {
        const path = propertyPath(`mirror.${connector}`, name);
        if (maySecret(name, value)) return [{ path, message: noPassword }];
        const message = refuseProperty(connector, name, value, names);
        return message === null ? [] : [{ path, message }];
      });
    }),
  ),
  rule(["target"], ({ target }) => moreReplicas(target.cluster, "target.cluster.configuration")),
  rule(["target", "connect"], ({ target, connect }) => moreReplicas(target.cluster, "connect.worker", connect.worker)),
];

function check(path: string, properties: Properties, owners: Owners): Problem[] {
  return Object.entries(properties).flatMap(([key, value]): Problem[] => {
    const at = propertyPath(path, key);
    if (maySecret(key, value)) return [{ path: at, message: noPassword }];
    const owner = owners.find(([pattern]) => pattern.test(key))?.[1];
    return owner === undefined ? [] : [{ path: at, message: `set by ${owner}; remove it here` }];
  });
}

const noPassword = "a password is not allowed here; name a Secret under credentials or security, and remove it";

/** Kafka refuses to make a topic with more replicas than there are brokers, and does so late. */
function moreReplicas(cluster: Sections["target"]["cluster"], path: string, given?: Properties): Problem[] {
  const planned = plannedOf(cluster);
  if (planned === undefined) return [];
  const brokers = planned.brokers.replicas;
  return Object.entries(given ?? planned.configuration).flatMap(([key, value]) =>
    wrong(
      /(replication\.factor|\.min\.isr)$/.test(key) && Number(value) > brokers,
      propertyPath(path, key),
      `found ${value}, the target has ${brokers} brokers; allowed: at most ${brokers}`,
    ),
  );
}
