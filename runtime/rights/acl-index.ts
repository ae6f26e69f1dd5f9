/** A cluster's rights, indexed once, so that a question costs what the ACLs of one user cost and not those of all; pure. */
import type { AclReading } from "../model/cluster-reading.ts";
import type { Rights } from "../model/rights.ts";
import { everybody } from "./access.ts";

/** Looks up which ACLs of a cluster matter to a principal. */
export class AclIndex {
  readonly #rights: Rights;
  readonly #byPrincipal: Map<string, AclReading[]>;
  readonly #named = new Map<string, NamedResources>();

  constructor(rights: Rights) {
    this.#rights = rights;
    this.#byPrincipal = Map.groupBy(rights.acls, ({ principal }) => principal);
    for (const [type, acls] of Map.groupBy(rights.acls, ({ resourceType }) => resourceType))
      this.#named.set(type, new NamedResources(acls));
  }

  /** Its ACLs and those of all users, in the order of the cluster's. */
  aclsOf(principal: string): readonly AclReading[] {
    const own = this.#byPrincipal.get(principal) ?? [];
    return principal === everybody ? own : [...own, ...(this.#byPrincipal.get(everybody) ?? [])];
  }

  /** Whether all users may use a resource because no ACL is about it. */
  isOpen(resourceType: string, name: string): boolean {
    return this.#rights.openByDefault && this.#named.get(resourceType)?.has(name) !== true;
  }

  isSuperUser(principal: string): boolean {
    return this.#rights.superUsers.includes(principal);
  }

  /** Whether resources that no ACL is about are open to all users. */
  get openByDefault(): boolean {
    return this.#rights.openByDefault;
  }

  /** Every ACL, whoever it is for. */
  get acls(): readonly AclReading[] {
    return this.#rights.acls;
  }
}

/** The names of one type of resource that ACLs are about. */
export class NamedResources {
  readonly #literals = new Set<string>();
  readonly #prefixes = new Set<string>();
  readonly #lengths: readonly number[];

  constructor(acls: readonly Pick<AclReading, "patternType" | "resourceName">[]) {
    for (const { patternType, resourceName } of acls)
      (patternType === "Prefixed" ? this.#prefixes : this.#literals).add(resourceName);
    this.#lengths = [...new Set([...this.#prefixes].map(({ length }) => length))];
  }

  /** Whether one of the ACLs is about the resource of this name. */
  has(name: string): boolean {
    if (this.#literals.has(name) || this.#literals.has("*")) return true;
    return this.#lengths.some((length) => this.#prefixes.has(name.slice(0, length)) && name.length >= length);
  }
}

/** Names of which those under a prefix are found without looking at the others. */
export class SortedNames {
  readonly names: readonly string[];
  readonly #sorted: readonly string[];
  readonly #places: ReadonlyMap<string, number>;

  /** Each name once. */
  constructor(names: readonly string[]) {
    this.names = names;
    this.#sorted = names.toSorted(byCode);
    this.#places = new Map(names.map((name, at) => [name, at]));
  }

  /** Where a name is among them, or undefined. */
  placeOf(name: string): number | undefined {
    return this.#places.get(name);
  }

  /** Those that an ACL is about. */
  under({ patternType, resourceName }: Pick<AclReading, "patternType" | "resourceName">): readonly string[] {
    if (patternType !== "Prefixed") {
      if (resourceName === "*") return this.names;
      return this.#places.has(resourceName) ? [resourceName] : [];
    }
    const from = this.#firstFrom(resourceName);
    let to = from;
    while (to < this.#sorted.length && this.#sorted[to]!.startsWith(resourceName)) to++;
    return this.#sorted.slice(from, to);
  }

  /** The first of the names, in their own order, that an ACL is about. */
  first(acl: Pick<AclReading, "patternType" | "resourceName">): string | undefined {
    const [one, ...others] = this.under(acl).map((name) => this.#places.get(name)!);
    return one === undefined ? undefined : this.names[others.reduce((least, at) => Math.min(least, at), one)];
  }

  #firstFrom(least: string): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byCode(this.#sorted[middle]!, least) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The order of JavaScript's own comparison, which keeps names with one prefix together. */
const byCode = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
