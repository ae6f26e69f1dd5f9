import { orNull, readSecret, type AnyObject, type Api } from "../kubernetes.ts";

/** A variable's source does not exist; the pod waits for it as in Kubernetes. */
export class MissingReference extends Error {}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly configMapKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
    readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

/** The environment of a pod's container: `env` and `envFrom`, read now, `$(NAME)` replaced. */
export async function containerEnvironment(
  api: Api,
  pod: AnyObject,
  given: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const namespace = pod.metadata?.namespace ?? "";
  const container = pod["spec"].containers[0];
  const result: Record<string, string> = { ...given };
  for (const { configMapRef, secretRef, prefix = "" } of container.envFrom ?? []) {
    const name = (configMapRef ?? secretRef).name as string;
    const values = configMapRef ? await readConfigMap(api, namespace, name) : await readSecret(api, namespace, name);
    if (!values && !(configMapRef ?? secretRef).optional) throw missing(configMapRef ? "ConfigMap" : "Secret", name);
    for (const [key, value] of Object.entries(values ?? {})) result[`${prefix}${key}`] = value;
  }
  for (const variable of (container.env ?? []) as Variable[]) {
    const value = await valueOf(api, pod, variable);
    if (value !== undefined) result[variable.name] = expand(value, result);
  }
  return result;
}

/** Replaces `$(NAME)` by a variable's value; `$$` stands for one dollar sign, an unknown name stays as it is. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([^)]+)\)/g, (whole, name?: string) =>
    name === undefined ? "$" : (variables[name] ?? whole),
  );
}

async function valueOf(api: Api, pod: AnyObject, { name, value, valueFrom }: Variable): Promise<string | undefined> {
  if (!valueFrom) return value ?? "";
  const namespace = pod.metadata?.namespace ?? "";
  const { configMapKeyRef: configMap, secretKeyRef: secret, fieldRef } = valueFrom;
  if (configMap) {
    const values = await readConfigMap(api, namespace, configMap.name);
    return pick(values, "ConfigMap", configMap);
  }
  if (secret) return pick(await readSecret(api, namespace, secret.name), "Secret", secret);
  const fields: Record<string, string | undefined> = {
    "metadata.name": pod.metadata?.name,
    "metadata.namespace": namespace,
    "metadata.uid": pod.metadata?.uid,
    "spec.nodeName": pod["spec"].nodeName,
    "status.podIP": "127.0.0.1",
  };
  const field = fields[fieldRef?.fieldPath ?? ""];
  if (field === undefined)
    throw new MissingReference(`the lab cannot fill the variable ${name} from ${JSON.stringify(valueFrom)}`);
  return field;
}

function pick(
  values: Readonly<Record<string, string>> | null,
  kind: string,
  { name, key, optional }: { name: string; key: string; optional?: boolean },
): string | undefined {
  const value = values?.[key];
  if (value !== undefined || optional) return value;
  throw values ? new MissingReference(`couldn't find key ${key} in ${kind} "${name}"`) : missing(kind, name);
}

const missing = (kind: string, name: string) => new MissingReference(`${kind.toLowerCase()} "${name}" not found`);

/** A ConfigMap's values, or null if it does not exist. */
export async function readConfigMap(api: Api, namespace: string, name: string): Promise<Record<string, string> | null> {
  const found = await orNull(api.core.readNamespacedConfigMap({ namespace, name }));
  return found && (found.data ?? {});
}
