import { kafkaObjectOf } from "../../runtime/model/platforms/platforms.ts";
import { kubernetesWorkloads } from "../workloads.ts";
import { duplicates, rule, sameApi, sides, wrong, type Problem, type Rule, type Sections, type Side } from "./rule.ts";

type Key = "bootstrap" | "runnerBootstrap";

/** What is wrong with the addresses of the sides and of Connect: which client can reach which address. */
export const addressRules: readonly Rule[] = [
  ...sides.flatMap((side) =>
    (["bootstrap", "runnerBootstrap"] as const).map((key) =>
      rule([side], (config) => duplicates(`${side}.${key}`, (config[side][key] ?? []).map(normal))),
    ),
  ),
  rule(["connect"], ({ connect }) => duplicates("connect.runnerUrls", connect.runnerUrls ?? [])),
  rule(["kubernetes", "source", "target"], (config) =>
    (["bootstrap", "runnerBootstrap"] as const).flatMap((key) => shared(config, key)),
  ),
  rule(["kubernetes", "source", "target", "workloads"], unresolvable),
  rule(["kubernetes", "source", "target"], twoInsides),
  rule(["target", "connect"], ({ target, connect }) =>
    wrong(
      connect.runnerUrls === undefined && (target.runnerBootstrap ?? []).some((address) => !inside(address)),
      "connect.runnerUrls",
      "missing; target.runnerBootstrap says that the machine that runs Pulumi is outside Kubernetes, where the name of " +
        "Connect's service does not resolve; list REST addresses that it can reach",
    ),
  ),
];

/** A service's name, which resolves inside its Kubernetes cluster only. */
export const inside = (address: string): boolean => /\.svc:\d+$/.test(normal(address));

/** One spelling of an address that has several. */
const normal = (address: string): string =>
  address
    .toLowerCase()
    .replace(/\.(?=:\d+$)/, "")
    .replace(/\.svc\.cluster\.local:/, ".svc:")
    .replace(/:0+(?=\d)/, ":");

interface Listed {
  readonly path: string;
  readonly address: string;
  /** False for the service's name that the platform gives. */
  readonly written: boolean;
}

/** The addresses that count for a key, defaults included, each with the place where it comes from. */
function listed(config: Pick<Sections, "kubernetes" | Side>, side: Side, key: Key): Listed[] {
  const { cluster, kubernetes, ...addresses } = config[side];
  const written = addresses[key];
  if (written) return written.map((address, at) => ({ path: `${side}.${key}[${at}]`, address, written: true }));
  if (key === "runnerBootstrap") return listed(config, side, "bootstrap");
  const object = kafkaObjectOf(cluster);
  if (object === null) return [];
  const address = object.kafka.bootstrap(object.name, config.kubernetes[kubernetes]?.namespace ?? kubernetes);
  return [{ path: `${side}.bootstrap`, address, written: false }];
}

/** One address on both sides. A service's name of another Kubernetes cluster is another address. */
function shared(config: Pick<Sections, "kubernetes" | Side>, key: Key): Problem[] {
  const together = sameApi(config, config.source.kubernetes, config.target.kubernetes);
  const counts = ({ address }: Listed) => together || !inside(address);
  const ours = listed(config, "source", key).filter(counts);
  // Two references to one Kafka object are reported by another rule, by their name.
  const same = (one: Listed, other: Listed) =>
    (one.written || other.written) && normal(one.address) === normal(other.address);
  return listed(config, "target", key)
    .filter((theirs) => counts(theirs) && ours.some((one) => same(one, theirs)))
    .map(({ path, address }) => ({
      path,
      message: `found ${address}, which is also an address of the source; allowed: brokers of the target only; correct one of the two`,
    }));
}

/** A service's name means nothing outside its own Kubernetes cluster. */
function unresolvable(config: Pick<Sections, "kubernetes" | "source" | "target" | "workloads">): Problem[] {
  const readers = [
    { what: "MirrorMaker 2", kubernetes: config.target.kubernetes },
    ...kubernetesWorkloads(config.workloads).map(({ workload: { name, kubernetes } }) => ({
      what: `workload "${name}"`,
      kubernetes: kubernetes ?? config.source.kubernetes,
    })),
  ];
  return sides.flatMap((side) => {
    const { bootstrap, cluster, kubernetes } = config[side];
    const outside = readers.find(
      (reader) => reader.kubernetes in config.kubernetes && !sameApi(config, reader.kubernetes, kubernetes),
    );
    const unreachable = kafkaObjectOf(cluster) !== null && (bootstrap ?? []).every(inside);
    const found = bootstrap ? `found ${bootstrap.join(", ")}` : "missing";
    return wrong(
      unreachable && outside !== undefined && kubernetes in config.kubernetes,
      `${side}.bootstrap`,
      `${found}; ${outside?.what} runs under "${outside?.kubernetes}", where the service name of the brokers under "${kubernetes}" does not resolve; list addresses that it can reach`,
    );
  });
}

/** The machine that runs Pulumi is inside one Kubernetes cluster at most. */
function twoInsides(config: Pick<Sections, "kubernetes" | Side>): Problem[] {
  const [source, target] = sides.map((side) => listed(config, side, "runnerBootstrap"));
  const { kubernetes } = config;
  const [one, other] = [config.source.kubernetes, config.target.kubernetes];
  const apart = one in kubernetes && other in kubernetes && !sameApi(config, one, other);
  const only = (list: readonly Listed[] | undefined) =>
    list?.length !== 0 && list?.every(({ address }) => inside(address));
  return wrong(
    apart && only(source) === true && only(target) === true,
    "target.runnerBootstrap",
    `missing; both sides have only service names, ${source?.[0]?.address} inside "${one}" and ` +
      `${target?.[0]?.address} inside "${other}", and the machine that runs Pulumi can be in only one of ` +
      `them; list addresses that it can reach`,
  );
}
