import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, userInfo } from "node:os";
import { join, relative } from "node:path";

/** Where built tools live: outside the checkout, so that clones and clean-ups do not build again. */
export function cacheRoot(): string {
  const env = process.env;
  if (env.KAFKA_MIGRATION_CACHE) return env.KAFKA_MIGRATION_CACHE;
  // An empty HOME leaves the home directory to the user database.
  return join(env.XDG_CACHE_HOME || join(homedir() || userInfo().homedir, ".cache"), "kafka-migration");
}

/** Short and equal for equal definitions: other sources, another machine type or compiler give another one. */
export function shortHash(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of [process.platform, process.arch, ...parts]) hash.update(`${part.length}:${part}`);
  return hash.digest("hex").slice(0, 12);
}

/** Names and contents of all files below a folder, or of one file. */
export function contentsOf(path: string): string {
  if (statSync(path).isFile()) return readFileSync(path, "utf8");
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return paths.map((file) => `${relative(path, file)}\n${readFileSync(file, "utf8")}`).join("\n");
}

const buildingPrefix = ".building-";

/** An empty directory beside the finished ones, to be renamed into place or thrown away. */
export function stage(key: string): string {
  const path = join(cacheRoot(), `${buildingPrefix}${key}-${process.pid}`);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}

/** Moves a finished directory to its name in one step. Whoever was first wins: both hold the same thing. */
export function publish(staged: string, key: string): string {
  const path = join(cacheRoot(), key);
  try {
    renameSync(staged, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
    rmSync(staged, { recursive: true, force: true });
  }
  return path;
}

/** Removes what builds that were killed have left. */
export function sweep(): void {
  mkdirSync(cacheRoot(), { recursive: true });
  for (const name of readdirSync(cacheRoot())) {
    const pid = Number(name.split("-").at(-1));
    if (name.startsWith(buildingPrefix) && !isAlive(pid)) {
      rmSync(join(cacheRoot(), name), { recursive: true, force: true });
    }
  }
}

/** Runs `work` while no other process on this machine holds the same key. */
export async function locked<T>(key: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  const path = join(cacheRoot(), `${key}.lock`);
  let told = false;
  while (!take(path)) {
    const pid = holder(path);
    if (pid !== undefined && !told) {
      onWait(pid);
      told = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const release = () => rmSync(path, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

function take(path: string): boolean {
  const mine = `${path}.${process.pid}`;
  const pid = holder(path);
  // Two processes that find the same dead holder may at worst both build: `publish` keeps the first result.
  if (pid !== undefined && !isAlive(pid)) rmSync(path, { force: true });
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, path); // unlike a fresh file it is never seen empty
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** The process named in a lock file; undefined when there is none. */
function holder(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const lastDuration = (what: string): string => join(cacheRoot(), "durations", what.replace(/[^\w.]+/g, "-"));

/** Seconds the same work took here the last time. */
export function rememberedSeconds(what: string): number | undefined {
  const path = lastDuration(what);
  const seconds = existsSync(path) ? Number(readFileSync(path, "utf8")) : Number.NaN;
  return seconds > 0 ? seconds : undefined;
}

export function rememberSeconds(what: string, seconds: number): void {
  mkdirSync(join(cacheRoot(), "durations"), { recursive: true });
  writeFileSync(lastDuration(what), String(Math.round(seconds)));
}
