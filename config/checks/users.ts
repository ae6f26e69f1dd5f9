import type { StackConfig } from "../schema.ts";
import { rule } from "./rule.ts";
import type { Problem, Rule, Side } from "./rule.ts";

/** What is wrong with MM2's own users, each and together. */
export const userRules: readonly Rule[] = [
  rule(["source"], ({ source }) => madeUserProblems("source", source)),
  rule(["target"], ({ target }) => madeUserProblems("target", target)),
  rule(["source"], ({ source }) =>
    source.credentials?.mirror?.create && source.cluster.kind === "kubedb"
      ? [
          {
            path: "source.credentials.mirror.create",
            message:
              "found true; allowed for a source that stands before the migration begins: name it with kind kubedb-existing",
          },
        ]
      : [],
  ),
  rule(["source", "target"], ({ source, target }) => {
    const made = [source, target].filter(({ credentials }) => credentials?.mirror?.create);
    const [one, other] = made.map(secretOf);
    return made.length === 2 && one === other
      ? [
          {
            path: "target.credentials.mirror.secret",
            message: `"${target.credentials!.mirror!.secret}" is the source's too; a user that is made has a Secret of its own on each side`,
          },
        ]
      : [];
  }),
  rule(["target", "connect"], ({ target, connect }) => {
    const { credentials, kubernetes, cluster } = target;
    const role = credentials?.mirror ? "mirror" : "runner";
    const user = credentials?.[role];
    const bound = connect.kind === "kubedb" && (credentials?.mirror !== undefined || cluster.kind === "external");
    return bound && user?.kubernetes !== undefined && user.kubernetes !== kubernetes
      ? [
          {
            path: `target.credentials.${role}.kubernetes`,
            message: `found "${user.kubernetes}"; allowed: "${kubernetes}", the target's, because Connect logs in with that Secret and runs there`,
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
  const others = (["runner", "admin"] as const).filter((role) => {
    const user = credentials?.[role];
    return user !== undefined && sameSecret(config, user, mirror);
  });
  return [
    ...(security.protocol.startsWith("SASL_")
      ? []
      : [
          {
            path: `${path}.create`,
            message: `found true with ${security.protocol}; a user is made for SASL_PLAINTEXT and SASL_SSL only`,
          },
        ]),
    ...(mirror.mechanism === "PLAIN"
      ? [
          {
            path: `${path}.mechanism`,
            message: "found PLAIN; allowed for a user that is made: SCRAM-SHA-256, SCRAM-SHA-512",
          },
        ]
      : []),
    ...others.map((role) => ({
      path: `${path}.secret`,
      message: `"${mirror.secret}" is the ${role}'s; a user that is made has a Secret of its own`,
    })),
  ];
}

type User = NonNullable<StackConfig["source"]["credentials"]>["runner"];

const sameSecret = ({ kubernetes }: StackConfig["source"], one: User, other: User): boolean =>
  one.secret === other.secret && (one.kubernetes ?? kubernetes) === (other.kubernetes ?? kubernetes);

const secretOf = ({ kubernetes, credentials }: StackConfig["source"]): string =>
  JSON.stringify([credentials?.mirror?.kubernetes ?? kubernetes, credentials?.mirror?.secret]);
