import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "./build.ts";
import { cacheRoot, contentsOf, shortHash } from "./cache.ts";
import { usualJarSeconds } from "./definitions.ts";
import type { GoModule, GoTool, KafkaVersion } from "./definitions.ts";

const here = import.meta.dirname;

/** Folder of a Go module's sources. */
export const goFolder = (module: GoModule): string => join(here, "go", module.folder);

/** Names of the cache entries of a module's tools: they change with sources, stamps, machine type and Go release. */
export function goKeys(module: GoModule, goRelease: string): ReadonlyMap<GoTool, string> {
  const common = [contentsOf(goFolder(module)), JSON.stringify(module.stamps), goRelease];
  return new Map(module.tools.map((tool) => [tool, `${tool.name}-${shortHash(...common, JSON.stringify(tool))}`]));
}

/** Compiles some tools of a module. */
export function goBuild(module: GoModule, tools: readonly GoTool[], keys: ReadonlyMap<GoTool, string>): Build {
  const stamps = Object.entries(module.stamps).map(([variable, value]) => `-X ${variable}=${value}`);
  const entries = tools.map((tool) => ({ key: keys.get(tool) ?? tool.name, files: [tool.program] }));
  const first = tools[0];
  return {
    key: `go-${module.folder}-${shortHash(...entries.map((entry) => entry.key))}`,
    what: tools.map((tool) => tool.name).join(", "),
    usualSeconds: module.usualSeconds,
    entries,
    isDone: () => entries.every((entry) => existsSync(join(cacheRoot(), entry.key))),
    command: (folder) => ({
      program: "go",
      args: [
        ...["build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false"],
        ...["-ldflags", ["-s", "-w", ...stamps].join(" ")],
        // Several programs can only go into a folder, under the names of their packages.
        ...["-o", tools.length === 1 && first !== undefined ? join(folder, first.program) : `${folder}/`],
        ...tools.map((tool) => tool.main),
      ],
      cwd: goFolder(module),
      // A user's settings for other projects must not change what is built; no C compiler is needed.
      env: { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off", GOOS: "", GOARCH: "" },
    }),
  };
}

const pom = (version: KafkaVersion): string => join(here, "maven", `pom-${version}.xml`);

export const jarsKey = (version: KafkaVersion): string => `kafka-${version}-${shortHash(contentsOf(pom(version)))}`;

/** Fetches the jars of one Kafka version from the Maven repository the machine is set up for. */
export function jarsFetch(version: KafkaVersion): Build {
  const key = jarsKey(version);
  return {
    key: `maven-${key}`,
    what: `Kafka ${version}`,
    usualSeconds: usualJarSeconds,
    entries: [{ key, files: ["libs"] }],
    isDone: () => existsSync(join(cacheRoot(), key)),
    command: (folder) => ({
      program: "mvn",
      args: ["-B", "-f", pom(version), "dependency:copy-dependencies", `-DoutputDirectory=${join(folder, "libs")}`],
      cwd: folder,
      env: {},
    }),
  };
}
