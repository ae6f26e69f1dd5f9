import path from "node:path";
import { connect, type Api } from "../../lab/kubernetes.ts";
import { lab, labEnv, labUp } from "../../lab/lab.ts";
import { installRelease, untilReady } from "../../lab/pega/release.ts";
import { configForLab, Stack } from "../stack.ts";
import { editConfig, type StackConfig } from "./config-file.ts";

export interface PegaBringUp {
  /** Changes the keys of Pulumi.pega.yaml, of which the stack gets a copy. */
  readonly edit: (config: StackConfig) => void;
  /** Records per second of each pod that writes. */
  readonly perPod: number;
  readonly signal: AbortSignal;
  /** Gets one line per step. Default: nothing is told. */
  readonly onProgress?: (line: string) => void;
}

/** Brings up the lab without a source, makes a stack for it and installs the release; returns once its tiers are ready. */
export async function bringUpPega(options: PegaBringUp): Promise<{ readonly stack: Stack; readonly api: Api }> {
  const { edit, perPod, signal, onProgress } = options;
  await labUp({ ...(onProgress && { onProgress }), signal, source: false });
  const stack = await Stack.create({
    project: lab.root,
    name: "pega",
    directory: path.join(lab.dir, "stack"),
    env: { ...process.env, ...labEnv() },
    adapt: (config) => configForLab(config, lab),
    signal,
  });
  editConfig(stack.configFile, edit);
  const api = connect(lab.kubeconfig);
  await installRelease(lab, api, { perPod });
  await untilReady(api, ["stream", "web", "batch", "util"], 180, signal);
  return { stack, api };
}
