import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot, locked, publish, rememberedSeconds, rememberSeconds, stage } from "./cache.ts";
import { lastLines, run, spoken, type Job } from "./command.ts";

const heartbeatSeconds = 15;

/** One command that makes one or more cache entries. */
export interface Build {
  /** Names its lock and its log. */
  readonly key: string;
  /** For people: "pulumi, kube-apiserver". */
  readonly what: string;
  readonly usualSeconds: number;
  /** The command, writing into the folder it is given. */
  readonly command: (folder: string) => Omit<Job, "log">;
  /** Fetches the sources that the command takes, where that can be done ahead. */
  readonly download?: Job;
  /** What of that folder becomes which entry of the cache. An entry is a directory. */
  readonly entries: readonly { readonly key: string; readonly files: readonly string[] }[];
  /** Asked again once the lock is held: another process may have been building. */
  readonly isDone: () => boolean;
}

/** Builds unless another process does or did, telling what happens. `place` is "2 of 4". */
export async function build(what: Build, place: string, onProgress: (line: string) => void): Promise<void> {
  const waiting = (pid: number) => onProgress(`${what.what} (${place}): process ${pid} is building it, waiting`);
  await locked(what.key, waiting, async () => {
    if (what.isDone()) return;
    const log = join(cacheRoot(), "logs", `${what.key}.log`);
    mkdirSync(join(cacheRoot(), "logs"), { recursive: true });
    onProgress(`${what.what} (${place}): started, ${forecast(what)}; log ${log}`);
    const started = performance.now();
    const elapsed = () => (performance.now() - started) / 1000;
    const heartbeat = setInterval(() => {
      const line = lastLines(log, 1)[0] ?? "";
      onProgress(`${what.what}: ${spoken(elapsed())} so far${line === "" ? "" : `, at ${line.trim().slice(0, 90)}`}`);
    }, heartbeatSeconds * 1000);
    const folder = stage(what.key);
    try {
      await run({ ...what.command(folder), log });
      for (const entry of what.entries) publishFiles(folder, entry.key, entry.files);
    } catch (error) {
      throw new Error(`${what.what} could not be built (after ${spoken(elapsed())}): ${(error as Error).message}`);
    } finally {
      clearInterval(heartbeat);
      rmSync(folder, { recursive: true, force: true });
    }
    rememberSeconds(what.what, elapsed());
    onProgress(`${what.what} (${place}): done in ${spoken(elapsed())}`);
  });
}

function publishFiles(folder: string, key: string, files: readonly string[]): void {
  const staged = stage(key);
  for (const file of files) renameSync(join(folder, file), join(staged, file));
  publish(staged, key);
}

function forecast(what: Build): string {
  const last = rememberedSeconds(what.what);
  return last === undefined
    ? `about ${spoken(what.usualSeconds)} on two cores`
    : `took ${spoken(last)} here the last time`;
}
