import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { cacheRoot } from "./cache.ts";
import { ask } from "./command.ts";

/** Numbers of a version, most significant first. */
export type Version = readonly number[];

/** The first version in a text such as `go1.26.8`, `etcd Version: 3.6.5` or `openjdk version "17.0.15"`. */
export function versionIn(text: string): Version | undefined {
  const match = /(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text);
  return match?.slice(1).map((part) => Number(part ?? 0));
}

export function atLeast(version: Version, minimum: Version): boolean {
  for (const [place, least] of minimum.entries()) {
    const part = version[place] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

/** Absolute path of a program on PATH. What this project has built itself does not count. */
export function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const paths = folders.filter((folder) => !folder.startsWith(cacheRoot())).map((folder) => join(folder, program));
  return paths.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The language host a Pulumi CLI uses by itself lies beside it, links resolved. */
export function besideItself(program: string, other: string): boolean {
  return existsSync(join(dirname(realpathSync(program)), other));
}

/** A program that may be used from PATH instead of being built. */
interface Wanted {
  readonly name: string;
  readonly versionArgs: readonly string[];
  /** What is accepted, for people. */
  readonly range: string;
  readonly fits: (version: Version) => boolean;
  /** Why it cannot be used although its version fits. */
  readonly lacks?: (path: string) => string | null;
}

const wanted: readonly Wanted[] = [
  {
    name: "pulumi",
    versionArgs: ["version"],
    range: "3.230 or later, below 4",
    fits: (version) => version[0] === 3 && atLeast(version, [3, 230]),
    lacks: (path) =>
      besideItself(path, "pulumi-language-nodejs") || onPath("pulumi-language-nodejs") !== undefined
        ? null
        : "pulumi-language-nodejs is neither beside it nor on PATH",
  },
  {
    name: "etcd",
    versionArgs: ["--version"],
    range: "3.5 or later, below 4",
    fits: (version) => version[0] === 3 && atLeast(version, [3, 5]),
  },
  {
    name: "kube-apiserver",
    versionArgs: ["--version"],
    range: "1.30 to 1.39",
    fits: (version) => version[0] === 1 && atLeast(version, [1, 30]) && !atLeast(version, [1, 40]),
  },
  {
    name: "helm",
    versionArgs: ["version", "--short"],
    range: "3.12 or later, below 4",
    fits: (version) => version[0] === 3 && atLeast(version, [3, 12]),
  },
];

/** Programs on PATH that fit, by name. One that does not is left alone with a line that says why. */
export async function findOnPath(onProgress: (line: string) => void): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const tool of wanted) {
    const path = onPath(tool.name);
    if (path === undefined) continue;
    const reason = await unfit(tool, path);
    if (reason === null) found.set(tool.name, path);
    else onProgress(`${path} is ignored: ${reason}; ${tool.name} is built instead`);
  }
  return found;
}

async function unfit(tool: Wanted, path: string): Promise<string | null> {
  const answer = await ask(path, tool.versionArgs);
  const version = versionIn(answer.text);
  if (!answer.ok || version === undefined) {
    const said = answer.text.split("\n")[0] ?? "";
    return `"${tool.versionArgs.join(" ")}" does not answer with a version (${said})`;
  }
  if (!tool.fits(version)) return `it is version ${version.join(".")}, needed is ${tool.range}`;
  return tool.lacks?.(path) ?? null;
}
