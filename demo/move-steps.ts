/** One step of a move: the parts of its pause lie between them. */
export interface MoveStep {
  /** Seconds since the move began. */
  readonly after: number;
  /** What was done by then, in the move's own words. */
  readonly what: string;
}

const told = /\bswitch (?:wave )?\S+ after ([\d.]+) s: (.+)$/;

/** Collects the steps that one `pulumi up` tells, each once: the CLI repeats messages at its end. */
export class MoveSteps {
  readonly #steps = new Map<string, MoveStep>();

  hear(line: string): void {
    const [text, after, what] = told.exec(line) ?? [];
    if (text === undefined || this.#steps.has(text)) return;
    this.#steps.set(text, { after: Number(after), what: what!.trim() });
  }

  /** In the order in which they were told. */
  get all(): readonly MoveStep[] {
    return [...this.#steps.values()];
  }
}

/** The steps of all rows that moved somebody, as lines of text; none where nobody moved. */
export function stepsTable(
  phases: readonly { readonly name: string; readonly steps: readonly MoveStep[] }[],
): string[] {
  const moved = phases.filter(({ steps }) => steps.length > 0);
  if (moved.length === 0) return [];
  const number = (seconds: number) => seconds.toFixed(1).padStart(7);
  return [
    "each move in steps: seconds since it began, and since the step before",
    ...moved.flatMap(({ name, steps }) => [
      name,
      ...steps.map(({ after, what }, at) => `${number(after)} ${number(after - (steps[at - 1]?.after ?? 0))}  ${what}`),
    ]),
  ];
}
