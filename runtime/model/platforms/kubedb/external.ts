/**
 * How clients outside the Kubernetes cluster reach the brokers. KubeDB has no field for an external listener: its brokers
 * advertise their pods' names, and it sets the listeners itself. So each broker gets a load balancer at the port that it
 * advertises, and the clients' DNS resolves the pods' names to the load balancers.
 */
import type { Manifest, NamedManifest } from "../platform.ts";
import { serviceOf } from "./kafka.ts";
import type { KubedbMade } from "./schema.ts";

const podsOf = ({ name, combined, topology }: KubedbMade): string[] => {
  const [prefix, nodes] = combined ? [name, combined] : [`${name}-broker`, topology!.broker];
  return Array.from({ length: nodes.replicas }, (_, at) => `${prefix}-${at}`);
};

const serviceFor = (pod: string): string => `${pod}-external`;

/** A Service of type LoadBalancer for each broker, in the order of the brokers. */
export function externalServices(cluster: KubedbMade, namespace: string): NamedManifest[] {
  const { external } = cluster;
  if (external === undefined) return [];
  return podsOf(cluster).map((pod, at) => ({
    suffix: `external-${at}`,
    manifest: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: serviceFor(pod), namespace, annotations: external.annotations },
      spec: {
        type: "LoadBalancer",
        // Keeps the clients' addresses, which the NetworkPolicy of the brokers looks at.
        externalTrafficPolicy: "Local",
        loadBalancerSourceRanges: external.sourceRanges.map(({ cidr }) => cidr),
        selector: { "statefulset.kubernetes.io/pod-name": pod },
        ports: [{ name: "kafka", port: 9092, targetPort: 9092, protocol: "TCP" }],
      },
    } satisfies Manifest,
  }));
}

export const externalRanges = ({ external }: KubedbMade): string[] =>
  (external?.sourceRanges ?? []).map(({ cidr }) => cidr);

/** What the brokers advertise, and the Service with each one's address. */
export const externalNames = (cluster: KubedbMade, namespace: string) =>
  cluster.external === undefined
    ? []
    : podsOf(cluster).map((pod) => ({
        host: `${pod}.${serviceOf(cluster.name)}.${namespace}.svc.cluster.local`,
        service: serviceFor(pod),
      }));
