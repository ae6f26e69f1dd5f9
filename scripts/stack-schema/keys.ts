/** Every key of the config as a list: what docs/config.md is written from. */
import type { JsonSchema } from "./json-schema.ts";

/** One key, at its dotted path: `[]` is any entry of a list, `<name>` any name in a map. */
export interface Key {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
  /** Forms of a union that have the key; empty where every form has it. */
  readonly forms: readonly Form[];
  /** What tells these forms from the others, as text. */
  readonly told: readonly string[];
  /** Where the same keys are described already; the key's own are then left out. */
  readonly sameAs?: string;
  /** Everywhere that the key may be written, its own path first: keys of a shared definition are described once. */
  readonly places: string[];
}

/** One form of a union, with the values or keys that tell it from the others. */
export interface Form {
  readonly schema: JsonSchema;
  readonly told: Readonly<Record<string, string>>;
}

/** What was described before: keys by their place, and where a definition's keys are. One of it for the whole page. */
export interface Described {
  readonly keys: Map<string, Key>;
  readonly definitions: Map<string, string>;
}

/** Keys of a config that were not described before, in its own order; adds them to `described`. */
export function keysOf(
  name: string,
  config: JsonSchema,
  $defs: Readonly<Record<string, JsonSchema>>,
  described: Described,
): Key[] {
  const found: Key[] = [];

  /** `canonical` is the path at which a key is described, `path` one at which it may be written. */
  function visit(scope: string, canonical: string, path: string, one: Having): void {
    const { schema, required, having, told } = one;
    const definition = definitionOf(schema);
    const whole = resolve(schema);
    const before = definition === undefined ? undefined : described.definitions.get(definition);
    const id = [scope, canonical, ...told].join("\n");
    const existing = described.keys.get(id);
    if (existing) existing.places.push(path);
    else {
      const sameAs = before === canonical ? undefined : before;
      const key = { path: canonical, schema: whole, required, forms: having, told, places: [path] };
      found.push(sameAs === undefined ? key : { ...key, sameAs });
      described.keys.set(id, found.at(-1)!);
    }
    if (definition !== undefined && before === undefined) described.definitions.set(definition, canonical);
    inside(definition === undefined ? scope : "", before ?? canonical, path, whole);
  }

  function inside(scope: string, canonical: string, path: string, schema: JsonSchema): void {
    if (schema.items) return inside(scope, `${canonical}[]`, `${path}[]`, resolve(schema.items));
    if (typeof schema.additionalProperties === "object" && schema.properties === undefined)
      return inside(scope, `${canonical}.<name>`, `${path}.<name>`, resolve(schema.additionalProperties));
    for (const [key, group] of grouped(schema))
      for (const one of group) visit(scope, join(canonical, key), join(path, key), one);
  }

  const definitionOf = ({ $ref }: JsonSchema): string | undefined =>
    $ref === undefined || $ref === anyValue ? undefined : $ref.replace("#/$defs/", "");

  const resolve = (schema: JsonSchema): JsonSchema =>
    schema.$ref === undefined ? schema : { ...$defs[schema.$ref.replace("#/$defs/", "")], ...schema };

  inside(name, "", "", config);
  return found;
}

const anyValue = "#/$defs/json";

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

/** The forms of a schema: one for an object, several for a union of objects. */
export function formsOf(schema: JsonSchema, told: Readonly<Record<string, string>> = {}): Form[] {
  if (isByValue(schema)) {
    return schema.allOf!.flatMap((one) => {
      const [[key, condition] = ["", {}]] = Object.entries(one.if!.properties ?? {});
      const values = ((condition as JsonSchema).enum ?? []).join(", ");
      return formsOf(one.then!, { ...told, [key]: values });
    });
  }
  // The two shapes of a cluster are keys of one form; a union by keys has no properties of its own.
  if (schema.if && schema.properties === undefined) {
    const forms: Form[] = [];
    for (let at: JsonSchema | undefined = schema; at?.then; at = at.else)
      forms.push({ schema: at.then, told: { ...told, "": `{${(at.then.required ?? []).join(", ")}}` } });
    return forms;
  }
  return [{ schema, told }];
}

/** A property, with the forms that have it like this. */
interface Having {
  readonly schema: JsonSchema;
  readonly required: boolean;
  readonly having: readonly Form[];
  readonly told: readonly string[];
}

/** Properties of all forms by key; those that differ between forms, or are required in some, apart. */
function grouped(schema: JsonSchema): Map<string, Having[]> {
  const forms = formsOf(schema);
  const groups = new Map<string, Having[]>(discriminators(schema).map(([key, one]) => [key, [one]]));
  const apart = new Set(groups.keys());
  const byKey = new Map<string, { schema: JsonSchema; required: boolean; having: Form[] }[]>();
  for (const form of forms)
    for (const [key, of] of Object.entries(form.schema.properties ?? {})) {
      if (typeof of !== "object" || apart.has(key)) continue;
      const required = (form.schema.required ?? []).includes(key);
      const group = byKey.get(key) ?? [];
      const same = group.find((one) => one.required === required && JSON.stringify(one.schema) === JSON.stringify(of));
      if (same) same.having.push(form);
      else group.push({ schema: of, required, having: [form] });
      byKey.set(key, group);
    }
  for (const [key, group] of byKey)
    groups.set(
      key,
      group.map((one) => {
        const all = one.having.length === forms.length;
        return { ...one, having: all ? [] : one.having, told: all ? [] : toldBy(one.having, forms) };
      }),
    );
  return groups;
}

/** Keys whose values tell the forms of a union apart; every form has them. */
function discriminators(schema: JsonSchema): [string, Having][] {
  if (!isByValue(schema)) return [];
  const own = Object.entries(schema.properties ?? {}).map(([key, of]): [string, Having] => {
    const required = (schema.required ?? []).includes(key);
    return [key, { schema: of as JsonSchema, required, having: [], told: [] }];
  });
  const inner = schema.allOf!.flatMap(({ then }) => discriminators(then!));
  return [...new Map([...inner, ...own].reverse())];
}

const isByValue = ({ allOf }: JsonSchema): boolean => allOf?.every((one) => one.if && one.then) ?? false;

/** What tells the forms that have a key from the others, as far as the text needs it. */
function toldBy(having: readonly Form[], all: readonly Form[]): string[] {
  const texts = (forms: readonly Form[], key: string): string[] => [
    ...new Set(forms.map(({ told }) => told[key] ?? "")),
  ];
  const keys = Object.keys(all[0]?.told ?? {}).filter((key) => texts(having, key).length < texts(all, key).length);
  return keys.map((key) => {
    const values = texts(having, key).map((one) => (key === "" ? `\`${one}\`` : one));
    return key === "" ? values.join(" or ") : `\`${key}\` ${values.join(", ")}`;
  });
}
