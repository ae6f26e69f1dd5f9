import { setTimeout as sleep } from "node:timers/promises";
import { appendLines, auditLines, isWhole, type lineFiles, type LinesAudit } from "../../lab/vendor/lines.ts";

/** Milliseconds between two lines. */
const interval = 200;

/** Writes on in the file that the source connector reads. */
export class LineFeed {
  readonly #files: ReturnType<typeof lineFiles>;
  #timer: NodeJS.Timeout | undefined;

  constructor(files: ReturnType<typeof lineFiles>) {
    this.#files = files;
  }

  start(): void {
    this.#timer = setInterval(() => appendLines(this.#files.read, 1), interval);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Stops, waits until the sink has every line or the time is up, and compares. */
  async finish(seconds: number, signal: AbortSignal): Promise<LinesAudit> {
    this.stop();
    const deadline = performance.now() + seconds * 1000;
    while (!isWhole(auditLines(this.#files)) && performance.now() < deadline) await sleep(500, undefined, { signal });
    return auditLines(this.#files);
  }
}
