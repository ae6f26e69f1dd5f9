/**
 * Brokers of one cluster that hold no records and say what they are told: where logs begin and end, who coordinates a
 * group, what it has committed. They answer over real sockets, late by a simulated way there and back, each connection's
 * requests one after the other, as Kafka does. Emulated; one version of each request.
 */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Incoming, Outgoing } from "./wire.ts";

/** Kafka's numbers of the requests that they know, with the one version of each. */
const known = {
  listOffsets: { key: 2, version: 7 },
  metadata: { key: 3, version: 12 },
  offsetCommit: { key: 8, version: 8 },
  offsetFetch: { key: 9, version: 8 },
  findCoordinator: { key: 10, version: 4 },
  describeGroups: { key: 15, version: 5 },
  apiVersions: { key: 18, version: 3 },
  describeConfigs: { key: 32, version: 4 },
  offsetDelete: { key: 47, version: 0 },
} as const;

/** The name of a request, by Kafka's number. */
export const requestName = (key: number): string =>
  Object.entries(known).find(([, one]) => one.key === key)?.[0] ?? `request ${key}`;

/** Offsets of one group, by `topic/partition`. */
type GroupOffsets = Map<string, { readonly topic: string; readonly partition: number; readonly offset: bigint }>;

export interface FakeBrokersOptions {
  readonly brokers: number;
  /** Partitions by topic; partition p of the n-th topic is led by broker (n + p) modulo brokers. */
  readonly topics: ReadonlyMap<string, number>;
  /** Where every log ends; it begins at 0. @default 100 */
  readonly end?: bigint;
  /** Milliseconds of the way there and back. @default 0 */
  readonly roundTrip?: number;
  /** Ways there and back that a new connection takes before its first answer: TCP, TLS and a login. @default 0 */
  readonly handshakes?: number;
  /** Milliseconds of work for each request, besides. @default 0 */
  readonly work?: number;
  /** What a broker answers to an offset commit instead of 0; asked with the number of commits so far. */
  readonly commitError?: (group: string, commits: number) => number;
  /** Whether a broker hangs up instead of answering; asked with the request's name and how many it has had. */
  readonly hangUp?: (request: string, number: number) => boolean;
}

export interface FakeBrokers {
  /** `127.0.0.1:<port>` of each broker. */
  readonly bootstrap: readonly string[];
  readonly offsets: Map<string, GroupOffsets>;
  /** Requests by broker (from 0), then by name. */
  readonly requests: readonly Map<string, number>[];
  /** Connections that were opened. */
  connections(): number;
  /** The most bytes of an offset commit. */
  largestCommit(): number;
  close(): Promise<void>;
}

export async function fakeBrokers(options: FakeBrokersOptions): Promise<FakeBrokers> {
  const { brokers, topics, end = 100n, roundTrip = 0, handshakes = 0, work = 0 } = options;
  const { commitError = () => 0, hangUp = () => false } = options;
  const names = [...topics.keys()];
  const order = new Map(names.map((name, index) => [name, index]));
  const leader = (topic: string, partition: number) => ((order.get(topic) ?? 0) + partition) % brokers;
  const coordinator = (group: string) => [...group].reduce((sum, sign) => sum + sign.charCodeAt(0), 0) % brokers;
  const offsets = new Map<string, GroupOffsets>();
  const requests = Array.from({ length: brokers }, () => new Map<string, number>());
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  let opened = 0;
  let commits = 0;
  let largest = 0;

  const answers: Readonly<Record<number, (input: Incoming, out: Outgoing, broker: number, size: number) => void>> = {
    [known.apiVersions.key]: (_input, out) => {
      out.int16(0).list(Object.values(known), ({ key, version }) => out.int16(key).int16(version).int16(version));
      out.int32(0).tags();
    },
    [known.metadata.key]: (input, out) => {
      const asked = input.list(() => {
        input.skip(16);
        const name = input.compact()!;
        input.tags();
        return name;
      });
      out.int32(0).list(ports(servers), ({ port, id }) => out.int32(id).compact("127.0.0.1").int32(port).compact(null));
      out
        .compact("T")
        .int32(0)
        .list(asked ?? names, (name) => {
          const partitions = topics.get(name);
          out.int16(partitions === undefined ? 3 : 0).compact(name);
          out.zeros(8).int64(BigInt(order.get(name) ?? 0) + 1n);
          out.int8(0).list([...Array(partitions ?? 0).keys()], (partition) => {
            const at = leader(name, partition);
            out.int16(0).int32(partition).int32(at).int32(0).numbers([at]).numbers([at]).numbers([]);
          });
          out.int32(0);
        });
      out.tags();
    },
    [known.listOffsets.key]: (input, out) => {
      input.int32();
      input.int8();
      const asked = input.list(() => {
        const name = input.compact()!;
        const partitions = input.list(() => {
          const partition = input.int32();
          input.int32();
          const timestamp = input.int64();
          input.tags();
          return { partition, offset: timestamp === -2n ? 0n : end };
        })!;
        input.tags();
        return { name, partitions };
      })!;
      out
        .int32(0)
        .list(asked, ({ name, partitions }) =>
          out
            .compact(name)
            .list(partitions, ({ partition, offset }) =>
              out.int32(partition).int16(0).int64(-1n).int64(offset).int32(0),
            ),
        );
      out.tags();
    },
    [known.findCoordinator.key]: (input, out) => {
      input.int8();
      const keys = input.list(() => input.compact()!)!;
      const at = ports(servers);
      out.int32(0).list(keys, (key) => {
        const { id, port } = at[coordinator(key)]!;
        out.compact(key).int32(id).compact("127.0.0.1").int32(port).int16(0).compact(null);
      });
      out.tags();
    },
    [known.offsetCommit.key]: (input, out, _broker, size) => {
      const group = input.compact()!;
      input.int32();
      input.compact();
      input.compact();
      const asked = input.list(() => {
        const topic = input.compact()!;
        const partitions = input.list(() => {
          const [partition, offset] = [input.int32(), input.int64()];
          input.int32();
          input.compact();
          input.tags();
          return { partition, offset };
        })!;
        input.tags();
        return { topic, partitions };
      })!;
      commits += 1;
      largest = Math.max(largest, size);
      const error = commitError(group, commits);
      const kept: GroupOffsets = offsets.get(group) ?? new Map();
      if (error === 0) offsets.set(group, kept);
      out.int32(0).list(asked, ({ topic, partitions }) =>
        out.compact(topic).list(partitions, ({ partition, offset }) => {
          if (error === 0) kept.set(`${topic}/${partition}`, { topic, partition, offset });
          out.int32(partition).int16(error);
        }),
      );
      out.tags();
    },
    [known.offsetFetch.key]: (input, out) => {
      const groups = input.list(() => {
        const group = input.compact()!;
        input.list(() => {
          input.compact();
          input.list(() => input.int32());
          input.tags();
        });
        input.tags();
        return group;
      })!;
      out.int32(0).list(groups, (group) => {
        const byTopic = Map.groupBy(offsets.get(group)?.values() ?? [], ({ topic }) => topic);
        out
          .compact(group)
          .list([...byTopic], ([topic, all]) =>
            out
              .compact(topic)
              .list(all, ({ partition, offset }) => out.int32(partition).int64(offset).int32(-1).compact("").int16(0)),
          );
        out.int16(0);
      });
      out.tags();
    },
    [known.describeGroups.key]: (input, out) => {
      const groups = input.list(() => input.compact()!)!;
      out.int32(0).list(groups, (group) =>
        out
          .int16(0)
          .compact(group)
          .compact("Empty")
          .compact("consumer")
          .compact("")
          .list([], () => undefined)
          .int32(0),
      );
      out.tags();
    },
    [known.describeConfigs.key]: (input, out) => {
      const asked = input.list(() => {
        input.int8();
        const name = input.compact()!;
        input.list(() => input.compact());
        input.tags();
        return name;
      })!;
      out.int32(0).list(asked, (name) =>
        out
          .int16(0)
          .compact(null)
          .int8(2)
          .compact(name)
          .list(["cleanup.policy", "retention.ms"], (key) =>
            out
              .compact(key)
              .compact("delete")
              .int8(0)
              .int8(5)
              .int8(0)
              .list([], () => undefined)
              .int8(2)
              .compact(null),
          ),
      );
      out.tags();
    },
    [known.offsetDelete.key]: (input, out) => {
      const group = input.text()!;
      const asked = input.plainList(() => ({ name: input.text()!, partitions: input.plainList(() => input.int32()) }));
      out
        .int16(0)
        .int32(0)
        .plainList(asked, ({ name, partitions }) =>
          out.text(name).plainList(partitions, (partition) => {
            offsets.get(group)?.delete(`${name}/${partition}`);
            out.int32(partition).int16(0);
          }),
        );
    },
  };

  const serve = (socket: Socket, broker: number): void => {
    const bornAt = performance.now() + handshakes * roundTrip;
    let busyUntil = bornAt;
    let pending: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const size = pending.readInt32BE(0);
        const request = pending.subarray(4, 4 + size);
        pending = pending.subarray(4 + size);
        const input = new Incoming(request);
        const [key, version, correlation] = [input.int16(), input.int16(), input.int32()];
        input.text();
        const name = requestName(key);
        const flexible = key !== known.offsetDelete.key && !(key === known.apiVersions.key && version < 3);
        if (flexible) input.tags();
        const number = (requests[broker]!.get(name) ?? 0) + 1;
        requests[broker]!.set(name, number);
        const answer = answers[key];
        if (answer === undefined || hangUp(name, number)) return void socket.destroy();
        const out = new Outgoing().int32(0).int32(correlation);
        if (flexible && key !== known.apiVersions.key) out.tags();
        answer(input, out, broker, size);
        const bytes = out.bytes();
        bytes.writeInt32BE(bytes.length - 4, 0);
        const now = performance.now();
        busyUntil = Math.max(busyUntil, now + roundTrip / 2) + work;
        const late = busyUntil + roundTrip / 2 - now;
        if (late < 1) socket.write(bytes);
        else setTimeout(() => socket.destroyed || socket.write(bytes), late);
      }
    });
  };
  for (let broker = 0; broker < brokers; broker += 1) {
    const server = createServer((socket) => {
      opened += 1;
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
      serve(socket, broker);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  }
  return {
    bootstrap: ports(servers).map(({ port }) => `127.0.0.1:${port}`),
    ...{ offsets, requests },
    connections: () => opened,
    largestCommit: () => largest,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

const ports = (servers: readonly Server[]): { id: number; port: number }[] =>
  servers.map((server, id) => ({ id, port: (server.address() as AddressInfo).port }));
