/** Whether users can log in: a handshake each, no group, no topic, nothing that a broker would remember. */
import { setTimeout as sleep } from "node:timers/promises";
import { readLogin, SecretError } from "../kubernetes/kubernetes.ts";
import { inParallel } from "../model/in-parallel.ts";
import { nameIn, type Mechanism } from "../model/login.ts";
import type { LoginRef } from "../model/rights.ts";
import type { KafkaEndpoint, SecretRef } from "../model/sides.ts";
import type { WorkloadLogin } from "../model/workloads.ts";
import { isLoginRefused, logIn } from "./connection.ts";

/** Logins at a time: a handshake costs a broker some thousand rounds of a hash. */
const atOnce = 16;
/** Trying ends this long before the deadline, so that what was found is reported. */
const reserveMilliseconds = 200;
/** Of more users than one reading can try the next one tries the rest; what the last one found stands for so long. */
const staleMilliseconds = 60_000;

/** Why a user cannot log in, by name; null for one that can. A user that there was no time to try is missing. */
export type LoginReading = ReadonlyMap<string, string | null>;

const tried = new Map<string, { readonly at: number; readonly problem: string | null }>();

/**
 * Tries every user, some at a time, those first whose last try is longest ago. Never rejects for a user; returns what
 * is known shortly before the deadline, and what was begun ends when the signal aborts.
 */
export async function logInAll(
  target: KafkaEndpoint,
  users: readonly LoginRef[],
  deadline: number,
  signal?: AbortSignal,
): Promise<LoginReading> {
  const keyOf = (user: LoginRef): string => JSON.stringify([target, user]);
  const age = (user: LoginRef): number => Date.now() - (tried.get(keyOf(user))?.at ?? 0);
  const waiting = [...users].sort((a, b) => age(b) - age(a));
  const lastStart = deadline - reserveMilliseconds;
  const next = async (): Promise<void> => {
    while (Date.now() < lastStart) {
      const user = waiting.shift();
      if (user === undefined) return;
      const problem = await loginProblem(target, user, signal);
      if (!signal?.aborted) tried.set(keyOf(user), { at: Date.now(), problem });
    }
  };
  const all = Promise.all(Array.from({ length: Math.min(atOnce, users.length) }, next));
  const end = new AbortController();
  const late = sleep(Math.max(lastStart - Date.now(), 0), undefined, { signal: end.signal }).catch(() => undefined);
  await Promise.race([all, late]);
  end.abort();
  const known = users.filter((user) => age(user) <= staleMilliseconds);
  return new Map(known.map((user) => [user.name, tried.get(keyOf(user))!.problem]));
}

/** Why a user cannot log in, in words that hold no secret; null if it can. */
export async function loginProblem(
  target: KafkaEndpoint,
  { name, mechanism, credentials }: LoginRef,
  signal?: AbortSignal,
): Promise<string | null> {
  const secret = `Secret ${credentials.kubernetes.namespace}/${credentials.name}`;
  try {
    const username = nameIn(mechanism, await readLogin(credentials, mechanism));
    if (username !== undefined && username !== name) return `${secret} is of user "${username}"`;
    await logIn({ ...target, mechanism, credentials }, signal);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return error instanceof SecretError ? reason : `with ${secret}: ${reason}`;
  }
}

/**
 * What came of a login. `refused` is why the brokers do not let it in, or why none of them could be asked; `untried` is
 * what keeps this program from trying it, which says nothing about the application.
 */
export type LoginTrial = { readonly accepted: Mechanism } | { readonly refused: string } | { readonly untried: string };

/** Tries every login once, some at a time, and returns what came of each in the same order. Never rejects. */
export const tryLogins = (endpoint: KafkaEndpoint, logins: readonly WorkloadLogin[]): Promise<LoginTrial[]> =>
  inParallel(atOnce, logins, (login) => tryLogin(endpoint, login));

async function tryLogin(endpoint: KafkaEndpoint, { secret, mechanisms }: WorkloadLogin): Promise<LoginTrial> {
  const [likeliest] = mechanisms;
  if (likeliest === undefined) {
    return { untried: `the listener that this program reaches has no users (${endpoint.side}.security.protocol)` };
  }
  const refused: string[] = [];
  for (const mechanism of mechanisms) {
    const problem = await problemOf(endpoint, mechanism, secret);
    if (problem === null) return { accepted: mechanism };
    if (problem instanceof SecretError) {
      if (mechanism === likeliest) return { untried: problem.message };
      continue;
    }
    refused.push(`${problem.message} (${mechanism})`);
    // Whoever gives no answer gives none to the next mechanism either.
    if (!isLoginRefused(problem)) break;
  }
  return { refused: refused.join(", ") };
}

async function problemOf(endpoint: KafkaEndpoint, mechanism: Mechanism, credentials: SecretRef): Promise<Error | null> {
  try {
    await readLogin(credentials, mechanism);
    await logIn({ ...endpoint, mechanism, credentials });
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
