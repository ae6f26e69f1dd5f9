/** Keys that every kind of stack has. */
import { z } from "zod";
import { kubernetesSchema } from "./clusters.ts";
import { form, hostPort, reason, seconds } from "./words.ts";

// The longest name derived from it, `<name>-source-all`, must fit into a label of Kubernetes.
export const migrationName = form(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  "lower-case letters, digits and inner hyphens",
).max(52, {
  error: ({ input }) =>
    `found ${(input as string).length} characters; allowed: at most 52, because objects are named after it`,
});

export { seconds } from "./words.ts";

export const hostPorts = z.array(hostPort).min(1);

export const phase = z
  .string()
  .describe("the row of the strategy's table that the stack shall be in; the line that moves");

export const startAt = z
  .strictObject({ row: z.string().describe("name of a row of the strategy"), reason: reason() })
  .optional()
  .describe("begin a new stack in this row instead of the first, with the reason");

export const patience = {
  holdSeconds: seconds("for which a condition must hold without a break before its gate opens", 10, 0),
  timeoutSeconds: seconds("after which a closed gate fails the update; the stack is locked meanwhile", 600),
  readingSeconds: seconds(
    "that one measurement may take while a gate is held; one that takes more than half of it gets twice as much the next time",
    20,
  ),
  sweepSeconds: seconds("that one measurement of a preview may take, and all that give no answer together", 5),
};

export const kubernetes = z
  .record(z.string(), kubernetesSchema)
  .refine((map) => Object.keys(map).length > 0, "empty; allowed: one connection or more, each under a name")
  .describe("Kubernetes connections, each under a name that other keys refer to");
