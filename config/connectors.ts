import { z } from "zod";
import { familiesText, mechanisms, secretKeysText } from "../runtime/model/login.ts";
import { dataKey, form, requestSeconds, restUrl, secretName } from "../runtime/model/forms.ts";

/** A Connect cluster that runs connectors which move. The program never creates or removes any part of it. */
const connectClusterSchema = z.strictObject({
  urls: z.array(restUrl).min(1).describe("REST addresses of its workers, as seen from inside its Kubernetes cluster"),
  runnerUrls: z
    .array(restUrl)
    .min(1)
    .optional()
    .describe("REST addresses as the machine that runs Pulumi reaches them; default: the same as urls"),
  kubernetes: z
    .string()
    .optional()
    .describe("name under `kubernetes` of the connection that its Secrets are read through; default: the target's")
    .meta({ examples: ["apps"] }),
  credentials: z
    .strictObject({ secret: secretName().describe("a Secret with the keys username and password") })
    .optional()
    .describe("HTTP basic user of the REST API; default: none, it is open"),
  caSecret: secretName()
    .optional()
    .describe("a Secret with the key ca.crt, for https; default: the trust store of the machine that runs Pulumi"),
  offsetsTopic: form(/^[a-zA-Z0-9._-]{1,249}$/, "a topic's name (letters, digits, dot, hyphen, underscore)")
    .optional()
    .describe(
      "topic in which it keeps source connectors' positions (its worker property offset.storage.topic), on the side where it is named; default: not known, its REST API is asked, which takes seconds each time",
    )
    .meta({ examples: ["connect-offsets"] }),
  requestSeconds: requestSeconds("one request to one worker", 30),
});

export const connectsSchema = z
  .record(z.string(), connectClusterSchema)
  .default({})
  .describe("Connect clusters that run the workloads of kind connector, each under a name; default: none");

const fromSecret = {
  secret: secretName().describe("name of the Secret"),
  kubernetes: z
    .string()
    .optional()
    .describe("name under `kubernetes` of the connection that the Secret is read through; default: the target's")
    .meta({ examples: ["apps"] }),
};

const propertySecretSchema = z
  .xor([
    z
      .strictObject({
        ...fromSecret,
        key: dataKey()
          .describe("key of the Secret whose text becomes the value")
          .meta({ examples: ["password"] }),
      })
      .describe("a key of a Secret"),
    z
      .strictObject({
        ...fromSecret,
        login: z
          .enum([...mechanisms, "basic"])
          .describe(
            `${familiesText}: a JAAS line for that mechanism, made of the Secret's ${secretKeysText}; basic: the text username:password`,
          ),
      })
      .describe(`made of the ${secretKeysText} of a Secret`),
  ])
  .describe("where the property's value comes from");

/** What every connector has. */
export const connector = {
  kind: z
    .literal("connector")
    .describe("a connector of Kafka Connect; a sink connector is a consumer, a source connector is a producer"),
  name: z.string().min(1).max(200).describe("name of the connector"),
  connect: z
    .strictObject({
      source: z.string().describe("name under `connects` of the source's Connect cluster, which runs it now"),
      target: z.string().describe("name under `connects` of the target's Connect cluster, which will run it"),
    })
    .describe("the Connect clusters that it moves between"),
  renamed: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("name of the connector at the target; default: the same name")
    .meta({ examples: ["orders-to-warehouse-2"] }),
  rewrites: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      "values of connector properties at the target, by property; addresses of the source are rewritten without being listed; default: none",
    )
    .meta({ examples: [{ "connection.url": "jdbc:postgresql://db.eu1.example.internal/shop" }] }),
  secrets: z
    .record(z.string(), propertySecretSchema)
    .default({})
    .describe("connector properties whose value comes from a Secret at the target, by property; default: none"),
};

/** The group that a sink joins unless it sets `consumer.override.group.id`. */
export const sinkGroup = (name: string): string => `connect-${name}`;

export type ConnectClusterConfig = z.output<typeof connectClusterSchema>;
