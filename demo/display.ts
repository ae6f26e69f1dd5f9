/** Resources that only group others, or that change in every row. */
const uninteresting = /^(pulumi:pulumi:|pulumi:providers:|kafka-migration:components:)/;
const resourceLine = /^ *(\S{1,2}) +(\S+:\S+:\S+) (\S+) (.*)$/;
const planned = /^(create|update|delete|replace|create replacement|delete original|import)\b/;
const done = /^(created|updated|deleted|replaced|imported)(?: replacement| original)?(?: \(([\d.]+)s\))?/;
const progress =
  /^(?:creating|updating|deleting|replacing|importing|created|updated|deleted|running|reading|read|create|update|delete|replace)(?: \([\d.]+s\))?/;

/**
 * What of the CLI's output is worth a reader's time: each planned or changed resource once, and each message
 * (a gate's measurement, a step of a switch) once. One instance per command.
 */
export class CliDisplay {
  readonly #seen = new Set<string>();
  #inDiagnostics = false;

  /** The text to show for a line of the CLI, or null for none. */
  show(line: string): string | null {
    const text = this.#read(line);
    if (text === null || this.#seen.has(text)) return null;
    this.#seen.add(text);
    return text;
  }

  #read(line: string): string | null {
    if (/^\S/.test(line)) {
      this.#inDiagnostics = line.startsWith("Diagnostics:");
      return null;
    }
    if (this.#inDiagnostics) return /^ {4}\S/.test(line) ? line.trim() : null;
    const [, sign = "", type = "", name = "", rest = ""] = resourceLine.exec(line) ?? [];
    if (type === "") return null;
    const message = rest.replace(progress, "").trim();
    if (uninteresting.test(type)) return isMessage(message) ? message : null;
    const kind = type.split(":").at(-1)!;
    const finished = done.exec(rest);
    if (finished !== null)
      return `${sign} ${kind} ${name}${finished[2] === undefined ? "" : ` ${finished[1]} in ${finished[2]} s`}`;
    if (isMessage(message)) return message;
    return planned.test(rest) ? `${sign} ${kind} ${name}` : null;
  }
}

/** Neither a list of changed fields, nor the CLI's count of messages. */
function isMessage(text: string): boolean {
  return text !== "" && !/^\[diff: |^\d+ (message|warning|error)|^read pulumi:|^(\d+ \w+ )?failed\b/.test(text);
}
