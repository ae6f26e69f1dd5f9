import { createServer, type AddressInfo, type Socket } from "node:net";

/** A listener on 127.0.0.1 that behaves as told. */
export interface FakeServer {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Connections that were opened so far. */
  connections(): number;
  close(): Promise<void>;
}

export async function fakeServer(serve: (socket: Socket) => void): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer((socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => opened,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const bytes = {
  int16: (value: number) => Buffer.from(new Int16Array([value]).buffer).swap16(),
  int32: (value: number) => Buffer.from(new Int32Array([value]).buffer).swap32(),
  /** Kafka's compact string, as long as it is shorter than 127 bytes. */
  compact: (value: string) => Buffer.concat([Buffer.from([value.length + 1]), Buffer.from(value)]),
  none: Buffer.from([0]),
  empty: Buffer.from([1]),
};

/** Kafka's numbers of the requests that the fake broker knows. */
const metadata = 3;
const saslHandshake = 17;
const apiVersions = 18;
const saslAuthenticate = 36;
const refusedCredentials = 58;
const unknownMechanism = 33;
const unsupportedVersion = 35;

/** Versions of requests that a fake broker takes, by Kafka's numbers of them. */
export type FakeRanges = Readonly<Record<number, readonly [min: number, max: number]>>;

const newest: FakeRanges = { [metadata]: [0, 12], [apiVersions]: [0, 3] };

/**
 * Speaks as much of Kafka's protocol as a first look takes: a broker of a cluster without other brokers and topics,
 * which has PLAIN alone and refuses every login but those of `users`, passwords by name. As Kafka does, it hangs up on
 * a request or a version that it does not take, and answers only ApiVersions whatever its version.
 */
export const kafkaBroker =
  (clusterId: string, users: Readonly<Record<string, string>> = {}, ranges: FakeRanges = newest) =>
  (socket: Socket) => {
    let pending = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, Buffer.from(chunk)]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const request = pending.subarray(4, 4 + pending.readInt32BE(0));
        pending = pending.subarray(4 + pending.readInt32BE(0));
        const found = answerTo(request, clusterId, users, ranges);
        if (found === null) return socket.destroy();
        const answer = Buffer.concat([request.subarray(4, 8), found]);
        socket.write(Buffer.concat([bytes.int32(answer.length), answer]));
      }
    });
  };

/** Without the correlation id; null where the broker hangs up. */
function answerTo(
  request: Buffer,
  clusterId: string,
  users: Readonly<Record<string, string>>,
  ranges: FakeRanges,
): Buffer | null {
  const { int16, int32, compact, none, empty } = bytes;
  const [api, version] = [request.readInt16BE(0), request.readInt16BE(2)];
  const [min, max] = ranges[api] ?? [0, 99];
  const taken = version >= min && version <= max;
  switch (api) {
    case metadata: {
      if (!taken) return null;
      // From 9 on lengths are compact and fields have tags; up to 10 the cluster's operations come last.
      if (version >= 11) return Buffer.concat([none, int32(0), empty, compact(clusterId), int32(-1), empty, none]);
      const name = Buffer.concat([int16(clusterId.length), Buffer.from(clusterId)]);
      const operations = version >= 8 ? int32(-2_147_483_648) : Buffer.alloc(0);
      if (version <= 8) return Buffer.concat([int32(0), int32(0), name, int32(-1), int32(0), operations]);
      return Buffer.concat([none, int32(0), empty, compact(clusterId), int32(-1), empty, operations, none]);
    }
    case saslHandshake:
      return Buffer.concat([
        int16(request.includes("PLAIN") ? 0 : unknownMechanism),
        ...[int32(1), int16(5), Buffer.from("PLAIN")],
      ]);
    case saslAuthenticate: {
      const known = Object.entries(users).some(([name, password]) => request.includes(`\0${name}\0${password}`));
      return Buffer.concat([
        none,
        int16(known ? 0 : refusedCredentials),
        known ? none : compact("Authentication failed"),
        empty,
        Buffer.alloc(8),
        none,
      ]);
    }
    case apiVersions: {
      const list = Object.entries(ranges);
      const ofEach = (tags: Buffer) =>
        list.map(([key, [from, to]]) => Buffer.concat([int16(Number(key)), int16(from), int16(to), tags]));
      if (!taken) return Buffer.concat([int16(unsupportedVersion), int32(0)]);
      // The header of this answer never has tags, even where the body has.
      return version >= 3
        ? Buffer.concat([int16(0), Buffer.from([list.length + 1]), ...ofEach(none), int32(0), none])
        : Buffer.concat([
            ...[int16(0), int32(list.length), ...ofEach(Buffer.alloc(0))],
            version >= 1 ? int32(0) : Buffer.alloc(0),
          ]);
    }
    default:
      return null;
  }
}
