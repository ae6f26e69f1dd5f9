import { createRequire } from "node:module";
import type { dynamic } from "@pulumi/pulumi";

type Values = Record<string, unknown>;

/** A dynamic provider as Pulumi reads it back from a stack's state. */
export interface StoredProvider {
  check?(olds: Values, news: Values): Promise<dynamic.CheckResult<Values>>;
  diff?(id: string, olds: Values, news: Values): Promise<dynamic.DiffResult>;
  create(inputs: Values): Promise<dynamic.CreateResult<Values>>;
  update?(id: string, olds: Values, news: Values): Promise<dynamic.UpdateResult<Values>>;
  delete?(id: string, olds: Values): Promise<void>;
}

// The loader that Pulumi itself uses: a module without a file.
const sdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
const requireFromString = sdk("require-from-string") as (text: string) => { handler(): StoredProvider };

const loaded = new Map<string, StoredProvider>();

/** The provider whose text lies in a resource's inputs; undefined for a resource of another kind. */
export function providerOf(inputs: Values): StoredProvider | undefined {
  const text = inputs.__provider;
  if (typeof text !== "string") return undefined;
  const provider = loaded.get(text) ?? requireFromString(text).handler();
  loaded.set(text, provider);
  return provider;
}
