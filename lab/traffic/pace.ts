/** Says how many records are due, so that a rate holds although a process sends in small batches. */
export class Pace {
  readonly #perMillisecond: number;
  /** The first is due at once, so that whoever writes knows soon whether it can. */
  #owed = 1;
  #last = performance.now();

  /** @param perSecond Records per second. */
  constructor(perSecond: number) {
    this.#perMillisecond = perSecond / 1000;
  }

  /** Whole records due now. After a pause at most one second's worth is made up for. */
  due(): number {
    const time = performance.now();
    this.#owed = Math.min(this.#owed + (time - this.#last) * this.#perMillisecond, 1000 * this.#perMillisecond + 1);
    this.#last = time;
    return Math.floor(this.#owed);
  }

  /** Takes records off what is due. */
  spend(records: number): void {
    this.#owed -= records;
  }
}
