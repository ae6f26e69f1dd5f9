/** A source that somebody else runs, in place of the lab's own; on top of the shape `pega`, which has none. */
import type kafkajs from "kafkajs";
import { lab, labUp } from "../../../lab/lab.ts";
import type { SourceChoice } from "../../../lab/source.ts";
import { setScramUsers } from "../../../lab/vendor/scram.ts";
import { labAdmin, labKafka } from "./lab-access.ts";
import { eventually } from "./lab-walk.ts";
import { interrupted } from "./shared-lab.ts";

/** How the runner logs in at the source. */
export type RunnerLogin = "PLAIN" | "SCRAM-SHA-256";

/** Brings up the source with its topics; returns its section of a stack that knows nothing of how the cluster is run. */
export async function otherSource(choice: SourceChoice, mechanism: RunnerLogin): Promise<Record<string, unknown>> {
  await labUp({ signal: interrupted.signal, source: choice });
  const addresses = [1, 2].map((broker) => `127.${lab.block}.1.${broker}:9094`);
  if (mechanism === "SCRAM-SHA-256") await makeScramUser(addresses);
  return {
    kubernetes: "lab",
    cluster: { kind: "external" },
    bootstrap: ["source-kafka-pods.demo.svc:9092"],
    runnerBootstrap: addresses,
    security: { protocol: "SASL_SSL", mechanism, caSecret: "source-kafka-client-cert" },
    credentials: { runner: { secret: "kafka-admin" } },
  };
}

/** The topics of the lab's applications, in the source that a stack has made: the lab finds it, and makes none of its own. */
export const topicsOfMadeSource = (): Promise<void> => labUp({ signal: interrupted.signal });

/** Gives the superuser its password under SCRAM as well: with ZooKeeper none is made when the brokers are formatted. */
async function makeScramUser(addresses: readonly string[]): Promise<void> {
  const admin = await labAdmin();
  const user = { name: admin.username, password: admin.password };
  // With ZooKeeper, the controller alone makes users; the lab's brokers have their ids in the order of their addresses.
  const controller = await asked(labKafka(addresses, admin), ({ controller: id }) => addresses[id ?? 0]!);
  await setScramUsers({ broker: controller, ...admin }, [user]);
  // The other brokers hear of it later.
  for (const address of addresses) {
    const client = labKafka([address], admin, "scram-sha-256");
    await eventually(`the user at ${address}`, 30, () => asked(client, () => true).catch(() => false));
  }
}

type Described = Awaited<ReturnType<kafkajs.Admin["describeCluster"]>>;

async function asked<T>(client: kafkajs.Kafka, of: (cluster: Described) => T): Promise<T> {
  const admin = client.admin();
  try {
    await admin.connect();
    return of(await admin.describeCluster());
  } finally {
    await admin.disconnect();
  }
}
