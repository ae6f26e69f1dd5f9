import { z } from "zod";
import { attestationSchema } from "./common.ts";
import { mechanisms } from "../runtime/model/login.ts";
import { workloadKindNames } from "../runtime/model/workload-kinds/index.ts";
import { connector, sinkGroup } from "./connectors.ts";
import { dataKey, form, labelName, objectName, reason, secretName } from "../runtime/model/forms.ts";

/** Where an application reads a bootstrap address from. */
const addressSchema = z
  .xor([
    z
      .strictObject({
        configMap: objectName().describe("name of the ConfigMap"),
        key: dataKey().describe("key of the ConfigMap"),
      })
      .describe("a key of a ConfigMap that the pods read when they start"),
    z
      .strictObject({
        secret: secretName().describe("name of the Secret"),
        key: dataKey().describe("key of the Secret"),
      })
      .describe("a key of a Secret that the pods read when they start"),
    z
      .strictObject({
        container: labelName().describe("name of the container in the pod template"),
        env: form(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/, "an env variable's name").describe(
          "name of the environment variable",
        ),
      })
      .describe("an environment variable in the pod template"),
  ])
  .meta({ id: "address" });

const namedSecret = z
  .strictObject({
    secret: secretName().describe("a Secret with the keys username and password"),
    kubernetes: z
      .string()
      .optional()
      .describe("name under `kubernetes` of the connection that the Secret is read through; default: the workload's")
      .meta({ examples: ["apps"] }),
  })
  .describe("the user on one side");

/** A user of the brokers. */
const brokerUser = namedSecret.extend({
  mechanism: z
    .enum(mechanisms)
    .optional()
    .describe(
      "SASL mechanism by which it logs in; default: not known, a switch tries that of `user` or of the side, then SCRAM",
    )
    .meta({ examples: [mechanisms.at(-1)!] }),
});

/** Where an application reads its user from, and which user it has on either side. */
const loginSchema = z
  .strictObject({
    source: namedSecret.describe("its user while it uses the source"),
    target: namedSecret.describe("its user once it uses the target"),
    username: addressSchema
      .optional()
      .describe("where its pods read the user's name from; default: nowhere, the name is the same on both sides"),
    password: addressSchema.describe("where its pods read the password from"),
  })
  .meta({ id: "login" });

/** The same for the brokers. */
const brokerLoginSchema = loginSchema
  .extend({
    source: brokerUser.describe("its user while it uses the source"),
    target: brokerUser.describe("its user once it uses the target"),
  })
  .meta({ id: "brokerLogin" });

const groups = z.array(z.string().min(1)).min(1).describe("consumer groups that its pods join");

const bootstrap = addressSchema.describe("where its pods read the bootstrap address from");

/** What a setting is on one side. */
const settingValue = (side: string) =>
  z
    .xor([
      z
        .strictObject({
          text: z
            .string()
            .describe("the value itself; no password")
            .meta({ examples: [side === "source" ? "SASL_PLAINTEXT" : "SASL_SSL"] }),
        })
        .describe("a text"),
      z
        .strictObject({
          secret: secretName().describe("name of the Secret"),
          key: dataKey()
            .describe("key of the Secret")
            .meta({ examples: ["ca.crt"] }),
          kubernetes: z
            .string()
            .optional()
            .describe(
              "name under `kubernetes` of the connection that the Secret is read through; default: the workload's",
            )
            .meta({ examples: ["apps"] }),
        })
        .describe("a key of a Secret"),
    ])
    .describe(`what it is while the workload uses the ${side}`);

const settingsSchema = z
  .record(
    labelName(),
    z.strictObject({
      at: addressSchema.describe("where its pods read it from"),
      source: settingValue("source"),
      target: settingValue("target"),
    }),
  )
  .describe(
    "further settings that differ by side and move with it, each under a name: the protocol, the mechanism, an authority, any other key; default: none",
  )
  .meta({
    examples: [
      {
        protocol: {
          at: { configMap: "checkout-settings", key: "KAFKA_SECURITY_PROTOCOL" },
          source: { text: "SASL_PLAINTEXT" },
          target: { text: "SASL_SSL" },
        },
      },
    ],
  });

/** What every workload in Kubernetes has. */
const object = {
  kind: z
    .enum(workloadKindNames)
    .default(workloadKindNames[0])
    .describe("kind of the Kubernetes object; default: Deployment"),
  name: objectName().describe("name of the Kubernetes object"),
  kubernetes: z
    .string()
    .optional()
    .describe("name under `kubernetes` of the connection to the cluster that it runs in; default: the source's"),
  bootstrap,
  gitops: z
    .strictObject({
      reason: z
        .string()
        .min(10)
        .describe("why nothing puts it back, for those who read the preview")
        .meta({ examples: ["application shop ignores replicas and the ConfigMap's key since 2026-11-30"] }),
    })
    .optional()
    .describe(
      "says that the tool which keeps it as it is (Argo CD, Flux, an operator) leaves its replicas and addresses alone " +
        "until the migration has ended; default: a switch refuses objects of such a tool unless it can see that itself",
    ),
  login: brokerLoginSchema
    .optional()
    .describe("its Kafka user, if the target has another one for it; default: none, the user stays the same"),
  registry: z
    .strictObject({
      address: addressSchema.describe("where its pods read the registry's address from"),
      login: loginSchema
        .optional()
        .describe(
          "its user of the registry, if the target's has another one for it; default: none, the user stays the same",
        ),
    })
    .optional()
    .describe("how it finds its schema registry, which is switched together with its brokers; default: none"),
  settings: settingsSchema.optional(),
};

/** Its user on the target, which gates name it by. */
const user = z
  .string()
  .min(1)
  .optional()
  .describe(
    "its Kafka user on the target, a name under `rights.users`; messages of gates then name the workload; default: none",
  );

/** What every workload has that this program cannot stop, because it runs on other machines or belongs to another team. */
const external = {
  kind: z
    .literal("external")
    .describe(
      "runs where this program cannot stop it: its owners stop it before the switch and start it at the target afterwards",
    ),
  name: z
    .string()
    .min(1)
    .max(100)
    .describe("name that its owners know it by")
    .meta({ examples: ["mainframe feed"] }),
};

/** What every consumer has: who keeps its positions, and what it reads without any. */
const keeping = {
  readsWithoutGroup: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "migrated topics that it reads without a consumer group (global tables of Kafka Streams, partitions assigned by hand without committed offsets): no offsets show that it reads them, and it moves before their writers or with them, as any reader; default: none",
    )
    .meta({ examples: [["prices"]] }),
  positions: z
    .enum(["group", "own"])
    .optional()
    .describe(
      "group: it continues from its groups' committed offsets; own: it keeps its positions itself (Flink, Spark, a sink that stores offsets), so they are translated and written down, and it is not started before `positionsApplied` says that it has got them; default: group, but a gate refuses groups whose offsets are committed by clients that never join",
    )
    .meta({ examples: ["own"] }),
  positionsApplied: attestationSchema
    .optional()
    .describe(
      "with positions own: who has put the translated positions into its own store, and when, after the ledger entry that the error names; default: none, it stays stopped",
    ),
};

/** What readers in Kubernetes and external ones have: what no program sees of a Kafka Streams application. */
const streaming = {
  streams: z
    .strictObject({
      changelogs: attestationSchema.describe(
        "who has looked that every state store has a changelog topic: one without (withLoggingDisabled) is on the pods' disks only, and is not there at the target",
      ),
      cleared: z
        .array(
          z.strictObject({
            volume: labelName()
              .describe("name of the volume in the pod template, or of the claim template of a StatefulSet")
              .meta({ examples: ["state"] }),
            reason: reason().meta({
              examples: ["state.dir is another folder at the target, see the setting state-dir"],
            }),
          }),
        )
        .default([])
        .describe(
          "volumes that outlive pods and hold no state which it would find at the target: emptied by their owners, another state.dir there, or no state at all; default: none, a switch refuses such volumes",
        ),
    })
    .optional()
    .describe(
      "says that it runs Kafka Streams, whose local state counts by the source's offsets; default: none, required if one of its groups is such an application",
    ),
};

const producer = { role: z.literal("producer").describe("writes to Kafka"), user };
const consumer = { role: z.literal("consumer").describe("reads from Kafka"), user, ...keeping };
const both = {
  role: z
    .literal("both")
    .describe("reads from Kafka and writes to it; moves in the strategies together and waves only"),
  user,
  ...keeping,
};

const topics = z
  .array(z.string().min(1))
  .min(1)
  .describe("migrated topics that it writes to")
  .meta({ examples: [["orders"]] });

/** Of any writer. */
const transactional = {
  transactionalIds: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "transactional ids that it writes with (`transactional.id`); waves refuses workloads of two waves with one id, which keeps out a former writer on one cluster only; default: none are known",
    )
    .meta({ examples: [["checkout-0"]] }),
};

/** What every writer has that this program moves. */
const writer = {
  ...transactional,
  writesRarely: z
    .string()
    .min(1)
    .optional()
    .describe(
      "why it may write nothing for longer than a gate waits: producers-active does not wait for it then; default: it is waited for, unless it is a CronJob",
    )
    .meta({ examples: ["corrections, a few a month"] }),
  topics: topics
    .optional()
    .describe(
      "migrated topics that it writes to; default: not known, required by waves, in which a topic closes with the last wave that writes to it",
    ),
};

export const workloadSchema = z.discriminatedUnion("role", [
  z.discriminatedUnion("kind", [
    z.strictObject({ ...producer, ...object, ...writer }),
    z.strictObject({ ...producer, ...external, ...transactional, topics }),
    z.strictObject({ ...producer, ...connector, ...writer }),
  ]),
  z.discriminatedUnion("kind", [
    z.strictObject({
      ...consumer,
      ...streaming,
      ...object,
      groups,
      twin: z
        .strictObject({
          name: objectName()
            .describe("name of the twin, an object of the same kind")
            .meta({ examples: ["billing-twin"] }),
          bootstrap,
        })
        .optional()
        .describe(
          "in dual-consume, the same application for the target; it has 0 replicas, or is suspended, until its phase; default: none, required by dual-consume",
        ),
    }),
    z.strictObject({
      ...consumer,
      ...streaming,
      ...external,
      groups: groups.describe("consumer groups that it joins").meta({ examples: [["billing"]] }),
    }),
    z
      .strictObject({
        ...consumer,
        ...connector,
        groups: groups
          .optional()
          .describe(
            "the group that it joins, if the connector sets consumer.override.group.id; default: connect-<name>",
          )
          .meta({ examples: [["warehouse"]] }),
      })
      .transform(({ groups: given, ...sink }) => ({ ...sink, groups: given ?? [sinkGroup(sink.name)] })),
  ]),
  z.discriminatedUnion("kind", [
    z.strictObject({ ...both, ...streaming, ...object, groups, ...writer }),
    z.strictObject({
      ...both,
      ...streaming,
      ...external,
      ...transactional,
      groups: groups.describe("consumer groups that it joins").meta({ examples: [["billing"]] }),
      topics,
    }),
  ]),
]);

export type Address = z.output<typeof addressSchema>;
export type Login = z.output<typeof loginSchema>;
export type BrokerLogin = z.output<typeof brokerLoginSchema>;
export type Setting = z.output<typeof settingsSchema>[string];
export type Workload = z.output<typeof workloadSchema>;
export type ExternalWorkload = Extract<Workload, { kind: "external" }>;
export type ConnectorWorkload = Extract<Workload, { kind: "connector" }>;
/** A workload that is an object in Kubernetes. */
export type KubernetesWorkload = Exclude<Workload, ExternalWorkload | ConnectorWorkload>;

export const isExternal = (workload: Workload): workload is ExternalWorkload => workload.kind === "external";
export const isConnector = (workload: Workload): workload is ConnectorWorkload => workload.kind === "connector";
export const isInKubernetes = (workload: Workload): workload is KubernetesWorkload =>
  !isExternal(workload) && !isConnector(workload);

export type Reader = Extract<Workload, { role: "consumer" | "both" }>;
export type Writer = Extract<Workload, { role: "producer" | "both" }>;

export const reads = (workload: Workload): workload is Reader => workload.role !== "producer";
export const writes = (workload: Workload): workload is Writer => workload.role !== "consumer";

/** Consumer groups that a workload joins. */
export const groupsOf = (workload: Workload): readonly string[] => (reads(workload) ? workload.groups : []);

/** Topics that a workload writes to, as far as the config says. */
export const topicsOf = (workload: Workload): readonly string[] => (writes(workload) ? (workload.topics ?? []) : []);

/** Topics that a workload reads without a group, as far as the config says. */
export const ungroupedOf = (workload: Workload): readonly string[] =>
  reads(workload) ? (workload.readsWithoutGroup ?? []) : [];

/** Transactional ids of a workload, as far as the config names them. */
export const transactionalIdsOf = (workload: Workload): readonly string[] =>
  writes(workload) ? (workload.transactionalIds ?? []) : [];

/** Every place at which a workload reads something that differs by side, with its path in the workload. */
export function addressesOf(workload: KubernetesWorkload): { path: string; address: Address }[] {
  const { bootstrap, login, registry, settings = {} } = workload;
  const ofLogin = (path: string, of: Pick<Login, "username" | "password"> | undefined) =>
    (["username", "password"] as const).flatMap((key) => {
      const address = of?.[key];
      return address ? [{ path: `${path}.${key}`, address }] : [];
    });
  return [
    { path: "bootstrap", address: bootstrap },
    ...(registry ? [{ path: "registry.address", address: registry.address }] : []),
    ...ofLogin("login", login),
    ...ofLogin("registry.login", registry?.login),
    ...Object.entries(settings).map(([name, { at }]) => ({ path: `settings.${name}.at`, address: at })),
  ];
}

/** The workloads in Kubernetes, each with its place in the config's list. */
export function kubernetesWorkloads(workloads: readonly Workload[]): { at: number; workload: KubernetesWorkload }[] {
  return workloads.flatMap((workload, at) => (isInKubernetes(workload) ? [{ at, workload }] : []));
}
