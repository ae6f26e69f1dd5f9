/** The JSON Schema of a stack file, `Pulumi.<stack>.yaml`. */
import { format } from "prettier";
import { pegaStrategyNames, pegaTables } from "../../phases/pega/tables.ts";
import type { PersistedData, WayBack } from "../../phases/strategies/strategy.ts";
import {
  hasWaves,
  rowsOf as rowsOfTable,
  strategyNames,
  tableOf,
  type StrategyName,
} from "../../phases/strategies/index.ts";
import { configSchemas, type JsonSchema } from "./json-schema.ts";

const prefix = "kafka-migration:";

/** Where the schema is kept, and what the first line of a stack file names it by. */
export const schemaFile = "schema/stack.schema.json";
export const modeline = `# yaml-language-server: $schema=./${schemaFile}`;

/** A stack file as Pulumi and this program read it. Keys of other namespaces are Pulumi's or a provider's own. */
export function stackSchema(): JsonSchema {
  const { migration, pega, $defs } = configSchemas();
  const strategy = `${prefix}strategy`;
  const ofStrategy = strategyProperty(migration, pega);
  const isPega = { properties: { [strategy]: { enum: [...pegaStrategyNames] } }, required: [strategy] };
  const schema: JsonSchema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack file of kafka-migration",
    description: "Pulumi.<stack>.yaml: the config of one migration; docs/config.md describes every key",
    type: "object",
    properties: {
      config: {
        description: "settings of the program, and of Pulumi's providers",
        type: "object",
        properties: { [strategy]: ofStrategy },
        if: isPega,
        then: ownKeys(pega, ofStrategy),
        else: ownKeys(migration, ofStrategy),
        allOf: phaseNames(),
      },
      encryptionsalt: { type: "string", description: "salt of the passphrase that encrypts secrets; Pulumi writes it" },
      encryptedkey: { type: "string", description: "encrypted key of the secrets provider; Pulumi writes it" },
      secretsprovider: { type: "string", description: "what encrypts secrets, such as passphrase or awskms://…" },
      environment: { type: ["array", "object"], description: "environments of Pulumi ESC that the stack imports" },
    },
    required: ["config"],
    additionalProperties: false,
    $defs: { ...$defs, text: secureText },
  };
  const { config, ...pulumis } = schema.properties as Record<string, JsonSchema>;
  acceptSecure(config!);
  Object.values($defs).forEach(acceptSecure);
  return { ...schema, properties: { config: config!, ...pulumis } };
}

/** `schema/stack.schema.json` as it is written. */
export const stackSchemaText = (): Promise<string> =>
  format(JSON.stringify(stackSchema()), { parser: "json", printWidth: 120 });

/** Pulumi decrypts `secure:` before the program reads it, wherever a text is expected. */
const secureText: JsonSchema = {
  type: ["string", "object"],
  properties: { secure: { type: "string", description: "encrypted text, written by pulumi config set --secret" } },
  required: ["secure"],
  additionalProperties: false,
};

/** Makes every text of a schema accept an encrypted one too. Words from a list are no secrets. */
function acceptSecure(schema: JsonSchema | boolean): void {
  if (typeof schema !== "object") return;
  if (schema.type === "string" && schema.enum === undefined && schema.const === undefined) {
    delete schema.type;
    schema.$ref = "#/$defs/text";
  }
  const { properties, additionalProperties, items, then, allOf } = schema;
  for (const inner of [...Object.values(properties ?? {}), additionalProperties, items, then, schema.else])
    if (inner !== undefined) acceptSecure(inner);
  for (const inner of allOf ?? []) acceptSecure(inner);
}

/** The keys of a config with the project's prefix; others of that prefix are not allowed. */
function ownKeys(schema: JsonSchema, strategy: JsonSchema): JsonSchema {
  const properties = Object.entries(schema.properties ?? {}).filter(([key]) => key !== "strategy");
  return {
    properties: {
      [`${prefix}strategy`]: { description: strategy.description! },
      ...Object.fromEntries(properties.map(([key, of]) => [`${prefix}${key}`, topLevel(of as JsonSchema)])),
    },
    required: (schema.required ?? []).map((key) => `${prefix}${key}`),
    patternProperties: { [`^(?!${prefix})[^:]+:.+$`]: true },
    additionalProperties: false,
  };
}

/** `pulumi config set` without --path writes every value as text, which the program reads as JSON. */
function topLevel(schema: JsonSchema): JsonSchema {
  if (schema.type === "boolean") return { ...schema, type: ["boolean", "string"], pattern: "^(true|false)$" };
  if (schema.type === "integer") return { ...schema, type: ["integer", "string"], pattern: "^[0-9]+$" };
  return schema;
}

function strategyProperty(migration: JsonSchema, pega: JsonSchema): JsonSchema {
  const [ours, pegas] = [migration, pega].map(({ properties }) => properties!["strategy"] as JsonSchema);
  return {
    description: `${ours!.description}. For a Helm release of Pega, ${pegas!.description}`,
    enum: [...strategyNames, ...pegaStrategyNames],
    default: ours!.default,
  };
}

/** Which phases there are follows from the strategy, and in producers-first from whether records are copied. */
function phaseNames(): JsonSchema[] {
  const when = (key: string, value: string, isDefault = false): JsonSchema => ({
    properties: { [`${prefix}${key}`]: { const: value } },
    ...(isDefault ? {} : { required: [`${prefix}${key}`] }),
  });
  const ours = strategyNames.map((strategy) => {
    const copied = rowsOf(strategy, "mirrored");
    const unmirrored = rowsOf(strategy, "none");
    const withBack = rowsOf(strategy, "mirrored", "mirrored");
    const waves = hasWaves(tableOf({ strategy }));
    const copying =
      JSON.stringify(copied) === JSON.stringify(withBack)
        ? phaseOf(copied, waves)
        : { if: when("wayBack", "mirrored"), then: phaseOf(withBack, waves), else: phaseOf(copied, waves) };
    return {
      if: when("strategy", strategy, strategy === strategyNames[0]),
      then:
        JSON.stringify(copied) === JSON.stringify(unmirrored)
          ? copying
          : { if: when("persistedData", "none"), then: phaseOf(unmirrored), else: copying },
    };
  });
  const pegas = pegaStrategyNames.map((name) => ({ if: when("strategy", name), then: phaseOf(pegaTables[name]) }));
  return [...ours, ...pegas];
}

interface Named {
  readonly name: string;
  readonly purpose: string;
}

const rowsOf = (strategy: StrategyName, persistedData: PersistedData, wayBack: WayBack = "none"): readonly Named[] =>
  rowsOfTable({ table: tableOf({ strategy, persistedData, wayBack }), workloads: [] });

/** `waves`: beside the rows there is one for each wave, which the file itself names. */
function phaseOf(rows: readonly Named[], waves = false): JsonSchema {
  const named = { enum: rows.map(({ name }) => name), enumDescriptions: rows.map(({ purpose }) => purpose) };
  const ofWave = { pattern: "^move-[a-z0-9]([-a-z0-9]*[a-z0-9])?$", patternErrorMessage: "allowed: move-<wave>" };
  const oneOfThem = { description: "a phase of the strategy", ...(waves ? { anyOf: [named, ofWave] } : named) };
  return {
    properties: {
      [`${prefix}phase`]: oneOfThem,
      [`${prefix}startAt`]: { description: "the phase to begin with", properties: { row: oneOfThem } },
    },
  };
}
