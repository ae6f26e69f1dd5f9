/** The lab's Pega release under its own traffic and a stack for it, for tests that walk a table of Pega. */
import assert from "node:assert/strict";
import { bringUpPega } from "../../../demo/pega/bring-up.ts";
import type { StackConfig } from "../../../demo/pega/config-file.ts";
import type { Stack } from "../../../demo/stack.ts";
import type { Api } from "../../../lab/kubernetes.ts";
import { lab } from "../../../lab/lab.ts";
import { helm, release } from "../../../lab/pega/release.ts";
import { interrupted } from "./shared-lab.ts";
import { stackSteps, type StackSteps } from "./stack-steps.ts";

export interface PegaWalk extends StackSteps {
  readonly stack: Stack;
  readonly api: Api;
  /** What Helm says of the newest revision: `deployed`, `failed`, `pending-upgrade`, and its number. */
  newest(): Promise<{ readonly status: string; readonly revision: number }>;
}

/** Installs the release by Helm and makes a stack of Pulumi.pega.yaml after an edit. */
export async function pegaWalk(edit: (config: StackConfig) => void): Promise<PegaWalk> {
  const { stack, api } = await bringUpPega({ edit, perPod: 40, signal: interrupted.signal });
  return {
    stack,
    api,
    ...stackSteps(stack),
    async newest() {
      const listed = await helm(lab, ["list", "--all", "--output", "json"]);
      const [found] = JSON.parse(listed) as { status: string; revision: string }[];
      assert.equal((found as unknown as { name: string }).name, release.name);
      return { status: found!.status, revision: Number(found!.revision) };
    },
  };
}
