import { usesSasl, usesTls } from "../runtime/model/protocol.ts";
import { caSecretOf } from "./clusters.ts";
import type { StackConfig } from "./schema.ts";

type Part = "user" | "ca" | "client";

/** Secrets with which the UI reads one side. */
export interface UiSecrets extends Partial<Record<Part, string>> {
  /** Secrets that the side needs and that are where the UI's pod cannot read them. */
  readonly elsewhere: readonly { readonly part: Part; readonly secret: string; readonly kubernetes: string }[];
}

/** The Secrets named for the UI, else the side's own if they are in the target's namespace, where the UI runs. */
export function uiSecrets(
  config: Pick<StackConfig, "source" | "target"> & { readonly ui: NonNullable<StackConfig["ui"]> },
  side: "source" | "target",
): UiSecrets {
  const { security, credentials, kubernetes } = config[side];
  const runner = usesSasl(security.protocol) ? credentials?.runner : undefined;
  const tls = usesTls(security.protocol);
  const own: Record<Part, { secret: string | undefined; kubernetes: string }> = {
    user: { secret: runner?.secret, kubernetes: runner?.kubernetes ?? kubernetes },
    ca: { secret: caSecretOf(config[side]), kubernetes },
    client: { secret: tls ? security.clientSecret : undefined, kubernetes },
  };
  const used: Partial<Record<Part, string>> = {};
  const elsewhere: { part: Part; secret: string; kubernetes: string }[] = [];
  for (const part of ["user", "ca", "client"] as const) {
    const { secret, kubernetes: where } = own[part];
    const named = config.ui[side][part];
    if (named !== undefined) used[part] = named;
    else if (secret !== undefined && where === config.target.kubernetes) used[part] = secret;
    else if (secret !== undefined) elsewhere.push({ part, secret, kubernetes: where });
  }
  return { ...used, elsewhere };
}
