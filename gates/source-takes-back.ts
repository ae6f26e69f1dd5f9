/** Whether the source can take what will be written on the target; pure. */
import { closed, open, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { count, named } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

const hour = 3_600_000;
/** What a topic without an own value has, and Kafka's own default. */
const kafkasRetention = String(168 * hour);

interface Params {
  /** True where the mirror's user is made here, with its rights. */
  readonly granted: boolean;
  readonly soakHours: number;
  /** Hours for which the source keeps records, by topic that keeps them for less than `soakHours`. */
  readonly shorter: Readonly<Record<string, number>>;
  /** Present where a wave's way back is open already, which `wayBack: none` would leave open for ever. */
  readonly backOpen?: true;
}

/** Before the way back opens: partitions, rights and retention of the source. */
export const sourceTakesBack = gate({
  name: "source-takes-back",
  about: "moving",
  page: {
    closedBecause: "the source could not take back what will be written on the target",
    whatToDo:
      "grant MirrorMaker 2's user Write on the source, raise retention; `wayBack: none`, unless an earlier wave's way back is open",
  },
  params: ({ source, inventory, topics, retire }, { backOpen }): Params => {
    const moving = new Set(topics);
    const kept = ({ configs }: (typeof inventory.topics)[number], key: string, otherwise: string): string =>
      configs[key] ?? inventory.defaults[key]?.value ?? otherwise;
    const shorter = inventory.topics
      .filter((topic) => moving.has(topic.name) && kept(topic, "cleanup.policy", "delete").includes("delete"))
      .map((topic) => [topic.name, Number(kept(topic, "retention.ms", kafkasRetention)) / hour] as const)
      .filter(([, hours]) => hours >= 0 && hours < retire.soakHours);
    return {
      granted: source.credentials?.mirror?.create === true,
      soakHours: retire.soakHours,
      shorter: Object.fromEntries(shorter),
      ...(backOpen && { backOpen }),
    };
  },
  needs: ({ granted }) => ({ source: true, target: true, ...(!granted && { unwritable: true }) }),
  judge: ({ granted, soakHours, shorter, backOpen = false }, snapshot) => {
    const none = backOpen ? "" : ", or set wayBack to none";
    const [source, target] = [part(snapshot, "source"), part(snapshot, "target")];
    const complaints: Complaint[] = [];
    const more = [...target.partitions.keys()].filter((name) => !source.partitions.has(name));
    if (more.length > 0) {
      complaints.push({
        ...{ cause: "topic-missing", rank: rank.missing, partition: false },
        sentence: `the target has ${named(more)}, which the source lacks: the mirror back would wait there for ever`,
        remedy: `give the source's topics as many partitions, then ${again}`,
      });
    }
    const refused = granted ? [] : part(snapshot, "unwritable");
    if (refused.length > 0) {
      complaints.push({
        ...{ cause: "source-not-writable", rank: rank.foreign, partition: false },
        sentence: `MirrorMaker 2's user is not allowed to write to ${named(refused)} on the source`,
        remedy: `grant it what docs/rights.md lists for the way back${none}; then ${again}`,
      });
    }
    const short = Object.entries(shorter).map(([topic, hours]) => `${topic} (${Math.floor(hours)} h)`);
    if (short.length > 0) {
      complaints.push({
        ...{ cause: "retention-short", rank: rank.left, partition: false },
        sentence:
          `the source keeps records of ${named(short)} for less than the ${soakHours} h of retire.soakHours: what came back ` +
          "early would be gone before the way back is closed",
        remedy:
          `raise retention.ms of these topics on the source and run npm run assess, or lower retire.soakHours${none}; ` +
          `then ${again}`,
      });
    }
    if (complaints.length > 0) return closed(complaints);
    return open(`the source can take back what is written to ${count(source.partitions.size, "partition")}`);
  },
  remedy: again,
});
