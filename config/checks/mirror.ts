import { connectPlatformOf, isMade } from "../../runtime/model/platforms/platforms.ts";
import { wrong, rule, type Rule } from "./rule.ts";

/** Versions of Connect whose MirrorMaker 2 loses the groups' positions (KAFKA-15905, KAFKA-16622). */
const forgetful = ["3.5.2", "3.6.1", "3.7.2"];

/** What is wrong with Connect, on its own and with what it copies. */
export const mirrorRules: readonly Rule[] = [
  rule(["connect"], ({ connect }) =>
    wrong(
      forgetful.includes(connect.version),
      "connect.version",
      `found "${connect.version}", which loses offset syncs at restarts; allowed: 3.8.1 and later`,
    ),
  ),
  rule(["connect", "migratedTopics"], ({ connect, migratedTopics }) =>
    ["configs", "offsets", "status"]
      .map((what) => `${connect.name}-${what}`)
      .filter((topic) => migratedTopics.includes(topic))
      .map((topic) => ({
        path: "connect.name",
        message: `found "${connect.name}", but Connect keeps its own records in "${topic}", which is migrated; allowed: another name`,
      })),
  ),
  rule(["connect"], ({ connect }) =>
    wrong(
      isMade(connect) && connect.offsetsTopic !== undefined,
      "connect.offsetsTopic",
      `not needed: for a ${connectPlatformOf(connect).object.kind} that the program creates, the topic is known; remove it`,
    ),
  ),
  rule(["connect"], ({ connect }) => {
    if (isMade(connect)) return [];
    const given = [
      ...(Object.keys(connect.worker).length > 0 ? ["worker"] : []),
      ...(connect.monitor === undefined ? [] : ["monitor"]),
    ];
    return given.map((key) => ({
      path: `connect.${key}`,
      message: `a ${connectPlatformOf(connect).object.kind} of kind ${connect.kind} is used as it is; set this on the object itself and remove it here`,
    }));
  }),
];
