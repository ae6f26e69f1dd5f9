/** What a reconcile asks for: to be called again after so many milliseconds, or only when something changes. */
export type Again = number | undefined;

const firstPause = 500;
const longestPause = 10_000;

/**
 * Calls a reconcile function per key: never twice at once for one key, at once after a change, and again after a
 * failure, each time a bit later.
 */
export class Queue {
  readonly #name: string;
  readonly #reconcile: (key: string) => Promise<Again>;
  readonly #running = new Set<string>();
  readonly #changed = new Set<string>();
  readonly #timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly due: number }>();
  readonly #failures = new Map<string, number>();

  constructor(name: string, reconcile: (key: string) => Promise<Again>) {
    this.#name = name;
    this.#reconcile = reconcile;
  }

  add(key: string): void {
    if (this.#running.has(key)) this.#changed.add(key);
    else void this.#run(key);
  }

  addAfter(key: string, milliseconds: number): void {
    const due = Date.now() + milliseconds;
    const waiting = this.#timers.get(key);
    if (waiting && waiting.due <= due) return;
    clearTimeout(waiting?.timer);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.add(key);
    }, milliseconds);
    this.#timers.set(key, { timer, due });
  }

  async #run(key: string): Promise<void> {
    this.#running.add(key);
    let again: Again;
    try {
      again = await this.#reconcile(key);
      this.#failures.delete(key);
    } catch (problem) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      again = Math.min(longestPause, firstPause * 2 ** (failures - 1));
      log(`${this.#name} ${key}: ${describe(problem)}`);
    } finally {
      this.#running.delete(key);
    }
    if (this.#changed.delete(key)) this.add(key);
    else if (again !== undefined) this.addAfter(key, again);
  }
}

export function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

/** A problem in one line. */
export function describe(problem: unknown): string {
  const { message, body } = problem as { message?: string; body?: unknown };
  const text = typeof body === "string" ? body : (message ?? String(problem));
  return text.replaceAll(/\s+/g, " ").slice(0, 400);
}
