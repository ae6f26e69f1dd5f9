import { movesApplications, readsToEnd } from "../../config/migration-config.ts";
import { isStreamsGroup } from "../../runtime/model/streams.ts";
import { ageText, count } from "../words.ts";
import type { Facts, GroupFacts } from "../facts.ts";
import { about, type AdviceRule } from "./rule.ts";

/** Groups that read a migrated topic and are not ignored. */
function moving({ config, groups, migrated }: Facts): GroupFacts[] {
  const { migrate, ignore } = config.selection.groups;
  const named = migrate?.map(({ name }) => name);
  const ignored = new Set(ignore.map(({ name }) => name));
  return groups.filter(
    ({ name, topics, locked }) =>
      locked && !ignored.has(name) && (named?.includes(name) ?? topics.some((topic) => migrated.includes(topic))),
  );
}

/** Advice about who reads. */
export const groupRules: readonly AdviceRule[] = [
  {
    id: "share-groups",
    severity: "warning",
    kind: "group",
    reason:
      "a share group (KIP-932) has no offsets: its brokers keep a state for each record, which no request reads or sets, so nothing places it on the target",
    remedy:
      "let its consumers read everything on the source and move them last; on the target they begin at share.auto.offset.reset",
    find: ({ source }) =>
      about(
        source.cluster.shareGroups.map((name) => ({ name })),
        (groups) => `${count(groups.length, "share group")} on the source, neither recorded nor moved`,
      ),
  },
  {
    id: "group-stands-still",
    severity: "warning",
    kind: "group",
    reason: "it has no consumers, so the gate groups-drained waits until it times out",
    remedy: "start its consumers, or name it under groups.ignore with the reason",
    find: (facts) =>
      about(
        moving(facts).filter((group) => group.members === 0 && group.lag > 0n && !byHand(group)),
        (groups) =>
          groups
            .map((group) => `${group.name} is ${count(group.lag, "record")} behind${ageOf(group)} and has no members`)
            .join(", "),
      ),
  },
  {
    id: "group-drains-slowly",
    severity: "warning",
    kind: "group",
    reason:
      "the gate groups-drained waits for gates.timeoutSeconds until a group has read the source to its end, and then fails the update",
    remedy: "let it catch up before the producers move, give it more consumers, or raise gates.timeoutSeconds",
    find: (facts) => {
      const { timeoutSeconds } = facts.config.gates;
      const secondsOf = ({ lag, readPerSecond }: GroupFacts) => Number(lag) / readPerSecond;
      return about(
        readsToEnd(facts.config)
          ? moving(facts).filter((group) => group.readPerSecond > 0 && secondsOf(group) > timeoutSeconds)
          : [],
        (groups) =>
          groups
            .map(
              (group) =>
                `${group.name} is ${count(group.lag, "record")} behind and reads ${group.readPerSecond.toFixed(1)} a second: ` +
                `${ageText(Math.round(secondsOf(group)))} without new records, ${timeoutSeconds} s allowed`,
            )
            .join(", "),
      );
    },
  },
  {
    id: "group-commits-nothing",
    severity: "warning",
    kind: "group",
    reason: "its position cannot be read from Kafka, so it cannot be placed on the target",
    remedy: "find out where it keeps its offsets; on the target its consumers begin at their auto.offset.reset",
    find: (facts) =>
      about(
        facts.groups.filter(({ members, topics }) => members > 0 && topics.length === 0),
        (groups) =>
          groups
            .map(({ name, members }) => `${name} has ${count(members, "member")} and no committed offset`)
            .join(", "),
      ),
  },
  {
    id: "group-is-never-joined",
    severity: "warning",
    kind: "group",
    reason:
      "its offsets are committed by clients that do not join it: Flink, Spark and sinks that store offsets begin at positions of their own, and a gate asks whose count",
    remedy:
      "say so at its consumer under workloads: positions: own, or positions: group where it begins at the group's offsets",
    find: (facts) => {
      const said = new Set(
        facts.config.workloads.flatMap((one) =>
          one.role === "consumer" && one.positions !== undefined ? one.groups : [],
        ),
      );
      return about(
        moving(facts).filter((group) => byHand(group) && !said.has(group.name)),
        (groups) =>
          groups
            .map(({ name, simple }) => `${name} ${simple ? "has never had a member" : "advances without members"}`)
            .join(", "),
      );
    },
  },
  {
    id: "group-reads-what-stays",
    severity: "error",
    kind: "group",
    reason:
      "its consumers cannot be on both sides at once: after the move they no longer read what stays on the source",
    remedy:
      "migrate these topics too, let the consumers of these topics join a separate group, or name them under the group's leaves",
    find: (facts) => {
      const leaves = ({ name }: GroupFacts) =>
        facts.config.selection.groups.migrate?.find((group) => group.name === name)?.leaves ?? [];
      const staying = (group: GroupFacts) =>
        group.topics.filter(
          (topic) => !facts.migrated.includes(topic) && !leaves(group).some((one) => one.topic === topic),
        );
      return about(
        moving(facts).filter((group) => staying(group).length > 0),
        (groups) => groups.map((group) => `${group.name} also reads ${staying(group).join(", ")}`).join("; "),
      );
    },
  },
  {
    id: "group-is-streams",
    severity: "error",
    kind: "group",
    reason: "a Kafka Streams application writes what it reads, its state among it, and moves all at once or not at all",
    remedy:
      "choose the strategy together or waves, in which it moves with its internal topics; or name it under groups.ignore, and let it rebuild its state at the target from the mirrored topics",
    find: (facts) => {
      if (movesApplications(facts.config.table)) return null;
      const streams = new Set(facts.inventory.groups.filter(isStreamsGroup).map(({ name }) => name));
      return about(
        moving(facts).filter(({ name }) => streams.has(name)),
        (groups) => `${groups.map(({ name }) => name).join(", ")} of Kafka Streams`,
      );
    },
  },
  {
    id: "group-reads-compacted",
    severity: "info",
    kind: "group",
    reason:
      "offsets of a compacted topic have gaps that differ between the sides, so a group that lags there cannot be placed exactly",
    remedy: "let it read to the end before it moves; the gate groups-drained waits for that",
    find: (facts) => {
      const compacted = (topic: string) =>
        facts.source.cluster.configs.get(topic)?.["cleanup.policy"]?.value.includes("compact") ?? false;
      return about(
        moving(facts).filter(({ topics, lag }) => lag > 0n && topics.some(compacted)),
        (groups) =>
          groups
            .map(
              ({ name, lag, topics }) =>
                `${name} reads ${topics.filter(compacted).join(", ")}, ${count(lag, "record")} behind in all`,
            )
            .join("; "),
      );
    },
  },
];

const byHand = ({ members, simple, moving: advances, topics }: GroupFacts): boolean =>
  members === 0 && topics.length > 0 && (simple || advances);

const ageOf = ({ ageSeconds }: GroupFacts): string => (ageSeconds === null ? "" : `, ${ageText(ageSeconds)}`);
