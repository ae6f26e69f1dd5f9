/** Config schemas as JSON Schema, in a form that lets a validator name the key that is wrong. */
import { z } from "zod";
import { pegaSchema } from "../../config/pega/schema.ts";
import { configSchema } from "../../config/schema.ts";

/** What a property of a JSON Schema (2020-12) may hold, as far as this project writes it. */
export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  pattern?: string;
  /** What editors say of a text that does not match the pattern; no keyword of JSON Schema itself. */
  patternErrorMessage?: string;
  format?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, JsonSchema | boolean>;
  patternProperties?: Record<string, JsonSchema | boolean>;
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  required?: string[];
  items?: JsonSchema;
  if?: JsonSchema;
  then?: JsonSchema;
  else?: JsonSchema;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  $defs?: Record<string, JsonSchema>;
  $ref?: string;
  [keyword: string]: unknown;
}

/** The config of a migration of a cluster and that of a release of Pega, and the definitions that both refer to. */
export function configSchemas(): { migration: JsonSchema; pega: JsonSchema; $defs: Record<string, JsonSchema> } {
  const both = z.toJSONSchema(z.object({ migration: configSchema, pega: pegaSchema }), {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => rewrite(zodSchema, jsonSchema as JsonSchema),
  }) as JsonSchema;
  const { migration, pega } = both.properties as Record<string, JsonSchema>;
  // What zod writes for any JSON value refers to itself; any value is what it means.
  const { __schema0: _, ...$defs } = both.$defs ?? {};
  return { migration: migration!, pega: pega!, $defs: { ...$defs, json: { description: "any value" } } };
}

/** What a reference to a definition says for itself; zod repeats the definition where an override has changed it. */
const besideReference = new Set(["$ref", "description", "default", "examples"]);

function rewrite(zodSchema: z.core.$ZodTypes, schema: JsonSchema): void {
  // Bounds that zod adds to every whole number; nobody asked for them.
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.$ref !== undefined) {
    for (const key of Object.keys(schema)) if (!besideReference.has(key)) delete schema[key];
    return;
  }
  const { def } = zodSchema._zod;
  if (def.type !== "union" || schema.oneOf === undefined) return;
  const { oneOf, ...rest } = schema;
  const discriminator = "discriminator" in def ? (def.discriminator as string) : undefined;
  const options = def.options as readonly z.core.$ZodTypes[];
  for (const key of Object.keys(schema)) delete schema[key];
  Object.assign(
    schema,
    rest,
    discriminator === undefined ? byKeys(options, oneOf) : byValue(discriminator, options, oneOf),
  );
}

/** A union told apart by the value of one key: a wrong value is an error of that key, anything else one of its form. */
function byValue(key: string, options: readonly z.core.$ZodTypes[], forms: readonly JsonSchema[]): JsonSchema {
  const values = options.map(({ _zod }) => [...(_zod.propValues?.[key] ?? [])]);
  const needed = values.flat().includes(undefined) ? {} : { required: [key] };
  const described = forms.map((form) => ownProperty(form, key).description);
  const allowed = values.map((of) => of.filter((value) => value !== undefined));
  const meanings = allowed.flatMap((of, at) => of.map((value) => `${String(value)}: ${described[at] ?? ""}`));
  return {
    type: "object",
    properties: {
      [key]: {
        description: [...new Set(meanings)].join("; "),
        enum: allowed.flat(),
        ...defaultOf(forms.map((form) => ownProperty(form, key))),
      },
    },
    ...needed,
    allOf: forms.map((form, at) => ({
      if: {
        properties: { [key]: { enum: allowed[at]! } },
        ...(values[at]!.includes(undefined) ? {} : { required: [key] }),
      },
      then: form,
    })),
  };
}

/** A property of a form, or of the forms that it is a union of. */
function ownProperty(form: JsonSchema, key: string): JsonSchema {
  const direct = form.properties?.[key];
  if (typeof direct === "object") return direct;
  const inner = (form.allOf ?? []).flatMap(({ then }) => (then === undefined ? [] : [ownProperty(then, key)]));
  return inner[0] ?? {};
}

const defaultOf = (properties: readonly JsonSchema[]): JsonSchema => {
  const given = properties.find((one) => one.default !== undefined);
  return given === undefined ? {} : { default: given.default };
};

/** A union told apart by the keys it has: the first key that only one form has decides which form is meant. */
function byKeys(options: readonly z.core.$ZodTypes[], forms: readonly JsonSchema[]): JsonSchema {
  const keys = forms.map((form) => Object.keys(form.properties ?? {}));
  if (keys.some((of) => of.length === 0)) throw new Error(`a union of ${options.length} forms without keys`);
  const own = keys.map((of, at) =>
    of.filter((key) => keys.every((others, other) => other === at || !others.includes(key))),
  );
  const allowed = forms.map((form) => `{${(form.required ?? []).join(", ")}}`).join(" or ");
  const neither: JsonSchema = {
    properties: Object.fromEntries(
      forms.flatMap((form) =>
        Object.entries(form.properties ?? {}).map(([key, of]) => [
          key,
          { description: (of as JsonSchema).description ?? "" },
        ]),
      ),
    ),
    additionalProperties: false,
    anyOf: forms.map((form) => ({ required: form.required ?? [] })),
    errorMessage: `allowed: ${allowed}`,
  };
  const chain = forms.reduceRight<JsonSchema>((otherwise, form, at) => {
    const condition = own[at]!.map((key) => ({ required: [key] }));
    return { if: condition.length === 1 ? condition[0]! : { anyOf: condition }, then: form, else: otherwise };
  }, neither);
  return { type: "object", ...chain };
}
