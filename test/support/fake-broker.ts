/** Brokers in memory that speak as much of Kafka's older protocol as kafkajs asks of them for a witness. Emulated. */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** A partition, and who leads it. */
export interface FakePartition {
  leader: number;
  readonly stable: bigint;
  readonly end: bigint;
}

export interface FakeGroup {
  /** Number of the broker that coordinates it. */
  coordinator: number;
  /** Committed offsets by `topic/partition`. */
  readonly offsets: Readonly<Record<string, bigint>>;
  /** How many questions for the coordinator come too early. @default 0 */
  tooEarly?: number;
}

export interface FakeBrokers {
  /** Bootstrap addresses, by the brokers' numbers from 1 on. */
  readonly addresses: readonly string[];
  /** By topic, then by partition. */
  readonly topics: Readonly<Record<string, readonly FakePartition[]>>;
  /** By their names. */
  readonly groups: Readonly<Record<string, FakeGroup>>;
  /** What was asked, as `<broker> <request>`. */
  readonly asked: string[];
  /** What clients logged in by, as `user:password`. */
  readonly logins: string[];
  close(): Promise<void>;
}

const notLeader = 6;
const unsupportedVersion = 35;
const coordinatorNotAvailable = 15;
const notCoordinator = 16;

const int8 = (value: number) => Buffer.from([value]);
const int16 = (value: number) => Buffer.from(new Int16Array([value]).buffer).swap16();
const int32 = (value: number) => Buffer.from(new Int32Array([value]).buffer).swap32();
const int64 = (value: bigint) => Buffer.from(new BigInt64Array([value]).buffer).swap64();
const text = (value: string) => Buffer.concat([int16(value.length), Buffer.from(value)]);
const none = int16(-1);
const list = (items: readonly (readonly Buffer[])[]) => Buffer.concat([int32(items.length), ...items.flat()]);

/** Reads a request's fields one after the other. */
class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #take(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  int8 = () => this.#take(1).readInt8();
  int16 = () => this.#take(2).readInt16BE();
  int32 = () => this.#take(4).readInt32BE();
  int64 = () => this.#take(8).readBigInt64BE();
  text = () => this.#take(Math.max(this.int16(), 0)).toString();
  bytes = () => this.#take(Math.max(this.int32(), 0));
  list = <T>(item: () => T): T[] => Array.from({ length: Math.max(this.int32(), 0) }, item);
}

const requests = {
  2: "ListOffsets",
  3: "Metadata",
  9: "OffsetFetch",
  10: "FindCoordinator",
  17: "SaslHandshake",
  18: "ApiVersions",
  36: "SaslAuthenticate",
} as const;
type Request = (typeof requests)[keyof typeof requests];

/** The newest version of each that is answered here. */
const newest: Record<Request, number> = {
  ListOffsets: 2,
  Metadata: 4,
  OffsetFetch: 2,
  FindCoordinator: 1,
  SaslHandshake: 1,
  ApiVersions: 2,
  SaslAuthenticate: 0,
};

/** Brokers of one cluster, each with a listener of its own; over TLS where there are options for it. */
export async function fakeBrokers(
  given: Pick<FakeBrokers, "topics" | "groups"> & {
    readonly brokers: number;
    readonly tls?: TlsOptions;
    /** Whether whoever asks has to log in first. @default false */
    readonly users?: true;
  },
): Promise<FakeBrokers> {
  const ports: number[] = [];
  const asked: string[] = [];
  const logins: string[] = [];
  const sockets = new Set<Socket>();

  const answer = (broker: number, request: Request, version: number, fields: Fields): Buffer => {
    switch (request) {
      case "ApiVersions": {
        const able = Object.entries(requests).map(([key, name]) => [int16(Number(key)), int16(0), int16(newest[name])]);
        // As brokers do: a version that they do not know they answer in the oldest.
        if (version > newest.ApiVersions) return Buffer.concat([int16(unsupportedVersion), list(able)]);
        return Buffer.concat([int16(0), list(able), int32(0)]);
      }
      case "SaslHandshake":
        return Buffer.concat([int16(0), list([[text("PLAIN")]])]);
      case "SaslAuthenticate": {
        const [, user, password] = fields.bytes().toString().split("\0");
        logins.push(`${user}:${password}`);
        return Buffer.concat([int16(0), none, int32(0)]);
      }
      case "Metadata": {
        const names = fields.list(fields.text);
        const topics = (names.length === 0 ? Object.keys(given.topics) : names).map((name) => [
          ...[int16(0), text(name), int8(0)],
          list(
            given.topics[name]!.map(({ leader }, partition) => [
              ...[int16(0), int32(partition), int32(leader), list([[int32(leader)]]), list([[int32(leader)]])],
            ]),
          ),
        ]);
        const brokers = ports.map((port, index) => [int32(index + 1), text("127.0.0.1"), int32(port), none]);
        const throttled = version < 3 ? [] : [int32(0)];
        return Buffer.concat([...throttled, list(brokers), text("cluster"), int32(1), list(topics)]);
      }
      case "ListOffsets": {
        fields.int32();
        const committedOnly = fields.int8() === 1;
        const topics = fields.list(() => ({
          name: fields.text(),
          partitions: fields.list(() => [fields.int32(), fields.int64()] as const),
        }));
        const answers = topics.map(({ name, partitions }) => [
          text(name),
          list(
            partitions.map(([partition]) => {
              const { leader, stable, end } = given.topics[name]![partition]!;
              const error = leader === broker ? 0 : notLeader;
              return [int32(partition), int16(error), int64(-1n), int64(committedOnly ? stable : end)];
            }),
          ),
        ]);
        return Buffer.concat([int32(0), list(answers)]);
      }
      case "FindCoordinator": {
        const group = given.groups[fields.text()]!;
        const { coordinator, tooEarly = 0 } = group;
        group.tooEarly = tooEarly - 1;
        return Buffer.concat([
          ...[
            int32(0),
            int16(tooEarly > 0 ? coordinatorNotAvailable : 0),
            none,
            int32(coordinator),
            text("127.0.0.1"),
            int32(ports[coordinator - 1]!),
          ],
        ]);
      }
      case "OffsetFetch": {
        const { coordinator, offsets } = given.groups[fields.text()]!;
        const topics = fields.list(() => ({ name: fields.text(), partitions: fields.list(fields.int32) }));
        const answers = topics.map(({ name, partitions }) => [
          text(name),
          list(
            partitions.map((partition) => [
              ...[int32(partition), int64(offsets[`${name}/${partition}`] ?? -1n), text(""), int16(0)],
            ]),
          ),
        ]);
        const error = coordinator === broker ? 0 : notCoordinator;
        return Buffer.concat([list(error === 0 ? answers : []), int16(error)]);
      }
    }
  };

  const serve = (broker: number) => (socket: Socket) => {
    sockets.add(socket);
    let versions = given.users === true ? 0 : -Infinity;
    let rest = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, Buffer.from(chunk)]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const fields = new Fields(rest.subarray(4, 4 + rest.readInt32BE(0)));
        rest = rest.subarray(4 + rest.readInt32BE(0));
        const request = requests[fields.int16() as keyof typeof requests];
        const version = fields.int16();
        const correlation = fields.int32();
        fields.text();
        asked.push(`${broker} ${request}`);
        if (request === "SaslAuthenticate") versions = -Infinity;
        // Kafka's SaslServerAuthenticator takes this request once, and then waits for a handshake.
        if (request === "ApiVersions" && version <= newest.ApiVersions && ++versions > 1) return void socket.destroy();
        const body = Buffer.concat([int32(correlation), answer(broker, request, version, fields)]);
        socket.write(Buffer.concat([int32(body.length), body]));
      }
    });
  };

  const servers: Server[] = [];
  for (let broker = 1; broker <= given.brokers; broker += 1) {
    const server = given.tls === undefined ? createServer(serve(broker)) : createTlsServer(given.tls, serve(broker));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    ports.push((server.address() as AddressInfo).port);
  }
  return {
    addresses: ports.map((port) => `127.0.0.1:${port}`),
    topics: given.topics,
    groups: given.groups,
    asked,
    logins,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
