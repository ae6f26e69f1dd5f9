import { z } from "zod";
import { dataKey, form, requestSeconds, restUrl, secretName } from "./words.ts";

/** A Connect cluster that runs connectors which move. Nothing of it is made or removed here. */
const connectClusterSchema = z.strictObject({
  urls: z.array(restUrl).min(1).describe("REST addresses of its workers, as seen inside its Kubernetes cluster"),
  runnerUrls: z
    .array(restUrl)
    .min(1)
    .optional()
    .describe("REST addresses as the machine that runs Pulumi reaches them; default: urls"),
  kubernetes: z.string().optional().describe("name under `kubernetes` where its Secrets are; default: the target's"),
  credentials: z
    .strictObject({ secret: secretName().describe("a Secret with the keys username and password") })
    .optional()
    .describe("user of the REST API (HTTP basic); default: none, it is open"),
  caSecret: secretName()
    .optional()
    .describe("a Secret with the key ca.crt, for https; default: the runner's own trust store"),
  offsetsTopic: form(/^[a-zA-Z0-9._-]{1,249}$/, "a topic's name (letters, digits, dot, hyphen, underscore)")
    .optional()
    .describe(
      "topic in which it keeps source connectors' positions (its worker property offset.storage.topic), on the side where it is named; default: not known, its REST API is asked, which takes seconds each time",
    ),
  requestSeconds: requestSeconds("one request to one worker", 30),
});

export const connectsSchema = z
  .record(z.string(), connectClusterSchema)
  .default({})
  .describe("Connect clusters that workloads of kind connector run on, each under a name; default: none");

const fromSecret = {
  secret: secretName().describe("its name"),
  kubernetes: z.string().optional().describe("name under `kubernetes`; default: the target's"),
};

const propertySecretSchema = z
  .xor([
    z
      .strictObject({ ...fromSecret, key: dataKey().describe("key whose text is the value") })
      .describe("a key of a Secret"),
    z
      .strictObject({
        ...fromSecret,
        login: z
          .enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "basic"])
          .describe("a JAAS line for that mechanism, or basic: username:password"),
      })
      .describe("made of the keys username and password of a Secret"),
  ])
  .describe("where the value comes from");

/** What every connector has. */
export const connector = {
  kind: z
    .literal("connector")
    .describe("a connector of Kafka Connect: a sink is a consumer, a source connector a producer"),
  name: z.string().min(1).max(200).describe("its name in Connect"),
  connect: z
    .strictObject({
      source: z.string().describe("name under `connects` where it runs beside the source"),
      target: z.string().describe("name under `connects` where it shall run beside the target"),
    })
    .describe("the Connect clusters that it moves between"),
  renamed: z.string().min(1).max(200).optional().describe("its name at the target; default: the same"),
  rewrites: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      "values that properties get at the target beside the source's addresses, which are rewritten by rule; default: none",
    ),
  secrets: z
    .record(z.string(), propertySecretSchema)
    .default({})
    .describe("properties that get their value from a Secret at the target; default: none"),
};

/** The group that a sink joins unless it sets `consumer.override.group.id`. */
export const sinkGroup = (name: string): string => `connect-${name}`;

export type ConnectClusterConfig = z.output<typeof connectClusterSchema>;
