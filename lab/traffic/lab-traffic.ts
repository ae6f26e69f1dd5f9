import path from "node:path";
import { labFromEnvironment } from "../layout.ts";
import type { TrafficOptions } from "./manifests.ts";

/** Where the lab of this environment keeps its kubeconfig and the traffic's logs, and how its traffic is set up. */
export function labTraffic(messagesPerSecond: number): { kubeconfig: string; logDir: string; options: TrafficOptions } {
  const lab = labFromEnvironment();
  const logDir = path.join(lab.dir, "traffic");
  return {
    kubeconfig: lab.kubeconfig,
    logDir,
    options: {
      namespace: "demo",
      messagesPerSecond,
      logDir,
      bootstrap: "source-kafka-pods.demo.svc:9092",
      secret: "kafka-admin",
      caSecret: "source-kafka-client-cert",
    },
  };
}
