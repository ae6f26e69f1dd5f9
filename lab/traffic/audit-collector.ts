import { parseRecordList } from "./log-lines.ts";

/** A record that the audit complains about. */
export interface Offence {
  readonly kind:
    | "lost"
    | "redelivered"
    | "outOfOrder"
    | "corrupt"
    | "unexpected"
    | "wrongId"
    | "noOutput"
    | "outputRepeated"
    | "outputOfNothing";
  /** The group that read it, or the service that wrote it. */
  readonly group: string;
  readonly topic: string;
  readonly key: string;
  readonly seq: number;
}

const offenceLimit = 10;

/** Sequences of one key of one topic. */
export interface Key {
  readonly topic: string;
  readonly key: string;
  /** State by sequence number. */
  states: Uint8Array;
  /** Id of the schema that each acknowledged record was written with, by sequence number; empty without schemas. */
  readonly schemaIds: number[];
}
/** States of a sequence number; a later one wins. */
export const sent = 1;
export const acknowledged = 2;
export const aborted = 3;

type Numbers = Float64Array | Uint32Array | Uint8Array;

/** A growing list of numbers, of as few bytes each as its first array says. */
export class Growing<Values extends Numbers> {
  #values: Values;
  #size = 0;

  constructor(values: Values) {
    this.#values = values;
  }

  add(value: number): void {
    if (this.#size === this.#values.length) {
      const larger = new (this.#values.constructor as new (length: number) => Values)(this.#size * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#size++] = value;
  }

  /** NaN beyond its end. */
  at(index: number): number {
    return index < this.#size ? this.#values[index]! : Number.NaN;
  }

  get size(): number {
    return this.#size;
  }

  /** Its numbers in their order, in an array that grows no more. */
  get values(): Values {
    return this.#values.subarray(0, this.#size) as Values;
  }
}

/** A growing list of times. */
export class Times extends Growing<Float64Array> {
  constructor() {
    super(new Float64Array(1024));
  }

  /** The times between each value and the next in order. */
  *gaps(): Generator<{ readonly start: number; readonly end: number }> {
    const sorted = this.values.slice().sort();
    for (let index = 1; index < sorted.length; index += 1) yield { start: sorted[index - 1]!, end: sorted[index]! };
  }

  /** Longest gap in seconds, up to `until` if given; what came later is left out. */
  longestGap(until = Infinity): number {
    const sorted = this.values.filter((value) => value <= until).sort();
    let longest = 0;
    for (let index = 1; index < sorted.length; index += 1)
      longest = Math.max(longest, sorted[index]! - sorted[index - 1]!);
    const last = sorted.at(-1);
    if (until !== Infinity && last !== undefined) longest = Math.max(longest, until - last);
    return longest / 1000;
  }
}

/** What the logs of one group say; entry i of the lists is one processed record. */
export interface GroupLog {
  readonly topics: Set<string>;
  readonly times: Times;
  readonly keys: Growing<Uint32Array>;
  readonly seqs: Growing<Uint32Array>;
  /** Index into `Collector.sides` of where it was read. */
  readonly sides: Growing<Uint8Array>;
  /** Entries that were read by a schema, with its id. */
  readonly schemaIds: [entry: number, id: number][];
  readonly others: Map<string, number>;
  corrupt: number;
  files: number;
}

/** The array itself, or a longer copy where index `size` does not fit. */
export function grown(states: Uint8Array, size: number): Uint8Array {
  if (size < states.length) return states;
  const larger = new Uint8Array(Math.max(size + 1, states.length * 2));
  larger.set(states);
  return larger;
}

/** Which cluster an address belongs to: its first word, by which the lab's clusters differ. */
export const sideOf = (bootstrap: string): string => /^\w*/.exec(bootstrap)![0];

/** Reads logs line by line and keeps no more than a few bytes per record. */
export class Collector {
  readonly keys: Key[] = [];
  /** Clusters that were read, by the first word of their address: `source` of `source-kafka-pods.demo.svc:9092`. */
  readonly sides: string[] = [];
  readonly groups = new Map<string, GroupLog>();
  readonly writes = new Map<string, Times>();
  /** When the pods of each writer began, in milliseconds since 1970. */
  readonly starts = new Map<string, readonly number[]>();
  /** Acknowledgements beyond the first of one record, by topic; only a service writes a record again. */
  readonly repeats = new Map<string, Pick<Offence, "key" | "seq">[]>();
  readonly offences: Offence[] = [];
  readonly #ids = new Map<string, number>();

  id(topic: string, key: string): number {
    const name = `${topic}\t${key}`;
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.keys.push({ topic, key, states: new Uint8Array(64), schemaIds: [] }) - 1;
      this.#ids.set(name, id);
    }
    return id;
  }

  group(name: string): GroupLog {
    let group = this.groups.get(name);
    if (group === undefined) {
      const [keys, seqs] = [new Growing(new Uint32Array(64)), new Growing(new Uint32Array(64))];
      const lists = { times: new Times(), keys, seqs, sides: new Growing(new Uint8Array(64)), schemaIds: [] };
      group = { ...lists, topics: new Set(), others: new Map(), corrupt: 0, files: 0 };
      this.groups.set(name, group);
    }
    return group;
  }

  #side(name: string): number {
    const known = this.sides.indexOf(name);
    return known === -1 ? this.sides.push(name) - 1 : known;
  }

  mark(topic: string, key: string, seq: number, state: number): void {
    const record = this.keys[this.id(topic, key)]!;
    record.states = grown(record.states, seq);
    record.states[seq] = Math.max(record.states[seq]!, state);
  }

  read(lines: Iterable<string>): void {
    let writes: Times | undefined;
    let group: GroupLog | undefined;
    let groupName = "";
    let side = 0;
    for (const line of lines) {
      const fields = line.split("\t");
      const [event, time, topic = "", , , key = "", last = ""] = fields;
      if (event === "read" && group !== undefined) {
        group.times.add(Number(time));
        group.keys.add(this.id(topic, key));
        group.seqs.add(Number(last));
        group.sides.add(side);
        if (fields[7] === "ok" && fields[8] !== undefined)
          group.schemaIds.push([group.keys.size - 1, Number(fields[8])]);
        if (fields[7] !== "ok") {
          group.corrupt += 1;
          this.offend({ kind: "corrupt", group: groupName, topic, key, seq: Number(last) });
        }
      } else if (event === "ack") {
        writes?.add(Number(time));
        if (this.keys[this.id(topic, key)]!.states[Number(last)] === acknowledged)
          this.repeats.set(topic, [...(this.repeats.get(topic) ?? []), { key, seq: Number(last) }]);
        this.mark(topic, key, Number(last), acknowledged);
        if (fields[7] !== undefined) this.keys[this.id(topic, key)]!.schemaIds[Number(last)] = Number(fields[7]);
      } else if (event === "sent" || event === "abort") {
        const state = event === "sent" ? sent : aborted;
        for (const record of parseRecordList(fields[3] ?? "")) this.mark(topic, record.key, record.seq, state);
      } else if (event === "other" && group !== undefined) {
        const record = `${topic}\t${last}`;
        group.others.set(record, (group.others.get(record) ?? 0) + 1);
      } else if (event === "start") {
        const [, , role, workload = "", , bootstrap = "", name = "", topics = ""] = fields;
        if (role !== "consumer") {
          writes = this.writes.get(workload) ?? new Times();
          this.writes.set(workload, writes);
          const starts = this.starts.get(workload) ?? [];
          this.starts.set(workload, [...starts, Number(time)]);
        }
        if (role !== "producer") {
          groupName = name;
          side = this.#side(sideOf(bootstrap));
          group = this.group(name);
          group.files += 1;
          for (const read of topics.split(",")) group.topics.add(read);
        }
      }
    }
  }

  offend(offence: Offence): void {
    if (this.offences.filter(({ kind }) => kind === offence.kind).length < offenceLimit) this.offences.push(offence);
  }
}
