/** What became of every test of a run, so that none is lost that a failed hook or a skip kept from running. */

/** A test or hook as mocha's events carry it, also from another process. */
export interface Told {
  readonly file?: string | undefined;
  /** Names of its suites, the outermost first, and its own. */
  titlePath(): string[];
}

export interface Sum {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One sentence for each suite of which nothing ran; each counts as failed. */
  readonly problems: readonly string[];
}

/** Files of which everything may be skipped, and where. */
export type MayBeSkipped = Readonly<Record<string, string>>;

export class TestSum {
  readonly #mayBeSkipped: MayBeSkipped;
  /** By file and name of the outermost suite. */
  readonly #suites = new Map<string, { file: string; title: string; ran: number; failed: boolean; silent: number }>();
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  #isWhole = true;

  /** @param files Every file of the run; a file of which no test is heard is a failure. */
  constructor(files: readonly string[], mayBeSkipped: MayBeSkipped = {}) {
    this.#mayBeSkipped = mayBeSkipped;
    for (const file of files) this.#of({ file, titlePath: () => [] });
  }

  passed(test: Told): void {
    this.#passed += 1;
    this.#of(test).ran += 1;
  }

  /** @param isTest False for a hook. */
  failed(runnable: Told, isTest: boolean): void {
    this.#failed += 1;
    const suite = this.#of(runnable);
    suite.failed = true;
    if (isTest) suite.ran += 1;
  }

  /** Of a test that was skipped, or of which mocha said nothing at all. */
  skipped(test: Told): void {
    this.#skipped += 1;
    this.#of(test).silent += 1;
  }

  /** The run ended before its time: that fails by itself, and what did not run is no further problem. */
  interrupted(): void {
    this.#failed += 1;
    this.#isWhole = false;
  }

  sum(): Sum {
    const all = this.#isWhole ? [...this.#suites.values()] : [];
    const told = new Set(all.filter(({ title }) => title !== "").map(({ file }) => file));
    const problems = all
      .filter(({ ran, failed, title, file }) => ran === 0 && !failed && (title !== "" || !told.has(file)))
      .filter(({ file, silent }) => silent === 0 || !(file in this.#mayBeSkipped))
      .map(({ file, title, silent }) =>
        silent === 0
          ? `${file}: no test of it ran`
          : `${file}: every test of "${title}" was skipped; a suite that proves nothing counts as failed`,
      );
    const failed = this.#failed + problems.length;
    return { passed: this.#passed, failed, skipped: this.#skipped, problems };
  }

  #of(told: Told) {
    const { file = "" } = told;
    const title = told.titlePath()[0] ?? "";
    const key = `${file}\n${title}`;
    const known = this.#suites.get(key) ?? { file, title, ran: 0, failed: false, silent: 0 };
    this.#suites.set(key, known);
    return known;
  }
}
