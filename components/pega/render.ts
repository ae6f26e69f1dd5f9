import { basename, dirname, resolve } from "node:path";
import { renderedObjects, type RenderedObject } from "./rendered.ts";
import type { Values } from "./values.ts";

/** Where a chart is, as `helm.v3.Release` is told it. */
export interface ChartRef {
  /** A folder or archive (`./chart`, `/charts/pega-4.9.0.tgz`), a name in `repository`, or `oci://…`. */
  readonly chart: string;
  /** @default the newest, or what a folder holds */
  readonly version?: string;
  /** URL of a chart repository. */
  readonly repository?: string;
}

export interface RenderArgs {
  readonly chart: ChartRef;
  readonly release: string;
  readonly namespace: string;
  readonly values: Values;
}

/** Whether a chart lies on this machine. */
export const isLocalChart = ({ chart }: ChartRef): boolean => /^(\.{0,2}\/|\.{1,2}$)/.test(chart);

/**
 * The one argument of the Kubernetes provider's `helm:template`, as text: the provider parses it by itself. It renders
 * as for a first installation (`.Release.IsInstall`, `lookup` finds nothing), for the versions of the provider's
 * cluster, hooks included; nothing is sent to the cluster.
 */
export function templateOptions({ chart, release, namespace, values }: RenderArgs): string {
  const folder = resolve(chart.chart);
  return JSON.stringify({
    ...(isLocalChart(chart) ? { path: dirname(folder), chart: basename(folder) } : { chart: chart.chart }),
    ...(chart.version !== undefined && { version: chart.version }),
    ...(chart.repository !== undefined && { fetch_opts: { repo: chart.repository } }),
    release_name: release,
    namespace,
    values,
    // What Helm keeps of a release has no CRDs of the chart's folder, and the hooks of tests.
    skip_crd_rendering: true,
    include_test_hook_resources: true,
  });
}

/** The provider's answer as objects. */
export function templateObjects(answer: { readonly result?: unknown }, namespace: string): readonly RenderedObject[] {
  return renderedObjects(Array.isArray(answer.result) ? (answer.result as unknown[]) : [], namespace);
}

export const templateToken = "kubernetes:helm:template";
