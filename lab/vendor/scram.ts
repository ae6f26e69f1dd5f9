import { pbkdf2Sync, randomBytes } from "node:crypto";
import { connect, type TLSSocket } from "node:tls";
import { once } from "node:events";

/** A user with a password for SCRAM-SHA-256. */
export interface ScramUser {
  readonly name: string;
  readonly password: string;
}

export interface ScramAccess {
  /** `host:port` of a broker, by its address. */
  readonly broker: string;
  readonly username: string;
  readonly password: string;
  /** The authority of the brokers' certificates, PEM. */
  readonly ca: string;
}

const api = { handshake: 17, authenticate: 36, alterScram: 51 } as const;
const scramSha256 = 1;
const iterations = 4096;

/**
 * Sets passwords of SCRAM users, which kafkajs cannot: one request of Kafka's protocol after a login by PLAIN. Throws
 * the broker's reason for the first user that it refuses.
 */
export async function setScramUsers(access: ScramAccess, users: readonly ScramUser[]): Promise<void> {
  const [host = "", port] = access.broker.split(":");
  const socket = connect({ host, port: Number(port), ca: [access.ca] });
  try {
    await once(socket, "secureConnect");
    const answers = answersOf(socket);
    const ask = async (key: number, version: number, body: Buffer): Promise<Buffer> => {
      // Requests from version 2 of the header on end it with tagged fields.
      const header = Buffer.concat([int16(key), int16(version), int32(key), int16(-1)]);
      const tags = key === api.alterScram ? [Buffer.from([0])] : [];
      const request = Buffer.concat([header, ...tags, body]);
      socket.write(Buffer.concat([int32(request.length), request]));
      const { value } = await answers.next();
      if (!value) throw new Error(`The broker ${access.broker} closed the connection.`);
      return value.subarray(4);
    };
    const mechanism = Buffer.from("PLAIN");
    await ask(api.handshake, 1, Buffer.concat([int16(mechanism.length), mechanism]));
    const login = Buffer.from(`\0${access.username}\0${access.password}`);
    const answer = await ask(api.authenticate, 0, Buffer.concat([int32(login.length), login]));
    if (answer.readInt16BE(0) !== 0) throw new Error(`The broker ${access.broker} refused ${access.username}.`);
    assertDone(await ask(api.alterScram, 0, alteration(users)), users);
  } finally {
    socket.destroy();
  }
}

/** The request that gives every user a new salt and a salted password. */
export function alteration(users: readonly ScramUser[]): Buffer {
  const upsertions = users.map(({ name, password }) => {
    const salt = randomBytes(18);
    const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
    const head = [compact(Buffer.from(name)), Buffer.from([scramSha256]), int32(iterations)];
    return Buffer.concat([...head, compact(salt), compact(salted), Buffer.from([0])]);
  });
  // No deletions; a compact array's length is one more than its number of elements.
  return Buffer.concat([Buffer.from([1]), varint(users.length + 1), ...upsertions, Buffer.from([0])]);
}

function assertDone(answer: Buffer, users: readonly ScramUser[]): void {
  // Tagged fields of the header, throttle time, then the results.
  let at = 1 + 4;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = answer[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const text = (): string => {
    const length = number() - 1;
    const from = at;
    at += Math.max(0, length);
    return answer.toString("utf8", from, at);
  };
  const count = number() - 1;
  for (let i = 0; i < count; i++) {
    const name = text();
    const code = answer.readInt16BE(at);
    at += 2;
    const message = text();
    at += 1;
    if (code !== 0) throw new Error(`The user ${name} could not be made: ${message} (${code}).`);
  }
  if (count !== users.length) throw new Error(`${count} users were made, ${users.length} expected.`);
}

/** The broker's answers without their length, in order. */
async function* answersOf(socket: TLSSocket): AsyncGenerator<Buffer, undefined> {
  let pending = Buffer.alloc(0);
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
      const end = 4 + pending.readInt32BE(0);
      yield pending.subarray(4, end);
      pending = pending.subarray(end);
    }
  }
  return undefined;
}

const int16 = (value: number) => Buffer.from(new Int16Array([value]).buffer).swap16();
const int32 = (value: number) => Buffer.from(new Int32Array([value]).buffer).swap32();
const compact = (bytes: Buffer) => Buffer.concat([varint(bytes.length + 1), bytes]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
