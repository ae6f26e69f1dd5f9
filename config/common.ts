/** Keys that every kind of stack has. */
import { z } from "zod";
import { kubernetesSchema } from "./clusters.ts";
import { form, hostPort, reason, seconds } from "../runtime/model/forms.ts";

// The longest name derived from it, `<name>-source-all`, must fit into a label of Kubernetes.
export const migrationName = form(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  "lower-case letters, digits and inner hyphens",
).max(52, {
  error: ({ input }) =>
    `found ${(input as string).length} characters; allowed: at most 52, because objects are named after it`,
});

export { seconds } from "../runtime/model/forms.ts";

export const hostPorts = z.array(hostPort).min(1);

export const phase = z
  .string()
  .describe("name of the phase that the stack is to be in; the one line that changes with each step");

export const startAt = z
  .strictObject({
    row: z
      .string()
      .describe("name of the phase to begin with")
      .meta({ examples: ["mirror"] }),
    reason: reason(),
  })
  .optional()
  .describe("begin a new stack in this phase instead of the first; default: none, it begins with the first");

export const patience = {
  holdSeconds: seconds("that a condition must hold without interruption before its gate opens", 10, 0),
  timeoutSeconds: seconds(
    "until a closed gate fails the update, which holds Pulumi's lock on the stack meanwhile",
    600,
  ),
  readingSeconds: seconds(
    "that one measurement takes at most while a gate is held; one that needs more than half of it gets twice as much the next time",
    20,
  ),
  sweepSeconds: seconds(
    "that one gate measurement of a preview takes at most; also the total for all gates that do not answer",
    5,
  ),
};

export const kubernetes = z
  .record(z.string(), kubernetesSchema)
  .refine((map) => Object.keys(map).length > 0, "empty; allowed: one connection or more, each under a name")
  .describe("Kubernetes connections, each under a name that other keys refer to")
  .meta({ minProperties: 1 });

/** Somebody's word for what no program can see. */
export const attestationSchema = z
  .strictObject({
    by: z
      .string()
      .min(2)
      .describe("who looked")
      .meta({ examples: ["Jane Doe"] }),
    at: z.iso
      .datetime({ offset: true, error: `allowed: a time with its zone, in quotes: "2026-11-21T14:05:00Z"` })
      .describe("when, with the time zone, in quotes")
      .meta({ examples: ["2026-11-21T14:05:00Z"] }),
    words: reason(),
  })
  .meta({ id: "attestation" });
