import { sameNamespace } from "./same-namespace.ts";
import type { StackConfig } from "./schema.ts";

type Part = "user" | "ca";

/** Secrets with which a pod beside the target reaches a side's registry. */
export interface RegistrySecrets extends Partial<Record<Part, string>> {
  /** Secrets that the registry needs and that are where the pod cannot read them. */
  readonly elsewhere: readonly { readonly part: Part; readonly secret: string; readonly kubernetes: string }[];
}

/** The Secrets named for the schema copy, else the registry's own if they are in the target's namespace. */
export function registrySecrets(
  config: Pick<StackConfig, "kubernetes" | "source" | "target" | "inCluster">,
  side: "source" | "target",
): RegistrySecrets {
  const { registry, kubernetes } = config[side];
  const own: Record<Part, { secret: string | undefined; kubernetes: string }> = {
    user: { secret: registry?.credentials?.secret, kubernetes: registry?.credentials?.kubernetes ?? kubernetes },
    ca: { secret: registry?.caSecret, kubernetes },
  };
  const used: Partial<Record<Part, string>> = {};
  const elsewhere: { part: Part; secret: string; kubernetes: string }[] = [];
  for (const part of ["user", "ca"] as const) {
    const { secret, kubernetes: where } = own[part];
    const named = config.inCluster?.schemas?.[side][part];
    if (named !== undefined) used[part] = named;
    else if (secret !== undefined && sameNamespace(config, where, config.target.kubernetes)) used[part] = secret;
    else if (secret !== undefined) elsewhere.push({ part, secret, kubernetes: where });
  }
  return { ...used, elsewhere };
}
