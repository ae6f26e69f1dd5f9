/** Whether Connect can reach a source's brokers, tried by Connect itself with a connector that copies nothing. */
import { setTimeout as sleep } from "node:timers/promises";
import { clientProperties } from "../kubernetes/secrets.ts";
import type { ConnectorClient } from "../model/inputs.ts";
import type { ConnectEndpoint } from "../model/sides.ts";
import { ConnectRest } from "./connect.ts";

/** MM2's admin clients give up after this long; a connector that could not look gets no tasks. */
const adminMilliseconds = 8_000;
/** Start, look and the workers' rebalance together. */
const probeMilliseconds = 40_000;
/** Brokers probed together: they share the workers' rebalances, which take most of the time. */
const together = 8;

export interface ProbeRequest {
  readonly connect: ConnectEndpoint;
  /** The probes are named `<migration>-probe-1` and so on. */
  readonly migration: string;
  readonly clients: readonly ConnectorClient[];
  /** Bootstrap of the target inside its Kubernetes cluster. */
  readonly target: readonly string[];
  /** One address of the source per broker, as Connect shall reach it. */
  readonly brokers: readonly string[];
  /**
   * A topic that exists on both sides with equal partitions: MM2 would create one that is missing on the target. As MM2
   * takes it, quoted.
   */
  readonly topic: string;
}

export interface ProbeReading {
  readonly address: string;
  /** Null if Connect could read the source's metadata through this broker. */
  readonly problem: string | null;
}

/** Connect's version. Rejects with a sentence if no worker answers within a few seconds. */
export async function connectVersion(connect: ConnectEndpoint): Promise<string> {
  const rest = new ConnectRest(connect, { requestMilliseconds: 3_000, deadlineMilliseconds: 4_000 });
  return (await rest.root()).version;
}

/**
 * Starts one MirrorSourceConnector per broker, whose only bootstrap address is that broker. It is given tasks only if it
 * could read the source's metadata: its state alone would be RUNNING either way. Its tasks cannot start, so no record
 * is read and no offset kept; it is deleted whatever happens, an interruption included.
 */
export async function probeBrokers(request: ProbeRequest, signal: AbortSignal): Promise<readonly ProbeReading[]> {
  const rest = new ConnectRest(request.connect);
  const credentials = Object.assign({}, ...(await Promise.all(request.clients.map(clientProperties)))) as object;
  const readings: ProbeReading[] = [];
  while (readings.length < request.brokers.length) {
    signal.throwIfAborted();
    const first = readings.length;
    const probes = request.brokers.slice(first, first + together).map(async (address, index) => {
      const name = `${request.migration}-probe-${first + index + 1}`;
      try {
        await rest.configure(name, { ...credentials, ...probeProperties(request, name, address) });
        return { address, problem: await outcome(rest, name, signal) };
      } catch (error) {
        return { address, problem: error instanceof Error ? error.message : String(error) };
      } finally {
        await rest.delete(name);
      }
    });
    // Each of them has deleted its connector before a failure of one is reported.
    for (const result of await Promise.allSettled(probes)) {
      if (result.status === "rejected") throw result.reason;
      readings.push(result.value);
    }
  }
  signal.throwIfAborted();
  return readings;
}

/** A probe's properties without credentials. Pure. */
export function probeProperties(
  request: Pick<ProbeRequest, "target" | "topic">,
  name: string,
  address: string,
): Record<string, string> {
  const converter = "org.apache.kafka.connect.converters.ByteArrayConverter";
  const patience = {
    "default.api.timeout.ms": String(adminMilliseconds),
    "request.timeout.ms": String(adminMilliseconds / 2),
  };
  const prefixed = (prefix: string) =>
    Object.fromEntries(Object.entries(patience).map(([key, value]) => [`${prefix}${key}`, value]));
  return {
    "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
    "tasks.max": "1",
    topics: request.topic,
    // An alias of its own: it is part of the key of a connector's offsets.
    "source.cluster.alias": name,
    "source.cluster.bootstrap.servers": address,
    "target.cluster.alias": "target",
    "target.cluster.bootstrap.servers": request.target.join(","),
    // Under this policy the topic has the same name on the target, where it already exists: nothing is created.
    "replication.policy.class": "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
    // No other setting of the offset syncs is allowed together with this one.
    "emit.offset-syncs.enabled": "false",
    "sync.topic.configs.enabled": "false",
    "sync.topic.acls.enabled": "false",
    "refresh.topics.enabled": "false",
    "admin.timeout.ms": String(adminMilliseconds),
    ...prefixed("source.admin."),
    ...prefixed("target.admin."),
    // No consumer can be made of this: tasks fail before they read a record, begin a transaction or keep an offset.
    "source.consumer.max.poll.records": "0",
    "key.converter": converter,
    "value.converter": converter,
    "header.converter": converter,
  };
}

async function outcome(rest: ConnectRest, name: string, signal: AbortSignal): Promise<string | null> {
  const deadline = Date.now() + probeMilliseconds;
  let runningSince: number | null = null;
  for (;;) {
    signal.throwIfAborted();
    if ((await rest.taskCount(name)) > 0) return null;
    const status = await rest.status(name);
    if (status?.connector.state === "FAILED") return status.connector.trace?.split("\n")[0] ?? "the connector failed";
    if (status?.connector.state === "RUNNING") runningSince ??= Date.now();
    // RUNNING is reported once start() has returned; without tasks by then there was nothing to read.
    const settled = runningSince !== null && Date.now() - runningSince > adminMilliseconds;
    if (settled || Date.now() > deadline) return "Connect could not read the source's metadata through it";
    await sleep(500, undefined, { signal });
  }
}
