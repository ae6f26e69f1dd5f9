import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { assembleBin } from "./bin.ts";
import { build, type Build } from "./build.ts";
import { cacheRoot, sweep } from "./cache.ts";
import { run } from "./command.ts";
import {
  goModules,
  kafkaVersions,
  newestGo,
  plugins,
  type GoModule,
  type GoTool,
  type KafkaVersion,
  type Plugin,
  type SourceVersion,
} from "./definitions.ts";
import { fetchPlugin, fetchedPlugin } from "./fetched-plugins.ts";
import { findInstalled } from "./found.ts";
import { kafkaPrograms, sourcePrograms, type KafkaPrograms } from "./kafka-nodes.ts";
import { assertLinux } from "./linux.ts";
import { goBuild, goFolder, goKeys, jarsFetch, jarsKey } from "./plans.ts";
import { prerequisites } from "./prerequisites.ts";
import type { Tools } from "./tools.ts";

export { pulumiHome } from "./pulumi-home.ts";

export interface EnsureOptions {
  onProgress(line: string): void;
  /** Whether a plugin that could not be fetched within the last day is tried again. @default false */
  readonly fetchAgain?: boolean;
  /** Releases that are wanted as a source beside the usual ones. @default none */
  readonly older?: readonly SourceVersion[];
}

/** Finds or builds everything. Throws one error that names all missing prerequisites, or all failed builds. */
export async function ensureTools(options: EnsureOptions): Promise<Tools> {
  assertLinux();
  const onProgress = (line: string) => options.onProgress(line);
  sweep();
  const onMachine = await findInstalled(onProgress);
  const fetched = await pluginsOfCli(onMachine.get("pulumi"), options);

  const unneeded = new Set([...onMachine.keys(), ...fetched.keys()]);
  if (onMachine.has("pulumi")) unneeded.add("pulumi-language-nodejs");
  const modules: readonly GoModule[] = goModules;
  const needed = modules.flatMap((module) => module.tools.filter((tool) => !unneeded.has(tool.name)));

  const { older = [] } = options;
  const missingJars = [...kafkaVersions, ...older].filter(
    (version) => !existsSync(join(cacheRoot(), jarsKey(version))),
  );
  const demanding = goFolder(modules.find(({ folder }) => folder === newestGo)!);
  const machine = await prerequisites({ go: needed.length > 0, maven: missingJars.length > 0, goFolder: demanding });
  const { built, builds } = planGo(modules, new Set(needed), machine.goRelease ?? "");
  await buildAll(builds, missingJars.map(jarsFetch), onProgress);

  const programs = kafkaVersions.map(
    async (version) => [version, await kafkaPrograms(version, machine.java, onProgress)] as const,
  );
  const kafka = {
    ...(Object.fromEntries(await Promise.all(programs)) as Record<KafkaVersion, KafkaPrograms>),
    ...Object.fromEntries(older.map((version) => [version, sourcePrograms(version)])),
  };

  const at = (name: string): string => onMachine.get(name) ?? fetched.get(name) ?? built.get(name) ?? "";
  const binDir = assembleBin({
    own: ["pulumi", "pulumi-language-nodejs", "etcd", "kube-apiserver", "helm"].flatMap(
      (name) => built.get(name) ?? [],
    ),
    others: [...onMachine.values()],
  });
  return {
    pulumi: join(binDir, "pulumi"),
    binDir,
    etcd: join(binDir, "etcd"),
    kubeApiserver: join(binDir, "kube-apiserver"),
    helm: join(binDir, "helm"),
    plugins: plugins.map((plugin) => ({ ...plugin, file: at(`plugin-${plugin.name}`) })),
    kafka,
    java: machine.java,
  };
}

/** A CLI that came from elsewhere fetches released plugins itself; where it cannot, they are built like the rest. */
async function pluginsOfCli(cli: string | undefined, options: EnsureOptions): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const plugin of cli === undefined ? [] : (plugins as readonly Plugin[])) {
    const file = fetchedPlugin(plugin) ?? (await fetchPlugin(cli ?? "", plugin, options));
    if (file !== undefined) files.set(`plugin-${plugin.name}`, file);
  }
  return files;
}

/** Where the needed tools will be once `builds` has run. */
function planGo(
  modules: readonly GoModule[],
  needed: ReadonlySet<GoTool>,
  goRelease: string,
): { built: ReadonlyMap<string, string>; builds: readonly Build[] } {
  const built = new Map<string, string>();
  const builds: Build[] = [];
  for (const module of modules) {
    const keys = goKeys(module, goRelease);
    const wanted = module.tools.filter((tool) => needed.has(tool));
    const entry = (tool: GoTool) => join(cacheRoot(), keys.get(tool) ?? "");
    for (const tool of wanted) built.set(tool.name, join(entry(tool), tool.program));
    const missing = wanted.filter((tool) => !existsSync(entry(tool)));
    if (missing.length > 0) builds.push(goBuild(module, missing, keys));
  }
  return { built, builds };
}

/**
 * Compiles one module after the other, since Go uses every core by itself. The jars and the sources of the later modules
 * arrive meanwhile.
 */
async function buildAll(
  go: readonly Build[],
  maven: readonly Build[],
  onProgress: (line: string) => void,
): Promise<void> {
  const count = go.length + maven.length;
  const inTurn = async (list: readonly Build[], before: number) => {
    for (const [index, one] of list.entries()) await build(one, `${before + index + 1} of ${count}`, onProgress);
  };
  const results = await Promise.allSettled([inTurn(go, 0), inTurn(maven, go.length), downloadAhead(go.slice(1))]);
  const errors = results.flatMap((result) => (result.status === "rejected" ? [(result.reason as Error).message] : []));
  if (errors.length > 0) throw new Error(errors.join("\n\n"));
}

/** A download that fails is left to the build that needs it, which says why. */
async function downloadAhead(go: readonly Build[]): Promise<void> {
  mkdirSync(join(cacheRoot(), "logs"), { recursive: true });
  for (const { download } of go) if (download) await run(download).catch(() => undefined);
}
