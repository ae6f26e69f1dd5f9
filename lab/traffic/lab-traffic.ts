import path from "node:path";
import { labFromEnvironment } from "../layout.ts";
import { registryUrl } from "../vendor/addresses.ts";
import { loginKeys } from "../vendor/users.ts";
import { applicationTraffic } from "./application-workloads.ts";
import { withMany, type Many } from "./many-topics.ts";
import type { TrafficOptions } from "./manifests.ts";
import { vendorTraffic } from "./vendor-workloads.ts";
import { usualTraffic, withMemory, withRollouts } from "./workloads.ts";

export interface LabTraffic {
  readonly kubeconfig: string;
  readonly logDir: string;
  readonly options: TrafficOptions;
}

export interface TrafficChoice {
  /** Whether each consumer gets a twin for a migration to start. */
  readonly twins?: boolean;
  /** Whether it is that of a shop that moves to a vendor, each workload with a user of its own. */
  readonly vendor?: boolean;
  /** Whether it is that of twelve applications, some of which read and write. */
  readonly applications?: boolean;
  /** Names of workloads that are Rollouts instead. @default none */
  readonly rollouts?: readonly string[];
  /** Quiet topics and groups beside, and how many topics there are without them. @default none */
  readonly many?: { readonly size: Many; readonly others: number } | undefined;
  /** Whether consumers leave out what they have processed of the same cluster already. @default false */
  readonly remembers?: boolean;
}

/** Where the lab of this environment keeps its kubeconfig and the traffic's logs, and how its traffic is set up. */
export function labTraffic(
  messagesPerSecond: number,
  { twins = false, vendor = false, applications = false, rollouts = [], remembers = false, many }: TrafficChoice = {},
): LabTraffic {
  const lab = labFromEnvironment();
  const logDir = path.join(lab.dir, "traffic");
  const chosen = withRollouts(vendor ? vendorTraffic : applications ? applicationTraffic : usualTraffic, rollouts);
  const traffic = many ? withMany(chosen, many.size, many.others) : chosen;
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
      traffic: remembers ? withMemory(traffic) : traffic,
      ...(vendor && { logins: { registry: registryUrl(lab, "source"), keys: loginKeys } }),
    },
  };
}
