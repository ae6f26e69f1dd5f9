import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheRoot, publish, shortHash, stage } from "./cache.ts";
import { ask, spoken } from "./command.ts";
import { pluginProgram, type Plugin } from "./definitions.ts";

/** A release that trickles in slower than this is not worth waiting for. */
const fetchTimeoutSeconds = 300;

/** How long a failed fetch is not repeated: machines without internet would otherwise wait for it each time. */
const failureLastsSeconds = 3600;

/** Before each further attempt of one command, since connections break now and then; none follows an attempt that took long. */
const pausesSeconds = [2, 5];
const longSeconds = 30;

const key = (plugin: Plugin): string =>
  `fetched-plugin-${plugin.name}-${shortHash(JSON.stringify([plugin.name, plugin.version]))}`;

/** Left where a fetch failed; holds what the CLI said. */
const failed = (plugin: Plugin): string => join(cacheRoot(), `${key(plugin)}.failed`);

/** The released plugin in the cache, if a CLI has fetched it before. */
export function fetchedPlugin(plugin: Plugin): string | undefined {
  const file = join(cacheRoot(), key(plugin), pluginProgram(plugin));
  return existsSync(file) ? file : undefined;
}

interface FetchOptions {
  onProgress(line: string): void;
  /** Whether an earlier failure does not count. @default false */
  readonly fetchAgain?: boolean;
  /** Seconds before each further attempt. @default two, then five */
  readonly pauses?: readonly number[];
}

/** Lets the Pulumi CLI fetch a released plugin into the cache; undefined when it cannot, or could not lately. */
export async function fetchPlugin(
  cli: string,
  plugin: Plugin,
  { onProgress, fetchAgain = false, pauses = pausesSeconds }: FetchOptions,
): Promise<string | undefined> {
  const name = `${plugin.name} provider ${plugin.version}`;
  const failure = fetchAgain ? undefined : lateFailure(plugin);
  if (failure !== undefined) {
    onProgress(
      `${name}: could not be fetched ${spoken(failure.secondsAgo)} ago, the built one is used (${lastLine(failure.said)}); ` +
        `"npm run tools" tries again at once, every other command an hour after the failure`,
    );
    return undefined;
  }
  onProgress(`${name}: ${cli} fetches it, at most ${spoken(fetchTimeoutSeconds)}`);
  const folder = stage(key(plugin));
  const env = { PULUMI_HOME: folder, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const args = ["plugin", "install", "resource", plugin.name, `v${plugin.version}`];
  const directory = join(folder, "plugins", `resource-${plugin.name}-v${plugin.version}`);
  const isThere = () => existsSync(join(directory, pluginProgram(plugin)));
  const attempt = () => ask(cli, args, { env, timeoutSeconds: fetchTimeoutSeconds });
  let begun = Date.now();
  let answer = await attempt();
  for (const pause of pauses) {
    if ((answer.ok && isThere()) || Date.now() - begun > longSeconds * 1000) break;
    onProgress(`${name}: could not be fetched (${lastLine(answer.text)}); once more in ${pause} s`);
    await sleep(pause * 1000);
    begun = Date.now();
    answer = await attempt();
  }
  if (!answer.ok || !isThere()) {
    writeFileSync(failed(plugin), answer.text);
    onProgress(`${name}: could not be fetched, it is built instead (${lastLine(answer.text)})`);
    return undefined;
  }
  rmSync(failed(plugin), { force: true });
  const staged = `${folder}-plugin-${process.pid}`;
  renameSync(directory, staged);
  publish(staged, key(plugin));
  return fetchedPlugin(plugin);
}

const lastLine = (text: string): string => text.split("\n").at(-1) ?? "";

/** The last failed fetch, unless it is long ago. */
function lateFailure(plugin: Plugin): { readonly secondsAgo: number; readonly said: string } | undefined {
  try {
    const secondsAgo = (Date.now() - statSync(failed(plugin)).mtimeMs) / 1000;
    return secondsAgo < failureLastsSeconds ? { secondsAgo, said: readFileSync(failed(plugin), "utf8") } : undefined;
  } catch {
    return undefined;
  }
}
