/** Whether the target is what Pega asks of an external Kafka, whose the names on it are, and whether they are used. */
import { partitionName } from "../../brokers/partitions.ts";
import { closed, unmeasured } from "../../judging/problems.ts";
import { notMeasured } from "../../judging/reading.ts";
import { some, count } from "../../model/words.ts";
import type { FitReading } from "../fit.ts";
import { isExternal } from "../history.ts";
import { partOf, type Of, type PegaJudge } from "../reading.ts";

/** What Pega's documents ask for (KafkaClusterRequirement.md of pega-helm-charts). */
const leastBrokers = 3;
const leastMessageBytes = 5_000_000;
const latestRelease = "3.4";
const settings = ["unclean.leader.election.enable", "auto.create.topics.enable"] as const;

export const clusterFit: PegaJudge<Of<"cluster-fit">> = {
  needs: () => ["fit"],
  judge(condition, snapshot) {
    const fit = partOf(snapshot, "fit");
    const { replicationFactor, production, acceptedVersion } = condition;
    const brokers = fit.brokers.length;
    const reasons = [
      ...(replicationFactor > brokers
        ? [`stream.replicationFactor is ${replicationFactor} and the target has ${count(brokers, "broker")}`]
        : []),
      ...(production && brokers < leastBrokers
        ? [`the target has ${count(brokers, "broker")}, Pega asks for ${leastBrokers} in production`]
        : []),
      ...fit.brokers.flatMap(({ id, config }) =>
        misset(config).map((reason) => `broker ${id} of the target ${reason}`),
      ),
    ];
    const late = tooLate(fit);
    if (late !== null && acceptedVersion === undefined) {
      reasons.push(
        `${late}, Pega asks for ${latestRelease} or earlier; say under stream.acceptedVersion who has accepted it and why`,
      );
    }
    if (reasons.length > 0) return { open: false, sentence: some(reasons, "reasons") };
    const version = late === null ? `Kafka ${fit.kafka}` : `${late}, accepted: "${acceptedVersion}"`;
    return { open: true, sentence: `the target meets Pega's requirements: ${count(brokers, "broker")}, ${version}` };
  },
};

function misset(config: Readonly<Record<string, string>>): string[] {
  if (Object.keys(config).length === 0) return ["does not show its configs; give the runner DescribeConfigs on it"];
  const bytes = config["message.max.bytes"];
  return [
    ...(Number(bytes) >= leastMessageBytes
      ? []
      : [`has message.max.bytes ${bytes ?? "unset"}, at least ${leastMessageBytes} asked for`]),
    ...settings.flatMap((key) =>
      config[key] === "false" ? [] : [`has ${key} ${config[key] ?? "unset"}, false asked for`],
    ),
  ];
}

/** Why the release is not one that Pega names, or null. */
function tooLate({ level, kafka }: FitReading): string | null {
  if (level === null) return "the target does not tell its release of Kafka";
  if (kafka === null)
    return `the target has a metadata.version of level ${level}, which is later than any known release`;
  const [major = 0, minor = 0] = kafka.split(".").map(Number);
  const [latestMajor = 0, latestMinor = 0] = latestRelease.split(".").map(Number);
  const late = major > latestMajor || (major === latestMajor && minor > latestMinor);
  return late ? `the target is of Kafka ${kafka}` : null;
}

export const namesFree: PegaJudge<Of<"names-free">> = {
  needs: () => ["names", "history"],
  judge(_condition, snapshot) {
    const { topics, groups, unread } = partOf(snapshot, "names");
    const { prefix } = snapshot.scope;
    const names = [
      ...(topics.length > 0 ? [`${count(topics.length, "topic")} (${some(topics, "topics")})`] : []),
      ...(groups.length > 0 ? [`${count(groups.length, "group")} (${some(groups, "groups")})`] : []),
    ].join(" and ");
    if (names !== "") {
      const ours = partOf(snapshot, "history").find(isExternal);
      if (ours === undefined) {
        const sentence = `names under "${prefix}" are taken on the target: ${names}; the release has never used an external Kafka`;
        return { open: false, sentence };
      }
      return {
        open: true,
        sentence: `the target has ${names} under "${prefix}", and revision ${ours.revision} of the release has used it before`,
      };
    }
    if (unread.length > 0) return notMeasured(some(unread, "parts"));
    return { open: true, sentence: `no topic and no group on the target begins with "${prefix}"` };
  },
};

export const streamInUse: PegaJudge<Of<"stream-in-use">> = {
  needs: () => ["growth"],
  judge(_condition, snapshot, earlier) {
    const logs = partOf(snapshot, "growth");
    const { prefix } = snapshot.scope;
    const topics = new Set([...logs.partitions.values()].map(({ topic }) => topic));
    if (logs.problems.length > 0) return closed(unmeasured(logs));
    if (topics.size === 0) return { open: false, sentence: `no topic on the target begins with "${prefix}"` };
    const first = earlier[0];
    if (first === undefined) {
      return {
        open: false,
        sentence: `${count(topics.size, "topic")} under "${prefix}" on the target, seen once only`,
      };
    }
    const before = partOf(first, "growth").partitions;
    const seconds = Math.round((snapshot.takenAt - first.takenAt) / 1000);
    const grown = [...logs.partitions.values()].flatMap(({ topic, partition, end }) => {
      const from = before.get(partitionName(topic, partition))?.end ?? 0n;
      return end > from ? [{ topic, words: `${partitionName(topic, partition)} from ${from} to ${end}` }] : [];
    });
    if (grown.length === 0) {
      const sentence = `none of ${count(topics.size, "topic")} under "${prefix}" has grown on the target for ${seconds} s`;
      return { open: false, sentence };
    }
    const growing = new Set(grown.map(({ topic }) => topic)).size;
    const words = some(
      grown.map(({ words }) => words),
      "partitions",
    );
    return {
      open: true,
      sentence: `${growing} of ${count(topics.size, "topic")} under "${prefix}" grew on the target within ${seconds} s: ${words}`,
    };
  },
};
