/** What only the test of the metrics needs, built or fetched when it asks for it and not with the lab's tools. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { build, type Build } from "./build.ts";
import { cacheRoot, contentsOf, shortHash } from "./cache.ts";
import type { GoModule } from "./definitions.ts";
import { goBuild, goFolder, goKeys } from "./plans.ts";
import { prerequisites } from "./prerequisites.ts";

/** Agents of the Prometheus JMX exporter: the first is in KubeDB's images of Connect. */
export const exporterVersions = ["0.20.0", "1.0.1"] as const;

const promql = {
  folder: "promql",
  tools: [{ name: "promql", program: "promql", main: "." }],
  stamps: {},
  usualSeconds: 120,
} as const satisfies GoModule;

const pom = join(import.meta.dirname, "maven", "pom-jmx-exporter.xml");

export interface MetricsTools {
  /** Prometheus's engine as a program: `tools/go/promql/main.go`. */
  readonly promql: string;
  /** The exporter's jar. */
  agent(version: (typeof exporterVersions)[number]): string;
}

/** Finds or makes them. Throws one error that names what the machine lacks. */
export async function metricsTools(onProgress: (line: string) => void): Promise<MetricsTools> {
  const key = `jmx-exporter-${shortHash(contentsOf(pom))}`;
  const agents = join(cacheRoot(), key);
  const machine = await prerequisites({ go: true, maven: !existsSync(agents), goFolder: goFolder(promql) });
  const keys = goKeys(promql, machine.goRelease ?? "");
  const engine = join(cacheRoot(), keys.get(promql.tools[0])!);
  if (!existsSync(engine)) await build(goBuild(promql, promql.tools, keys), "1 of 2", onProgress);

  const fetch: Build = {
    key: `maven-${key}`,
    what: "the JMX exporter",
    usualSeconds: 5,
    entries: [{ key, files: ["libs"] }],
    isDone: () => existsSync(agents),
    command: (folder) => ({
      program: "mvn",
      args: ["-B", "-f", pom, "dependency:copy", `-Dlibs=${join(folder, "libs")}`],
      cwd: folder,
      env: {},
    }),
  };
  if (!existsSync(agents)) await build(fetch, "2 of 2", onProgress);
  return {
    promql: join(engine, promql.tools[0].program),
    agent: (version) => join(agents, "libs", `jmx_prometheus_javaagent-${version}.jar`),
  };
}
