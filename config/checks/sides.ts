import type { StackConfig } from "../schema.ts";
import { securityProblems } from "./security.ts";
import { rule, sides } from "./rule.ts";
import type { Problem, Rule, Sections, Side } from "./rule.ts";

/** What is wrong with source, target and the Kubernetes connections, each and together. */
export const sideRules: readonly Rule[] = [
  rule(["kubernetes", "source", "target", "workloads"], (config) =>
    kubernetesUses(config)
      .filter(({ used }) => !Object.hasOwn(config.kubernetes, used))
      .map(({ path, used }) => ({
        path,
        message: `"${used}" is not under kubernetes; allowed: ${Object.keys(config.kubernetes).join(", ")}`,
      })),
  ),
  rule(["source"], ({ source }) => [...sideProblems("source", source), ...securityProblems("source", source)]),
  rule(["target"], ({ target }) => [...sideProblems("target", target), ...securityProblems("target", target)]),
  rule(["kubernetes", "source", "target", "workloads"], unresolvable),
  rule(["source", "target"], ({ source, target }) => {
    const same =
      source.cluster.kind !== "external" &&
      target.cluster.kind !== "external" &&
      source.kubernetes === target.kubernetes &&
      source.cluster.name === target.cluster.name;
    if (same) return [{ path: "target.cluster.name", message: "source and target are the same Kafka object" }];
    return (["bootstrap", "runnerBootstrap"] as const).flatMap((key) => {
      const shared = (source[key] ?? []).find((address) => target[key]?.includes(address));
      return shared
        ? [{ path: `target.${key}`, message: `${shared} is the source's address; the sides must differ` }]
        : [];
    });
  }),
  rule(["source", "target"], ({ source, target }) =>
    source.clusterId !== undefined && source.clusterId === target.clusterId
      ? [{ path: "target.clusterId", message: "it is the source's cluster id; the sides must differ" }]
      : [],
  ),
  rule(["target"], ({ target }) => {
    const controllers = target.cluster.kind === "kubedb" ? (target.cluster.topology?.controller.replicas ?? 1) : 1;
    return controllers % 2 === 0
      ? [
          {
            path: "target.cluster.topology.controller.replicas",
            message: `${controllers} controllers survive no more failures than ${controllers - 1}; allowed: an odd number`,
          },
        ]
      : [];
  }),
];

function sideProblems(side: Side, config: StackConfig["source"]): Problem[] {
  const { security, credentials, cluster, bootstrap } = config;
  const sasl = security.protocol.startsWith("SASL_");
  const wrong = (key: string, message: string, when: boolean): Problem[] =>
    when ? [{ path: `${side}.${key}`, message }] : [];
  return [
    ...wrong(
      "security.mechanism",
      `required by ${security.protocol}; allowed: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512`,
      sasl && !security.mechanism,
    ),
    ...wrong(
      "credentials",
      `required by ${security.protocol}; name a Secret as runner: {secret: …}`,
      sasl && !credentials,
    ),
    ...wrong(
      "bootstrap",
      "required for a cluster of kind external; list its brokers as host:port",
      cluster.kind === "external" && !bootstrap,
    ),
  ];
}

function kubernetesUses(config: Pick<Sections, "source" | "target" | "workloads">): { path: string; used: string }[] {
  const bySide = sides.flatMap((side) => [
    { path: `${side}.kubernetes`, used: config[side].kubernetes },
    ...(["runner", "admin", "mirror"] as const).flatMap((role) => {
      const used = config[side].credentials?.[role]?.kubernetes;
      return used === undefined ? [] : [{ path: `${side}.credentials.${role}.kubernetes`, used }];
    }),
  ]);
  const workloads = config.workloads.flatMap((workload, index) =>
    workload.kubernetes === undefined ? [] : [{ path: `workloads[${index}].kubernetes`, used: workload.kubernetes }],
  );
  return [...bySide, ...workloads];
}

/** A KubeDB service's name means nothing outside its own Kubernetes cluster. */
function unresolvable(config: Pick<Sections, "kubernetes" | "source" | "target" | "workloads">): Problem[] {
  const differ = (a: string, b: string): boolean => {
    const [one, other] = [config.kubernetes[a], config.kubernetes[b]];
    if (!one || !other) return false;
    return one.kubeconfig !== other.kubeconfig || one.context !== other.context;
  };
  const readers = [
    { what: "MirrorMaker 2", kubernetes: config.target.kubernetes },
    ...config.workloads.map(({ name, kubernetes }) => ({
      what: `workload "${name}"`,
      kubernetes: kubernetes ?? config.source.kubernetes,
    })),
  ];
  return sides.flatMap((side) => {
    const { bootstrap, cluster, kubernetes } = config[side];
    const outside = readers.find((reader) => differ(reader.kubernetes, kubernetes));
    return bootstrap || cluster.kind === "external" || !outside
      ? []
      : [
          {
            path: `${side}.bootstrap`,
            message: `missing; ${outside.what} runs under "${outside.kubernetes}", where the service's name of the brokers under "${kubernetes}" does not resolve; list addresses that it reaches`,
          },
        ];
  });
}
