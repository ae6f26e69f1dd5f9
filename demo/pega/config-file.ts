import { readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";

const prefix = "kafka-migration:";

/** Keys of a stack's config without the project's prefix. */
export type StackConfig = Record<string, Record<string, unknown> | string | boolean | undefined>;

/** Changes a stack's config file as a person would with an editor. */
export function editConfig(file: string, change: (config: StackConfig) => void): void {
  const document = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  const own = Object.fromEntries(
    Object.entries(document.config).map(([key, value]) => [key.replace(prefix, ""), value]),
  ) as StackConfig;
  change(own);
  const config = Object.fromEntries(Object.entries(own).map(([key, value]) => [`${prefix}${key}`, value]));
  // Pulumi reads a time without quotes as a time and hands it on in another form.
  writeFileSync(
    file,
    stringify({ ...document, config }, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" }),
  );
}

/** Adds keys to a section of the config, such as `drain`. */
export function setIn(file: string, section: string, keys: Readonly<Record<string, unknown>>): void {
  editConfig(file, (config) => {
    const known = config[section];
    config[section] = { ...(typeof known === "object" ? known : {}), ...keys };
  });
}
