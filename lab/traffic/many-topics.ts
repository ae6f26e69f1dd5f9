/** Many quiet topics and groups beside the lab's usual traffic. */
import type { TopicPartitions } from "./application-workloads.ts";
import type { ConsumerWorkload, ProducerWorkload, TrafficSet } from "./workloads.ts";

/** How many topics and groups there are in all, those of the usual traffic among them. */
export interface Many {
  readonly topics: number;
  /** Each quiet topic is read by one of them. */
  readonly groups: number;
}

/** Applications that write the quiet topics, and as many that read them, each with its share of the groups. */
const applications = 4;
/** Of each quiet topic. */
const [partitions, keys] = [2, 2];
/** Share of the whole traffic's records that they have together, in percent. */
const percent = 5;

const nameOf = (number: number): string => `quiet-${String(number).padStart(5, "0")}`;
const counted = (length: number): number[] => Array.from({ length: Math.max(0, length) }, (_, number) => number);

/** The quiet topics beside so many others. */
export const quietTopics = ({ topics }: Many, others: number): TopicPartitions[] =>
  counted(topics - others).map((number) => ({ topic: nameOf(number), numPartitions: partitions }));

/** A group and what it reads. */
export interface ReadingGroup {
  readonly group: string;
  readonly reads: readonly string[];
}

/** The same traffic with quiet topics and groups, until there are so many in all; `others` is the number of its topics. */
export function withMany(traffic: TrafficSet, many: Many, others: number): TrafficSet {
  const topics = quietTopics(many, others).map(({ topic }) => topic);
  const groups: ReadingGroup[] = counted(Math.min(many.groups - traffic.consumers.length, topics.length)).map(
    (number, _, all) => ({
      group: `quiet-group-${number}`,
      reads: topics.filter((_, at) => at % all.length === number),
    }),
  );
  const dealt = <T>(all: readonly T[]): T[][] =>
    counted(applications)
      .map((application) => all.filter((_, at) => at % applications === application))
      .filter((share) => share.length > 0);
  const producers = dealt(topics).map((share, number): ProducerWorkload => ({
    ...{ role: "producer", name: `quiet-producer-${number}` },
    writes: share.map((topic) => ({ topic, percent: percent / topics.length, keys })),
  }));
  const consumers = dealt(groups).map(([first, ...more], number): ConsumerWorkload => ({
    ...{ role: "consumer", name: `quiet-consumer-${number}`, replicas: 1 },
    ...first!,
    more,
  }));
  return {
    ...traffic,
    producers: [...traffic.producers, ...producers],
    consumers: [...traffic.consumers, ...consumers],
  };
}
