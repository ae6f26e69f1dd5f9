import { couplings, inseparable, type Application, type Coupling, type ReadingGroup, type Wave } from "./couplings.ts";

/** A wave of a proposal, and what puts it where it is. */
export interface ProposedWave extends Wave {
  /** What holds its applications together: none of them could move in another wave than the others. */
  readonly together: readonly Coupling[];
  /** Couplings inside of it that would let its applications move one after the other; only where neighbours were joined. */
  readonly inOrder: readonly Coupling[];
  /** Couplings with applications of earlier waves, which could not move after this one. */
  readonly after: readonly Coupling[];
}

/** Names that no wave may have: the program's own resources are called so. */
export const reservedWaves: readonly string[] = [
  "all",
  "applications",
  "consumers",
  "heartbeat",
  "checkpoint",
  "mirror",
  "producers",
  "twins",
];

/**
 * An order in which all applications can move: each in a wave with those that it cannot be separated from, and of the
 * waves that could come next the one with the fewest applications, then by name. Applications that write have to name
 * their topics, or the proposal overlooks their readers.
 *
 * `atMost`: neighbours are joined, those with the fewest applications first, until no more than so many waves are left;
 * at least 1. @default as many as the couplings allow
 * `longest`: characters of a wave's name, after which connectors and resources are named; at least 12. @default 30
 */
export function proposeWaves(
  applications: readonly Application[],
  groups: readonly ReadingGroup[],
  { atMost = Infinity, longest = 30 }: { readonly atMost?: number | undefined; readonly longest?: number } = {},
): ProposedWave[] {
  const edges = couplings(applications, groups);
  const apart = smallestFirst(inseparable(namesOf(applications), edges), edges);
  const sets = joined(apart, Math.max(1, atMost));
  const setOf = new Map(apart.flatMap((set) => set.map((name) => [name, set] as const)));
  const tied = ({ before, after }: Coupling): boolean => setOf.get(before) === setOf.get(after);
  const at = new Map(sets.flatMap((set, index) => set.map((name) => [name, index] as const)));
  const names = waveNames(sets, Math.max(12, longest));
  const within = (index: number) =>
    edges.filter(({ before, after }) => at.get(before) === index && at.get(after) === index);
  return sets.map((workloads, index) => ({
    name: names[index]!,
    workloads,
    together: within(index).filter(tied),
    inOrder: within(index).filter((edge) => !tied(edge)),
    after: edges.filter(({ before, after }) => at.get(after) === index && at.get(before)! < index),
  }));
}

const namesOf = (applications: readonly Application[]): string[] => applications.map(({ name }) => name);

/** The sets in an order that the edges allow, the smallest possible one next. */
function smallestFirst(sets: readonly string[][], edges: readonly Coupling[]): string[][] {
  const setOf = new Map(sets.flatMap((set) => set.map((name) => [name, set] as const)));
  const waitsFor = new Map(sets.map((set) => [set, new Set<string[]>()]));
  for (const { before, after } of edges) {
    const [earlier, later] = [setOf.get(before)!, setOf.get(after)!];
    if (earlier !== later) waitsFor.get(later)!.add(earlier);
  }
  const rank = (a: readonly string[], b: readonly string[]): number => a.length - b.length || (a[0]! < b[0]! ? -1 : 1);
  const order: string[][] = [];
  while (waitsFor.size > 0) {
    const [next] = [...waitsFor.keys()].filter((set) => waitsFor.get(set)!.size === 0).sort(rank);
    order.push(next!);
    waitsFor.delete(next!);
    for (const waiting of waitsFor.values()) waiting.delete(next!);
  }
  return order;
}

/** Neighbours of a valid order may always be joined. */
function joined(sets: readonly string[][], atMost: number): string[][] {
  const left = [...sets];
  while (left.length > atMost) {
    const sizes = left.slice(1).map((set, index) => set.length + left[index]!.length);
    const at = sizes.indexOf(Math.min(...sizes));
    left.splice(at, 2, [...left[at]!, ...left[at + 1]!]);
  }
  return left;
}

/** A name for each set, after its first application: each once, and none that is reserved. */
function waveNames(sets: readonly (readonly string[])[], longest: number): string[] {
  /** As a name of a Kubernetes object has it: letters and digits at both ends. */
  const trimmed = (name: string): string => name.slice(0, longest).replace(/^-+|-+$/g, "") || "wave";
  const taken = new Set(reservedWaves);
  return sets.map((set) => {
    const plain = set[0]!.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    const base = trimmed(set.length === 1 ? plain : `${plain.slice(0, longest - 8)}-and-${set.length - 1}`);
    const free = [
      base,
      ...Array.from({ length: sets.length + 1 }, (_, at) => `${base.slice(0, longest - 4)}-${at + 2}`),
    ];
    const name = free.find((one) => !taken.has(one))!;
    taken.add(name);
    return name;
  });
}
