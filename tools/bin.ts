import { copyFileSync, existsSync, linkSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheRoot, contentsOf, publish, shortHash, stage } from "./cache.ts";

const dynamicHost = join(import.meta.dirname, "pulumi-resource-pulumi-nodejs");

/**
 * One folder with every program under its own name. Ours are hard links: the engine looks for its language host and
 * for the host of dynamic providers beside its own file, links resolved, and warns about those it meets on PATH.
 */
export function assembleBin(programs: { own: readonly string[]; others: readonly string[] }): string {
  const key = `bin-${shortHash(...programs.own, "", ...programs.others, contentsOf(dynamicHost))}`;
  const path = join(cacheRoot(), key);
  const names = [...programs.own, ...programs.others].map((file) => basename(file));
  // A link to a program on PATH dangles once that is uninstalled; by then another one is listed.
  if (names.every((name) => existsSync(join(path, name)))) return path;
  const staged = stage(key);
  for (const file of programs.own) linkSync(file, join(staged, basename(file)));
  for (const file of programs.others) symlinkSync(file, join(staged, basename(file)));
  copyFileSync(dynamicHost, join(staged, basename(dynamicHost)));
  return publish(staged, key);
}
