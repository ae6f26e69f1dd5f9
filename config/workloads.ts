import { z } from "zod";
import { connector, sinkGroup } from "./connectors.ts";
import { dataKey, form, labelName, objectName, secretName } from "./words.ts";

/** Where an application reads a bootstrap address from. */
const addressSchema = z.xor([
  z
    .strictObject({ configMap: objectName().describe("its name"), key: dataKey().describe("its key") })
    .describe("a key of a ConfigMap the pods read at start"),
  z
    .strictObject({ secret: secretName().describe("its name"), key: dataKey().describe("its key") })
    .describe("a key of a Secret the pods read at start"),
  z
    .strictObject({
      container: labelName().describe("name of the container"),
      env: form(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/, "an env variable's name").describe("name of the variable"),
    })
    .describe("an env variable in the pod template"),
]);

const namedSecret = z
  .strictObject({
    secret: secretName().describe("a Secret with the keys username and password"),
    kubernetes: z.string().optional().describe("name under `kubernetes`; default: the workload's"),
  })
  .describe("the user on one side");

/** Where an application reads its user from, and what it is on either side. */
const loginSchema = z.strictObject({
  source: namedSecret,
  target: namedSecret,
  username: addressSchema.optional().describe("where its pods read the name from; default: it stays the same"),
  password: addressSchema.describe("where its pods read the password from"),
});

const groups = z.array(z.string().min(1)).min(1).describe("consumer groups its pods join");

const bootstrap = addressSchema.describe("where its pods read the bootstrap address from");

/** What every workload in Kubernetes has. */
const object = {
  kind: z
    .enum(["Deployment", "StatefulSet", "CronJob"])
    .default("Deployment")
    .describe(
      "kind of the object, external for what its owners stop and start, connector for one of Kafka Connect; default: Deployment",
    ),
  name: objectName().describe("name of the object"),
  kubernetes: z.string().optional().describe("name under `kubernetes`; default: the source's"),
  bootstrap,
  login: loginSchema.optional().describe("its Kafka user, if it is another one at the target; default: it stays"),
  registry: z
    .strictObject({
      address: addressSchema.describe("where its pods read the registry's address from"),
      login: loginSchema.optional().describe("its user of the registry; default: it stays the same"),
    })
    .optional()
    .describe("the schema registry that it uses, which moves with it; default: none"),
};

/** Its user on the target, which gates name it by. */
const user = z.string().min(1).optional().describe("its Kafka user on the target, by name; default: none is looked at");

/** What every workload has that runs where this program cannot stop it: on machines, with another team. */
const external = {
  kind: z.literal("external").describe("its owners stop it before a switch and start it at the target after"),
  name: z.string().min(1).max(100).describe("what its owners call it"),
};

const producer = { role: z.literal("producer").describe("it writes"), user };
const consumer = { role: z.literal("consumer").describe("it reads"), user };

export const workloadSchema = z.discriminatedUnion("role", [
  z.discriminatedUnion("kind", [
    z.strictObject({ ...producer, ...object }),
    z.strictObject({
      ...producer,
      ...external,
      topics: z.array(z.string().min(1)).min(1).describe("migrated topics that it writes to"),
    }),
    z.strictObject({ ...producer, ...connector }),
  ]),
  z.discriminatedUnion("kind", [
    z.strictObject({
      ...consumer,
      ...object,
      groups,
      twin: z
        .strictObject({ name: objectName().describe("name of an object of the same kind"), bootstrap })
        .optional()
        .describe(
          "in dual-consume, the same application for the target, at 0 replicas or suspended until it begins; default: none",
        ),
    }),
    z.strictObject({ ...consumer, ...external, groups: groups.describe("consumer groups that it joins") }),
    z
      .strictObject({
        ...consumer,
        ...connector,
        groups: groups
          .optional()
          .describe("the group that it joins, if it sets consumer.override.group.id; default: connect-<name>"),
      })
      .transform(({ groups: given, ...sink }) => ({ ...sink, groups: given ?? [sinkGroup(sink.name)] })),
  ]),
]);

export type Address = z.output<typeof addressSchema>;
export type Login = z.output<typeof loginSchema>;
export type Workload = z.output<typeof workloadSchema>;
export type ExternalWorkload = Extract<Workload, { kind: "external" }>;
export type ConnectorWorkload = Extract<Workload, { kind: "connector" }>;
/** A workload that is an object in Kubernetes. */
export type KubernetesWorkload = Exclude<Workload, ExternalWorkload | ConnectorWorkload>;

export const isExternal = (workload: Workload): workload is ExternalWorkload => workload.kind === "external";
export const isConnector = (workload: Workload): workload is ConnectorWorkload => workload.kind === "connector";
export const isInKubernetes = (workload: Workload): workload is KubernetesWorkload =>
  !isExternal(workload) && !isConnector(workload);

/** The workloads in Kubernetes, each with its place in the config's list. */
export function kubernetesWorkloads(workloads: readonly Workload[]): { at: number; workload: KubernetesWorkload }[] {
  return workloads.flatMap((workload, at) => (isInKubernetes(workload) ? [{ at, workload }] : []));
}
