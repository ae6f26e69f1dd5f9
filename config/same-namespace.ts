import type { StackConfig } from "./schema.ts";

/** One place for objects: a Kubernetes API and a namespace in it, judged by the config alone. */
export function placeOf({ kubernetes }: Pick<StackConfig, "kubernetes">, name: string): string {
  const { kubeconfig, context, namespace } = kubernetes[name] ?? {};
  return JSON.stringify([kubeconfig ?? "", context ?? "", namespace ?? name]);
}

/** Whether two connections of the config lead to one namespace. */
export const sameNamespace = (config: Pick<StackConfig, "kubernetes">, a: string, b: string): boolean =>
  placeOf(config, a) === placeOf(config, b);
