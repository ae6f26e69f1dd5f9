import { addressesOf, kubernetesWorkloads, type KubernetesWorkload } from "../workloads.ts";
import { absent, duplicates, placeOf, rule, sides, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

/** What is wrong with the registries, and with the users and registries of workloads, each and together. */
export const registryRules: readonly Rule[] = [
  rule(["source", "target"], ({ source, target }) =>
    sides.flatMap((side) => {
      const [here, there] = side === "source" ? [source, target] : [target, source];
      return wrong(
        here.registry === undefined && there.registry !== undefined,
        `${side}.registry`,
        "missing; schemas move from one registry to the other; name both, or neither if both sides share one",
      );
    }),
  ),
  ...sides.flatMap((side) =>
    (["urls", "runnerUrls"] as const).map((key) =>
      rule([side], (config) => duplicates(`${side}.registry.${key}`, (config[side].registry?.[key] ?? []).map(plain))),
    ),
  ),
  rule(["source", "target"], ({ source, target }) =>
    (["urls", "runnerUrls"] as const).flatMap((key) => {
      const ours = (source.registry?.[key] ?? []).map(plain);
      return (target.registry?.[key] ?? []).flatMap((url, at) =>
        wrong(
          ours.includes(plain(url)),
          `target.registry.${key}[${at}]`,
          "it is also an address of the source's registry; allowed: the target's own, or no registry on either side if they share one",
        ),
      );
    }),
  ),
  ...sides.map((side) =>
    rule(["kubernetes", side], (config) =>
      absent(config, [
        { path: `${side}.registry.credentials.kubernetes`, used: config[side].registry?.credentials?.kubernetes },
      ]),
    ),
  ),
  rule(["kubernetes", "workloads"], (config) =>
    absent(
      config,
      kubernetesWorkloads(config.workloads).flatMap(({ at, workload }) =>
        loginsOf(workload).flatMap(({ key, login }) =>
          sides.map((side) => ({
            path: `workloads[${at}].${key}.${side}.kubernetes`,
            used: login[side].kubernetes,
          })),
        ),
      ),
    ),
  ),
  rule(["source", "target", "workloads"], ({ source, target, workloads }) =>
    kubernetesWorkloads(workloads).flatMap(({ at, workload }) =>
      wrong(
        workload.registry !== undefined && source.registry === undefined && target.registry === undefined,
        `workloads[${at}].registry`,
        "found, but neither side has a registry; name both as source.registry and target.registry, or remove it",
      ),
    ),
  ),
  rule(["source", "target", "schemas"], ({ source, target, schemas }) =>
    wrong(
      schemas.readers.length > 0 && (source.registry === undefined || target.registry === undefined),
      "schemas.readers",
      "found, but what records are written with is known from registries alone; name source.registry and target.registry, or remove it",
    ),
  ),
  rule(["schemas", "migratedTopics"], ({ schemas, migratedTopics }) =>
    schemas.readers.flatMap(({ topic }, at) =>
      wrong(
        !migratedTopics.includes(topic),
        `schemas.readers[${at}].topic`,
        `"${topic}" is not migrated; allowed: a topic that is, see topics.migrate`,
      ),
    ),
  ),
  rule(["kubernetes", "source", "workloads"], (config) =>
    kubernetesWorkloads(config.workloads).flatMap(({ at, workload }) =>
      loginsOf(workload).flatMap(({ key, login }) => loginProblems(config, workload, `workloads[${at}].${key}`, login)),
    ),
  ),
  rule(["workloads"], ({ workloads }) =>
    kubernetesWorkloads(workloads).flatMap(({ at, workload }) => {
      const addresses = addressesOf(workload);
      return addresses.flatMap(({ path, address }, index) => {
        const other = addresses.slice(0, index).find((one) => JSON.stringify(one.address) === JSON.stringify(address));
        return wrong(
          other !== undefined,
          `workloads[${at}].${path}`,
          `found the same place as for ${other?.path}, but one place holds one value; name another`,
        );
      });
    }),
  ),
];

/** One spelling of a URL. */
const plain = (url: string): string => url.toLowerCase().replace(/\/+$/, "");

type Named = { readonly key: string; readonly login: NonNullable<KubernetesWorkload["login"]> };

function loginsOf({ login, registry }: KubernetesWorkload): Named[] {
  return [
    ...(login ? [{ key: "login", login }] : []),
    ...(registry?.login ? [{ key: "registry.login", login: registry.login }] : []),
  ];
}

function loginProblems(
  config: Pick<Sections, "kubernetes" | "source">,
  workload: KubernetesWorkload,
  path: string,
  login: Named["login"],
): Problem[] {
  const home = workload.kubernetes ?? config.source.kubernetes;
  const { password, username } = login;
  return [
    ...wrong(
      "configMap" in password,
      `${path}.password`,
      "found a ConfigMap, which is not for secrets; allowed: a key of a Secret, or a container's env variable that is read from one",
    ),
    ...sides.flatMap((side) => {
      const { secret, kubernetes = home } = login[side];
      const elsewhere = placeOf(config, kubernetes) !== placeOf(config, home);
      const itself = [username, password].some(
        (address) => address !== undefined && "secret" in address && address.secret === secret && !elsewhere,
      );
      return [
        // The variable refers to the Secret itself, and a pod can only read those of its own namespace.
        ...wrong(
          elsewhere && [username, password].some((address) => address !== undefined && "container" in address),
          `${path}.${side}.kubernetes`,
          `found "${kubernetes}", but pods under "${home}" can only read variables from Secrets there; allowed: a Secret there, or a Secret's key as ${path}.password`,
        ),
        ...wrong(
          itself,
          `${path}.${side}.secret`,
          "it is the Secret that the pods read, which the switch overwrites with the other side's user; allowed: another Secret with this side's user",
        ),
      ];
    }),
  ];
}
