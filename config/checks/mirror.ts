import { rule } from "./rule.ts";
import type { Rule } from "./rule.ts";

const connectors = ["source", "checkpoint", "heartbeat"] as const;

/** Properties that the program sets from other inputs: an override would contradict them. */
const ownedProperties: Record<(typeof connectors)[number], readonly RegExp[]> = {
  source: [
    /^name$/,
    /^connector\.class$/,
    /^topics$/,
    /^offset-syncs\.topic\.location$/,
    /cluster\.(alias|bootstrap|security|sasl|ssl)/,
    /converter$/,
  ],
  checkpoint: [
    /^name$/,
    /^connector\.class$/,
    /^(topics|groups|offset-syncs\.topic\.location)$/,
    /cluster\.(alias|bootstrap|security|sasl|ssl)/,
  ],
  heartbeat: [/^name$/, /^connector\.class$/, /cluster\.(alias|bootstrap|security|sasl|ssl)/],
};

/** What is wrong with Connect, the connectors and the gates. */
export const mirrorRules: readonly Rule[] = [
  rule(["connect"], ({ connect }) =>
    ["3.5.2", "3.6.1", "3.7.2"].includes(connect.version)
      ? [
          {
            path: "connect.version",
            message: `"${connect.version}" loses offset syncs at restarts; allowed: 3.8.1 and later`,
          },
        ]
      : [],
  ),
  rule(["connect"], ({ connect }) => {
    if (connect.kind === "kubedb") return [];
    const given = [
      ...(Object.keys(connect.worker).length > 0 ? ["worker"] : []),
      ...(connect.monitor === undefined ? [] : ["monitor"]),
    ];
    return given.map((key) => ({
      path: `connect.${key}`,
      message:
        "a ConnectCluster of kind kubedb-existing is used as it is; set this on the object itself and remove it here",
    }));
  }),
  rule(["mirror"], ({ mirror }) =>
    connectors.flatMap((connector) =>
      Object.keys(mirror[connector])
        .filter((key) => ownedProperties[connector].some((owned) => owned.test(key)))
        .map((key) => ({
          path: `mirror.${connector}["${key}"]`,
          message: "set by the program from the other inputs; remove it here",
        })),
    ),
  ),
  rule(["mirror"], ({ mirror }) =>
    mirror.checkpoint["sync.group.offsets.enabled"] === "true"
      ? [
          {
            path: 'mirror.checkpoint["sync.group.offsets.enabled"]',
            message: "MM2's sync can rewind a group after it moved; the switch places offsets exactly. Remove it",
          },
        ]
      : [],
  ),
  rule(["mirror"], ({ mirror }) =>
    mirror.source["sync.topic.configs.enabled"] === "true"
      ? [
          {
            path: 'mirror.source["sync.topic.configs.enabled"]',
            message: "MM2's sync would take away what the program declares of each topic; remove it",
          },
        ]
      : [],
  ),
  rule(["mirror"], ({ mirror }) =>
    mirror.source["errors.tolerance"] === "all"
      ? [{ path: 'mirror.source["errors.tolerance"]', message: '"all" drops records; allowed: none' }]
      : [],
  ),
  rule(["gates"], ({ gates }) =>
    gates.holdSeconds >= gates.timeoutSeconds
      ? [
          {
            path: "gates.holdSeconds",
            message: `${gates.holdSeconds} s never fit into timeoutSeconds (${gates.timeoutSeconds} s); allowed: less than that`,
          },
        ]
      : [],
  ),
];
