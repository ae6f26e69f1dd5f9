import * as pulumi from "@pulumi/pulumi";
import type { PegaScope, RunningRelease } from "@kafka-migration/kafka";
import type { Problem } from "../../config/checks/index.ts";
import type { PegaConfig } from "../../config/pega/schema.ts";
import { readRunning, replicasToRestore } from "./running.ts";
import { refuseStep } from "../../phases/order.ts";
import type { PegaRow } from "../../phases/pega/row.ts";
import { pegaTables } from "../../phases/pega/tables.ts";
import { kubernetesProvider } from "../kubernetes.ts";
import { chartFacts, type ChartFacts } from "./chart.ts";
import { overlay, overlayProblems } from "./overlay.ts";
import { platformUpgrades } from "./platform-upgrade-guard/guard.ts";
import { templateObjects, templateOptions, templateToken, type ChartRef } from "./render.ts";
import { objectsOfRelease, type RenderedObject } from "./rendered.ts";
import { renderedChange, unseenSecrets } from "./rendered-change.ts";
import { pegaScope, releaseRef, streamSettings } from "./settings.ts";
import { rolesOf, tiersOf } from "./tiers.ts";
import { deploymentOf, effectiveValues, readValueFiles, type Values } from "./values.ts";

/** What the last complete update of the stack recorded; see `readReached`. */
export type Reached = { readonly strategy: string; readonly row: string } | undefined;

interface Problems {
  readonly problems: readonly Problem[];
}

/** What was seen of the release before anything is registered, and what the row makes of it. */
export interface Look {
  readonly scope: PegaScope;
  /** The user's values with the row's overlay; they may hold passwords. */
  readonly values: Values;
  /** What the row changes in the release's objects, line by line; passwords are hashes. */
  readonly changes: readonly string[];
}

/**
 * Reads the values files and the release that runs, and renders the row. Throws a RunError, before anything is
 * registered, if the row may not follow the one that was reached; with all that is wrong with files, chart and release;
 * with all that is wrong with tiers and stream; or with every change that would be a Platform upgrade.
 */
export async function lookAtRelease(config: PegaConfig, reached: Reached): Promise<Look> {
  const row = rowAfter(config, reached);
  const { running, values, facts } = await inputsOf(config);
  const defaults = running.chart.values;
  const effective = effectiveValues(defaults, values);
  const roles = refusedOr(config, rolesOf(effective, config.tiers)).roles;
  const scope = pegaScope(config, deploymentOf(effective), tiersOf(effective), roles);
  const former = row.producers === "restored" ? await orRefused(config, "release", replicasToRestore(scope)) : {};
  const inputs = { roles, former, stream: streamSettings(config), defaults };
  const problems = overlayProblems(values, row, inputs).map((message) => ({ path: row.name, message }));
  if (problems.length > 0) throw refusal(config, problems);
  const wanted = overlay(values, row, inputs);

  const render = renderer(config);
  const before = objectsOfRelease(running);
  const [again, after] = [await render(running.values), await render(wanted)];
  const producers = scope.tiers.filter(({ role }) => role === "producer").map(({ name }) => name);
  refuseUpgrades(row, platformUpgrades(running, { chart: facts, values: wanted }, { before, again, after }, producers));
  return { scope, values: wanted, changes: [...renderedChange(before, after), ...unseenSecrets(before, after)] };
}

/** The row that the config names. Throws if it may not follow the one that was reached. */
export function rowAfter({ strategy, phase, startAt }: PegaConfig, reached: Reached): PegaRow {
  const table: readonly PegaRow[] = pegaTables[strategy];
  const refused = refuseStep({ strategyName: strategy, strategy: table, phase, reached, startAt });
  if (refused !== null) throw new pulumi.RunError(`${refused} Nothing was changed.`);
  return table.find(({ name }) => name === phase)!;
}

/** What a row is made of. Throws with everything that cannot be used of the three. */
async function inputsOf(
  config: PegaConfig,
): Promise<{ readonly running: RunningRelease; readonly values: Values; readonly facts: ChartFacts }> {
  const running = await runningRelease(config);
  const [files, facts] = [readValueFiles(config.release.values), factsOf(config)];
  const problems = [running, files, facts].flatMap((one) => ("problems" in one ? one.problems : []));
  if ("problems" in running || "problems" in files || "problems" in facts) throw refusal(config, problems);
  return { running, values: files.values, facts };
}

function refuseUpgrades({ name }: PegaRow, upgrades: readonly string[]): void {
  if (upgrades.length === 0) return;
  throw new pulumi.RunError(
    `the row "${name}" would be a Platform upgrade too, or cannot be told from one; nothing was changed. Take these ` +
      `changes back, or make them in an update of the release of its own, before or after the move.\n` +
      upgrades.map((line) => `  ${line}`).join("\n"),
  );
}

/** What can be known of the chart without rendering it. */
function factsOf(config: PegaConfig): ChartFacts | Problems {
  try {
    return chartFacts(chartRef(config));
  } catch (error) {
    return { problems: [{ path: "release.chart", message: messageOf(error) }] };
  }
}

const chartRef = ({ release: { chart, version, repository } }: PegaConfig): ChartRef => ({
  chart,
  version,
  ...(repository && { repository }),
});

async function runningRelease(config: PegaConfig): Promise<RunningRelease | Problems> {
  const ref = releaseRef(config);
  const wrong = (path: string, message: string): Problems => ({ problems: [{ path, message }] });
  let running: RunningRelease | null;
  try {
    running = await readRunning(ref);
  } catch (error) {
    return wrong("release", messageOf(error));
  }
  if (running === null) {
    const where = `release ${ref.kubernetes.namespace}/${ref.name}`;
    return wrong("release.name", `${where} is not there; name the release as helm list shows it`);
  }
  // A failed upgrade is what the next one fixes; any other state Helm refuses.
  if (running.problem !== null && running.newest.status !== "failed") return wrong("release", running.problem);
  if (running.problem !== null) void pulumi.log.warn(running.problem);
  return running;
}

/** Helm's own engine, in the Kubernetes provider. */
function renderer(config: PegaConfig): (values: Values) => Promise<readonly RenderedObject[]> {
  const { release, kubernetes } = config;
  const connection = kubernetes[release.kubernetes]!;
  const provider = kubernetesProvider(`${config.name}-look`, connection);
  const { namespace } = connection;
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
    throw refusal(config, [{ path, message: messageOf(error) }]);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function refusedOr<T extends object>(config: PegaConfig, found: T | Problems): T {
  if ("problems" in found) throw refusal(config, found.problems);
  return found;
}

function refusal({ phase }: PegaConfig, problems: readonly Problem[]): pulumi.RunError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const list = problems.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
  return new pulumi.RunError(`phase "${phase}" has ${count}; nothing was changed.\n${list}`);
}
