/** Things that are costly to open, lent to all who need the same one at the same time, or soon after each other. */

/** How a thing is opened and closed. */
export interface Lendable<Thing> {
  open(): Promise<Thing>;
  /** Never rejects. */
  close(thing: Thing): Promise<void>;
}

/** How long a thing is lent to newcomers, in milliseconds. */
export interface Terms {
  /** After the last of its users has ended. */
  readonly idle: number;
  /** After it was opened, whoever uses it. */
  readonly longest: number;
}

interface Lent<Thing> extends Lendable<Thing> {
  readonly thing: Promise<Thing>;
  readonly openedAt: number;
  users: number;
  idle?: NodeJS.Timeout;
}

/**
 * Lends things by key. One whose user failed, or gave up, is lent to nobody else, and is closed once its last user has
 * ended: who comes next opens another.
 */
export class Lending<Thing> {
  readonly #terms: Terms;
  readonly #lent = new Map<string, Lent<Thing>>();

  constructor(terms: Terms) {
    this.#terms = terms;
  }

  /**
   * Calls `use` with the thing of this key. Rejects as `open` or `use` does, and at once when `signal` aborts, with its
   * reason; what was asked by then fails when the thing is closed.
   */
  async use<Result>(
    key: string,
    lendable: Lendable<Thing>,
    use: (thing: Thing) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const lent = this.#take(key, lendable);
    try {
      return await unlessAborted(
        lent.thing.then((thing) => use(thing)),
        signal,
      );
    } catch (error) {
      this.#recall(key, lent);
      throw error;
    } finally {
      lent.users--;
      if (lent.users === 0) await this.#unused(key, lent);
    }
  }

  #take(key: string, lendable: Lendable<Thing>): Lent<Thing> {
    const known = this.#lent.get(key);
    if (known !== undefined && Date.now() - known.openedAt < this.#terms.longest) {
      clearTimeout(known.idle);
      known.users++;
      return known;
    }
    const lent = { ...lendable, thing: lendable.open(), openedAt: Date.now(), users: 1 };
    this.#lent.set(key, lent);
    if (known?.users === 0) void this.#unused(key, known);
    return lent;
  }

  #recall(key: string, lent: Lent<Thing>): void {
    if (this.#lent.get(key) === lent) this.#lent.delete(key);
  }

  async #unused(key: string, lent: Lent<Thing>): Promise<void> {
    clearTimeout(lent.idle);
    if (this.#lent.get(key) !== lent) return close(lent);
    lent.idle = setTimeout(() => {
      this.#recall(key, lent);
      void close(lent);
    }, this.#terms.idle);
  }
}

/** One that could not be opened needs no closing. */
const close = <Thing>({ thing, close }: Lent<Thing>): Promise<void> => thing.then(close, () => undefined);

async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    // Who has given up no longer hears of its failure.
    work.catch(() => undefined);
  }
}
