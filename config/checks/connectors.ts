import { maySecret } from "../../runtime/model/may-secret.ts";
import { isConnector, type ConnectorWorkload } from "../workloads.ts";
import { inside } from "./addresses.ts";
import { absent, propertyPath, rule, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

/** What is wrong with the connectors that move, and with the Connect clusters that they move between. */
export const connectorRules: readonly Rule[] = [
  rule(["connects", "workloads"], ({ connects, workloads }) => [
    ...listed(workloads).flatMap(({ at, workload }) => clusterProblems(at, workload, Object.keys(connects))),
    ...Object.keys(connects)
      .filter((name) => !listed(workloads).some(({ workload: { connect } }) => Object.values(connect).includes(name)))
      .map((name) => ({
        path: propertyPath("connects", name),
        message: "no workload of kind connector names it, so nothing uses it; remove it, or name it there",
      })),
  ]),
  rule(["workloads"], ({ workloads }) => listed(workloads).flatMap(({ at, workload }) => valueProblems(at, workload))),
  rule(["workloads"], ({ workloads }) => sharedNames(listed(workloads))),
  rule(["kubernetes", "connects"], (config) =>
    absent(
      config,
      Object.entries(config.connects).map(([name, { kubernetes }]) => ({
        path: `${propertyPath("connects", name)}.kubernetes`,
        used: kubernetes,
      })),
    ),
  ),
  rule(["kubernetes", "workloads"], (config) =>
    absent(
      config,
      listed(config.workloads).flatMap(({ at, workload }) =>
        Object.entries(workload.secrets).map(([property, { kubernetes }]) => ({
          path: `${propertyPath(`workloads[${at}].secrets`, property)}.kubernetes`,
          used: kubernetes,
        })),
      ),
    ),
  ),
  rule(["target", "connects"], ({ target, connects }) =>
    Object.entries(connects).flatMap(([name, { urls, runnerUrls }]) =>
      wrong(
        runnerUrls === undefined &&
          (target.runnerBootstrap ?? []).some((address) => !inside(address)) &&
          urls.every((url) => inside(`${new URL(url).hostname}:${new URL(url).port || "80"}`)),
        `${propertyPath("connects", name)}.runnerUrls`,
        "missing; target.runnerBootstrap says that the machine that runs Pulumi is outside Kubernetes, where the names " +
          "under urls do not resolve; list REST addresses that it can reach",
      ),
    ),
  ),
];

interface Listed {
  /** Its place in the config's list. */
  readonly at: number;
  readonly workload: ConnectorWorkload;
}

const listed = (workloads: Sections["workloads"]): Listed[] =>
  workloads.flatMap((workload, at) => (isConnector(workload) ? [{ at, workload }] : []));

function clusterProblems(at: number, { connect }: ConnectorWorkload, names: readonly string[]): Problem[] {
  return [
    ...(["source", "target"] as const).flatMap((side) =>
      wrong(
        !names.includes(connect[side]),
        `workloads[${at}].connect.${side}`,
        `"${connect[side]}" is not under connects; allowed: ${names.join(", ") || "none, name the Connect clusters there"}`,
      ),
    ),
    ...wrong(
      connect.source === connect.target,
      `workloads[${at}].connect.target`,
      `found "${connect.target}", where it already runs; allowed: the target's Connect cluster`,
    ),
  ];
}

function valueProblems(at: number, { rewrites, secrets }: ConnectorWorkload): Problem[] {
  const path = `workloads[${at}].rewrites`;
  return Object.entries(rewrites).flatMap(([property, value]) => [
    ...wrong(property === "name", propertyPath(path, property), "set by renamed; remove it here"),
    ...wrong(
      maySecret(property, value),
      propertyPath(path, property),
      "a password does not belong here; remove it, and name a Secret under secrets of the workload",
    ),
    ...wrong(property in secrets, propertyPath(path, property), "it is also under secrets; keep it in one of them"),
  ]);
}

/** Two connectors of one name on one Connect cluster would be one. */
function sharedNames(connectors: readonly Listed[]): Problem[] {
  return connectors.flatMap(({ at, workload: { name, renamed = name, connect } }, index) =>
    wrong(
      connectors
        .slice(0, index)
        .some(({ workload: one }) => (one.renamed ?? one.name) === renamed && one.connect.target === connect.target),
      `workloads[${at}].${renamed === name ? "name" : "renamed"}`,
      `found "${renamed}", which is also another connector's name on Connect "${connect.target}"; allowed: a name that no other connector has`,
    ),
  );
}
