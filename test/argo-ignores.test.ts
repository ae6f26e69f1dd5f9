import assert from "node:assert/strict";
import { applicationOf, fieldsOf, leavesAlone, type Application } from "../runtime/workloads/owners.ts";
import type { KubernetesWorkloadRef } from "../runtime/model/workloads.ts";
import type { IgnoreRule } from "../runtime/workloads/argo-ignores.ts";

const secret = { kubernetes: { namespace: "shop" }, name: "s" };
const workload: KubernetesWorkloadRef = {
  ...{ name: "web", kind: "Deployment", kubernetes: { namespace: "shop" }, role: "producer", groups: [] },
  fields: [
    { place: { container: "app", env: "BOOTSTRAP" }, on: { source: { text: "a" }, target: { text: "b" } } },
    { place: { container: "app", env: "LOGIN" }, on: { source: { secret, key: "k" }, target: { secret, key: "k" } } },
  ],
};
const env = [
  { name: "OTHER", value: "x" },
  { name: "BOOTSTRAP", value: "a" },
  { name: "LOGIN", valueFrom: {} },
];
const web = {
  spec: {
    replicas: 2,
    template: { spec: { containers: [{ name: "sidecar" }, { name: "app", env }] } },
  },
};
const identity = { group: "apps", kind: "Deployment", namespace: "shop", name: "web" };
const application = (rules: readonly IgnoreRule[], syncOptions = ["RespectIgnoreDifferences=true"]): Application => ({
  metadata: { name: "prod", namespace: "argocd" },
  spec: { syncPolicy: { automated: {}, syncOptions }, ignoreDifferences: rules },
});
const alone = (rule: Partial<IgnoreRule>, more: readonly IgnoreRule[] = []) =>
  leavesAlone(
    application([{ group: "apps", kind: "Deployment", ...rule }, ...more]),
    identity,
    web,
    fieldsOf(workload, web),
  );

describe("an application of Argo CD", () => {
  const containers = "/spec/template/spec/containers";
  const app = '.spec.template.spec.containers[] | select(.name == "app")';
  const ignoring: [string, Partial<IgnoreRule>][] = [
    ["by pointers", { jsonPointers: ["/spec/replicas", containers] }],
    ["by pointers into lists", { jsonPointers: ["/spec/replicas", `${containers}/1/env/1`, `${containers}/1/env/2`] }],
    ["by paths", { jqPathExpressions: [".spec.replicas", ".spec.template.spec.containers[].env"] }],
    [
      "by paths to some variables",
      { jqPathExpressions: [".spec.replicas", `${app} | .env[]? | select(.name == "BOOTSTRAP" or .name == "LOGIN")`] },
    ],
    [
      "by paths to their values",
      {
        jqPathExpressions: [
          '.spec["replicas"]',
          `${app}.env[] | select(.name=="BOOTSTRAP").value`,
          `${app}.env[] | select(.name=="LOGIN").valueFrom`,
        ],
      },
    ],
    ["of any kind", { kind: "*", group: "*", jsonPointers: ["/spec"] }],
    [
      "by the manager that writes addresses",
      { jsonPointers: ["/spec/replicas"], managedFieldsManagers: ["kafka-migration"] },
    ],
  ];
  for (const [how, rule] of ignoring) it(`leaves alone what it ignores ${how}`, () => assert.ok(alone(rule)));

  const keeping: [string, Partial<IgnoreRule>][] = [
    ["the replicas", { jsonPointers: [containers] }],
    ["a variable", { jqPathExpressions: [".spec.replicas", `${app}.env[] | select(.name == "BOOTSTRAP")`] }],
    ["where a variable is read from", { jqPathExpressions: [".spec.replicas", `${app}.env[].value`] }],
    ["another container's", { jqPathExpressions: [".spec.replicas", ".spec.template.spec.containers[0].env"] }],
    ["what more than a path may find", { jqPathExpressions: ['.spec | paths | select(. == "x")'] }],
    ["another object", { name: "other", jsonPointers: ["/spec"] }],
    ["an object whose name is no pattern", { name: "*", jsonPointers: ["/spec"] }],
    ["what another manager writes", { jsonPointers: ["/spec/replicas"], managedFieldsManagers: ["kubectl"] }],
    ["the replicas, whoever writes addresses", { managedFieldsManagers: ["kafka-migration"] }],
  ];
  for (const [what, rule] of keeping) it(`keeps ${what}`, () => assert.ok(!alone(rule)));

  it("keeps what it ignores in comparing alone", () => {
    const rule = { group: "apps", kind: "Deployment", jsonPointers: ["/spec"] };
    assert.ok(!leavesAlone(application([rule], []), identity, web, fieldsOf(workload, web)));
  });

  it("is found by its tracking id, by the label of before, and by what it says it has", () => {
    const other: Application = { metadata: { name: "other", namespace: "argocd" } };
    const prod: Application = { ...application([]), metadata: { name: "prod", namespace: "team" } };
    const lists: Application = { ...other, status: { resources: [{ ...identity }] } };
    assert.equal(applicationOf([other, prod], "prod", identity), prod);
    assert.equal(applicationOf([other, prod], "team_prod", identity), prod);
    assert.equal(applicationOf([prod, lists], null, identity), lists);
    assert.equal(applicationOf([prod, other], null, identity), undefined);
    assert.equal(
      applicationOf([prod, { ...lists, status: { resources: [{ ...identity, name: "x" }] } }], null, identity),
      undefined,
    );
  });
});
