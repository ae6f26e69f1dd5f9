/** Objects that may already exist: a namespace is left as it is, a cluster that the program would create is refused. */
import type { NamespaceInputs, UnclaimedInputs } from "../model/inputs.ts";
import { platformOfApi } from "../model/platforms/platforms.ts";
import { apiCode, apiMessage, clients } from "./kubernetes.ts";

/** Creates a namespace; an existing one stays as it is, whoever created it. */
export async function ensureNamespace({ kubernetes }: NamespaceInputs): Promise<{ found: boolean }> {
  const { core, server } = await clients(kubernetes);
  try {
    await core.createNamespace({ body: { metadata: { name: kubernetes.namespace } } });
    return { found: false };
  } catch (error) {
    if (apiCode(error) === 409) return { found: true };
    throw new Error(`could not create namespace ${kubernetes.namespace} at ${server}: ${apiMessage(error)}`);
  }
}

/** Why an object must not be created: a sentence if one of that name already exists, else null. */
export async function claimedBy(inputs: UnclaimedInputs): Promise<string | null> {
  const { custom, server } = await clients(inputs.kubernetes);
  const [group = "", version = ""] = inputs.apiVersion.split("/");
  const { namespace } = inputs.kubernetes;
  const what = `${inputs.kind} ${namespace}/${inputs.name}`;
  try {
    await custom.getNamespacedCustomObject({ group, version, namespace, plural: inputs.plural, name: inputs.name });
  } catch (error) {
    if (apiCode(error) === 404) return null;
    throw new Error(`could not check whether ${what} already exists at ${server}: ${apiMessage(error)}`);
  }
  return (
    `${what} already exists, and creating it here would overwrite what is set there; ` +
    `set ${inputs.setting} to ${platformOfApi(inputs.apiVersion).existing} to use it as it is, or choose another name`
  );
}

/** The same for a preview, where a Kubernetes that does not answer is no reason to stop. */
export async function glanceClaimed(inputs: UnclaimedInputs): Promise<string | null> {
  try {
    return await claimedBy(inputs);
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return null;
  }
}
