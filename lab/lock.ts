import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./layout.ts";
import { inspect } from "./proc.ts";

/** Keeps two commands from changing one lab at once; returns what gives the lab free again. */
export function lock(lab: Lab, what: string): () => void {
  mkdirSync(lab.dir, { recursive: true });
  const file = join(lab.dir, "lock");
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const startTime = inspect(process.pid)?.startTime;
      writeFileSync(file, JSON.stringify({ pid: process.pid, startTime, what }), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (problem) {
      if ((problem as NodeJS.ErrnoException).code !== "EEXIST") throw problem;
    }
    const holder = readHolder(file);
    if (holder && inspect(holder.pid)?.startTime === holder.startTime) {
      throw new Error(
        `Another command (lab ${holder.what}, process ${holder.pid}) is at work on ${lab.dir}; wait until it is done.`,
      );
    }
    rmSync(file, { force: true });
  }
  throw new Error(`The lab ${lab.dir} could not be locked: ${file} comes back; try again.`);
}

function readHolder(file: string): { pid: number; startTime: string; what: string } | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { pid: number; startTime: string; what: string };
  } catch {
    return null;
  }
}
