/** Looks for what must be there before anything is made, so that nothing waits for what never comes. */
import type { Need, PrerequisitesInputs } from "../model/inputs.ts";
import { settleAll } from "../model/settle-all.ts";
import type { KubernetesRef } from "../model/sides.ts";
import { apiCode, apiMessage, clients, type KubernetesClients } from "./kubernetes.ts";

/** One sentence for each thing that is not there. Rejects where a Kubernetes cannot be asked. */
export async function lacking({ needs }: PrerequisitesInputs): Promise<string[]> {
  const found = await Promise.all(
    [...Map.groupBy(needs, ({ kubernetes }) => JSON.stringify(kubernetes)).values()].map(async (same) => {
      const at = same[0]!.kubernetes;
      const api = await clients(at);
      // One before the others: a Kubernetes that does not answer is not waited for again and again.
      const [first, ...others] = same;
      const reason = await lack(api, at, first!.need);
      const reasons = [reason, ...(await settleAll(others.map(({ need }) => lack(api, at, need))))];
      return reasons.filter((reason) => reason !== null);
    }),
  );
  return found.flat();
}

/** The same for a preview, where a Kubernetes that does not answer is no reason to stop. */
export async function glanceLacking(inputs: PrerequisitesInputs): Promise<string[]> {
  try {
    return await lacking(inputs);
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return [];
  }
}

/** As `kubectl` names it: `deployments.apps`; a subresource after a slash. */
function nameOf({ plural, group }: Need): string {
  const [resource, ...subresource] = plural.split("/");
  return [group === "" ? resource : `${resource}.${group}`, ...subresource].join("/");
}

/** `deployments.apps --subresource=scale`, as `kubectl auth can-i` takes it. */
const asked = (need: Need): string => nameOf(need).replace("/", " --subresource=");

async function lack(api: KubernetesClients, at: KubernetesRef, need: Need): Promise<string | null> {
  return need.kind === "served" ? notServed(api, need) : notAllowed(api, at, need);
}

async function notServed(api: KubernetesClients, need: Extract<Need, { kind: "served" }>): Promise<string | null> {
  const { group, version, plural, title } = need;
  try {
    const { resources = [] } = (await api.get(`/apis/${group}/${version}`)) as { resources?: { name?: string }[] };
    if (resources.some(({ name }) => name === plural)) return null;
  } catch (error) {
    if (apiCode(error) !== 404) {
      throw new Error(`could not look for ${nameOf(need)} at ${api.server}: ${apiMessage(error)}`);
    }
  }
  return (
    `${title} is not installed at ${api.server}: it has no ${nameOf(need)} of version ${version}; install it there, ` +
    "or correct the connection under kubernetes"
  );
}

async function notAllowed(
  api: KubernetesClients,
  { namespace }: KubernetesRef,
  need: Extract<Need, { kind: "allowed" }>,
): Promise<string | null> {
  const { verb, group, plural } = need;
  const [resource, subresource] = plural.split("/");
  const attributes = { namespace, verb, group, resource: resource!, ...(subresource && { subresource }) };
  const review = { spec: { resourceAttributes: attributes } };
  try {
    const { status } = await api.authorization.createSelfSubjectAccessReview({ body: review });
    if (status?.allowed !== false) return null;
  } catch (error) {
    // An API server that does not say what is allowed will say it when it is asked to do it.
    if (apiCode(error) === 403 || apiCode(error) === 404) return null;
    throw new Error(
      `could not ask whether ${verb} of ${nameOf(need)} is allowed at ${api.server}: ${apiMessage(error)}`,
    );
  }
  return (
    `the runner is not allowed to ${verb} ${nameOf(need)} in namespace ${namespace} at ${api.server}; grant it: ` +
    `kubectl auth can-i ${verb} ${asked(need)} -n ${namespace} has to say yes`
  );
}
