import { usesSasl } from "../../runtime/model/protocol.ts";
import { connectPlatformOf, isMade, platformOf } from "../../runtime/model/platforms/platforms.ts";
import { mirrorQuota } from "../migration-config.ts";
import type { StackConfig } from "../schema.ts";
import { notMade } from "./mechanisms.ts";
import { rule, wrong, type Problem, type Rule, type Side } from "./rule.ts";

/** What is wrong with MM2's own users, each and together. */
export const mirrorUserRules: readonly Rule[] = [
  rule(["source"], ({ source }) => madeUserProblems("source", source)),
  rule(["target"], ({ target }) => madeUserProblems("target", target)),
  rule(["source"], ({ source }) =>
    source.credentials?.mirror?.create && isMade(source.cluster)
      ? [
          {
            path: "source.credentials.mirror.create",
            message: `found true; allowed only for a source that exists before the migration begins: declare it with kind ${platformOf(source.cluster).existing}`,
          },
        ]
      : [],
  ),
  rule(["mirror", "source", "target"], ({ mirror, ...config }) =>
    (["source", "target"] as const).flatMap((side) => {
      const key = mirrorQuota[side];
      return wrong(
        mirror.quotas[key] !== undefined && config[side].credentials?.mirror?.create !== true,
        `mirror.quotas.${key}`,
        `needs a user that the program makes for MirrorMaker 2, so that no other client is limited; set ${side}.credentials.mirror with create: true, or limit the user on the ${side} yourself`,
      );
    }),
  ),
  rule(["target", "connect"], ({ target, connect }) => {
    const { credentials, kubernetes, cluster } = target;
    const role = credentials?.mirror ? "mirror" : "runner";
    const user = credentials?.[role];
    const bound =
      isMade(connect) &&
      connectPlatformOf(connect).readsUserSecret({ cluster, mirrorUser: credentials?.mirror !== undefined });
    return bound && user?.kubernetes !== undefined && user.kubernetes !== kubernetes
      ? [
          {
            path: `target.credentials.${role}.kubernetes`,
            message: `found "${user.kubernetes}"; allowed: "${kubernetes}", the target's, because Connect runs there and logs in with that Secret`,
          },
        ]
      : [];
  }),
];

function madeUserProblems(side: Side, config: StackConfig["source"]): Problem[] {
  const { credentials, security } = config;
  const mirror = credentials?.mirror;
  if (!mirror?.create) return [];
  const path = `${side}.credentials.mirror`;
  return [
    ...wrong(
      !usesSasl(security.protocol),
      `${path}.create`,
      `found true with ${security.protocol}; users can be created for SASL_PLAINTEXT and SASL_SSL only`,
    ),
    ...notMade(`${path}.mechanism`, mirror.mechanism),
  ];
}
