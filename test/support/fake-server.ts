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
const saslAuthenticate = 36;
const refusedCredentials = 58;
const unknownMechanism = 33;

/**
 * Speaks as much of Kafka's protocol as a first look takes: a broker of a cluster without other brokers and topics,
 * which has PLAIN alone and refuses every login but those of `users`, passwords by name.
 */
export const kafkaBroker =
  (clusterId: string, users: Readonly<Record<string, string>> = {}) =>
  (socket: Socket) => {
    let pending = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, Buffer.from(chunk)]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const request = pending.subarray(4, 4 + pending.readInt32BE(0));
        pending = pending.subarray(4 + pending.readInt32BE(0));
        const answer = Buffer.concat([request.subarray(4, 8), answerTo(request, clusterId, users)]);
        socket.write(Buffer.concat([bytes.int32(answer.length), answer]));
      }
    });
  };

function answerTo(request: Buffer, clusterId: string, users: Readonly<Record<string, string>>): Buffer {
  switch (request.readInt16BE(0)) {
    case metadata: {
      const { int32, compact, none, empty } = bytes;
      return Buffer.concat([none, int32(0), empty, compact(clusterId), int32(-1), empty, none]);
    }
    case saslHandshake:
      return Buffer.concat([
        bytes.int16(request.includes("PLAIN") ? 0 : unknownMechanism),
        ...[bytes.int32(1), bytes.int16(5), Buffer.from("PLAIN")],
      ]);
    case saslAuthenticate: {
      const { int16, compact, empty, none } = bytes;
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
    default:
      // ApiVersions before a login: no version is offered, and the client takes its newest.
      return Buffer.concat([bytes.int16(0), bytes.int32(0), bytes.int32(0)]);
  }
}
