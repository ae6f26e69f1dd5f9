import { parseAllDocuments, type Document, type ScalarTag, type Tags } from "yaml";

/** What one YAML document holds, or where it is wrong. */
export type Parsed = { readonly value: unknown } | { readonly line: number; readonly message: string };

/**
 * YAML as Helm reads it: version 1.1, where `yes` and `off` are booleans, but dates and times like `10:30` stay text.
 * Two equal keys, of which Helm would silently take the last, are an error.
 */
export function parseHelmYaml(text: string): readonly Parsed[] {
  const documents = parseAllDocuments(text, { version: "1.1", customTags: withoutTimes, prettyErrors: true });
  return Array.isArray(documents) ? documents.map(parsed) : [];
}

const withoutTimes = (tags: Tags): Tags => [
  octal,
  ...tags.filter((tag) => {
    if (typeof tag === "string") return !/time/i.test(tag);
    return !("format" in tag && tag.format === "TIME") && !tag.tag.endsWith(":timestamp");
  }),
];

/** Helm takes this for a number, although YAML 1.1 does not. */
const octal: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^0o[0-7]+$/,
  resolve: (text: string) => Number(text),
};

function parsed(document: Document.Parsed): Parsed {
  const [error] = document.errors;
  if (error) return { line: error.linePos?.[0].line ?? 1, message: (error.message.split("\n")[0] ?? "").trim() };
  return { value: document.toJS() as unknown };
}
