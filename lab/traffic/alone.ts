import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Waits until no other process works in the directory, then claims it until this process ends. Two pods of one
 * producer at a time would use the same sequence numbers, and the audit would see repeated records.
 * Throws after 30 seconds.
 */
export async function holdAlone(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const claim = path.join(directory, "claim");
  for (let attempt = 0; attempt < 300; attempt += 1) {
    try {
      writeFileSync(claim, String(process.pid), { flag: "wx" });
      process.on("exit", () => rmSync(claim, { force: true }));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    try {
      if (!alive(Number(readFileSync(claim, "utf8")))) rmSync(claim, { force: true });
      else await sleep(100);
    } catch {
      // The holder ended between the two looks.
    }
  }
  throw new Error(`another producer still works in ${directory}; one at a time is allowed, so stop it first`);
}
