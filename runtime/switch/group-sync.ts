/** MM2's own sync of group offsets, which would overwrite what a switch places. */
import { atOnce, stillRunning } from "../connect/stopped.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { inParallel } from "../model/in-parallel.ts";
import { connectorsOf } from "../model/mirror-ref.ts";
import { Refused } from "../model/refused.ts";
import type { SwitchEffects } from "./ports.ts";

const setting = "sync.group.offsets.enabled";

/**
 * Rejects unless MM2 cannot overwrite an offset on the target: its connectors are stopped, or, if the mirror continues,
 * Connect runs them with the sync off. What Connect runs counts, not what a Secret says.
 */
export async function groupSyncOff(effects: SwitchEffects, { scope, offsets }: SwitchInputs): Promise<void> {
  const running = await stillRunning(effects.connect, connectorsOf(scope), effects.pace);
  if (running.length === 0) return;
  if (offsets !== "exact") {
    throw new Refused(
      "mirror-runs",
      `connector ${running.join(", ")} is not STOPPED in Connect, and MirrorMaker 2 could overwrite the offsets that ` +
        `are placed on the target; run pulumi up in the phase before, which stops the mirror, then in this one again`,
    );
  }
  const configs = await inParallel(atOnce, running, async (name) => ({
    name,
    config: await effects.connect.config(name),
  }));
  for (const { name, config } of configs) {
    // Kafka's default is off.
    const found = config?.[setting] ?? "false";
    if (found !== "false") {
      throw new Refused(
        "mirror-syncs-groups",
        `connector ${name} runs with ${setting} ${found}, and MirrorMaker 2 could overwrite the offsets that are ` +
          `placed on the target; remove it from mirror.checkpoint, run pulumi up in the phase before, then in this one again`,
      );
    }
  }
}
