import { contentKey, type SchemaContent } from "./schema-content.ts";
import { contextOf, defaultContext, qualify } from "./subjects.ts";

/** One version of a subject as it is stored. */
export interface Version extends SchemaContent {
  /** Qualified by its context. */
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  /** Soft-deleted: seen only by who asks for deleted ones. */
  readonly deleted: boolean;
}

/** What `/config` holds for a scope: the level and whatever else was put. */
export interface Config {
  readonly compatibilityLevel?: string;
  readonly [field: string]: unknown;
}

/** One change of the storage; null drops what is there. */
export type Change =
  | { readonly kind: "version"; readonly value: Version }
  | { readonly kind: "purge"; readonly subject: string; readonly version: number }
  | { readonly kind: "mode"; readonly scope: string; readonly value: string | null }
  | { readonly kind: "config"; readonly scope: string; readonly value: Config | null };

/** Which versions a caller wants to see. */
export type Visibility = "live" | "all" | "deleted";

/** Everything a registry knows, built from its changes alone. */
export class State {
  readonly #versions = new Map<string, Map<number, Version>>();
  readonly #contents = new WeakMap<Version, string>();
  readonly #largestIds = new Map<string, number>();
  readonly modes = new Map<string, string>();
  readonly configs = new Map<string, Config>();

  apply(change: Change): void {
    if (change.kind === "version") this.#put(change.value);
    else if (change.kind === "purge") this.#purge(change.subject, change.version);
    else if (change.kind === "mode") set(this.modes, change.scope, change.value);
    else set(this.configs, change.scope, change.value);
  }

  #put(value: Version): void {
    const { subject, version, id } = value;
    const versions = this.#versions.get(subject) ?? new Map<number, Version>();
    this.#versions.set(subject, versions.set(version, value));
    this.#contents.set(value, contentKey(value));
    this.#largestIds.set(contextOf(subject), Math.max(this.largestId(contextOf(subject)), id));
  }

  #purge(subject: string, version: number): void {
    const versions = this.#versions.get(subject);
    versions?.delete(version);
    if (versions?.size === 0) this.#versions.delete(subject);
  }

  /** All subjects that have a version, soft-deleted or not, sorted. */
  subjects(): string[] {
    return [...this.#versions.keys()].sort();
  }

  /** Versions of a subject, the lowest first. */
  versionsOf(subject: string, visibility: Visibility): Version[] {
    const versions = [...(this.#versions.get(subject)?.values() ?? [])];
    return versions
      .filter(({ deleted }) => visibility === "all" || deleted === (visibility === "deleted"))
      .sort((a, b) => a.version - b.version);
  }

  find(subject: string, version: number): Version | undefined {
    return this.#versions.get(subject)?.get(version);
  }

  /** Versions of every subject of a context. */
  inContext(context: string, visibility: Visibility = "all"): Version[] {
    const subjects = this.subjects().filter((subject) => contextOf(subject) === context);
    return subjects.flatMap((subject) => this.versionsOf(subject, visibility));
  }

  /** Contexts that have a version, the default one first. */
  contexts(): string[] {
    return [...new Set([defaultContext, ...this.subjects().map(contextOf)])];
  }

  contentOf(version: Version): string {
    return this.#contents.get(version) ?? contentKey(version);
  }

  /** The largest id ever seen in a context, also of versions that are gone. 0: none. */
  largestId(context: string): number {
    return this.#largestIds.get(context) ?? 0;
  }

  /** Live versions that refer to a version, which must stay for them. */
  referrers(subject: string, version: number): Version[] {
    return this.inContext(contextOf(subject), "live").filter((one) =>
      one.references.some((to) => to.version === version && qualify(to.subject, contextOf(one.subject)) === subject),
    );
  }
}

function set<T>(map: Map<string, T>, scope: string, value: T | null): void {
  if (value === null) map.delete(scope);
  else map.set(scope, value);
}
