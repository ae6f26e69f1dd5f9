/** Values of a Helm chart: plain maps and lists; a leaf may be anything, also an Output of Pulumi. */
export interface Values {
  readonly [key: string]: unknown;
}

/** A plain map, as YAML and JSON make them; no list, no Output. */
export function isMap(value: unknown): value is Values {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Each layer over those before it, as Helm lays its values files over each other: maps key by key, anything else, lists
 * too, as a whole. A null stays one, because it takes a default of the chart away.
 */
export function mergeValues(...layers: readonly Values[]): Values {
  return layers.reduce((under, over) => {
    const merged = Object.entries(over).map(([key, value]) => {
      const below = under[key];
      return [key, isMap(below) && isMap(value) ? mergeValues(below, value) : value];
    });
    return { ...under, ...(Object.fromEntries(merged) as Values) };
  }, {});
}

/** What the templates of a chart see: the values over its defaults, without the keys that are null. */
export function effectiveValues(defaults: Values, values: Values): Values {
  return withoutNulls(mergeValues(defaults, values));
}

function withoutNulls(values: Values): Values {
  const kept = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept.map(([key, value]) => [key, isMap(value) ? withoutNulls(value) : value]));
}

/** The value at a path of keys; undefined where a key is missing or something on the way is no map. */
export function valueAt(values: Values, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((under, key) => (isMap(under) ? under[key] : undefined), values);
}
