import { differingDefaults } from "../../config/target-topics.ts";
import { evenControllers } from "../../runtime/model/even-controllers.ts";
import { portsOf } from "../../components/side-addresses.ts";
import { isMade, plannedOf } from "../../runtime/model/platforms/platforms.ts";
import { unknownTopicId } from "../../runtime/model/topic-ids.ts";
import { capacityOf, replicasText } from "../capacity.ts";
import type { Facts } from "../facts.ts";
import { bytesText, count, someOf } from "../words.ts";
import { about, releaseNumbers, targetRelease, type AdviceRule } from "./rule.ts";

/** The oldest release that the program was tried with as a source: 2.8.2 with ZooKeeper. README says the same. */
export const oldestTried = "2.8";

/** For how long a group without members keeps its offsets, and Kafka's default: a week. */
const offsetsKept = "offsets.retention.minutes";
const kafkasMinutes = "10080";

const major = (version: string | undefined): number => releaseNumbers(version ?? null)?.[0] ?? 0;

/** Advice about the clusters and the network between them. */
export const clusterRules: readonly AdviceRule[] = [
  {
    id: "even-controllers",
    severity: "warning",
    kind: "side",
    reason:
      "a quorum needs more than half of its voters: an even number survives no more failures than one voter fewer",
    remedy: "run an odd number of controllers; on the source that is worth doing only if it stays for a long time",
    find: (facts) => {
      const planned = facts.target === null ? plannedControllers(facts) : null;
      const sides = [
        { name: "source", voters: facts.source.cluster.controllers?.length ?? null },
        { name: "target", voters: facts.target?.cluster.controllers?.length ?? planned },
      ];
      return about(
        sides.filter(({ voters }) => voters !== null && evenControllers(voters)),
        (even) =>
          even
            .map(({ name, voters }) => `the ${name} has ${voters} controllers and survives ${voters! / 2 - 1} failures`)
            .join(", "),
      );
    },
  },
  {
    id: "made-for-the-source",
    severity: "warning",
    kind: "object",
    reason: "it reads from and writes to the source, and stops with it: phase cleanup does not open before it is gone",
    remedy:
      "name a Connect cluster whose connectors move under connects, a registry under source.registry; make the others for the target, or " +
      "delete them",
    find: ({ dependents = [] }) =>
      about(
        dependents.map((name) => ({ name })),
        (objects) => `${count(objects.length, "object")} of the source's platform`,
      ),
  },
  {
    id: "not-all-replicas-in-sync",
    severity: "error",
    kind: "topic",
    reason: "a source with missing replicas can lose records or stop during the migration",
    remedy: "bring the missing brokers back and wait until every replica is in sync",
    find: ({ source }) => {
      const behind = source.cluster.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.filter(({ leader, replicas, inSync }) => leader < 0 || inSync.length < replicas.length)
          .length,
      }));
      return about(
        behind.filter(({ partitions }) => partitions > 0),
        (topics) =>
          `${count(
            topics.reduce((sum, { partitions }) => sum + partitions, 0),
            "partition",
          )} of ${count(topics.length, "topic")}`,
      );
    },
  },
  {
    id: "capacity",
    severity: "error",
    kind: "side",
    reason: "the mirror fails when the target's disks are full, and so do the applications that write there",
    remedy: "give the target more storage, or migrate fewer topics",
    find: (facts) => {
      const capacity = capacityOf(facts);
      const { verdict, neededBytes, availableBytes, sourceBytes } = capacity;
      if (verdict !== "does not fit") return null;
      return {
        names: ["target"],
        finding: `${bytesText(sourceBytes!)} ${replicasText(capacity)} = ${bytesText(neededBytes!)}, but ${bytesText(availableBytes!)} are available`,
      };
    },
  },
  {
    id: "capacity-tight",
    severity: "warning",
    kind: "side",
    reason: "a disk that is nearly full leaves no room for growth, compaction and a broker that catches up",
    remedy: "give the target more storage before the mirror starts",
    find: (facts) => {
      const { verdict, neededBytes, availableBytes } = capacityOf(facts);
      if (verdict !== "tight") return null;
      const share = Math.round((Number(neededBytes) / Number(availableBytes)) * 100);
      return {
        names: ["target"],
        finding: `${bytesText(neededBytes!)} of ${bytesText(availableBytes!)} would be used, ${share} %`,
      };
    },
  },
  {
    id: "copies-larger-than-the-source",
    severity: "warning",
    kind: "side",
    reason:
      "applications compress and the mirror does not: the disks fill with several times what lies on the source's, and the gate target-capacity counts the source's bytes unless it is told",
    remedy:
      'set mirror.source["producer.override.compression.type"] to what the applications use, or capacity.uncompressedTimes to the number found',
    find: (facts) => {
      const { uncompressedTimes, neededBytes } = capacityOf(facts);
      if (uncompressedTimes <= Math.max(1.2, facts.config.capacity.uncompressedTimes)) return null;
      return {
        names: ["target"],
        finding: `the copies are ${uncompressedTimes} times as large, ${bytesText(neededBytes!)} in all`,
      };
    },
  },
  {
    id: "target-older-than-source",
    severity: "warning",
    kind: "side",
    reason: "clients can use features that the older release does not have, and its defaults differ",
    remedy: "choose a target of the source's release or a later one",
    find: (facts) => {
      const [source, target] = [releaseNumbers(facts.source.cluster.kafka), releaseNumbers(targetRelease(facts))];
      if (source === null || target === null) return null;
      const older = target[0] < source[0] || (target[0] === source[0] && target[1] < source[1]);
      return older
        ? { names: ["target"], finding: `the source is ${source.join(".")}, the target ${target.join(".")}` }
        : null;
    },
  },
  {
    id: "source-older-than-connect",
    severity: "error",
    kind: "side",
    reason: "the clients of Connect 4 only work with brokers of Kafka 2.1 or later",
    remedy: "use Connect 3.9, or bring the source to a later release first",
    find: ({ source, config }) =>
      major(config.connect?.version) >= 4 && source.cluster.speaks === null
        ? {
            names: ["source"],
            finding: `the source takes requests of no release from 2.4 on; Connect is to be ${config.connect?.version}`,
          }
        : null,
  },
  {
    id: "releases-differ",
    severity: "info",
    kind: "side",
    reason:
      "with equal releases a difference between the sides has one cause fewer: defaults, limits and clients' versions are the same",
    remedy:
      "upgrade the source to the target's release first, or make the target with the source's release and upgrade it after the migration; where neither is possible, read the topics and configs that this report names",
    find: (facts) => {
      const [source, target] = [releaseNumbers(facts.source.cluster.kafka), releaseNumbers(targetRelease(facts))];
      if (source === null || target === null || source.join(".") === target.join(".")) return null;
      return {
        names: ["source", "target"],
        finding: `the source is ${source.join(".")}, the target ${target.join(".")}`,
      };
    },
  },
  {
    id: "release-without-fixes",
    severity: "warning",
    kind: "side",
    reason: "releases before 3.9, the last of Kafka 3, get no more fixes from Apache Kafka",
    remedy: "upgrade the source before the migration if it can be restarted; choose a later release for the target",
    find: (facts) => {
      const sides = [
        { name: "source", release: releaseNumbers(facts.source.cluster.kafka) },
        { name: "target", release: releaseNumbers(targetRelease(facts)) },
      ];
      return about(
        sides.filter(({ release }) => release !== null && (release[0] < 3 || (release[0] === 3 && release[1] < 9))),
        (old) => old.map(({ name, release }) => `the ${name} is ${release!.join(".")}`).join(", "),
      );
    },
  },
  {
    id: "source-release-unknown",
    severity: "warning",
    kind: "side",
    reason:
      "a service that only speaks Kafka's protocol has limits of its own, which no request reports: on rates, timestamps, sizes and retention",
    remedy: "look up the service's limits, and copy one topic first",
    find: ({ source: { cluster } }) =>
      cluster.kafka === null && cluster.speaks !== null
        ? {
            names: ["source"],
            finding: `it does not say which release it is; it takes the requests of ${cluster.speaks}`,
          }
        : null,
  },
  {
    id: "source-older-than-tried",
    severity: "warning",
    kind: "side",
    reason: `the oldest source that this program has been tried with is Kafka ${oldestTried}`,
    remedy: "walk a copy of the source first, with the applications' own clients",
    find: ({ source: { cluster } }) => {
      const [found, oldest] = [releaseNumbers(cluster.speaks), releaseNumbers(oldestTried)!];
      const older = found !== null && (found[0] < oldest[0] || (found[0] === oldest[0] && found[1] < oldest[1]));
      return older ? { names: ["source"], finding: `the source takes the requests of Kafka ${cluster.speaks}` } : null;
    },
  },
  {
    id: "no-topic-ids",
    severity: "warning",
    kind: "side",
    reason: "a topic that is deleted and made again while the mirror runs is only noticed by its id",
    remedy:
      "keep everybody from deleting the topics that move; brokers have ids from inter.broker.protocol.version 2.8 on",
    find: ({ source, target }) =>
      about(
        [
          { name: "source", side: source },
          { name: "target", side: target },
        ].filter(({ side }) => side?.cluster.topics.some(({ id }) => id === unknownTopicId)),
        (sides) => `topics of the ${sides.map(({ name }) => name).join(" and the ")} have no ids`,
      ),
  },
  {
    id: "topics-made-by-accident",
    severity: "warning",
    kind: "side",
    reason:
      "a client that starts too early creates the topic on the target, with the broker's defaults instead of the source's partitions",
    remedy: 'set auto.create.topics.enable to "false" under target.cluster.configuration',
    find: ({ target, config }) => {
      const made = plannedOf(config.target.cluster);
      const planned = made === undefined ? null : (made.configuration["auto.create.topics.enable"] ?? "true");
      const value = target === null ? planned : (target.cluster.brokerConfig["auto.create.topics.enable"] ?? null);
      return value === "true"
        ? {
            names: ["target"],
            finding: `auto.create.topics.enable is true${target === null ? ", Kafka's default" : ""}`,
          }
        : null;
    },
  },
  {
    id: "offsets-expire-sooner",
    severity: "warning",
    kind: "side",
    reason:
      "a group without members for so long loses its offsets: one that the source would have kept begins on the target where " +
      "auto.offset.reset says",
    remedy: `set ${offsetsKept} of the target's brokers to the source's, before the first group is placed there`,
    find: ({ source, target, config }) => {
      const planned = plannedOf(config.target.cluster)?.configuration;
      const there = target?.cluster.brokerConfig ?? planned;
      if (there === undefined) return null;
      const [here, later] = [source.cluster.brokerConfig, there].map((one) =>
        Number(one[offsetsKept] ?? kafkasMinutes),
      );
      return later! < here!
        ? { names: ["target"], finding: `${offsetsKept} is ${later} on the target, and ${here} on the source` }
        : null;
    },
  },
  {
    id: "target-brokers-differ",
    severity: "info",
    kind: "side",
    reason:
      "a copy that sets nothing itself would be kept, refused, cleaned or timestamped as the target's brokers say, and records would be gone before anybody looks",
    remedy:
      "nothing: each copy gets the source's value of its own; give another under topics.configs where the target's is meant",
    find: ({ config: { target }, inventory }) =>
      about(
        Object.entries(differingDefaults({ target, inventory })).map(([key, values]) => ({ name: key, ...values })),
        (keys) =>
          keys.map((one) => `${one.name} is ${one.target} on the target, and ${one.source} on the source`).join(", "),
      ),
  },
  {
    id: "target-brokers-unread",
    severity: "warning",
    kind: "side",
    reason:
      "what the target's brokers set for all topics is not known: it could remove or refuse records of the copy; the gate target-defaults looks at the topics once they exist",
    remedy: "grant the runner's user DescribeConfigs on the target's cluster, and run npm run assess again",
    find: ({ target, inventory }) =>
      target !== null && inventory.target?.defaults === undefined
        ? { names: ["target"], finding: "the config of its brokers could not be read" }
        : null,
  },
  {
    id: "quotas",
    severity: "info",
    kind: "quota",
    reason: "a quota that suits an application slows the mirror down while it reads years of records",
    remedy: "give MirrorMaker 2 a user without quota; create the applications' quotas on the target",
    find: ({ source }) =>
      about(
        source.cluster.quotas.map(({ entity, limits }) => ({
          name: Object.entries(entity)
            .map(([type, name]) => `${type} ${name}`)
            .join(", "),
          limits,
        })),
        (quotas) =>
          quotas
            .map(
              ({ name, limits }) =>
                `${name}: ${Object.entries(limits)
                  .map(([key, value]) => `${key}=${value}`)
                  .join(" ")}`,
            )
            .join("; "),
      ),
  },
  {
    id: "users-and-rights",
    severity: "info",
    kind: "user",
    reason: "MirrorMaker 2 copies no users, and only some of the rights on topics",
    remedy:
      "name them under rights in the config, or create the users with their passwords and every ACL on the target before the first application moves",
    find: ({ source: { cluster }, config }) => {
      if (config.rights !== undefined) return null;
      if (cluster.users.length + cluster.acls.length === 0) return null;
      const principals = [...new Set(cluster.acls.map(({ principal }) => principal))];
      const names = [...new Set([...cluster.users.map(({ name }) => `User:${name}`), ...principals])].sort();
      return {
        names,
        finding: `${count(cluster.users.length, "SCRAM user")} and ${count(cluster.acls.length, "ACL")} of ${count(principals.length, "principal")}`,
      };
    },
  },
  {
    id: "paths-not-tried",
    severity: "info",
    kind: "side",
    reason:
      "what this machine reaches an application need not reach: firewalls, NetworkPolicies, its authority and the latency are its own",
    remedy:
      "set inCluster.paths: a pod in each application's namespace tries the path to the target, and a gate before each move reads what it found",
    find: ({ config }) =>
      config.inCluster?.paths === undefined
        ? { names: ["target"], finding: "no application's own path to it will be tried, this machine's alone" }
        : null,
  },
  {
    id: "not-readable",
    severity: "warning",
    kind: "part",
    reason: "what the runner's user is not allowed to read is neither recorded nor compared",
    remedy:
      "grant the runner's user Describe and DescribeConfigs on the cluster, the topics and the groups, or accept that this is missing",
    find: ({ inventory, source }) => {
      const unread = [...inventory.unread, ...source.load.unread];
      return about(
        unread.map(({ what, reason }) => ({ name: what, reason })),
        (parts) => parts.map(({ name, reason }) => `${name}: ${reason}`).join("; "),
      );
    },
  },
  {
    id: "ports-shut-to-connect",
    severity: "error",
    kind: "side",
    reason:
      "Connect's NetworkPolicy lets it out to the ports of bootstrap alone, and MirrorMaker 2 only logs that it cannot reach a broker and stays RUNNING",
    remedy: "list these ports under network.sourcePorts or network.targetPorts",
    find: ({ config, source, target }) => {
      if (config.network === undefined || config.connect === undefined || !isMade(config.connect)) return null;
      const shut = (["source", "target"] as const).flatMap((side) => {
        const { bootstrap, runnerBootstrap } = config[side];
        // Through another listener brokers advertise other ports to this machine than to Connect.
        if (bootstrap === undefined || runnerBootstrap !== undefined) return [];
        const open = new Set(portsOf(config, side));
        const brokers = { source, target }[side]?.cluster.brokers ?? [];
        const ports = [...new Set(brokers.map(({ port }) => port))].filter((port) => !open.has(port));
        return ports.length === 0 ? [] : [{ name: side, ports }];
      });
      return about(shut, (sides) =>
        sides.map(({ name, ports }) => `brokers of the ${name} advertise ${ports.join(", ")}`).join("; "),
      );
    },
  },
  {
    id: "connect-does-not-reach-source",
    severity: "error",
    kind: "broker",
    reason:
      "MirrorMaker 2 only logs that it cannot reach a broker and stays RUNNING, without the partitions that this broker leads",
    remedy: "open the network from Connect's pods to these addresses; Connect uses those under source.bootstrap",
    find: ({ connect }) => {
      if (connect.state !== "answers") return null;
      const away = connect.brokers.filter(({ problem }) => problem !== null).map(({ address }) => ({ name: address }));
      return about(
        away,
        (brokers) =>
          `${brokers.length} of ${connect.brokers.length} brokers: ${someOf(brokers.map(({ name }) => name))}`,
      );
    },
  },
];

const plannedControllers = ({ config }: Facts): number | null =>
  plannedOf(config.target.cluster)?.controllers.replicas ?? null;
