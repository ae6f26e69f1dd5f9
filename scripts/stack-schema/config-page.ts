/** docs/config.md: every key of a stack file. */
import { format } from "prettier";
import { stringify } from "yaml";
import { exampleOf } from "./examples.ts";
import { configSchemas, type JsonSchema } from "./json-schema.ts";
import { keysOf, type Key } from "./keys.ts";
import { modeline, schemaFile } from "./stack-file.ts";

/** Keys of a migration of a cluster, and of a release of Pega, in the order of the page. */
export function allKeys(): { readonly migration: readonly Key[]; readonly pega: readonly Key[] } {
  const { migration, pega, $defs } = configSchemas();
  const described = { keys: new Map<string, Key>(), definitions: new Map<string, string>() };
  return {
    migration: keysOf("migration", migration, $defs, described),
    pega: keysOf("pega", pega, $defs, described),
  };
}

export async function configPage(): Promise<string> {
  const { migration, pega } = allKeys();
  const same = new Set(migration.map((key) => JSON.stringify([key.path, key.schema])));
  const isShared = (section: string): boolean =>
    sectionKeys(pega, section).every((key) => same.has(JSON.stringify([key.path, key.schema])));
  const [ours, pegas] = [sections(migration), sections(pega)];
  const own = pegas.filter((section) => !isShared(section));
  const shared = pegas.filter((section) => !own.includes(section));
  const text = [
    `# Config

<!-- Written by npm run golden from the schemas in config/; edit the descriptions there. -->

A stack's file, \`Pulumi.<stack>.yaml\`, holds these keys under \`config:\`, each with the prefix \`kafka-migration:\`:

\`\`\`yaml
${modeline}
config:
  kafka-migration:phase: prepare
  kafka-migration:gates:
    maxLag: 5000
\`\`\`

The first line lets an editor with a YAML language server mark what \`${schemaFile}\` refuses, complete keys and show
their descriptions. \`pulumi preview\` checks the same, and what a schema cannot see: keys that contradict each other,
and names that are not in the inventory.

\`pulumi config set\` writes the whole file in a form of its own: maps as blocks, lists of addresses one a line, and
\`production: "true"\` in quotes, because Pulumi keeps a value that is no map and no list as text. The stack files of this
repository are in that form, so that a step changes one line.

In a path, \`[]\` is an entry of a list and \`<name>\` a name that you choose. A key is required where no default is given.
Examples are from the stack files of this repository where one has the key. Nothing here is a secret: keys name the
Secrets of Kubernetes that hold passwords and keys.

- A migration of a cluster: ${ours.map((one) => `[${one}](#${one.toLowerCase()})`).join(", ")}.
- A Helm release of Pega, with the strategies \`pega-drained\` and \`pega-lossy\`:
  ${pegas.map((one) => `[${one}](#${own.includes(one) ? pegaAnchor(one) : one.toLowerCase()})`).join(", ")}.`,
    ...ours.map((section) => sectionText(section, section, sectionKeys(migration, section))),
    `# Config of a Pega release

A stack with the strategy \`pega-drained\` or \`pega-lossy\` has ${listed(shared)} as described above, and these:`,
    ...own.map((section) => sectionText(`Pega: ${section}`, section, sectionKeys(pega, section), "pega-")),
  ];
  return format(text.join("\n\n"), { parser: "markdown", printWidth: 120, proseWrap: "always" });
}

const pegaAnchor = (section: string): string => `pega-${section.toLowerCase()}`;

const listed = (names: readonly string[]): string => {
  const quoted = names.map((name) => `[\`${name}\`](#${name.toLowerCase()})`);
  return `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
};

const sectionOf = ({ path }: Key): string => /^[\w-]+/.exec(path)![0];
const sections = (keys: readonly Key[]): string[] => [...new Set(keys.map(sectionOf))];
const sectionKeys = (keys: readonly Key[], section: string): Key[] => keys.filter((key) => sectionOf(key) === section);

function sectionText(title: string, section: string, keys: readonly Key[], anchors = ""): string {
  const known = new Set<string>();
  const own = keys.find(({ path }) => path === section)!;
  const others = keys.filter((key) => key !== own).map((key) => `- ${anchor(key, anchors, known)}${keyText(key)}`);
  return [`## ${title}`, bodyText(own), others.join("\n")].join("\n\n");
}

/** The place that links lead to; where forms have keys of one path, the first of them. */
function anchor({ path }: Key, prefix: string, known: Set<string>): string {
  const id = anchorOf(path);
  if (known.has(id)) return "";
  known.add(id);
  return `<a id="${prefix}${id}"></a>`;
}

const anchorOf = (path: string): string => path.replaceAll("[]", "").replaceAll(/[<>]/g, "");

function keyText(key: Key): string {
  const when = key.told.length === 0 ? "" : ` (with ${key.told.join(", ")})`;
  return `**\`${key.path}\`**${when}: ${bodyText(key)}`;
}

/** Meaning, what is allowed, default and example of a key. */
function bodyText(key: Key): string {
  const { meaning, byDefault } = descriptionOf(key);
  const example = exampleOf(key);
  const name = key.path.replace(/^.*\./, "");
  const parts = [
    `${sentence(meaning)}`,
    key.sameAs === undefined
      ? `_${sentence(allowedText(key.schema))}_`
      : `The same keys as [\`${key.sameAs}\`](#${anchorOf(key.sameAs)}).`,
    key.required ? "Required." : `Default: ${defaultText(key, byDefault ?? "")}.`,
    example === undefined ? "" : `Example: \`${flow({ [name]: example }).slice(2, -2)}\`.`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** A default; one that is a value is code. */
function defaultText({ schema }: Key, text: string): string {
  const value = plain(schema.default);
  if (value === "" || !text.startsWith(value)) return escaped(text);
  return `\`${value}\`${escaped(text.slice(value.length))}`;
}

/** A value as descriptions write it. */
export const plain = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

/** Text that Markdown takes as it is, but for what is in backticks already. */
const escaped = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll(/[*_<]/g, "\\$&")))
    .join("");

/** A value on one line, as it is written in a stack file. */
const flow = (value: unknown): string => stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();

/** The two parts of a description: its meaning, and the default, which comes last. */
export function descriptionOf({ schema, required }: Key): { meaning: string; byDefault?: string } {
  const text = schema.description ?? "";
  const at = text.lastIndexOf("; default: ");
  if (at >= 0) return { meaning: text.slice(0, at), byDefault: text.slice(at + "; default: ".length) };
  if (required) return { meaning: text };
  if (JSON.stringify(schema.default) === "{}") return { meaning: text, byDefault: "those of its keys" };
  return schema.default === undefined ? { meaning: text } : { meaning: text, byDefault: flow(schema.default) };
}

/** A text as a sentence; one that begins with a value is left as it is. */
const sentence = (text: string): string => {
  const isValue = /^(true|false)\b|^[\w-]+:/.test(text);
  const first = isValue ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return first.endsWith(".") ? first : `${first}.`;
};

/** What a value may be, in words. */
export function allowedText(schema: JsonSchema): string {
  const { type, const: only, enum: words, minItems, items } = schema;
  if (only !== undefined) return `\`${flow(only)}\``;
  if (words) return words.map((word) => `\`${String(word)}\``).join(", ");
  if (type === "boolean") return "`true` or `false`";
  if (type === "integer" || type === "number")
    return `${type === "integer" ? "whole number" : "number"}${range(schema)}`;
  if (type === "array") return `list${minItems ? " of one or more" : ""}: ${entryText(items ?? {})}`;
  if (type === "string") return textText(schema);
  if (schema.properties === undefined && typeof schema.additionalProperties === "object") {
    const inner = schema.additionalProperties;
    return inner.type === "string" ? "map of names to texts" : inner.type === "object" ? "map of names to maps" : "map";
  }
  return "map of the keys below";
}

const range = ({ minimum, maximum }: JsonSchema): string => {
  if (minimum === undefined) return maximum === undefined ? "" : `, at most ${maximum}`;
  return maximum === undefined ? `, ${minimum} or more` : `, ${minimum} to ${maximum}`;
};

function textText({ patternErrorMessage: allowed, title, minLength, maxLength, format: kind }: JsonSchema): string {
  const least = minLength === undefined || minLength === 1 ? "" : `, at least ${minLength} characters`;
  const most = maxLength === undefined ? "" : `, at most ${maxLength} characters`;
  if (title !== undefined) return `${title}${least}${most}`;
  if (kind === "date-time") return "time with its zone";
  return `text${allowed !== undefined ? `: ${allowed.replace(/^allowed: /, "")}` : ""}${least}${most}`;
}

const entryText = (item: JsonSchema): string => (item.type === "string" ? allowedText(item) : "maps of the keys below");
