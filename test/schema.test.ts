import assert from "node:assert/strict";
import { z } from "zod";
import { configSchema } from "../config/schema.ts";

interface Key {
  readonly path: string;
  readonly description: string | undefined;
  /** Whether the key may be left out, and is neither a list of keys nor a map of them. */
  readonly optional: boolean;
}

/** Every key of a schema with its description, whatever wraps it. */
function keysOf(schema: z.core.$ZodType, path = "", found: Key[] = []): Key[] {
  const { def } = schema._zod as unknown as { def: Record<string, unknown> & { type: string } };
  const inner = (def["innerType"] ?? def["element"] ?? def["in"] ?? def["valueType"]) as z.core.$ZodType | undefined;
  if (schema instanceof z.ZodObject) {
    for (const [key, value] of Object.entries(schema.shape)) {
      const at = path === "" ? key : `${path}.${key}`;
      found.push({ path: at, description: descriptionOf(value), optional: value.safeParse(undefined).success });
      keysOf(value, at, found);
    }
  } else if (Array.isArray(def["options"])) {
    for (const option of def["options"] as z.core.$ZodType[]) keysOf(option, path, found);
  } else if (inner) keysOf(inner, path, found);
  return found;
}

function descriptionOf(schema: z.ZodType): string | undefined {
  const inner = (schema.def as unknown as { innerType?: z.ZodType }).innerType;
  return schema.description ?? (inner && descriptionOf(inner));
}

const keys = keysOf(configSchema);

describe("the config reference", () => {
  it("describes every key", () => {
    assert.ok(keys.length > 100, `only ${keys.length} keys were found`);
    const silent = keys.filter(({ description }) => (description ?? "").length < 5).map(({ path }) => path);
    assert.deepEqual([...new Set(silent)], []);
  });

  it("says of every key that may be left out what holds then", () => {
    const sections = keys.filter(({ path }) => keys.some((other) => other.path.startsWith(`${path}.`)));
    const silent = keys
      .filter(
        (key) => key.optional && !sections.includes(key) && !/default|required|needed/.test(key.description ?? ""),
      )
      .map(({ path }) => path);
    assert.deepEqual([...new Set(silent)], []);
  });

  it("says the unit of every duration", () => {
    const units = /Seconds$|Hours$|Ms$/;
    const durations = keys.filter(({ path, description }) => /interval|timeout|time that/i.test(path + description));
    assert.ok(durations.length >= 2);
    assert.deepEqual(
      durations.filter(({ path }) => !units.test(path)).map(({ path }) => path),
      [],
    );
    for (const { path, description } of keys.filter((key) => /(^|\.)(gates|switch)\.\w+Seconds$/.test(key.path))) {
      assert.match(description ?? "", /^seconds .*; default: \d+$/, path);
    }
  });
});
