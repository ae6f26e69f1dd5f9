import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PegaScope, RunningRelease } from "@kafka-migration/kafka";
import type { PegaConfig } from "../../config/pega/schema.ts";
import { readRunning, replicasToRestore } from "../../gates/pega/reading.ts";
import type { PegaRow } from "../../phases/pega/row.ts";
import { pegaTables } from "../../phases/pega/tables.ts";
import { chartDrift } from "./disguise-objects.ts";
import { comparedRelease, disguiseSentence, upgradesInDisguise } from "./disguise.ts";
import { chartFacts } from "./chart.ts";
import type { ChartFacts } from "./chart.ts";
import { overlay, overlayProblems } from "./overlay.ts";
import { templateObjects, templateOptions, templateToken } from "./render.ts";
import type { ChartRef } from "./render.ts";
import { objectsOfRelease } from "./rendered.ts";
import type { RenderedObject } from "./rendered.ts";
import { renderedChange, unseenSecrets } from "./rendered-change.ts";
import { pegaScope, releaseRef, streamSettings } from "./settings.ts";
import { rolesOf, tiersOf } from "./tiers.ts";
import { effectiveValues, readValueFiles, valueAt } from "./values.ts";
import type { Values } from "./values.ts";

/** What was seen of the release before anything is registered, and what the row makes of it. */
export interface Look {
  readonly scope: PegaScope;
  /** The user's values with the row's overlay; they may hold passwords. */
  readonly values: Values;
  /** What the row changes in the release's objects, line by line; passwords are hashes. */
  readonly changes: readonly string[];
}

/**
 * Reads the values files and the release that runs, and renders the row. Throws one RunError with everything that
 * stands against it: files, roles of tiers, a release that is not at rest, an upgrade of the Platform in disguise.
 */
export async function lookAtRelease(config: PegaConfig): Promise<Look> {
  const row = rowOf(config);
  const running = await runningRelease(config);
  const files = readValueFiles(config.release.values);
  if ("problems" in files) throw refusal(config, files.problems);
  const { values } = files;
  const effective = effectiveValues(running.chart.values, values);
  const known = rolesOf(effective, config.tiers);
  if ("problems" in known) throw refusal(config, known.problems);
  const { roles } = known;

  const named = valueAt(effective, "global", "deployment", "name");
  const deployment = typeof named === "string" && named !== "" ? named : "pega";
  const scope = pegaScope(config, deployment, tiersOf(effective), roles);
  const inputs = {
    roles,
    former: row.producers === "restored" ? await orRefused(config, "release", replicasToRestore(scope)) : {},
    stream: streamSettings(config),
    defaults: running.chart.values,
  };
  const problems = overlayProblems(values, row, inputs).map((message) => ({ path: row.name, message }));
  if (problems.length > 0) throw refusal(config, problems);
  const wanted = overlay(values, row, inputs);

  const render = renderer(config);
  const before = objectsOfRelease(running);
  const [again, after] = [await render(running.values), await render(wanted)];
  const producers = scope.tiers.filter(({ role }) => role === "producer").map(({ name }) => name);
  const disguises = [
    ...chartDrift(before, again),
    ...upgradesInDisguise(
      comparedRelease(running),
      { chart: factsOf(config), values: wanted, objects: after },
      producers,
    ),
  ];
  if (disguises.length > 0) {
    const list = disguises.map((one) => `  ${disguiseSentence(one)}`).join("\n");
    throw new pulumi.RunError(
      `the row "${row.name}" would change what Pega Platform runs, which is an update of its own; nothing was changed.\n${list}`,
    );
  }
  return { scope, values: wanted, changes: [...renderedChange(before, after), ...unseenSecrets(before, after)] };
}

/** What can be known of the chart without rendering it. */
function factsOf(config: PegaConfig): ChartFacts {
  try {
    return chartFacts(chartRef(config));
  } catch (error) {
    throw refusal(config, [{ path: "release.chart", message: (error as Error).message }]);
  }
}

const chartRef = ({ release: { chart, version, repository } }: PegaConfig): ChartRef => ({
  chart,
  version,
  ...(repository && { repository }),
});

// The order of rows is checked later: a row that does not exist is told there.
function rowOf({ strategy, phase }: PegaConfig): PegaRow {
  const table: readonly PegaRow[] = pegaTables[strategy];
  return table.find(({ name }) => name === phase) ?? table[0]!;
}

async function runningRelease(config: PegaConfig): Promise<RunningRelease> {
  const ref = releaseRef(config);
  const where = `release ${ref.kubernetes.namespace}/${ref.name}`;
  const running = await orRefused(config, "release", readRunning(ref));
  if (running === null) {
    throw refusal(config, [
      { path: "release.name", message: `${where} is not there; name the release as helm list shows it` },
    ]);
  }
  // A failed upgrade is what the next one mends; any other state Helm refuses.
  if (running.problem !== null && running.newest.status !== "failed") {
    throw refusal(config, [{ path: "release", message: running.problem }]);
  }
  if (running.problem !== null) void pulumi.log.warn(running.problem);
  return running;
}

/** Helm's own engine, in the Kubernetes provider. */
function renderer(config: PegaConfig): (values: Values) => Promise<readonly RenderedObject[]> {
  const { release, kubernetes } = config;
  const { kubeconfig, context, namespace } = kubernetes[release.kubernetes]!;
  const provider = new k8s.Provider(`${config.name}-look`, {
    ...(kubeconfig && { kubeconfig }),
    ...(context && { context }),
    namespace,
    clusterIdentifier: release.kubernetes,
  });
  return async (values) => {
    const jsonOpts = templateOptions({
      chart: chartRef(config),
      release: release.name,
      namespace,
      values,
    });
    const asked = pulumi.runtime.invoke(templateToken, { jsonOpts }, { provider });
    const answer: unknown = await orRefused(config, "release.chart", asked);
    return templateObjects(answer as { result?: unknown }, namespace);
  };
}

/** What cannot be read is a sentence for a person, without a stack trace. */
async function orRefused<T>(config: PegaConfig, path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw refusal(config, [{ path, message: error instanceof Error ? error.message : String(error) }]);
  }
}

function refusal(
  { phase }: PegaConfig,
  problems: readonly { readonly path: string; readonly message: string }[],
): pulumi.RunError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const list = problems.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
  return new pulumi.RunError(`phase "${phase}" has ${count}; nothing was changed.\n${list}`);
}
