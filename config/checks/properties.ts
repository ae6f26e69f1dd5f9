import { maySecret } from "../../runtime/model/may-secret.ts";
import { plannedOf, platformOf } from "../../runtime/model/platforms/platforms.ts";
import { propertyPath, rule, sides, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

type Properties = Readonly<Record<string, string>>;

const connectors = ["source", "checkpoint", "heartbeat"] as const;

const byProgram = "the program from the other inputs";
const connection = /cluster\.(alias|bootstrap|security|sasl|ssl)/;
const names = /^(name|connector\.class)$/;
const filters = /^(topics|groups)(\.exclude|\.blacklist|\.regex)?$|^(topic|group)\.filter\.class$/;

/** Properties that are set by something else, and by what. */
type Owners = readonly (readonly [RegExp, string])[];

/** Properties that the program sets from other inputs, and which: an override would contradict them. */
const owned: Record<string, Owners> = {
  "mirror.source": [
    [names, byProgram],
    [connection, byProgram],
    [/converter$/, byProgram],
    [filters, "topics and groups"],
    [/^tasks\.max$/, "mirror.tasksMax"],
    [/^replication\.factor$/, "topics.replicationFactor"],
    [/^exactly\.once\.support$/, "mirror.exactlyOnce"],
    [/^replication\.policy\./, byProgram],
  ],
  "mirror.checkpoint": [
    [names, byProgram],
    [connection, byProgram],
    [filters, "topics and groups"],
    [/^tasks\.max$/, byProgram],
    [/^replication\.policy\./, byProgram],
  ],
  "mirror.heartbeat": [
    [names, byProgram],
    [connection, byProgram],
    [/^replication\.policy\./, byProgram],
  ],
  "connect.worker": [
    [/^group\.id$|^(config|offset|status)\.storage\.topic$/, "connect.name"],
    [/^exactly\.once\.source\.support$/, "mirror.exactlyOnce"],
    [/^(bootstrap\.servers|security\.protocol)$|^(sasl|ssl)\./, "target"],
  ],
};

/** Properties that have one safe value. */
const safe: readonly { map: string; key: RegExp; allowed: readonly string[]; else: string }[] = [
  { map: "mirror.source", key: /^errors\.tolerance$/, allowed: ["none"], else: "drops records" },
  {
    map: "mirror.source",
    key: /^(source\.)?consumer\.isolation\.level$/,
    allowed: ["read_committed"],
    else: "copies records of aborted transactions",
  },
  {
    map: "mirror.source",
    key: /^(source\.)?consumer\.auto\.offset\.reset$/,
    allowed: ["earliest"],
    else: "leaves out what the topics hold already",
  },
  { map: "mirror.source", key: /^producer\.override\.acks$/, allowed: ["all", "-1"], else: "loses records" },
  {
    map: "mirror.checkpoint",
    key: /^sync\.group\.offsets\.enabled$/,
    allowed: ["false"],
    else: "can rewind a group after it moved; the switch places offsets exactly",
  },
  {
    map: "mirror.source",
    key: /^sync\.topic\.configs\.enabled$/,
    allowed: ["false"],
    else: "takes away what the program declares of each topic",
  },
  ...["mirror.source", "mirror.checkpoint"].map((map) => ({
    map,
    key: /^offset-syncs\.topic\.location$/,
    allowed: ["target"],
    else: "writes to the source, which is only read",
  })),
  {
    map: "connect.worker",
    key: /^connector\.client\.config\.override\.policy$/,
    allowed: ["All"],
    else: "refuses the connectors' own client settings",
  },
];

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
  rule(["connect"], ({ connect }) => check("connect.worker", connect.worker)),
  rule(["mirror"], ({ mirror }) => connectors.flatMap((connector) => check(`mirror.${connector}`, mirror[connector]))),
  rule(["mirror"], ({ mirror }) =>
    Object.keys(mirror.source)
      .filter((key) => /^(transforms|predicates)(\.|$)/.test(key))
      .map((key) => ({
        path: propertyPath("mirror.source", key),
        message: "changes or drops records on their way, and a switch proves that both sides hold the same; remove it",
      })),
  ),
  rule(["target"], ({ target }) => moreReplicas(target.cluster, "target.cluster.configuration")),
  rule(["target", "connect"], ({ target, connect }) => moreReplicas(target.cluster, "connect.worker", connect.worker)),
];

function check(path: string, properties: Properties, owners: Owners = owned[path] ?? []): Problem[] {
  return Object.entries(properties).flatMap(([key, value]) => {
    const at = propertyPath(path, key);
    if (maySecret(key, value))
      return [
        {
          path: at,
          message: "a password must not stand here; name a Secret under credentials or security, and remove it",
        },
      ];
    const owner = owners.find(([pattern]) => pattern.test(key))?.[1];
    if (owner !== undefined) return [{ path: at, message: `set by ${owner}; remove it here` }];
    const rule = safe.find((one) => one.map === path && one.key.test(key));
    return wrong(
      rule !== undefined && !rule.allowed.includes(value),
      at,
      `found ${JSON.stringify(value)}, which ${rule?.else}; allowed: ${rule?.allowed.join(", ")}`,
    );
  });
}

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
