/** The Markdown of a plan, whatever moves. */
import type { TableRow } from "../phases/row.ts";

/** What a reviewer of the change reads of one phase. */
export interface PhasePlan {
  readonly row: TableRow;
  /** What the phase brings about, one sentence each; empty if nothing differs from the phase before. */
  readonly changes: readonly string[];
  readonly opensOn: readonly GateLine[];
  /** What going back from here changes, for a phase with a way back; what to do by hand, for one without. */
  readonly back: readonly string[];
}

export interface GateLine {
  readonly name: string;
  readonly closedBecause: string;
  readonly whatToDo: string;
}

export interface PagePlan {
  readonly stack: string;
  /** Name of the migration. */
  readonly name: string;
  readonly strategy: string;
  readonly facts: readonly (readonly [what: string, value: string])[];
  /** What must be there before the first phase; may be empty. */
  readonly needs: readonly string[];
  readonly phases: readonly PhasePlan[];
  /** What is left once the last phase is reached, and who removes it; may be empty. */
  readonly after: readonly string[];
  /** Seconds for which a gate that is closed holds an update. */
  readonly timeoutSeconds: number;
}

/** The whole page. */
export function pageText({ stack, name, strategy, facts, needs, phases, after, timeoutSeconds }: PagePlan): string {
  const parts = [
    `# Plan of ${name}: ${strategy}, stack ${stack}`,
    `Written by \`npm run plan -- --stack ${stack}\` from the stack's config and its lockfile.`,
    table(["", ""], facts),
    ...(needs.length > 0 ? ["## Before the first phase", list(needs)] : []),
    "## In every phase",
    list([
      `A phase is one change of config, \`pulumi config set kafka-migration:phase <phase> --stack ${stack}\`, then ` +
        `\`pulumi preview --stack ${stack}\`, which shows what the gates measure now, then \`pulumi up --stack ${stack}\`.`,
      `A closed gate holds the update for up to ${timeoutSeconds} s, then fails it with one sentence. Nothing behind the ` +
        "gate has been changed: fix the cause and run `pulumi up` again, or set `phase` back. docs/gates.md has more.",
      "A switch that cannot finish in time puts its workloads back where they were, and the update fails.",
      "After an update that was killed: `pulumi cancel`, then `pulumi up`, which puts everything back or continues.",
    ]),
    "## Phases",
    table(
      ["phase", "gates", "way back"],
      phases.map(({ row, opensOn }) => [code(row.name), String(opensOn.length), wayBackOf(row)]),
    ),
    ...phases.flatMap(phaseText),
    ...(after.length > 0 ? ["## After the last phase", list(after)] : []),
  ];
  return `${parts.join("\n\n")}\n`;
}

function phaseText({ row, changes, opensOn, back }: PhasePlan, at: number): string[] {
  return [
    `## ${at + 1}. ${row.name}`,
    `${row.purpose[0]!.toUpperCase()}${row.purpose.slice(1)}.`,
    "### What changes",
    changes.length > 0 ? list(changes) : "No object; its gates prove what the phase says.",
    "### Opens on",
    opensOn.length > 0
      ? table(
          ["gate", "closed because", "what to do"],
          opensOn.map((gate) => [code(gate.name), gate.closedBecause, gate.whatToDo]),
        )
      : "No gate: at once.",
    "### Way back",
    "row" in row.wayBack
      ? `Set \`phase\` to \`${row.wayBack.row}\`${back.length > 0 ? ". That changes:" : ", which changes no object."}`
      : `${row.wayBack.none[0]!.toUpperCase()}${row.wayBack.none.slice(1)}.`,
    ...(back.length > 0 ? [list(back)] : []),
  ];
}

const wayBackOf = ({ wayBack }: TableRow): string => ("row" in wayBack ? code(wayBack.row) : "none");

export const code = (text: string): string => `\`${text}\``;
/** Names as a sentence lists them. */
export const codes = (names: readonly string[]): string => names.map(code).join(", ");
const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
