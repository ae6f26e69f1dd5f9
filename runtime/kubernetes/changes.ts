/**
 * Watches that say when it is worth looking again. What is decided is decided by a list or a read from after the question:
 * a watch that tells late, or nothing, makes a look late and never wrong.
 */
import { setMaxListeners } from "node:events";
import { settleAll } from "../model/settle-all.ts";
import type { KubernetesRef } from "../model/sides.ts";
import type { ListedKind } from "../model/workload-kinds/kind.ts";
import type { Changes } from "../model/workload-port.ts";
import { clients } from "./kubernetes.ts";
import { pathOf } from "./listed.ts";

/** All objects of a kind in a namespace. */
export interface WatchedPlace {
  readonly kubernetes: KubernetesRef;
  readonly kind: ListedKind;
}

/** What no watch has told is looked for so often. */
const longestMilliseconds = 2_000;
/** A watch that ends after less is not opened again. */
const shortMilliseconds = 10_000;
/** A watch that is refused for now is asked for so often. */
const attempts = 3;
const pauseMilliseconds = 250;

/**
 * Watches these places from now on. A look is due when something has changed or the last one was two seconds ago. Never
 * rejects: where a place may not be watched, or a watch ends, every look is due.
 */
export async function watchChanges(places: readonly WatchedPlace[]): Promise<Changes> {
  const ended = new AbortController();
  // One listener for each watch.
  setMaxListeners(0, ended.signal);
  let [changed, whole, saidAt] = [true, places.length > 0, 0];
  const watched = new Map(
    places.map((place) => {
      const { context, kubeconfig, namespace } = place.kubernetes;
      return [JSON.stringify([kubeconfig, context, namespace, place.kind]), place];
    }),
  );
  const open = async (place: WatchedPlace): Promise<void> => {
    const openedAt = performance.now();
    const onEnd = (): void => {
      // What happened since is looked for.
      changed = true;
      // One that ends at once would be opened without end.
      if (performance.now() - openedAt < shortMilliseconds) whole = false;
      else open(place).catch(() => (whole = false));
    };
    await openWatch(place, () => (changed = true), onEnd, ended.signal);
  };
  await settleAll([...watched.values()].map(open)).catch(() => (whole = false));
  if (!whole) ended.abort();
  return {
    due: () => {
      if (whole && !changed && performance.now() - saidAt < longestMilliseconds) return false;
      [changed, saidAt] = [false, performance.now()];
      return true;
    },
    close: () => ended.abort(),
  };
}

async function openWatch(
  { kubernetes, kind }: WatchedPlace,
  onChange: () => void,
  onEnd: () => void,
  signal: AbortSignal,
): Promise<void> {
  const api = await clients(kubernetes);
  const path = pathOf(kind, kubernetes.namespace);
  for (let attempt = 1; ; attempt++) {
    // From the newest version on, so that what is there is not told as a change.
    const { metadata } = (await api.get(`${path}?limit=1`)) as { metadata?: { resourceVersion?: string } };
    const refused = await api.watch(path, metadata?.resourceVersion ?? "", { onChange, onEnd, signal });
    if (refused === null) return;
    if (!refused.mayPass || attempt === attempts) throw refused.error;
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds * attempt));
  }
}
