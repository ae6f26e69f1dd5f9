import path from "node:path";
import { labFromEnvironment, type Lab } from "../layout.ts";
import { required } from "../traffic/settings.ts";
import { mountedPath } from "./mounts.ts";
import { defaultPattern, queues } from "./queues.ts";

export type SecurityProtocol = "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";

/** The `stream` values as they reach a pod. */
export interface ExternalStream {
  /** `host:port` list. */
  readonly bootstrap: readonly string[];
  readonly protocol: SecurityProtocol;
  /** Such as `SCRAM-SHA-256`. */
  readonly mechanism: string;
  /** Empty without SASL. */
  readonly jaas: string;
  /** File on this machine; null where none is named. */
  readonly trustStore: string | null;
  readonly trustStorePassword: string;
}

/** What a pod of a tier is told by its environment. */
export interface TierSettings {
  readonly lab: Lab;
  readonly tier: string;
  readonly pod: string;
  readonly produces: boolean;
  readonly consumes: boolean;
  /** Whether it holds the embedded stream. */
  readonly streams: boolean;
  /** Null: the stream is the embedded one. */
  readonly external: ExternalStream | null;
  readonly namePattern: string;
  readonly replicationFactor: number;
  /** Records per second that the pod writes. */
  readonly rate: number;
  /** What a caller over HTTP must send as `X-Queue-Token`; empty: nobody may call. */
  readonly token: string;
  /** Of all tiers: one directory per tier, in it one per pod. */
  readonly logs: string;
  /** Folder of the volume for the embedded stream. */
  readonly kafkaData: string | null;
}

/** Node types that take work out of streams. */
const consuming = /^(BackgroundProcessing|Batch|RealTime|ADM|BIX|Custom\d+)$/;
const protocols: readonly SecurityProtocol[] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

/** Reads the environment of a tier's container; throws one sentence about what is missing or wrong. */
export function readTierSettings(env: NodeJS.ProcessEnv = process.env): TierSettings {
  const lab = labFromEnvironment(env);
  const tier = required("NODE_TIER", env);
  const nodeTypes = required("NODE_TYPE", env).split(",");
  const external = env["EXTERNAL_STREAM"] === "true" ? readExternal(env) : null;
  return {
    lab,
    tier,
    pod: required("POD_NAME", env),
    produces: queues.some(({ writtenBy }) => writtenBy === tier),
    consumes: nodeTypes.some((type) => consuming.test(type)),
    streams: nodeTypes.includes("Stream"),
    external,
    namePattern: (external && env["STREAM_NAME_PATTERN"]) || defaultPattern,
    replicationFactor: external ? Number(env["STREAM_REPLICATION_FACTOR"] ?? 3) : 1,
    rate: Number(env["LAB_RATE"] ?? 50),
    token: env["LAB_QUEUE_TOKEN"] ?? "",
    logs: tierLogs(lab),
    kafkaData: mountedPath("/opt/pega/kafkadata", env),
  };
}

/** Directory of the tiers' logs. */
export const tierLogs = (lab: Lab) => path.join(lab.dir, "traffic");

function readExternal(env: NodeJS.ProcessEnv): ExternalStream {
  const bootstrap = required("STREAM_BOOTSTRAP_SERVERS", env)
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const found = env["STREAM_SECURITY_PROTOCOL"] ?? "PLAINTEXT";
  const protocol = protocols.find((each) => each === found);
  if (protocol === undefined)
    throw new Error(`STREAM_SECURITY_PROTOCOL is "${found}"; allowed: ${protocols.join(", ")}`);
  const sasl = protocol.startsWith("SASL");
  const trustStore = env["STREAM_TRUSTSTORE"];
  const file = trustStore === undefined || trustStore === "" ? null : mountedPath(trustStore, env);
  if (trustStore && file === null)
    throw new Error(`STREAM_TRUSTSTORE is ${trustStore}, but nothing is mounted there; see global.certificatesSecrets`);
  return {
    bootstrap,
    protocol,
    mechanism: sasl ? required("STREAM_SASL_MECHANISM", env) : "",
    jaas: sasl ? required("STREAM_JAAS_CONFIG", env) : "",
    trustStore: file,
    trustStorePassword: env["STREAM_TRUSTSTORE_PASSWORD"] ?? "",
  };
}
