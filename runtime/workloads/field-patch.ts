/** The JSON patch that gives an object the values of a side. Pure. */
import type { FieldPlace } from "../model/workloads.ts";

export interface Operation {
  readonly op: "test" | "add" | "replace";
  readonly path: string;
  readonly value: unknown;
}

/** What a container's variable is given, or a text. */
export type ResolvedValue =
  { readonly text: string } | { readonly secretKeyRef: { readonly name: string; readonly key: string } };

export interface PlacedField {
  readonly place: FieldPlace;
  readonly value: ResolvedValue;
  /** Of a container's variable: the fields that lead to the pod template. */
  readonly template?: readonly string[];
}

/**
 * Operations for all fields of one object, none for those that have their value. A list's items are named by their
 * index, so each is tested to be the one that was read: somebody may edit the object meanwhile.
 * Throws if there is no such container.
 */
export function patchOf(title: string, object: object, fields: readonly PlacedField[]): readonly Operation[] {
  const data = fields.flatMap(({ place, value }) => ("key" in place ? [{ place, value }] : []));
  const variables = fields.flatMap(({ place, value, template = [] }) =>
    "container" in place ? [{ place, value, template }] : [],
  );
  return [...dataOperations(object, data), ...variableOperations(title, object, variables)];
}

function dataOperations(
  object: { readonly data?: Readonly<Record<string, string>> },
  fields: readonly { readonly place: Exclude<FieldPlace, { container: string }>; readonly value: ResolvedValue }[],
): Operation[] {
  const wanted = fields.flatMap(({ place, value }) => {
    if (!("text" in value)) throw new Error("only a container's variable can be pointed at a Secret");
    const text = "secret" in place ? Buffer.from(value.text).toString("base64") : value.text;
    return object.data?.[place.key] === text ? [] : [{ key: place.key, text }];
  });
  if (wanted.length === 0) return [];
  const none: Operation[] = object.data === undefined ? [{ op: "add", path: "/data", value: {} }] : [];
  return [
    ...none,
    ...wanted.map(({ key, text }): Operation => ({ op: "add", path: pointer("data", key), value: text })),
  ];
}

interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
}

function variableOperations(
  title: string,
  object: object,
  fields: readonly {
    readonly place: Extract<FieldPlace, { container: string }>;
    readonly value: ResolvedValue;
    readonly template: readonly string[];
  }[],
): Operation[] {
  const begun = new Set<string>();
  return fields.flatMap(({ place, value, template }): Operation[] => {
    const path = [...template, "spec", "containers"];
    const containers = valueAt(object, path) as readonly Container[] | undefined;
    const index = containers?.findIndex(({ name }) => name === place.container) ?? -1;
    if (index < 0) {
      const names = containers?.map(({ name }) => name).join(", ") || "none";
      throw new Error(`${title} has no container ${place.container}; its containers are ${names}`);
    }
    const { env = [] } = containers![index]!;
    const at = env.findIndex(({ name }) => name === place.env);
    const entry =
      "text" in value
        ? { name: place.env, value: value.text }
        : { name: place.env, valueFrom: { secretKeyRef: value.secretKeyRef } };
    if (at >= 0 && holds(env[at]!, value)) return [];
    const container = [...path, String(index)];
    const here: Operation = { op: "test", path: pointer(...container, "name"), value: place.container };
    if (at >= 0) {
      const variable = [...container, "env", String(at)];
      return [
        here,
        { op: "test", path: pointer(...variable, "name"), value: place.env },
        { op: "replace", path: pointer(...variable), value: entry },
      ];
    }
    const list = pointer(...container, "env");
    const none: Operation[] = env.length === 0 && !begun.has(list) ? [{ op: "add", path: list, value: [] }] : [];
    begun.add(list);
    return [here, ...none, { op: "add", path: `${list}/-`, value: entry }];
  });
}

function holds(
  variable: {
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { name?: string; key?: string } };
  },
  wanted: ResolvedValue,
): boolean {
  if ("text" in wanted) return variable.valueFrom === undefined && (variable.value ?? "") === wanted.text;
  const { name, key } = variable.valueFrom?.secretKeyRef ?? {};
  return name === wanted.secretKeyRef.name && key === wanted.secretKeyRef.key;
}

const valueAt = (object: unknown, path: readonly string[]): unknown =>
  path.reduce((at, field) => (at as Record<string, unknown> | undefined)?.[field], object);

/** A JSON pointer (RFC 6901). */
const pointer = (...path: readonly string[]): string =>
  path.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
