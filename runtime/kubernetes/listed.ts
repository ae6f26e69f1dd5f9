/** What many ask for at the same time, read with one list of the namespace instead of one request each. */
import type { KindClients, ListedKind, Place } from "../model/workload-kinds/kind.ts";
import { apiCode, mergePatch, type KubernetesClients } from "./kubernetes.ts";

/** Requests of so many are sent one by one; more are worth a list. */
const few = 4;
/** Those who ask at the same time do so within a few milliseconds. */
const gatherMilliseconds = 5;
/** Objects in one answer. */
const pageSize = 500;

interface Named {
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
}

interface Asked {
  readonly key: string;
  resolve(found: unknown): void;
  reject(error: unknown): void;
}

const gathering = new WeakMap<KubernetesClients, Map<string, Asked[]>>();

/** What the kinds of workloads call. */
export const kindClients = (api: KubernetesClients): KindClients => ({
  ...api,
  object: (kind, at) => objectIn(api, kind, at),
  labelled: (kind, namespace, selector) => labelledIn(api, kind, namespace, selector),
  mergePatch: mergePatch(),
});

/** One object, as JSON. Rejects as the API server does, with 404 where there is none. */
export function objectIn(api: KubernetesClients, kind: ListedKind, { namespace, name }: Place): Promise<unknown> {
  const path = pathOf(kind, namespace);
  return gathered(api, `object ${path}`, name, async (asked) => {
    const one = (each: Asked) => answerWith(each, () => api.get(`${path}/${encodeURIComponent(each.key)}`));
    const items = asked.length <= few ? null : await listOf(api, path);
    if (items === null) return void (await Promise.all(asked.map(one)));
    const byName = new Map(items.map((item) => [item.metadata?.name, item]));
    // Asked once more by its name, the API server says itself that it is missing.
    await Promise.all(
      asked.map(async (each) => {
        if (byName.has(each.key)) each.resolve(byName.get(each.key));
        else await one(each);
      }),
    );
  });
}

/** Objects with labels that a selector's text matches, as JSON. */
export function labelledIn(
  api: KubernetesClients,
  kind: ListedKind,
  namespace: string,
  selector: string,
): Promise<readonly unknown[]> {
  const path = pathOf(kind, namespace);
  const found = gathered(api, `labelled ${path}`, selector, async (asked) => {
    const one = (each: Asked) => answerWith(each, () => pages(api, path, each.key));
    const tests = new Map(asked.map(({ key }) => [key, selectorTest(key)]));
    const items = tests.size <= few ? null : await listOf(api, path);
    if (items === null) return void (await Promise.all(asked.map(one)));
    const matching = new Map<string, readonly unknown[]>();
    for (const [key, test] of tests) {
      if (test !== null)
        matching.set(
          key,
          items.filter(({ metadata }) => test(metadata?.labels ?? {})),
        );
    }
    await Promise.all(
      asked.map(async (each) => {
        if (matching.has(each.key)) each.resolve(matching.get(each.key));
        else await one(each);
      }),
    );
  });
  return found as Promise<readonly unknown[]>;
}

function gathered(
  api: KubernetesClients,
  what: string,
  key: string,
  answer: (asked: readonly Asked[]) => Promise<void>,
): Promise<unknown> {
  const open = gathering.get(api) ?? new Map<string, Asked[]>();
  gathering.set(api, open);
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const waiting = open.get(what);
  if (waiting !== undefined) waiting.push({ key, resolve, reject });
  else {
    const asked: Asked[] = [{ key, resolve, reject }];
    open.set(what, asked);
    setTimeout(() => {
      // What is asked from now on needs an answer from after this.
      open.delete(what);
      answer(asked).catch((error: unknown) => asked.forEach((each) => each.reject(error)));
    }, gatherMilliseconds);
  }
  return promise;
}

async function answerWith({ resolve, reject }: Asked, ask: () => Promise<unknown>): Promise<void> {
  await ask().then(resolve, reject);
}

/** Everything in the namespace; null where that may not be listed, or there is no such kind. */
async function listOf(api: KubernetesClients, path: string): Promise<readonly Named[] | null> {
  try {
    return await pages(api, path, "");
  } catch (error) {
    if ([403, 404, 405].includes(apiCode(error) ?? 0)) return null;
    throw error;
  }
}

async function pages(api: KubernetesClients, path: string, labelSelector: string): Promise<readonly Named[]> {
  const items: Named[] = [];
  for (let from = ""; ;) {
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...(labelSelector !== "" && { labelSelector }),
      ...(from !== "" && { continue: from }),
    });
    const page = (await api.get(`${path}?${query.toString()}`)) as {
      readonly items?: readonly Named[];
      readonly metadata?: { readonly continue?: string };
    };
    for (const item of page.items ?? []) items.push(item);
    from = page.metadata?.continue ?? "";
    if (from === "") return items;
  }
}

/** Where all objects of a kind in a namespace are. */
export function pathOf({ group, version, plural }: ListedKind, namespace: string): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

type Labels = Readonly<Record<string, string>>;

/**
 * A label selector's text as a test of labels, as Kubernetes reads it: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`,
 * `!a`, all of them together. Null for what is none. Pure.
 */
export function selectorTest(text: string): ((labels: Labels) => boolean) | null {
  const tests: ((labels: Labels) => boolean)[] = [];
  if (text.trim() === "") return () => true;
  // Commas within parentheses separate values.
  for (const part of text.split(/,(?![^(]*\))/).map((each) => each.trim())) {
    const equal = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(part);
    const among = /^([\w./-]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
    const exists = /^(!?)\s*([\w./-]+)$/.exec(part);
    if (equal !== null) {
      const [, key = "", sign, value] = equal;
      tests.push((labels) => (labels[key] === value) === (sign !== "!="));
    } else if (among !== null) {
      const [, key = "", word, list = ""] = among;
      const values = new Set(list.split(",").map((each) => each.trim()));
      tests.push((labels) => {
        const value = labels[key];
        const isAmong = value !== undefined && values.has(value);
        return isAmong === (word === "in");
      });
    } else if (exists !== null) {
      const [, not, key = ""] = exists;
      tests.push((labels) => Object.hasOwn(labels, key) === (not === ""));
    } else return null;
  }
  return (labels) => tests.every((test) => test(labels));
}
