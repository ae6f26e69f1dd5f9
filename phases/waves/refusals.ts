import type { Problem } from "../../runtime/model/config-problem.ts";
import { didYouMean } from "../did-you-mean.ts";
import {
  by,
  couplings,
  inseparable,
  writes,
  type Application,
  type Coupling,
  type ReadingGroup,
  type Wave,
} from "./couplings.ts";
import { reservedWaves } from "./propose.ts";
import { few, linkOf, quoted, topicsOf } from "./sentences.ts";

/** Applications that would have to move in another wave. */
export interface Remedy {
  readonly move: readonly string[];
  /** Name of the wave that they would be in. */
  readonly to: string;
}

/** Why a list of waves is refused: where in the config, in words, and by fields. */
export interface WaveProblem extends Problem {
  readonly kind:
    | "name-taken"
    | "empty"
    | "unknown"
    | "twice"
    | "missing"
    | "no-topics"
    | "group-apart"
    | "transactional-id-apart"
    | "cycle-apart"
    | "reader-after-writer";
  readonly applications: readonly string[];
  readonly waves: readonly string[];
  readonly topics: readonly string[];
  /** Each alone makes the problem go and makes no other of its kind. */
  readonly remedies: readonly Remedy[];
}

/**
 * Everything that is wrong with a list of waves; empty for an order that loses nothing. `path` is `waves…`, or
 * `workloads[…]` for what an application lacks. Rules about order are checked for the applications that are in exactly
 * one wave.
 */
export function waveProblems(
  waves: readonly Wave[],
  applications: readonly Application[],
  groups: readonly ReadingGroup[],
): WaveProblem[] {
  const edges = couplings(applications, groups);
  const order = new Order(waves, applications, edges);
  const sets = inseparable(order.placed, order.edges).filter((set) => order.apart(set));
  return [
    ...namesTaken(waves),
    ...membership(waves, applications),
    ...missing(order, applications),
    ...withoutTopics(applications),
    ...sets.flatMap((set) => [...tiedApart(order, set), ...cycleApart(order, set)]),
    ...lateReaders(order, sets),
  ];
}

const nothing = { applications: [], waves: [], topics: [], remedies: [] };

/** Where the applications are, and what may not move after what. */
class Order {
  readonly waves: readonly Wave[];
  /** Those that are in exactly one wave, in the order of the config. */
  readonly placed: readonly string[];
  /** Couplings between them. */
  readonly edges: readonly Coupling[];
  /** All couplings, also of those that are in no wave yet. */
  readonly all: readonly Coupling[];
  private readonly index = new Map<string, number>();
  private readonly into: ReadonlyMap<string, readonly Coupling[]>;
  private readonly outOf: ReadonlyMap<string, readonly Coupling[]>;

  constructor(waves: readonly Wave[], applications: readonly Application[], edges: readonly Coupling[]) {
    this.waves = waves;
    this.all = edges;
    const mentions = by(
      waves.flatMap(({ workloads }, at) => workloads.map((name) => ({ name, at }))),
      ({ name }) => [name],
    );
    this.placed = applications.map(({ name }) => name).filter((name) => mentions.get(name)?.length === 1);
    for (const name of this.placed) this.index.set(name, mentions.get(name)![0]!.at);
    this.edges = edges.filter(({ before, after }) => this.index.has(before) && this.index.has(after));
    this.into = by(this.edges, ({ after }) => [after]);
    this.outOf = by(this.edges, ({ before }) => [before]);
  }

  at(name: string): number | undefined {
    return this.index.get(name);
  }

  waveOf(name: string): string {
    return this.waves[this.index.get(name)!]!.name;
  }

  pathOf(name: string): string {
    const wave = this.index.get(name)!;
    return `waves[${wave}].workloads[${this.waves[wave]!.workloads.indexOf(name)}]`;
  }

  /** Names of the waves that some applications are in, in order. */
  wavesOf(names: readonly string[]): string[] {
    const used = new Set(names.map((name) => this.index.get(name)));
    return this.waves.filter((_, at) => used.has(at)).map(({ name }) => name);
  }

  apart(names: readonly string[]): boolean {
    return new Set(names.map((name) => this.index.get(name))).size > 1;
  }

  /** What has to move along if `name` moves to an earlier wave: what may not move after it. */
  pulledTo(wave: number, name: string): string[] {
    return this.along(
      [name],
      this.into,
      ({ before }) => before,
      (at) => at > wave,
    );
  }

  /** What has to move along if `name` moves to a later wave: what it may not move after. */
  pushedTo(wave: number, name: string): string[] {
    return this.along(
      [name],
      this.outOf,
      ({ after }) => after,
      (at) => at < wave,
    );
  }

  private along(
    start: readonly string[],
    edges: ReadonlyMap<string, readonly Coupling[]>,
    end: (edge: Coupling) => string,
    moves: (at: number) => boolean,
  ): string[] {
    const found = new Set(start);
    for (const name of found) {
      for (const edge of edges.get(name) ?? []) {
        if (moves(this.index.get(end(edge))!)) found.add(end(edge));
      }
    }
    return this.placed.filter((name) => found.has(name));
  }

  /** The waves, as indices, in which a set of applications breaks no rule with those outside of it; may be none. */
  room(set: readonly string[]): { readonly from: number; readonly to: number } {
    const inside = new Set(set);
    const indices = (names: readonly string[]): number[] =>
      names.filter((name) => !inside.has(name)).flatMap((name) => this.index.get(name) ?? []);
    const before = this.all.filter(({ after }) => inside.has(after)).map((edge) => edge.before);
    const after = this.all.filter(({ before }) => inside.has(before)).map((edge) => edge.after);
    return { from: Math.max(0, ...indices(before)), to: Math.min(this.waves.length - 1, ...indices(after)) };
  }

  /** The shortest way from one application to another along the couplings inside a set; ends included. */
  way(from: string, to: string, inside: ReadonlySet<string>): Coupling[] {
    const came = new Map<string, Coupling>();
    const queue = [from];
    for (const name of queue) {
      for (const edge of this.outOf.get(name) ?? []) {
        if (!inside.has(edge.after) || edge.after === from || came.has(edge.after)) continue;
        came.set(edge.after, edge);
        queue.push(edge.after);
      }
    }
    const way: Coupling[] = [];
    for (let name = to; name !== from;) {
      const edge = came.get(name);
      if (edge === undefined) return [];
      way.unshift(edge);
      name = edge.before;
    }
    return way;
  }
}

function namesTaken(waves: readonly Wave[]): WaveProblem[] {
  return waves.flatMap(({ name }, at): WaveProblem[] => {
    const path = `waves[${at}].name`;
    const problem = { ...nothing, kind: "name-taken", path, waves: [name] } as const;
    if (reservedWaves.includes(name)) {
      const message = `found "${name}", which the program calls its own resources; allowed: any name but ${reservedWaves.join(", ")}`;
      return [{ ...problem, message }];
    }
    const twice = waves.slice(0, at).some((wave) => wave.name === name);
    return twice ? [{ ...problem, message: `"${name}" is named twice; give each wave its own name` }] : [];
  });
}

function membership(waves: readonly Wave[], applications: readonly Application[]): WaveProblem[] {
  const known = new Set(applications.map(({ name }) => name));
  const seen = new Map<string, string>();
  return waves.flatMap(({ name: wave, workloads }, at) => {
    if (workloads.length === 0) {
      const message = `wave "${wave}" moves nothing; name its workloads, or remove it`;
      return [{ ...nothing, kind: "empty", path: `waves[${at}].workloads`, message, waves: [wave] } as const];
    }
    return workloads.flatMap((name, index): WaveProblem[] => {
      const path = `waves[${at}].workloads[${index}]`;
      const problem = { ...nothing, path, applications: [name], waves: [wave] };
      if (!known.has(name)) {
        const guess = didYouMean(name, [...known]) || `; allowed: ${[...known].join(", ") || "none"}`;
        return [{ ...problem, kind: "unknown", message: `"${name}" is not under workloads${guess}` }];
      }
      const first = seen.get(name);
      if (first === undefined) {
        seen.set(name, wave);
        return [];
      }
      const message = `"${name}" is in wave "${first}" already, and a workload moves only once; name it in one wave`;
      return [{ ...problem, kind: "twice", message, waves: [...new Set([first, wave])] }];
    });
  });
}

function missing(order: Order, applications: readonly Application[]): WaveProblem[] {
  const named = new Set(order.waves.flatMap(({ workloads }) => workloads));
  return applications
    .filter(({ name }) => !named.has(name))
    .map(({ name }) => {
      const { from, to } = order.room([name]);
      const [first, last] = [order.waves[from]?.name, order.waves[to]?.name];
      const allowed =
        first === undefined || last === undefined || from > to
          ? "add it to one"
          : `add it to ${from === to ? `wave "${first}"` : `a wave from "${first}" to "${last}"`}, or to one of its own there`;
      const message = `"${name}" is in no wave, so it would never move; ${allowed}`;
      return { ...nothing, kind: "missing", path: "waves", message, applications: [name] } as const;
    });
}

function withoutTopics(applications: readonly Application[]): WaveProblem[] {
  return applications.flatMap((application, at) =>
    writes(application) && application.topics.length === 0
      ? [
          {
            ...nothing,
            kind: "no-topics",
            path: `workloads[${at}].topics`,
            message:
              `missing; "${application.name}" writes, and only its topics say which readers have to move before it ` +
              `and which topics close with it; name every topic that it writes`,
            applications: [application.name],
          } as const,
        ]
      : [],
  );
}

/** One wave for a set that is spread over several: where it breaks no rule, and most of it is already. */
function gathered(order: Order, set: readonly string[]): Remedy[] {
  const { from, to } = order.room(set);
  const indices = set.map((name) => order.at(name)!);
  const share = (wave: number): number => indices.filter((one) => one === wave).length;
  const possible = order.waves.map((_, at) => at).filter((at) => at >= from && at <= to);
  const [best] = possible.sort((a, b) => share(b) - share(a) || a - b);
  if (best === undefined) return [];
  return [{ move: set.filter((name) => order.at(name) !== best), to: order.waves[best]!.name }];
}

const sentenceOf = ({ move, to }: Remedy): string => `move ${quoted(move)} to wave "${to}"`;

/** Applications that share a group or a transactional id, in several waves. */
function tiedApart(order: Order, set: readonly string[]): WaveProblem[] {
  const inside = order.edges.filter(({ before, after }) => set.includes(before) && set.includes(after));
  const shared = by(
    inside.flatMap(({ before, ties }) => ties.flatMap((tie) => (tie.kind === "topic" ? [] : [{ before, tie }]))),
    ({ tie }) => [JSON.stringify(tie)],
  );
  return [...shared.values()].flatMap((uses): WaveProblem[] => {
    const { tie } = uses[0]!;
    const applications = set.filter((name) => uses.some(({ before }) => before === name));
    if (!order.apart(applications)) return [];
    const remedies = gathered(order, set);
    const all = remedies.map(sentenceOf)[0] ?? `put ${quoted(set)} into one wave`;
    const waves = order.wavesOf(applications);
    const [what, why] =
      tie.kind === "group"
        ? [`join group "${tie.group}"`, "whose offsets can be on one side only"]
        : [
            `use transactional id "${"id" in tie ? tie.id : ""}"`,
            "which keeps out a former writer on one cluster only",
          ];
    return [
      {
        kind: tie.kind === "group" ? "group-apart" : "transactional-id-apart",
        path: order.pathOf(applications[0]!),
        message: `${quoted(applications)} ${what}, ${why}, and move in waves ${quoted(waves)}; allowed: one wave; ${all}`,
        applications,
        waves,
        topics: [],
        remedies,
      },
    ];
  });
}

/** Services that read what the others write, in a circle, in several waves. */
function cycleApart(order: Order, set: readonly string[]): WaveProblem[] {
  const inside = new Set(set);
  const late = order.edges.find(
    ({ before, after, ties }) =>
      inside.has(before) &&
      inside.has(after) &&
      order.at(before)! > order.at(after)! &&
      ties.every(({ kind }) => kind === "topic"),
  );
  if (late === undefined) return [];
  const circle = [late, ...order.way(late.after, late.before, inside)];
  const remedies = gathered(order, set);
  const waves = order.wavesOf(set);
  return [
    {
      kind: "cycle-apart",
      path: order.pathOf(late.before),
      message:
        `${circle.map(linkOf).join(", and ")}: none of them can move before the others, but they are in waves ` +
        `${quoted(waves)}; allowed: one wave; ${remedies.map(sentenceOf)[0] ?? `put ${quoted(set)} into one wave`}`,
      applications: set,
      waves,
      topics: [...new Set(circle.flatMap(({ ties }) => topicsOf(ties)))],
      remedies,
    },
  ];
}

/** Readers that move after a writer of what they read, apart from circles. */
function lateReaders(order: Order, sets: readonly (readonly string[])[]): WaveProblem[] {
  const sameSet = (a: string, b: string): boolean => sets.some((set) => set.includes(a) && set.includes(b));
  return order.edges
    .filter(({ before, after }) => order.at(before)! > order.at(after)! && !sameSet(before, after))
    .map(({ before: reader, after: writer, ties }) => {
      const topics = topicsOf(ties);
      const groups = [
        ...new Set(ties.flatMap((tie) => ("group" in tie && tie.group !== undefined ? [tie.group] : []))),
      ];
      const how = groups.length === 0 ? "without a group" : `group ${few(groups)}`;
      const [late, early] = [order.waveOf(reader), order.waveOf(writer)];
      const remedies = [
        { move: order.pulledTo(order.at(writer)!, reader), to: early },
        { move: order.pushedTo(order.at(reader)!, writer), to: late },
      ].sort((a, b) => a.move.length - b.move.length);
      return {
        kind: "reader-after-writer",
        path: order.pathOf(reader),
        message:
          `"${reader}" in wave "${late}" reads ${few(topics)} (${how}), but "${writer}", which writes ` +
          `${topics.length === 1 ? "it" : "them"}, moves before it in wave "${early}", so "${reader}" would miss what ` +
          `is written on the target; ${remedies.map(sentenceOf).join(", or ")}`,
        applications: [reader, writer],
        waves: [late, early],
        topics,
        remedies,
      } as const;
    });
}
