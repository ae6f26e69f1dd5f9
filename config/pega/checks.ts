import { losesUnread, pegaStrategyNames, pegaTables } from "../../phases/pega/tables.ts";
import { madeElsewhere, madeMechanisms } from "../../runtime/model/login.ts";
import { isMade, plannedOf } from "../../runtime/model/platforms/platforms.ts";
import { usesSasl, usesTls } from "../../runtime/model/protocol.ts";
import { duplicates, wrong, type Problem } from "../checks/rule.ts";
import { securityProblems } from "../checks/security.ts";
import { sideProblems } from "../checks/sides.ts";
import type { PegaConfig } from "./schema.ts";

type Sections = Partial<PegaConfig>;

/** Everything that is wrong with how the fields of a config fit together, as far as its sections are there. */
export function checkPega(config: Sections): Problem[] {
  return [
    ...connections(config),
    ...target(config),
    ...chart(config),
    ...stream(config),
    ...loss(config),
    ...duplicates("tiers", config.tiers?.map(({ name }) => name) ?? []),
    ...beginning(config),
  ];
}

function connections({ kubernetes, target: to, release }: Sections): Problem[] {
  if (kubernetes === undefined) return [];
  const uses = [
    ["target.kubernetes", to?.kubernetes],
    ["target.credentials.runner.kubernetes", to?.credentials?.runner.kubernetes],
    ["target.credentials.admin.kubernetes", to?.credentials?.admin?.kubernetes],
    ["release.kubernetes", release?.kubernetes],
  ] as const;
  const names = Object.keys(kubernetes).join(", ");
  return uses.flatMap(([path, used]) =>
    wrong(
      used !== undefined && !Object.hasOwn(kubernetes, used),
      path,
      `"${used}" is not under kubernetes; allowed: ${names}`,
    ),
  );
}

function target({ target: to }: Sections): Problem[] {
  if (to === undefined) return [];
  return [
    ...sideProblems("target", to),
    ...securityProblems("target", to),
    ...wrong(
      to.credentials?.mirror !== undefined,
      "target.credentials.mirror",
      "nothing is mirrored by this strategy; remove it, Pega's own user is named under stream.credentials",
    ),
  ];
}

function chart({ release }: Sections): Problem[] {
  if (release === undefined) return [];
  const isPath = /^(\.{0,2}\/|oci:)/.test(release.chart);
  return [
    ...wrong(
      isPath && release.repository !== undefined,
      "release.repository",
      `found with the chart "${release.chart}", which is no name in a repository; remove one of them`,
    ),
    ...wrong(
      !isPath && release.repository === undefined,
      "release.repository",
      "missing; required for a chart that is a name; set it, or write a path as ./charts/pega",
    ),
    ...duplicates("release.values", release.values),
  ];
}

function stream({ stream: wanted, target: to }: Sections): Problem[] {
  if (wanted === undefined || to === undefined) return [];
  const { credentials, certificatesSecrets, trustStore, keyStore, replicationFactor } = wanted;
  const { protocol, mechanism } = to.security;
  const made = credentials !== undefined && "user" in credentials && credentials.create;
  // Of a cluster that is made here; what stands already is measured by a gate.
  const brokers = plannedOf(to.cluster)?.brokers.replicas;
  const elsewhere = mechanism && madeElsewhere(mechanism);
  const stores = Object.entries({ trustStore, keyStore }).filter(([, file]) => file !== undefined);
  return [
    ...wrong(
      usesSasl(protocol) && credentials === undefined,
      "stream.credentials",
      `missing; required by ${protocol}; name a user of the target as {user: …}, or the release's Secret as {secret: …}`,
    ),
    ...wrong(
      made && !usesSasl(protocol),
      "stream.credentials.create",
      `found true with ${protocol}; a user is made for SASL_PLAINTEXT and SASL_SSL only`,
    ),
    ...wrong(
      made && !isMade(to.cluster) && elsewhere !== undefined,
      "stream.credentials.create",
      `found true with ${mechanism}, ${elsewhere}; allowed with ${madeMechanisms.join(", ")}`,
    ),
    ...wrong(
      brokers !== undefined && replicationFactor > brokers,
      "stream.replicationFactor",
      `found ${replicationFactor}; allowed: at most ${brokers}, the target's brokers`,
    ),
    ...stores.flatMap(([key]) =>
      wrong(
        certificatesSecrets.length === 0,
        `stream.${key}`,
        "its file comes from a Secret of stream.certificatesSecrets, which is empty; name that Secret there",
      ),
    ),
    ...stores.flatMap(([key]) =>
      wrong(
        !usesTls(protocol),
        `stream.${key}`,
        `found with ${protocol}, which has no TLS; remove it, or change target.security.protocol`,
      ),
    ),
  ];
}

const lossless = pegaStrategyNames.filter((name) => !losesUnread(name)).join(", ");

function loss({ strategy, production, lossy }: Sections): Problem[] {
  if (strategy === undefined) return [];
  if (!losesUnread(strategy)) return wrong(lossy !== undefined, "lossy", `nothing is lost by ${strategy}; remove it`);
  return [
    ...wrong(
      production === true,
      "strategy",
      `found ${strategy} on a stack with production: true; allowed there: ${lossless}, which loses nothing`,
    ),
    ...wrong(
      lossy === undefined,
      "lossy.accept",
      "missing: what is unread in the embedded stream will be lost; say in words what that is and who accepts it",
    ),
  ];
}

function beginning({ strategy, startAt }: Sections): Problem[] {
  if (strategy === undefined || startAt === undefined) return [];
  const rows = pegaTables[strategy].map(({ name }) => name as string);
  return wrong(
    !rows.includes(startAt.row),
    "startAt.row",
    `"${startAt.row}" is not in strategy "${strategy}"; allowed: ${rows.join(", ")}`,
  );
}
