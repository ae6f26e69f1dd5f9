import { shown, type Disguise } from "./disguise-leaves.ts";
import { objectChanges, type RenderedObject } from "./rendered.ts";
import { isMap, valueAt, type Values } from "./values.ts";

/** Keys of the environment ConfigMap that say which Platform and which database runs. */
const guardedVariables = [
  "DB_TYPE",
  "JDBC_URL",
  "RULES_SCHEMA",
  "DATA_SCHEMA",
  "CUSTOMERDATA_SCHEMA",
  "IS_PEGA_25_OR_LATER",
  "HZ_VERSION",
];

/** What the rendered objects say whatever the values do: images of containers, Jobs, schemas. */
export function objectDisguises(before: readonly RenderedObject[], after: readonly RenderedObject[]): Disguise[] {
  const olds = new Map(before.map((object) => [`${object.kind} ${object.name}`, object]));
  const altered = after.flatMap((object) => {
    const old = olds.get(`${object.kind} ${object.name}`);
    return old === undefined ? newcomer(object) : [...images(old, object), ...variables(old, object)];
  });
  return altered;
}

/** A Job is how the chart installs and upgrades. */
function newcomer(object: RenderedObject): Disguise[] {
  if (!["Job", "CronJob", "Pod"].includes(object.kind)) return [];
  const why = "a Job of this chart installs or upgrades the Platform";
  const wanted = [...imagesOf(object.body).values()].join(", ") || "present";
  return [{ key: `${object.kind} ${object.name}`, running: "nothing", wanted, why }];
}

function images(old: RenderedObject, young: RenderedObject): Disguise[] {
  const [running, wanted] = [imagesOf(old.body), imagesOf(young.body)];
  const names = [...new Set([...running.keys(), ...wanted.keys()])];
  return names.flatMap((name) => {
    const [was, becomes] = [running.get(name) ?? "nothing", wanted.get(name) ?? "nothing"];
    const why = "the container would run other software, whichever value or template makes it";
    return was === becomes
      ? []
      : [{ key: `${young.kind} ${young.name}: image of ${name}`, running: was, wanted: becomes, why }];
  });
}

/** Image by container's name, of pods and of everything with a template of one. */
function imagesOf(body: Values): ReadonlyMap<string, string> {
  const specs = [["spec"], ["spec", "template", "spec"], ["spec", "jobTemplate", "spec", "template", "spec"]];
  const containers = specs.flatMap((path) =>
    ["initContainers", "containers"].flatMap((list) => {
      const found = valueAt(body, ...path, list);
      return Array.isArray(found) ? (found as unknown[]).filter(isMap) : [];
    }),
  );
  return new Map(containers.map((one) => [String(one["name"]), String(one["image"])]));
}

function variables(old: RenderedObject, young: RenderedObject): Disguise[] {
  if (young.kind !== "ConfigMap") return [];
  return guardedVariables.flatMap((name) => {
    const [was, becomes] = [old, young].map(({ body }) => valueAt(body, "data", name));
    const why = "it says which Platform and which database runs";
    return was === becomes
      ? []
      : [
          {
            key: `ConfigMap ${young.name}: ${name}`,
            running: shown(was),
            wanted: shown(becomes),
            why,
          },
        ];
  });
}

/**
 * What another chart makes of the values that run: the running release against the wanted chart rendered with exactly
 * these values. Anything here is the chart's doing, whatever its version says.
 */
export function chartDrift(running: readonly RenderedObject[], again: readonly RenderedObject[]): Disguise[] {
  return objectChanges(running, again).map(({ object, change, differences }) => ({
    key: `chart: ${object.kind} ${object.name}`,
    running:
      change === "added"
        ? "nothing"
        : change === "removed"
          ? "present"
          : differences.map(({ path }) => path).join(", "),
    wanted: change === "removed" ? "nothing" : change === "added" ? "present" : "otherwise",
    why: "the chart renders this otherwise for the values that run; use the chart that the release was made with, or update the release to it by itself first",
  }));
}
