import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { stackSchema } from "../../scripts/stack-schema/stack-file.ts";

const prefix = "kafka-migration:";

/** Another validator than an editor's; keywords for editors alone are unknown to it. */
export const ajv = new Ajv2020({ allErrors: true, strict: false });
addFormats.default(ajv);

const validate = ajv.compile(stackSchema());

/** Paths that the schema refuses in a parsed stack file, as the program writes them: `gates.maxLag`, each once. */
export function refusedPaths(file: unknown): string[] {
  validate(file);
  // `if` only repeats that something in its branch was refused.
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== "if");
  return [...new Set(errors.map(pathOf))];
}

/** The same of a config whose keys have no prefix. */
export const refusedIn = (config: object): string[] =>
  refusedPaths({
    config: Object.fromEntries(Object.entries(config).map(([key, value]) => [`${prefix}${key}`, value])),
  });

/** The key that is missing or not allowed belongs to the path. */
function pathOf({ instancePath, params }: ErrorObject): string {
  const { missingProperty, additionalProperty } = params as Record<string, string | undefined>;
  const inner = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const keys = [...inner, missingProperty ?? additionalProperty ?? []].flat();
  const own =
    keys[0] === "config" && keys[1]?.startsWith(prefix) ? [keys[1].slice(prefix.length), ...keys.slice(2)] : keys;
  return own.reduce((path, key) => {
    if (/^\d+$/.test(key)) return `${path}[${key}]`;
    if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? key : `${path}.${key}`;
  }, "");
}
