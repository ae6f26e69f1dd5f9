/** A stream that tiers write and read: a topic of its own and a group of the same name. */
export interface PegaQueue {
  readonly name: string;
  /** `flow`: a data flow, judged by its last processed ids instead of a number of records. */
  readonly kind: "queue" | "flow";
  /** Tier that writes it. */
  readonly writtenBy: string;
  /** Share of its tier's records, in percent. */
  readonly percent: number;
}

/** Partitions of each stream; Pega's own default is 20. */
export const partitions = 3;

/** Keys per pod and stream; each has a sequence of its own. */
export const keysPerPod = 20;

/** What the lab's release works on. */
export const queues: readonly PegaQueue[] = [
  { name: "orders", kind: "queue", writtenBy: "web", percent: 60 },
  { name: "clicks", kind: "flow", writtenBy: "web", percent: 40 },
  { name: "mails", kind: "queue", writtenBy: "util", percent: 100 },
];

export const defaultPattern = "pega-{stream.name}";

/** Name of a stream's topic, and of the group that reads it. */
export const topicOf = (pattern: string, { name }: PegaQueue): string => pattern.replaceAll("{stream.name}", name);
