import type { Advice } from "./advice.ts";
import { replicasText, type Capacity } from "./capacity.ts";
import type { GroupFacts, TopicFacts } from "./facts.ts";
import type { Report, SideReport } from "./report.ts";
import { ageText, bytesText, count } from "./words.ts";

type Row = readonly (string | number)[];

/** The report for people. Pure. */
export function reportMarkdown(report: Report): string {
  const sections = [
    `# Assessment of ${report.stack}\n\nTaken at ${report.takenAt}.`,
    section("Advice", adviceText(report.advice)),
    section("To be attested", report.attestations.map((text) => `- [ ] ${text}`).join("\n")),
    section("Clusters", clustersText(report)),
    section("Network from this machine", networkText(report)),
    section("Latency from a producer to a consumer", latencyText(report)),
    section("Network from inside Connect", connectText(report)),
    section("Capacity", capacityText(report.capacity)),
    section("Topics", topicsText(report.topics)),
    section("Groups", groupsText(report.groups)),
    section("Rights", rightsText(report)),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** The report in a few lines, for a terminal. Pure. */
export function reportSummary({ source, target, topics, groups, capacity, advice }: Report): string[] {
  const migrated = topics.filter((topic) => topic.migrated);
  const records = migrated.reduce((sum, topic) => sum + topic.recordsPerSecond, 0);
  const severities = (["error", "warning", "info"] as const).map(
    (severity) => `${advice.filter((one) => one.severity === severity).length} ${severity}`,
  );
  return [
    `source: ${clusterText(source)}`,
    `target: ${target === null ? "does not exist yet" : clusterText(target)}`,
    `${count(migrated.length, "topic")} of ${topics.length} and ${count(groups.length, "group")}; ${Math.round(records)} records per second`,
    `capacity: ${capacitySentence(capacity)}`,
    `advice: ${severities.join(", ")}`,
    ...advice
      .filter(({ severity }) => severity !== "info")
      .map((one) => `  ${one.severity} ${one.id}, ${one.subject}: ${one.finding}`),
  ];
}

const section = (title: string, text: string): string => `## ${title}\n\n${text}`;

function table(head: readonly string[], rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function adviceText(advice: readonly Advice[]): string {
  if (advice.length === 0) return "No advice.";
  return table(
    ["severity", "what", "about", "found", "why it matters", "what to do"],
    advice.map(({ severity, id, subject, finding, reason, remedy }) => [
      severity,
      id,
      subject,
      finding,
      reason,
      remedy,
    ]),
  );
}

const clusterText = (side: SideReport): string =>
  `${side.clusterId}, ${releaseText(side)}, ${count(side.brokers.length, "broker")}, ${controllersText(side)}`;

function releaseText({ kafka, speaks }: SideReport): string {
  if (kafka !== null) return `Kafka ${kafka}`;
  return `Kafka of an unknown release${speaks === null ? "" : ` that takes the requests of ${speaks}`}`;
}

function controllersText({ mode, controllers }: SideReport): string {
  if (mode === "zookeeper") return "ZooKeeper";
  return controllers === null ? "controllers unknown" : count(controllers, "controller");
}

function clustersText({ source, target, connect }: Report): string {
  const planned =
    connect.plannedVersion === undefined ? "none, nothing is mirrored" : `${connect.plannedVersion} planned`;
  const connectVersion = connect.state === "answers" ? connect.version : planned;
  const lines = [
    `- source: ${clusterText(source)}`,
    `- target: ${target === null ? "does not exist yet" : clusterText(target)}`,
    `- Connect: ${connectVersion}`,
  ];
  const disks = [source, target]
    .flatMap((side) => side?.brokers ?? [])
    .filter(({ usableBytes }) => usableBytes !== null);
  if (disks.length === 0) return lines.join("\n");
  const rows = disks.map(({ address, rack, totalBytes, usableBytes }): Row => [
    address,
    rack ?? "",
    totalBytes === null ? "" : bytesText(totalBytes),
    usableBytes === null ? "" : bytesText(usableBytes),
  ]);
  return `${lines.join("\n")}\n\n${table(["broker", "rack", "disk", "free"], rows)}`;
}

function networkText({ source, target }: Report): string {
  const rows = [["source", source] as const, ["target", target] as const].flatMap(([name, side]) =>
    (side?.brokers ?? []).map(({ broker, address, milliseconds, problem }): Row => [
      name,
      broker,
      address,
      problem ?? `answers, ${milliseconds} ms`,
    ]),
  );
  const absent = target === null ? "\n\nThe target does not exist yet; assess again once it does." : "";
  return `${table(["side", "broker", "advertised address", "from here"], rows)}${absent}`;
}

function latencyText({ latency }: Report): string {
  if (latency === undefined) {
    return (
      "Not measured, since it writes records: `npm run assess -- --stack <name> --latency-topic <topic>` writes 31 small ones to a topic " +
      "that exists on both sides and does not migrate."
    );
  }
  const { topic } = latency;
  const measured = [["source", latency.source] as const, ["target", latency.target] as const];
  const rows = measured.map(([side, found]): Row => {
    if (found === null) return [side, "does not exist yet", ""];
    if ("problem" in found) return [side, found.problem, ""];
    const text = (of: { readonly median: number; readonly slowest: number }) =>
      `${of.median} ms, slowest ${of.slowest} ms`;
    return [side, text(found.acknowledged), text(found.read)];
  });
  return (
    `Records written one by one to partition 0 of \`${topic}\` from this machine, acknowledged by all replicas in sync; the median of each side ` +
    `and the slowest. Applications in the cluster are nearer to the brokers, or further away.\n\n` +
    table(["side", "until acknowledged", "until read"], rows)
  );
}

function connectText({ connect }: Report): string {
  if (connect.state === "none") return "Not asked: nothing is mirrored.";
  if (connect.state === "away") {
    return `Not asked, because Connect does not answer: ${connect.reason}. Assess again once the phase that creates it is reached.`;
  }
  if (connect.skipped !== null) return `Not asked: ${connect.skipped}.`;
  return table(
    ["broker of the source", "from inside Connect"],
    connect.brokers.map(({ address, problem }) => [address, problem ?? "its metadata was read"]),
  );
}

function capacitySentence(capacity: Capacity): string {
  const { neededBytes, availableBytes, availableFrom, verdict, sourceBytes } = capacity;
  if (sourceBytes === null || neededBytes === null) return "unknown, because sizes could not be read";
  const larger = capacity.uncompressedTimes > 1 ? ` x ${capacity.uncompressedTimes} without compression` : "";
  const needed = `${bytesText(sourceBytes)}${larger} ${replicasText(capacity)} = ${bytesText(neededBytes)}`;
  if (availableBytes === null) return `${needed}; the free space on the target is not known`;
  return `${needed} of ${bytesText(availableBytes)} ${availableFrom === "disks" ? "free" : "planned"}: ${verdict}`;
}

function capacityText(capacity: Capacity): string {
  const { growthPerDay, growthPerDayOnTarget, brokers, copySeconds } = capacity;
  const growth =
    growthPerDay === null || growthPerDayOnTarget === null
      ? "Growth could not be measured."
      : `At the sampled rate a day adds ${bytesText(growthPerDay)} to one replica, ${bytesText(growthPerDayOnTarget)} to all, before retention removes any.`;
  return [
    `Migrated topics: ${capacitySentence(capacity)}, on ${count(brokers, "broker")}.`,
    growth,
    ...(copySeconds === null ? [] : [`With mirror.quotas copying takes ${ageText(copySeconds)} or longer.`]),
    "The mirror writes uncompressed unless mirror.source sets producer.override.compression.type: topics that are compressed on the source need more.",
  ].join("\n\n");
}

function topicsText(topics: readonly TopicFacts[]): string {
  return table(
    ["topic", "moves", "partitions", "replicas", "offsets held", "size of one replica", "records/s", "growth/s"],
    topics.map((topic) => [
      topic.name,
      topic.migrated ? "yes" : "no",
      topic.partitions,
      topic.replicationFactor,
      topic.records.toLocaleString("en"),
      topic.bytes === null ? "unknown" : bytesText(topic.bytes),
      topic.recordsPerSecond.toFixed(1),
      topic.bytesPerSecond === null ? "unknown" : bytesText(topic.bytesPerSecond),
    ]),
  );
}

function groupsText(groups: readonly GroupFacts[]): string {
  return table(
    ["group", "protocol", "state", "members", "topics", "lag", "oldest unread", "moved", "reads/s"],
    groups.map((group) => [
      group.locked ? group.name : `${group.name} (not recorded)`,
      group.protocol,
      group.state,
      group.members,
      group.topics.join(", "),
      group.lag.toLocaleString("en"),
      group.ageSeconds === null ? "" : ageText(group.ageSeconds),
      group.moving ? "yes" : "no",
      group.readPerSecond.toFixed(1),
    ]),
  );
}

function rightsText({ rights }: Report): string {
  const { acls, users, quotas, unread } = rights;
  const lines = [
    `- ${count(acls, "ACL")}`,
    `- ${count(users.length, "SCRAM user")}${users.length === 0 ? "" : `: ${users.join(", ")}`}`,
    `- ${count(quotas, "quota")}`,
    ...unread.map(({ what, reason }) => `- not read: ${what}, ${reason}`),
  ];
  return lines.join("\n");
}
