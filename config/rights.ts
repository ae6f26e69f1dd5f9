import { z } from "zod";
import { form, reason, secretName } from "./words.ts";

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
  name: userName().describe("its name on the target"),
  from: z
    .array(principal())
    .min(1)
    .optional()
    .describe("principals of the source whose rights it gets; default: User:<name>"),
  secret: secretName().describe("a Secret with the keys username and password, with which its applications log in"),
  kubernetes: z.string().optional().describe("name under `kubernetes`; default: the target's"),
  create: z
    .boolean()
    .default(false)
    .describe("make that Secret with a random password; default: false, the user gets the password that it holds"),
  standing: z
    .boolean()
    .default(false)
    .describe(
      "its owners make the user on the target, and only its rights are given here; default: false, it is made (SCRAM)",
    ),
  mechanism: z
    .enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
    .optional()
    .describe("how it logs in; default: as the target says, a user that is made SCRAM-SHA-256 if that is PLAIN"),
});

const rightSchema = z.strictObject({
  operations: z
    .array(z.enum(operations))
    .min(1)
    .describe("what may be done; Describe is said with Read, Write, Delete and Alter"),
  resource: z
    .enum(Object.keys(operationsOf) as [keyof typeof operationsOf, ...(keyof typeof operationsOf)[]])
    .describe("type of what it is done to"),
  name: z.string().min(1).describe('its name, "*" for all; of the Cluster kafka-cluster'),
  pattern: z
    .enum(["Literal", "Prefixed"])
    .default("Literal")
    .describe("Prefixed: every name that begins so; default: Literal"),
  host: z.string().min(1).default("*").describe("address that clients come from; default: *, any"),
});

const roleSchema = z.strictObject({
  name: z.string().min(1).describe("what people call it"),
  users: z.array(userName()).min(1).describe("names under users: each gets the whole role"),
  from: z
    .array(principal())
    .default([])
    .describe("principals of the source whose rights the role is made of; default: none"),
  allow: z.array(rightSchema).default([]).describe("rights besides; default: none"),
});

/** Who may do what on the target. */
export const rightsSchema = z.strictObject({
  users: z.array(userSchema).default([]).describe("users of the applications on the target; default: none"),
  roles: z.array(roleSchema).default([]).describe("one set of rights for many users; default: none"),
  everybody: z
    .boolean()
    .default(false)
    .describe("true: what User:* may on the source, User:* may on the target; default: false"),
  ignore: z
    .array(z.strictObject({ principal: principal().describe("of the source"), reason: reason() }))
    .default([])
    .describe("principals that nobody takes the place of on the target, each with the reason; default: none"),
  quotas: z
    .strictObject({
      ignore: z
        .array(
          z.strictObject({
            user: z.string().min(1).optional().describe("its user; default: a quota without one"),
            "client-id": z.string().min(1).optional().describe("its client id; default: a quota without one"),
            ip: z.string().min(1).optional().describe("its address; default: a quota without one"),
            reason: reason(),
          }),
        )
        .default([])
        .describe("quotas of the source that the target does not get, each with the reason; default: none"),
    })
    .prefault({})
    .describe("limits of clients"),
});

export type RightsConfig = z.output<typeof rightsSchema>;
export type RightsUser = RightsConfig["users"][number];
