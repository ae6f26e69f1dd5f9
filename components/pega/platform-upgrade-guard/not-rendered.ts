/** What no rendered object shows. */
import type { ChartFacts } from "../chart.ts";
import { differenceLines } from "../rendered-change.ts";
import { differencesOf } from "../rendered.ts";
import { valueAt, type Values } from "../values.ts";

/** Another chart may render other software and other defaults. What is not known of a chart is not compared. */
export function chartUpgrades(running: ChartFacts, wanted: ChartFacts): readonly string[] {
  return (["name", "version", "appVersion"] as const).flatMap((field) => {
    const [before, after] = [running[field], wanted[field]];
    if (!before || !after || before === after) return [];
    return [`chart ${field}: runs with ${before}, would become ${after}; update the chart by itself first`];
  });
}

export function valueUpgrades(before: Values, after: Values): readonly string[] {
  return [...action(after), ...movingImage(after), ...installer(before, after)];
}

function action(values: Values): string[] {
  const execute = valueAt(values, "global", "actions", "execute");
  if (execute === undefined || execute === "deploy") return [];
  return [
    `global.actions.execute: found ${JSON.stringify(execute)}; allowed: deploy, which leaves the Platform and its database as they are`,
  ];
}

/** A pod that starts again pulls what the tag means by then. */
function movingImage(values: Values): string[] {
  const [reference, policy] = ["image", "imagePullPolicy"].map((key) =>
    valueAt(values, "global", "docker", "pega", key),
  );
  if (typeof reference !== "string" || !isMoving(reference)) return [];
  const isLatest = !/:[^:/]+$/.test(reference) || reference.endsWith(":latest");
  if (policy !== "Always" && !(isLatest && (policy === undefined || policy === ""))) return [];
  return [
    `global.docker.pega.imagePullPolicy: found ${policy === "Always" ? policy : "none, which means Always for latest"}, so ` +
      `every pod that restarts pulls ${reference} again, whatever that is by then; pin the image in an update of its own`,
  ];
}

/** An image reference that may mean other software tomorrow: no digest, and no version of three numbers or a date. */
function isMoving(reference: string): boolean {
  if (reference.includes("@sha256:")) return false;
  const tag = /:([^:/]+)$/.exec(reference)?.[1];
  return tag === undefined || !/\d+[.-]\d+[.-]\d+|\d{8}/.test(tag);
}

/** The chart renders nothing of it with `deploy`; Helm keeps it, and the next install or upgrade takes it. */
function installer(before: Values, after: Values): string[] {
  const differences = differencesOf({ installer: before["installer"] }, { installer: after["installer"] });
  return differences
    .flatMap((one) => differenceLines("", one))
    .map((line) => `${line.trim()}; it prepares an upgrade of the Platform`);
}
