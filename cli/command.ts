/** What every command has in common: `--help`, and one line for an argument that it does not take. */
import { parseArgs } from "node:util";

/** An option, such as `--seconds <number>`. */
export interface Option {
  readonly type: "string" | "boolean";
  /** What its value is called in the usage. */
  readonly value?: string;
  readonly help: string;
  /** Said in the help; the command itself applies it. */
  readonly default?: string;
}

/** An argument without dashes. */
export interface Argument {
  /** As in the usage: `<command>`, `[part of a file's name …]`. */
  readonly name: string;
  /** One row of the help for each, name and meaning. */
  readonly help: readonly (readonly [name: string, help: string])[];
  /** @default 1 */
  readonly atMost?: number;
}

/** What a command is called, does and takes. */
export interface Command<O extends Readonly<Record<string, Option>> = Record<never, never>> {
  /** As it is typed: `npm run demo`. */
  readonly name: string;
  /** One or two sentences. */
  readonly does: string;
  readonly options?: O;
  readonly argument?: Argument;
  /** What else the help says, such as environment variables. */
  readonly notes?: readonly string[];
}

type Values<O extends Readonly<Record<string, Option>>> = {
  readonly [name in keyof O]?: O[name]["type"] extends "boolean" ? boolean : string;
};

/** An argument that the command does not take. The message is one line: command, what was found, what is allowed. */
export class UsageError extends Error {}

/** `--help` was asked for; the message is the text. */
export class HelpAsked extends Error {}

/**
 * Reads the arguments of a command.
 * @throws UsageError for one that is unknown, HelpAsked for `--help`
 */
export function parseCommand<const O extends Readonly<Record<string, Option>>>(
  command: Command<O>,
  args: readonly string[],
): { readonly values: Values<O>; readonly positionals: readonly string[] } {
  const known = Object.entries<Option>(command.options ?? {});
  const options = Object.fromEntries(known.map(([name, { type }]) => [name, { type }]));
  let found: { values: object; positionals: string[] };
  try {
    const everything = { ...options, help: { type: "boolean", short: "h" } } as const;
    found = parseArgs({ args: [...args], options: everything, allowPositionals: true });
  } catch (error) {
    const [problem = ""] = (error as Error).message.split(/\. |\n/);
    throw usageError(
      command,
      problem.replace(/\.$/, "").replace(/^[A-Z]/, (first) => first.toLowerCase()),
    );
  }
  if ("help" in found.values) throw new HelpAsked(helpText(command));
  const extra = found.positionals[command.argument === undefined ? 0 : (command.argument.atMost ?? 1)];
  if (extra !== undefined) throw usageError(command, `"${extra}" is one argument too many`);
  return { values: found.values, positionals: found.positionals };
}

/** "npm run demo: `problem`; allowed: everything that the command takes", as one line. */
export function usageError(command: Command<Readonly<Record<string, Option>>>, problem: string): UsageError {
  const { argument, options = {} } = command;
  const allowed = [...(argument ? [argument.name] : []), ...Object.entries(options).map(written), "--help"];
  return new UsageError(`${command.name}: ${problem}; allowed: ${allowed.join(", ")}`);
}

/** The number in an option's text. Throws a UsageError unless it lies between `least` and `most`. */
export function numberIn(
  command: { readonly name: string },
  option: string,
  text: string,
  allowed: { readonly least: number; readonly most: number; readonly whole?: boolean },
): number {
  const { least, most, whole = false } = allowed;
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (number >= least && number <= most && (!whole || Number.isInteger(number))) return number;
  throw new UsageError(
    `${command.name}: ${option} is "${text}"; allowed: ${whole ? "whole numbers from " : ""}${least} to ${most}`,
  );
}

/** Runs `read`. If that throws, prints the help and ends with 0, or prints the one line and ends with 2. */
export function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof HelpAsked) {
      console.log(error.message);
      process.exit(0);
    }
    if (error instanceof UsageError) {
      console.error(error.message);
      process.exit(2);
    }
    throw error;
  }
}

const written = ([name, { value }]: readonly [string, Option]): string =>
  value === undefined ? `--${name}` : `--${name} ${value}`;

function helpText({
  name,
  does,
  options = {},
  argument,
  notes = [],
}: Command<Readonly<Record<string, Option>>>): string {
  const taken = [...(argument ? [argument.name] : []), ...(Object.keys(options).length > 0 ? ["[options]"] : [])];
  const rows = Object.entries(options).map((each): readonly [string, string] => {
    const [, { help, default: otherwise }] = each;
    return [written(each), otherwise === undefined ? help : `${help} (default: ${otherwise})`];
  });
  const all = [...(argument?.help ?? []), ...rows, ["--help", "show this"] as const];
  const width = Math.max(...all.map(([left]) => left.length));
  return [
    `Usage: ${name}${taken.length > 0 ? ` -- ${taken.join(" ")}` : ""}`,
    "",
    does,
    "",
    ...all.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ].join("\n");
}
