import { trafficClient } from "./client.ts";
import type { TrafficOptions } from "./manifests.ts";

/** Kafka's id of the cluster that the traffic starts on. Names are looked up in the file named by `LAB_HOSTS`. */
export async function sourceClusterId(kubeconfig: string, options: TrafficOptions): Promise<string> {
  const admin = (await trafficClient(kubeconfig, options)).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).clusterId;
  } finally {
    await admin.disconnect();
  }
}
