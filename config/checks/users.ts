import { everySecretKey } from "../../runtime/model/login.ts";
import { usesSasl, usesTls } from "../../runtime/model/protocol.ts";
import { kubernetesWorkloads } from "../workloads.ts";
import { notOffered } from "./mechanisms.ts";
import { placeOf, rule, sides, wrong, type Problem, type Rule, type Sections, type Side } from "./rule.ts";

/** What is wrong with how clients log in: mechanism, users and their Secrets, each and together. */
export const userRules: readonly Rule[] = [
  ...sides.map((side) => rule([side], (config) => unused(side, config[side]))),
  ...sides.map((side) =>
    rule([side], (config) =>
      notOffered(`${side}.security.mechanism`, config[side].cluster, config[side].security.mechanism),
    ),
  ),
  ...sides.map((side) =>
    rule([side, "workloads"], (config) =>
      kubernetesWorkloads(config.workloads).flatMap(({ at, workload: { login } }) =>
        notOffered(`workloads[${at}].login.${side}.mechanism`, config[side].cluster, login?.[side].mechanism),
      ),
    ),
  ),
  rule(["kubernetes", "source", "target"], (config) => sides.flatMap((side) => overwritten(config, side))),
  rule(["kubernetes", "source", "target", "workloads"], addressInPassword),
];

/** Settings that the protocol ignores, although their author expects them to protect something. */
function unused(side: Side, { security, credentials }: Sections["source"]): Problem[] {
  const { protocol } = security;
  const useless = (key: string, is: boolean) =>
    wrong(
      is,
      `${side}.${key}`,
      `found with ${protocol}, which does not use it; allowed with SASL_PLAINTEXT, SASL_SSL: remove it, or change security.protocol`,
    );
  return [
    ...useless("security.mechanism", !usesSasl(protocol) && security.mechanism !== undefined),
    ...useless("credentials", !usesSasl(protocol) && !usesTls(protocol) && credentials !== undefined),
  ];
}

/** For a user that is created, a random password is written into its Secret, which must not hold another user's. */
function overwritten(config: Pick<Sections, "kubernetes" | Side>, side: Side): Problem[] {
  const { mirror } = config[side].credentials ?? {};
  if (!mirror?.create) return [];
  const secretOf = (of: Side, { secret, kubernetes }: { secret: string; kubernetes?: string | undefined }) =>
    `${placeOf(config, kubernetes ?? config[of].kubernetes)}/${secret}`;
  const others = sides.flatMap((other) =>
    (["runner", "admin", "mirror"] as const).flatMap((role) => {
      const user = config[other].credentials?.[role];
      const itself =
        role === "mirror" && (other === side || (side === "source" && config.target.credentials?.mirror?.create));
      return user && !itself ? [{ whose: `${other}'s ${role}`, secret: secretOf(other, user) }] : [];
    }),
  );
  const other = others.find(({ secret }) => secret === secretOf(side, mirror));
  return wrong(
    other !== undefined,
    `${side}.credentials.mirror.secret`,
    `it is also the Secret of the ${other?.whose}, and create: true would overwrite its password; allowed: another Secret`,
  );
}

/** A workload's address in the same key as a user's name or password would overwrite it. */
function addressInPassword(config: Pick<Sections, "kubernetes" | Side | "workloads">): Problem[] {
  const users = new Set(
    sides.flatMap((side) =>
      Object.values(config[side].credentials ?? {}).flatMap((user) =>
        user ? [`${placeOf(config, user.kubernetes ?? config[side].kubernetes)}/${user.secret}`] : [],
      ),
    ),
  );
  return kubernetesWorkloads(config.workloads).flatMap(({ at, workload: { kubernetes, bootstrap } }) =>
    wrong(
      "secret" in bootstrap &&
        everySecretKey.includes(bootstrap.key) &&
        users.has(`${placeOf(config, kubernetes ?? config.source.kubernetes)}/${bootstrap.secret}`),
      `workloads[${at}].bootstrap.key`,
      "it holds a user's name or password under credentials, which an address would overwrite; allowed: the key with the bootstrap address",
    ),
  );
}
