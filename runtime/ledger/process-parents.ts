/** Which process started which, on Linux and elsewhere. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** What a process runs, and the process that it belongs to. */
export interface ProcessParent {
  /** Without its folder: `sh`. */
  readonly command: string;
  /** The id of its parent; another one once the process that started it is gone. */
  readonly parent: number;
}

/** The parent of a process; null where the process is gone or the machine does not say. */
export function parentOf(pid: number): ProcessParent | null {
  return fromProc(pid) ?? fromPs(pid);
}

/** As Linux says it. */
export function fromProc(pid: number): ProcessParent | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command in parentheses may hold anything, so fields are counted from its end.
    const command = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    return { command, parent: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) };
  } catch {
    return null;
  }
}

const answers = new Map<number, { readonly at: number; readonly answer: ProcessParent | null }>();
/** A process is started for each answer of `ps`, so one answer serves for this long. */
const answerLastsMilliseconds = 2000;

/** As every Unix says it, macOS among them. */
export function fromPs(pid: number): ProcessParent | null {
  const last = answers.get(pid);
  const now = performance.now();
  if (last !== undefined && now - last.at < answerLastsMilliseconds) return last.answer;
  const answer = askPs(pid);
  answers.set(pid, { at: now, answer });
  return answer;
}

function askPs(pid: number): ProcessParent | null {
  try {
    const said = execFileSync("ps", ["-o", "ppid=", "-o", "comm=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 5000,
    });
    const [, parent, command] = /^\s*(\d+)\s+(.+?)\s*$/.exec(said) ?? [];
    return command === undefined ? null : { command: basename(command), parent: Number(parent) };
  } catch {
    return null; // Gone, or a machine without ps.
  }
}
