import type { RunningRelease } from "@kafka-migration/kafka";
import { changedLeaves, isSame, shown, type Disguise } from "./disguise-leaves.ts";
import { objectDisguises } from "./disguise-objects.ts";
import { guardOf, isMoving } from "./disguise-rules.ts";
import { tierDisguises } from "./disguise-tiers.ts";
import { objectsOfRelease, type RenderedObject } from "./rendered.ts";
import { effectiveValues, valueAt, type Values } from "./values.ts";

export type { Disguise } from "./disguise-leaves.ts";

/** One side of a comparison: a release that runs, or one that is wanted. */
export interface ComparedRelease {
  readonly chart: {
    readonly name: string;
    /** @default not compared */
    readonly version?: string;
    /** @default not compared */
    readonly appVersion?: string;
    /** The chart's own values. @default not compared, and taken for those of the other side */
    readonly values?: Values;
  };
  /** The user's values; of the wanted release those with the row's overlay. */
  readonly values: Values;
  /** As rendered, hooks too. @default not compared */
  readonly objects?: readonly RenderedObject[];
}

/** A release that runs, as it is compared. */
export function comparedRelease(running: RunningRelease): ComparedRelease {
  const { name, version, appVersion, values } = running.chart;
  return {
    chart: { name, version, ...(appVersion !== "" && { appVersion }), values },
    values: running.values,
    objects: objectsOfRelease(running),
  };
}

/**
 * What of a change is an upgrade of the Platform, or cannot be told from one. Everything else passes: what the move
 * itself changes (replicas and autoscalers of producers, brokers' tiers, `stream`, certificates), and what changes
 * neither the software nor its database (resources, probes, labels, Java options, services, disruption budgets). That
 * is seen in the rendered change of the preview.
 * @param producers tiers that may go to 0
 */
export function upgradesInDisguise(
  running: ComparedRelease,
  wanted: ComparedRelease,
  producers: readonly string[],
): readonly Disguise[] {
  const defaults = {
    running: running.chart.values ?? wanted.chart.values ?? {},
    wanted: wanted.chart.values ?? running.chart.values ?? {},
  };
  const before = effectiveValues(defaults.running, running.values);
  const after = effectiveValues(defaults.wanted, wanted.values);
  const found = [
    ...chartDisguises(running.chart, wanted.chart),
    ...actionDisguise(before, after),
    ...valueDisguises(before, after),
    ...movingImage(before, after),
    ...defaultDisguises({ before, after }, defaults, running.values, wanted.values),
    ...tierDisguises(before, after, producers),
  ];
  const objects = running.objects && wanted.objects ? objectDisguises(running.objects, wanted.objects) : [];
  // The object says again what the value has said.
  const told = new Set(found.map((one) => JSON.stringify([one.running, one.wanted])));
  return [...found, ...objects.filter((one) => !told.has(JSON.stringify([one.running, one.wanted])))];
}

/** One sentence for a person. */
export const disguiseSentence = ({ key, running, wanted, why }: Disguise): string =>
  `${key}: ${running === wanted ? `is ${running}` : `runs with ${running}, would become ${wanted}`}; ${why}`;

function chartDisguises(running: ComparedRelease["chart"], wanted: ComparedRelease["chart"]): Disguise[] {
  const why = "another chart may render other software and other defaults; update the chart by itself first";
  return (["name", "version", "appVersion"] as const).flatMap((field) => {
    const [before, after] = [running[field], wanted[field]];
    if (before === undefined || after === undefined || before === after) return [];
    return [{ key: `chart ${field}`, running: before, wanted: after, why }];
  });
}

function actionDisguise(before: Values, after: Values): Disguise[] {
  const [running, wanted] = [before, after].map((values) => valueAt(values, "global", "actions", "execute"));
  if (wanted === "deploy" || (running === undefined && wanted === undefined)) return [];
  const why = "only deploy leaves the Platform and its database as they are";
  return [{ key: "global.actions.execute", running: shown(running), wanted: shown(wanted), why }];
}

/** Guarded keys outside of `global.tier`, which is compared tier by tier. */
function valueDisguises(before: Values, after: Values): Disguise[] {
  return changedLeaves(before, after, "inside").flatMap(({ path, running, wanted }) => {
    if (path[0] === "stream" || (path[0] === "global" && path[1] === "tier")) return [];
    const why = guardOf(path);
    if (why === undefined) return [];
    const pinned = isDigest(running) !== isDigest(wanted) && path.join(".") === "global.docker.pega.image";
    const remedy = pinned ? "; a tag and a digest cannot be compared, pin the image in an update of its own" : "";
    const [was, becomes] = [running, wanted].map((value) => shown(value, path));
    return [{ key: path.join("."), running: was!, wanted: becomes!, why: `${why}${remedy}` }];
  });
}

const isDigest = (value: unknown): boolean => typeof value === "string" && value.includes("@sha256:");

/** A pod that starts again pulls what the tag means by then. */
function movingImage(before: Values, after: Values): Disguise[] {
  const reference = valueAt(after, "global", "docker", "pega", "image");
  if (typeof reference !== "string" || !isMoving(reference)) return [];
  const policy = valueAt(after, "global", "docker", "pega", "imagePullPolicy");
  const latest = !/:[^:/]+$/.test(reference) || reference.endsWith(":latest");
  if (policy !== "Always" && !(latest && (policy === undefined || policy === ""))) return [];
  const was = valueAt(before, "global", "docker", "pega", "imagePullPolicy");
  return [
    {
      key: "global.docker.pega.imagePullPolicy",
      running: shown(was),
      wanted: shown(policy),
      why: `every pod that restarts pulls ${reference} again, whatever that is by then; pin the image in an update of its own`,
    },
  ];
}

/** Defaults that change while nobody's values do. */
function defaultDisguises(
  effective: { before: Values; after: Values },
  defaults: { running: Values; wanted: Values },
  said: Values,
  saidNow: Values,
): Disguise[] {
  return changedLeaves(defaults.running, defaults.wanted, "whole").flatMap(({ path }) => {
    const why = "the chart's default changes, no value does; set the key in the values as it runs, or keep the chart";
    const overlaid = [said, saidNow].every((values) => valueAt(values, ...path) !== undefined);
    const [running, wanted] = [effective.before, effective.after].map((values) => valueAt(values, ...path));
    if (overlaid || isSame(running, wanted) || guardOf(path) !== undefined) return [];
    return [{ key: path.join("."), running: shown(running, path), wanted: shown(wanted, path), why }];
  });
}
