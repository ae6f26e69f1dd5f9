import { z } from "zod";
import { mechanisms, notMadeText, secretKeysText, usualMade } from "../runtime/model/login.ts";
import { form, reason, secretName } from "../runtime/model/forms.ts";

/** Operations as Kafka's tools write them, by type of resource; `All` is each of them. */
export const operationsOf = {
  Topic: ["Read", "Write", "Create", "Delete", "Alter", "Describe", "AlterConfigs", "DescribeConfigs"],
  Group: ["Read", "Delete", "Describe", "AlterConfigs", "DescribeConfigs"],
  Cluster: [
    ...["Create", "ClusterAction", "IdempotentWrite", "Alter", "Describe"],
    ...["AlterConfigs", "DescribeConfigs"],
  ],
  TransactionalID: ["Write", "Describe", "TwoPhaseCommit"],
  DelegationToken: ["Describe"],
  User: ["CreateTokens", "DescribeTokens"],
} as const satisfies Record<string, readonly string[]>;

export const everybody = "User:*";

const userName = () =>
  form(/^(?!User:)(?!\*$)[^\s:|*]{1,128}$/, 'a user\'s name, without "User:", spaces, colons and asterisks');

const principal = () => form(/^[A-Za-z]+:.+$/, "a principal with its type, such as User:billing");

const operations = ["All", ...new Set(Object.values(operationsOf).flat())] as [string, ...string[]];

const userSchema = z.strictObject({
  name: userName().describe("name of the user on the target, without User:"),
  from: z
    .array(principal())
    .min(1)
    .optional()
    .describe("principals of the source whose permissions the user gets; default: User:<name>"),
  secret: secretName().describe(`a Secret with the keys ${secretKeysText} that the user's applications log in with`),
  kubernetes: z
    .string()
    .optional()
    .describe("name under `kubernetes` of the connection that the Secret is read through; default: the target's"),
  create: z
    .boolean()
    .default(false)
    .describe(
      "true creates that Secret with a random password; default: false, the user gets the password in the Secret",
    ),
  existing: z
    .boolean()
    .default(false)
    .describe(
      "true: the user exists on the target already and only its ACLs are created; default: false, the user is created (SCRAM)",
    ),
  mechanism: z
    .enum(mechanisms)
    .optional()
    .describe(
      `its SASL mechanism; default: the target's, but ${usualMade} for a created user where that is ${notMadeText}`,
    ),
});

const rightSchema = z.strictObject({
  operations: z
    .array(z.enum(operations))
    .min(1)
    .describe("allowed operations; Read, Write, Delete and Alter imply Describe"),
  resource: z
    .enum(Object.keys(operationsOf) as [keyof typeof operationsOf, ...(keyof typeof operationsOf)[]])
    .describe("type of the resource"),
  name: z.string().min(1).describe('name of the resource, or "*" for all; kafka-cluster for the Cluster'),
  pattern: z
    .enum(["Literal", "Prefixed"])
    .default("Literal")
    .describe("Prefixed applies to every resource whose name begins with `name`; default: Literal"),
  host: z.string().min(1).default("*").describe("address that clients connect from; default: *, any"),
});

const roleSchema = z.strictObject({
  name: z.string().min(1).describe("name of the role, which messages name it by"),
  users: z.array(userName()).min(1).describe("names of users under `rights.users`, each of which gets the whole role"),
  from: z
    .array(principal())
    .default([])
    .describe("principals of the source whose permissions the role has; default: none")
    .meta({ examples: [["User:reports"]] }),
  allow: z.array(rightSchema).default([]).describe("further permissions of the role; default: none"),
});

/** Who is allowed to do what on the target. */
export const rightsSchema = z.strictObject({
  users: z.array(userSchema).default([]).describe("Kafka users of the applications on the target; default: none"),
  roles: z.array(roleSchema).default([]).describe("sets of permissions, each shared by several users; default: none"),
  everybody: z
    .boolean()
    .default(false)
    .describe("true gives User:* the same permissions on the target as on the source; default: false"),
  ignore: z
    .array(z.strictObject({ principal: principal().describe("principal of the source"), reason: reason() }))
    .default([])
    .describe("principals of the source that get no user on the target, each with the reason; default: none"),
  quotas: z
    .strictObject({
      ignore: z
        .array(
          z.strictObject({
            user: z
              .string()
              .min(1)
              .optional()
              .describe("the quota's user; default: none, a quota without a user")
              .meta({ examples: ["billing"] }),
            "client-id": z
              .string()
              .min(1)
              .optional()
              .describe("the quota's client id; default: none, a quota without a client id")
              .meta({ examples: ["web"] }),
            ip: z
              .string()
              .min(1)
              .optional()
              .describe("the quota's IP address; default: none, a quota without an address")
              .meta({ examples: ["10.0.0.7"] }),
            reason: reason(),
          }),
        )
        .default([])
        .describe("quotas of the source that are not created on the target, each with the reason; default: none"),
    })
    .prefault({})
    .describe("which client quotas are recreated on the target"),
});

export type RightsConfig = z.output<typeof rightsSchema>;
export type RightsUser = RightsConfig["users"][number];
