/** Whether users can log in: a handshake each, no group, no topic, nothing that a broker would remember. */
import { logIn } from "../connection.ts";
import { readBasicAuth } from "../kubernetes.ts";
import type { KafkaEndpoint } from "../types.ts";
import type { LoginRef } from "./types.ts";

/** Logins at a time: a handshake costs a broker some thousand rounds of a hash. */
const atOnce = 16;

/** Why a user cannot log in, by name; null for one that can. */
export type LoginReading = ReadonlyMap<string, string | null>;

/** Tries every user, some at a time. Never rejects for a user; what was begun ends when the signal aborts. */
export async function logInAll(
  target: KafkaEndpoint,
  users: readonly LoginRef[],
  signal?: AbortSignal,
): Promise<LoginReading> {
  const found = new Map<string, string | null>();
  const waiting = [...users];
  const next = async (): Promise<void> => {
    for (let user = waiting.shift(); user !== undefined; user = waiting.shift()) {
      signal?.throwIfAborted();
      found.set(user.name, await loginProblem(target, user, signal));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, users.length) }, next));
  return found;
}

/** Why a user cannot log in, in words that hold no secret; null if it can. */
export async function loginProblem(
  target: KafkaEndpoint,
  { name, mechanism, credentials }: LoginRef,
  signal?: AbortSignal,
): Promise<string | null> {
  const secret = `Secret ${credentials.kubernetes.namespace}/${credentials.name}`;
  try {
    const { username } = await readBasicAuth(credentials);
    if (username !== name) return `${secret} is of user "${username}"`;
    await logIn({ ...target, mechanism, credentials }, signal);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return reason.startsWith("Secret ") || reason.includes("read Secret") ? reason : `with ${secret}: ${reason}`;
  }
}
