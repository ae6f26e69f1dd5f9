import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import type { TrafficOptions } from "./manifests.ts";
import { kafkaClient } from "./settings.ts";

/** Kafka's id of the cluster that the traffic starts on. Names are looked up in the file named by `LAB_HOSTS`. */
export async function sourceClusterId(kubeconfig: string, options: TrafficOptions): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const { namespace, secret: name } = options;
  const { data = {} } = await config.makeApiClient(CoreV1Api).readNamespacedSecret({ namespace, name });
  const plain = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
  const admin = kafkaClient({
    bootstrap: [options.bootstrap],
    username: plain("username"),
    password: plain("password"),
    workload: "lab",
  }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).clusterId;
  } finally {
    await admin.disconnect();
  }
}
