import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "./build.ts";
import { cacheRoot, contentsOf, shortHash } from "./cache.ts";
import { usualJarSeconds, type GoModule, type GoTool, type KafkaVersion, type SourceVersion } from "./definitions.ts";

const here = import.meta.dirname;

/** Folder of a Go module's sources. */
export const goFolder = (module: GoModule): string => join(here, "go", module.folder);

/** How everything is compiled. Debugging information is left out when linking, so none is made. */
const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false"] as const;

/**
 * A user's settings for other projects must not change what is built; no C compiler is needed. The compiler collects
 * garbage less often: 5 % less CPU for a quarter more of a few hundred megabytes.
 */
const goEnvironment = { GOGC: "400", CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off", GOOS: "", GOARCH: "" } as const;

/** Names of the cache entries of a module's tools: they change with sources, flags, stamps, machine type and Go release. */
export function goKeys(module: GoModule, goRelease: string): ReadonlyMap<GoTool, string> {
  const sources = [goFolder(module), ...(module.shares ?? []).map((folder) => join(here, "go", folder))];
  const common = [...sources.map(contentsOf), ...flags, JSON.stringify(module.stamps), goRelease];
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
    // Not `go mod download`, which fetches many modules that nothing here imports.
    download: {
      program: "go",
      args: ["list", "-deps", "-mod=readonly", "-f", "{{.ImportPath}}", ...tools.map((tool) => tool.main)],
      cwd: goFolder(module),
      env: goEnvironment,
      log: join(cacheRoot(), "logs", `download-${module.folder}.log`),
    },
    command: (folder) => ({
      program: "go",
      args: [
        ...["build", "-v", ...flags],
        ...["-ldflags", ["-s", "-w", ...stamps].join(" ")],
        // Several programs can only go into a folder, under the names of their packages.
        ...["-o", tools.length === 1 && first !== undefined ? join(folder, first.program) : `${folder}/`],
        ...tools.map((tool) => tool.main),
      ],
      cwd: goFolder(module),
      env: goEnvironment,
    }),
  };
}

const pom = (version: KafkaVersion | SourceVersion): string => join(here, "maven", `pom-${version}.xml`);

export const jarsKey = (version: KafkaVersion | SourceVersion): string =>
  `kafka-${version}-${shortHash(contentsOf(pom(version)))}`;

/** Fetches the jars of one Kafka version from the Maven repository the machine is set up for. */
export function jarsFetch(version: KafkaVersion | SourceVersion): Build {
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
