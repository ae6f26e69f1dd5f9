import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot, publish, shortHash, stage } from "./cache.ts";
import { ask, spoken } from "./command.ts";
import { pluginProgram } from "./definitions.ts";
import type { Plugin } from "./definitions.ts";

/** A release that trickles in slower than this is not worth waiting for. */
const fetchTimeoutSeconds = 300;

const key = (plugin: Plugin): string =>
  `fetched-plugin-${plugin.name}-${shortHash(JSON.stringify([plugin.name, plugin.version]))}`;

/** Left where a fetch failed: machines without internet would otherwise wait for it each time. */
const failed = (plugin: Plugin): string => join(cacheRoot(), `${key(plugin)}.failed`);

/** The released plugin in the cache, if a CLI has fetched it before. */
export function fetchedPlugin(plugin: Plugin): string | undefined {
  const file = join(cacheRoot(), key(plugin), pluginProgram(plugin));
  return existsSync(file) ? file : undefined;
}

/** Lets the Pulumi CLI fetch a released plugin into the cache; undefined when it cannot, or could not before. */
export async function fetchPlugin(
  cli: string,
  plugin: Plugin,
  onProgress: (line: string) => void,
): Promise<string | undefined> {
  if (existsSync(failed(plugin))) return undefined;
  const name = `${plugin.name} provider ${plugin.version}`;
  onProgress(`${name}: ${cli} fetches it, at most ${spoken(fetchTimeoutSeconds)}`);
  const folder = stage(key(plugin));
  const env = { PULUMI_HOME: folder, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const args = ["plugin", "install", "resource", plugin.name, `v${plugin.version}`];
  const answer = await ask(cli, args, { env, timeoutSeconds: fetchTimeoutSeconds });
  const directory = join(folder, "plugins", `resource-${plugin.name}-v${plugin.version}`);
  if (!answer.ok || !existsSync(join(directory, pluginProgram(plugin)))) {
    writeFileSync(failed(plugin), answer.text);
    onProgress(`${name}: could not be fetched, it is built instead (${answer.text.split("\n").at(-1) ?? ""})`);
    return undefined;
  }
  const staged = `${folder}-plugin-${process.pid}`;
  renameSync(directory, staged);
  publish(staged, key(plugin));
  return fetchedPlugin(plugin);
}
