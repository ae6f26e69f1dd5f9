import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import type { TrafficOptions } from "./manifests.ts";
import { kafkaClient } from "./settings.ts";

/** Kafka's id of the cluster that the traffic starts on. Names are looked up in the file named by `LAB_HOSTS`. */
export async function sourceClusterId(kubeconfig: string, options: TrafficOptions): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const { namespace, secret, caSecret } = options;
  const core = config.makeApiClient(CoreV1Api);
  const read = async (name: string, key: string): Promise<string> => {
    const { data = {} } = await core.readNamespacedSecret({ namespace, name });
    return Buffer.from(data[key] ?? "", "base64").toString();
  };
  const admin = kafkaClient({
    bootstrap: [options.bootstrap],
    username: await read(secret, "username"),
    password: await read(secret, "password"),
    ca: await read(caSecret, "ca.crt"),
    workload: "lab",
  }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).clusterId;
  } finally {
    await admin.disconnect();
  }
}
