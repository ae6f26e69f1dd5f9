/** What a `pulumi` that was killed leaves behind: its providers have process groups of their own and never end. */
import { basename } from "node:path";
import type { Lab } from "./layout.ts";
import { allProcesses, commandOf, environmentOf, inspect } from "./proc.ts";

/** Providers, hosts of dynamic providers and of programs. */
const program = /pulumi-(resource|language)-|dynamic-provider|@pulumi\/pulumi\/cmd\//;

/** Ends those processes of Pulumi that work for this lab and whose `pulumi` is gone; returns what they were. */
export function endOrphans(lab: Lab): string[] {
  const orphans = allProcesses().filter(
    (pid) =>
      pid !== process.pid &&
      program.test(commandOf(pid)) &&
      environmentOf(pid).get("LAB_DIR") === lab.dir &&
      !hasEngine(pid),
  );
  return orphans.flatMap((pid) => {
    const command = commandOf(pid);
    try {
      process.kill(pid, "SIGKILL");
      return [command];
    } catch {
      // It has ended between the two looks.
      return [];
    }
  });
}

/** Whether a process descends from a `pulumi` that runs. */
function hasEngine(pid: number): boolean {
  for (let facts = inspect(pid); facts !== null && facts.parent > 1; facts = inspect(facts.parent))
    if (basename(commandOf(facts.parent).split(" ")[0] ?? "") === "pulumi") return true;
  return false;
}
