import { CoreV1Api } from "@kubernetes/client-node";
import type { Kafka } from "kafkajs";
import { kubeConfig } from "../kubernetes.ts";
import type { TrafficOptions } from "./manifests.ts";
import { kafkaClient } from "./settings.ts";

/**
 * A client with the traffic's own user, by default for the cluster that the traffic starts on. Names are looked up in
 * the file named by `LAB_HOSTS`.
 */
export async function trafficClient(
  kubeconfig: string,
  options: TrafficOptions,
  bootstrap = options.bootstrap,
): Promise<Kafka> {
  const { namespace, secret, caSecret } = options;
  const core = kubeConfig(kubeconfig).makeApiClient(CoreV1Api);
  const read = async (name: string, key: string): Promise<string> => {
    const { data = {} } = await core.readNamespacedSecret({ namespace, name });
    return Buffer.from(data[key] ?? "", "base64").toString();
  };
  return kafkaClient({
    bootstrap: [bootstrap],
    username: await read(secret, "username"),
    password: await read(secret, "password"),
    ca: await read(caSecret, "ca.crt"),
    workload: "lab",
  });
}
