/** The lab's Pega release under its own traffic and a stack for it, for tests that walk a table of Pega. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import path from "node:path";
import { editConfig } from "../../../demo/pega/config-file.ts";
import type { StackConfig } from "../../../demo/pega/config-file.ts";
import type { RunResult } from "../../../demo/process.ts";
import { configForLab, Stack } from "../../../demo/stack.ts";
import { connect } from "../../../lab/kubernetes.ts";
import type { Api } from "../../../lab/kubernetes.ts";
import { lab, labDown, labEnv, labUp } from "../../../lab/lab.ts";
import { helm, installRelease, release, untilReady } from "../../../lab/pega/release.ts";
import { tierLogs } from "../../../lab/pega/settings.ts";
import { enterLab } from "./lab-access.ts";

export interface PegaWalk {
  readonly stack: Stack;
  readonly api: Api;
  /** Sets the phase and runs `up`; returns however it ends. */
  up(phase: string, watch?: Parameters<Stack["attempt"]>[1]): Promise<RunResult>;
  /** Sets the phase and runs `up`, which must succeed, and leave nothing to change; returns what it printed. */
  reaches(phase: string): Promise<string>;
  /** What Helm says of the newest revision: `deployed`, `failed`, `pending-upgrade`, and its number. */
  newest(): Promise<{ readonly status: string; readonly revision: number }>;
}

/** Brings up the lab, installs the release by Helm and makes a stack of Pulumi.pega.yaml after an edit. */
export async function pegaWalk(edit: (config: StackConfig) => void): Promise<PegaWalk> {
  await labDown().catch(() => undefined);
  rmSync(tierLogs(lab), { recursive: true, force: true });
  await labUp({ source: false });
  const env = { ...process.env, ...labEnv() };
  enterLab();
  const stack = await Stack.create({
    project: lab.root,
    name: "pega",
    directory: path.join(lab.dir, "stack"),
    env,
    adapt: (config) => configForLab(config, lab),
    signal: new AbortController().signal,
  });
  editConfig(stack.configFile, edit);
  const api = connect(lab.kubeconfig);
  await installRelease(lab, api, { perPod: 40 });
  await untilReady(api, ["stream", "web", "batch", "util"], 180);
  const up: PegaWalk["up"] = async (phase, watch) => {
    await stack.set("kafka-migration:phase", phase);
    return stack.attempt(["up", "--yes", "--skip-preview"], watch);
  };
  return {
    stack,
    api,
    up,
    async reaches(phase) {
      const { code, output } = await up(phase);
      assert.equal(code, 0, output);
      const preview = await stack.attempt(["preview", "--expect-no-changes", "--diff"]);
      assert.equal(preview.code, 0, preview.output);
      return output;
    },
    async newest() {
      const listed = await helm(lab, ["list", "--all", "--output", "json"]);
      const [found] = JSON.parse(listed) as { status: string; revision: string }[];
      assert.equal((found as unknown as { name: string }).name, release.name);
      return { status: found!.status, revision: Number(found!.revision) };
    },
  };
}
