import path from "node:path";
import { labFromEnvironment } from "../layout.ts";
import type { TrafficOptions } from "./manifests.ts";

export interface LabTraffic {
  readonly kubeconfig: string;
  readonly logDir: string;
  readonly options: TrafficOptions;
}

/** Where the lab of this environment keeps its kubeconfig and the traffic's logs, and how its traffic is set up. */
export function labTraffic(messagesPerSecond: number, { twins = false }: { twins?: boolean } = {}): LabTraffic {
  const lab = labFromEnvironment();
  const logDir = path.join(lab.dir, "traffic");
  return {
    kubeconfig: lab.kubeconfig,
    logDir,
    options: {
      namespace: "demo",
      messagesPerSecond,
      twins,
      logDir,
      bootstrap: "source-kafka-pods.demo.svc:9092",
      secret: "kafka-admin",
      caSecret: "source-kafka-client-cert",
    },
  };
}
