/** How long one request may take: a setting of each connection, less where a reading has less time. */
import type { ConnectEndpoint, KafkaEndpoint, KubernetesRef, RegistryEndpoint } from "./sides.ts";

/** Seconds for one request where the config says nothing: what Kafka's own clients take. */
export const requestSecondsByDefault = 30;

/** The same for Kubernetes: a renewal of a switch's Lease that got no answer must be tried again in time. */
export const kubernetesSecondsByDefault = 15;

/** A rebalance or an election passes: a REST call is repeated for so many times the length of one request. */
const repeats = 2;

type Endpoint = KafkaEndpoint | ConnectEndpoint | RegistryEndpoint;

/** Milliseconds that one request to an endpoint may take. */
export const requestMilliseconds = ({ requestSeconds }: Pick<Endpoint, "requestSeconds">): number =>
  Math.round((requestSeconds ?? requestSecondsByDefault) * 1000);

/** Milliseconds that one request to an API server may take. */
export const kubernetesMilliseconds = ({ requestSeconds }: Pick<KubernetesRef, "requestSeconds">): number =>
  Math.round((requestSeconds ?? kubernetesSecondsByDefault) * 1000);

/** Times of one call to a REST API: of each request, and of all that are made for it. */
export interface RestPatience {
  readonly requestMilliseconds: number;
  /** All addresses and repeats of one call together. */
  readonly deadlineMilliseconds: number;
  /** Each address is asked once, also where it refuses at once. @default false */
  readonly once?: true;
}

/** Times of calls that are not part of a reading. */
export function restPatience(endpoint: Pick<Endpoint, "requestSeconds">): RestPatience {
  const request = requestMilliseconds(endpoint);
  return { requestMilliseconds: request, deadlineMilliseconds: repeats * request };
}

/** Times of a call that is not repeated. */
export function oneTry(endpoint: Pick<Endpoint, "requestSeconds">): RestPatience {
  const request = requestMilliseconds(endpoint);
  return { requestMilliseconds: request, deadlineMilliseconds: request, once: true };
}

/**
 * Times of calls within a reading: half of what is left, so that there is time to say which of many is silent. What
 * needs longer gets it in the next reading, which has more.
 */
export function patienceUntil(deadline: number): RestPatience {
  const half = Math.max(Math.round((deadline - Date.now()) / 200) * 100, 100);
  return { requestMilliseconds: half, deadlineMilliseconds: half };
}

/** The endpoint, with at most half of the time that is left for each request. */
export function hurried<E extends KafkaEndpoint>(endpoint: E, deadline: number): E {
  const half = patienceUntil(deadline).requestMilliseconds;
  return { ...endpoint, requestSeconds: Math.min(half, requestMilliseconds(endpoint)) / 1000 };
}

/** The scope with every cluster in it hurried. */
export const hurriedScope = <S extends HasClusters>(scope: S, deadline: number): S => ({
  ...scope,
  target: hurried(scope.target, deadline),
  ...(scope.source && { source: hurried(scope.source, deadline) }),
  ...(scope.embedded && { embedded: hurried(scope.embedded, deadline) }),
});

interface HasClusters {
  readonly target: KafkaEndpoint;
  readonly source?: KafkaEndpoint;
  readonly embedded?: KafkaEndpoint;
}
