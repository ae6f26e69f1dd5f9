/** What values a property can have, by its name or by the name of a client's setting. Pure. */

const words: Readonly<Record<string, readonly string[]>> = {
  "compression.type": ["none", "gzip", "snappy", "lz4", "zstd"],
  acks: ["all", "-1", "0", "1"],
  "client.dns.lookup": ["use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"],
  "config.action.reload": ["restart", "none"],
  "metadata.recovery.strategy": ["rebootstrap", "none"],
  "metrics.recording.level": ["INFO", "DEBUG", "TRACE"],
};

const yesOrNo =
  /(\.enable|\.enabled|\.enforce|\.metrics)$|^(check\.crcs|allow\.auto\.create\.topics|exclude\.internal\.topics|enable\.metrics\.push|errors\.log\.include\.messages|auto\.include\.jmx\.reporter|partitioner\.ignore\.keys)$/;

const wholeNumber =
  /\.(ms|bytes|seconds|size|records|memory|samples)$|(^|\.)replication\.factor$|^(offset\.lag\.max|retries|errors\.retry\.timeout|max\.in\.flight\.requests\.per\.connection|compression\.(gzip|lz4|zstd)\.level)$/;

/** Bounds where a number from 0 on is not what is meant: Kafka's own, or those within which a migration works. */
const bounds: Readonly<Record<string, readonly [least: number, most?: number]>> = {
  "compression.gzip.level": [-1, 9],
  "compression.lz4.level": [1, 17],
  "compression.zstd.level": [-131_072, 22],
  "connections.max.idle.ms": [-1],
  "emit.checkpoints.interval.seconds": [1],
  "emit.heartbeats.interval.seconds": [1],
  "errors.retry.timeout": [-1],
  "fetch.max.bytes": [1],
  "max.in.flight.requests.per.connection": [1, 5],
  "max.partition.fetch.bytes": [1],
  "max.poll.records": [1],
  "max.request.size": [1_048_576],
  "receive.buffer.bytes": [-1],
  "refresh.groups.interval.seconds": [1],
  "refresh.topics.interval.seconds": [1],
  "send.buffer.bytes": [-1],
  "transaction.boundary.interval.ms": [1, 30_000],
};

const largest = Number.MAX_SAFE_INTEGER;

/** What is wrong with a value, as the end of `found "…", `; null where nothing is, or where its kind is not known. */
export function wrongValue(setting: string, value: string): string | null {
  // What a provider of Connect's fills in is not known here.
  if (value.includes("${")) return null;
  const known = words[setting];
  if (known !== undefined) return known.includes(value) ? null : `allowed: ${known.join(", ")}`;
  if (yesOrNo.test(setting)) return ["true", "false"].includes(value) ? null : "allowed: true, false";
  if (!wholeNumber.test(setting)) return null;
  const factor = /(^|\.)replication\.factor$/.test(setting);
  const [least, most] = factor ? [-1, 32_767] : (bounds[setting] ?? [0]);
  const number = Number(value);
  const fits = /^-?\d+$/.test(value) && number >= least && number <= (most ?? largest) && !(factor && number === 0);
  if (fits) return null;
  return `allowed: a whole number ${most === undefined ? `from ${least} on` : `from ${least} to ${most}`}`;
}
