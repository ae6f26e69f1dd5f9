import { connect } from "../kubernetes.ts";
import type { Lab } from "../layout.ts";
import { helm, installRelease, release, untilReady } from "./release.ts";

const recordsPerPod = 50;

/** Installs the release where it is missing, and waits until its tiers are ready. */
export async function pegaUp(
  lab: Lab,
  { onProgress, signal }: { readonly onProgress: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const api = connect(lab.kubeconfig);
  const listed = JSON.parse(await helm(lab, ["list", "--all", "--output", "json"])) as { name: string }[];
  if (listed.some(({ name }) => name === release.name)) {
    onProgress(`release ${release.namespace}/${release.name}: installed already, it stays as it is`);
    return;
  }
  await installRelease(lab, api, { perPod: recordsPerPod });
  onProgress(`release ${release.namespace}/${release.name}: installed by helm`);
  await untilReady(api, ["stream", "web", "batch", "util"], 180, signal);
  onProgress("tiers web, batch, util and stream: ready");
}
