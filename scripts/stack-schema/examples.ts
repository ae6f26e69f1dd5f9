/** An example for each key: what a stack file of this repository has there, else what the schema says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseValue } from "../../config/text-value.ts";
import type { JsonSchema } from "./json-schema.ts";
import { formsOf, type Form, type Key } from "./keys.ts";

const root = join(import.meta.dirname, "..", "..");

/** The stack files of the repository; the first that has a key gives its example. */
const stacks = ["prod", "vendor", "pega", "dev"].map((stack) => {
  const { config } = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as { config: object };
  return Object.fromEntries(
    Object.entries(config as Record<string, unknown>).map(([key, value]) => [
      key.replace("kafka-migration:", ""),
      typeof value === "string" ? parseValue(value) : value,
    ]),
  );
});

/** A value that the key may have; undefined for a map whose keys are described one by one. */
export function exampleOf({ schema, places, forms }: Key): unknown {
  if (hasKeys(schema)) return undefined;
  const found = stacks.flatMap((stack) =>
    places.flatMap((place) => {
      const keys = place.split(".");
      const parents = valuesAt(stack, keys.slice(0, -1));
      return parents.filter((one) => isOf(one, forms)).flatMap((one) => valuesAt(one, keys.slice(-1)));
    }),
  );
  const short = found.filter((value) => fits(value, schema));
  return short[0] ?? fromSchema(schema);
}

function fromSchema(schema: JsonSchema): unknown {
  if (schema.examples) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.items?.examples) return [schema.items.examples[0]];
  if (schema.items?.enum) return [schema.items.enum[0]];
  const { default: byDefault } = schema;
  if (schema.type === "boolean") return byDefault !== true;
  if (schema.enum) return schema.enum.find((word) => word !== byDefault) ?? byDefault;
  const empty = byDefault === undefined || ["{}", "[]"].includes(JSON.stringify(byDefault));
  return empty ? undefined : byDefault;
}

/** Whether a key is a map, or a list of maps, whose keys are described one by one. */
export function hasKeys(schema: JsonSchema): boolean {
  if (schema.items) return schema.items.$ref !== undefined || hasKeys(schema.items);
  if (typeof schema.additionalProperties === "object" && !schema.properties) {
    const { type, $ref } = schema.additionalProperties;
    return $ref === undefined ? type === "object" && hasKeys(schema.additionalProperties) : $ref !== "#/$defs/json";
  }
  return formsOf(schema).some((form) => form.schema.properties !== undefined);
}

/** Whether a map is of one of the forms of a union. */
function isOf(value: unknown, forms: readonly Form[]): boolean {
  const map = (value ?? {}) as Record<string, unknown>;
  const isForm = ({ told, schema }: Form): boolean => {
    const required = schema.required ?? [];
    return Object.entries(told).every(([key, values]) =>
      key === ""
        ? required.every((one) => Object.hasOwn(map, one))
        : map[key] === undefined
          ? !required.includes(key)
          : values.split(", ").some((one) => one === map[key]),
    );
  };
  return forms.length === 0 || forms.some(isForm);
}

/** A value of another form of a union, and one that fills lines, is no example. */
function fits(value: unknown, { enum: words, const: only }: JsonSchema): boolean {
  if (words && !words.includes(value)) return false;
  if (only !== undefined && value !== only) return false;
  return JSON.stringify(value).length <= 120;
}

/** Every value at a path of dotted keys, with `[]` for each entry of a list and `<name>` for each key of a map. */
function valuesAt(value: unknown, [first, ...rest]: readonly string[]): unknown[] {
  if (first === undefined) return [value];
  if (typeof value !== "object" || value === null) return [];
  const key = first.replace(/(\[\])+$/, "");
  const inner = key === "<name>" ? Object.values(value) : [(value as Record<string, unknown>)[key]];
  const entries = first.endsWith("[]")
    ? inner.flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
    : inner;
  return entries.filter((one) => one !== undefined).flatMap((one) => valuesAt(one, rest));
}
