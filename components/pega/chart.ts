import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseHelmYaml } from "./helm-yaml.ts";
import { isLocalChart, type ChartRef } from "./render.ts";
import { isMap, valueAt, type Values } from "./values.ts";

/** What can be known of a chart without rendering it. */
export interface ChartFacts {
  readonly name: string;
  readonly version?: string;
  readonly appVersion?: string;
  /** Its own values, not those of its subcharts. Only of a folder. */
  readonly values?: Values;
}

/** The facts of a chart: those of a folder are read, of any other those that config names. Throws with the file. */
export function chartFacts(ref: ChartRef): ChartFacts {
  if (!isLocalChart(ref) || !isFolder(ref.chart)) {
    const name = basename(ref.chart).replace(/(-\d[^/]*)?\.tgz$/, "");
    return { name, ...(ref.version !== undefined && { version: ref.version }) };
  }
  const chart = readMap(join(ref.chart, "Chart.yaml"));
  const [name, version, appVersion] = ["name", "version", "appVersion"].map((key) => valueAt(chart, key));
  return {
    name: text(name),
    version: text(version),
    ...(appVersion !== undefined && { appVersion: text(appVersion) }),
    values: readMap(join(ref.chart, "values.yaml")),
  };
}

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    throw new Error(
      `${path}: no chart there; allowed: a folder with Chart.yaml, an archive, or a name with a repository`,
    );
  }
}

function readMap(path: string): Values {
  const [document] = parseHelmYaml(readText(path));
  if (document === undefined) return {};
  if ("message" in document) throw new Error(`${path}: line ${document.line}: ${document.message}`);
  return isMap(document.value) ? document.value : {};
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && path.endsWith("values.yaml")) return "";
    throw new Error(`${path}: cannot be read; a chart's folder holds it`);
  }
}
