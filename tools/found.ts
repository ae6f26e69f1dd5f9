import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import semver, { type SemVer } from "semver";
import { cacheRoot } from "./cache.ts";
import { ask } from "./command.ts";

/** The first version in a text such as `go1.26.8`, `etcd Version: 3.6.5`, `v1.36.0-rc.1` or `openjdk version "17.0.15"`. */
export const versionIn = (text: string): SemVer | undefined =>
  semver.coerce(text, { includePrerelease: true }) ?? undefined;

/** Whether a version lies in a range such as `>=3.230.0 <4`. A pre-release comes before its release, as in semver. */
export const isIn = (version: SemVer, range: string): boolean =>
  semver.satisfies(version, range, { includePrerelease: true });

/** Absolute path of a program on PATH. What this project has built itself does not count. */
export function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const paths = folders.filter((folder) => !folder.startsWith(cacheRoot())).map((folder) => resolve(folder, program));
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

/** A program that may be used as the machine has it instead of being built. */
interface Wanted {
  readonly name: string;
  readonly versionArgs: readonly string[];
  /** What is accepted, for people. */
  readonly range: string;
  /** The same for comparing. The first pre-release of the version above is not below it. */
  readonly fits: string;
  /** Whether setup-envtest installs it, in the folder that KUBEBUILDER_ASSETS names. */
  readonly kubebuilder?: true;
  /** Why it cannot be used although its version fits. */
  readonly lacks?: (path: string) => string | null;
}

const wanted: readonly Wanted[] = [
  {
    name: "pulumi",
    versionArgs: ["version"],
    range: "3.230 or later, below 4",
    fits: ">=3.230.0 <4.0.0-0",
    lacks: (path) =>
      besideItself(path, "pulumi-language-nodejs") || onPath("pulumi-language-nodejs") !== undefined
        ? null
        : "pulumi-language-nodejs is neither next to it nor on PATH",
  },
  {
    name: "etcd",
    versionArgs: ["--version"],
    range: "3.5 or later, below 4",
    fits: ">=3.5.0 <4.0.0-0",
    kubebuilder: true,
  },
  {
    name: "kube-apiserver",
    versionArgs: ["--version"],
    range: "1.30 to 1.39",
    fits: ">=1.30.0 <1.40.0-0",
    kubebuilder: true,
  },
  {
    name: "helm",
    versionArgs: ["version", "--short"],
    range: "3.12 or later, below 4",
    fits: ">=3.12.0 <4.0.0-0",
  },
];

/** Programs of this machine that fit, by name. One that does not is left alone with a line that says why. */
export async function findInstalled(onProgress: (line: string) => void): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const tool of wanted) {
    for (const path of installed(tool)) {
      const reason = await unfit(tool, path);
      if (reason === null) {
        found.set(tool.name, path);
        break;
      }
      onProgress(`${path} is ignored: ${reason}`);
    }
  }
  return found;
}

/** Where a program may be, the folder that the user named first. */
function installed({ name, kubebuilder }: Wanted): string[] {
  const assets = kubebuilder ? process.env.KUBEBUILDER_ASSETS : undefined;
  const named = assets ? resolve(assets, name) : undefined;
  return [named !== undefined && isExecutable(named) ? named : undefined, onPath(name)].filter(
    (path) => path !== undefined,
  );
}

async function unfit(tool: Wanted, path: string): Promise<string | null> {
  const answer = await ask(path, tool.versionArgs);
  const version = versionIn(answer.text);
  if (!answer.ok || version === undefined) {
    const said = answer.text.split("\n")[0] ?? "";
    return `"${tool.versionArgs.join(" ")}" does not answer with a version (${said})`;
  }
  if (!isIn(version, tool.fits)) return `it is version ${version.version}, needed is ${tool.range}`;
  return tool.lacks?.(path) ?? null;
}
