/** A source that somebody else runs, in place of the lab's own; on top of the shape `pega`, which has none. */
import { lab, labUp } from "../../../lab/lab.ts";
import type { SourceChoice } from "../../../lab/source.ts";
import { setScramUsers } from "../../../lab/vendor/scram.ts";
import { labAdmin } from "./lab-access.ts";
import { interrupted } from "./shared-lab.ts";

/** How the runner logs in at the source. */
export type RunnerLogin = "PLAIN" | "SCRAM-SHA-256";

/** Brings up the source with its topics; returns its section of a stack that knows nothing of how the cluster is run. */
export async function otherSource(choice: SourceChoice, mechanism: RunnerLogin): Promise<Record<string, unknown>> {
  await labUp({ signal: interrupted.signal, source: choice });
  const addresses = [1, 2].map((broker) => `127.${lab.block}.1.${broker}:9094`);
  if (mechanism === "SCRAM-SHA-256") {
    const admin = await labAdmin();
    // With ZooKeeper no user is made when the brokers are formatted.
    const users = [{ name: admin.username, password: admin.password }];
    await setScramUsers({ broker: addresses[0]!, ...admin }, users);
  }
  return {
    kubernetes: "lab",
    cluster: { kind: "external" },
    bootstrap: ["source-kafka-pods.demo.svc:9092"],
    runnerBootstrap: addresses,
    security: { protocol: "SASL_SSL", mechanism, caSecret: "source-kafka-client-cert" },
    credentials: { runner: { secret: "kafka-admin" } },
  };
}
