/** Makes the lab's API server refuse changes, as a webhook, a policy or rights that were taken away would. */
import { setTimeout as sleep } from "node:timers/promises";
import { lab } from "../../../lab/lab.ts";
import { connect } from "../../../lab/kubernetes.ts";

export interface Forbidden {
  /** Such as `configmaps` or `deployments/scale`. */
  readonly resource: string;
  readonly apiGroup: string;
  /** What must hold of `object`, in CEL. */
  readonly expression: string;
  readonly message: string;
}

/** Milliseconds after which the API server has taken a policy up. */
const effective = 1_500;

/** Creates a ValidatingAdmissionPolicy; returns what takes it away again. */
export async function forbid({ resource, apiGroup, expression, message }: Forbidden): Promise<() => Promise<void>> {
  const { objects } = connect(lab.kubeconfig);
  const apiVersion = "admissionregistration.k8s.io/v1";
  const name = "forbidden-by-the-test";
  const policy = {
    ...{ apiVersion, kind: "ValidatingAdmissionPolicy", metadata: { name } },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [{ apiGroups: [apiGroup], apiVersions: ["v1"], operations: ["UPDATE"], resources: [resource] }],
      },
      validations: [{ expression, message }],
    },
  };
  const binding = {
    ...{ apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata: { name } },
    spec: { policyName: name, validationActions: ["Deny"] },
  };
  await objects.create(policy);
  await objects.create(binding);
  await sleep(effective);
  return async () => {
    await objects.delete(binding);
    await objects.delete(policy);
    await sleep(effective);
  };
}
