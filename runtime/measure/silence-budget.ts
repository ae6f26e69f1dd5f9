/** Waiting that is longer ago than this belongs to another preview. */
const pauseMilliseconds = 60_000;

/** Wall-clock time that readings of one preview took without an answer, overlapping ones counted once. */
export class Waste {
  #milliseconds = 0;
  #until = 0;

  total(): number {
    return Date.now() - this.#until > pauseMilliseconds ? 0 : this.#milliseconds;
  }

  /** A reading that began then has ended now without an answer. */
  add(startedAt: number): void {
    const before = this.total();
    const now = Date.now();
    this.#milliseconds = before + now - Math.max(startedAt, this.#until);
    this.#until = now;
  }
}
