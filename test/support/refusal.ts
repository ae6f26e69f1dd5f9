import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { loadConfig } from "../../config/load.ts";

/** What Pulumi prints of a stack `dev` with this config: the message of the RunError that refuses it, or nothing. */
export async function refusal(raw: object): Promise<string> {
  const nothing = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
  await pulumi.runtime.setMocks(nothing, "kafka-migration", "dev");
  const own = Object.entries(raw).map(([key, value]) => [
    `kafka-migration:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(own));
  try {
    loadConfig();
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error), "Pulumi prints the stack trace of anything but a RunError");
    return error.message;
  } finally {
    pulumi.runtime.setAllConfig({});
  }
  return "";
}
