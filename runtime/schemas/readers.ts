/** Whether what was written can be read by new versions of its consumers, whose schemas the config names. */
import type { ErrorObject, ValidateFunction } from "ajv";
import type { ReaderSchema } from "../model/reader-schema.ts";

/** Says what keeps a decoded content from being what a JSON Schema describes; null where nothing does. */
export type Validate = (content: unknown) => string | null;

/** Makes the check of a JSON Schema, of the draft that it names. Rejects with what is wrong with the schema itself. */
export async function validator({ schema }: ReaderSchema): Promise<Validate> {
  const parsed = JSON.parse(schema) as { readonly $schema?: string };
  const check = (await ajvOf(String(parsed.$schema ?? ""))).compile(parsed);
  return (content) => (check(content) ? null : reasonIn(check));
}

async function ajvOf(draft: string) {
  // Consumers' libraries take keywords that they do not know for notes, and so does this.
  const options = { strict: false, validateFormats: false, logger: false } as const;
  if (draft.includes("2020-12")) return new (await import("ajv/dist/2020.js")).Ajv2020(options);
  if (draft.includes("2019-09")) return new (await import("ajv/dist/2019.js")).Ajv2019(options);
  return new (await import("ajv")).Ajv(options);
}

/** The place in the schema, never one in the content: names of fields there may be what must not be printed. */
function reasonIn({ errors }: ValidateFunction): string {
  const [first] = errors as readonly ErrorObject[];
  return `it is not as ${first!.schemaPath} demands`;
}
