import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called with the process group's id once it runs. */
  readonly onStart?: (group: number) => void;
  /** Called with each line of both outputs as it comes. */
  readonly onLine?: (line: string) => void;
  /** Interrupts the command, which then has 30 seconds to end by itself. */
  readonly signal?: AbortSignal;
}

/** What a command wrote and how it ended. */
export interface RunResult {
  readonly code: number;
  /** Standard output alone. */
  readonly stdout: string;
  /** Both outputs, line by line in the order in which they came. */
  readonly output: string;
}

/** Runs a command in a process group of its own, so that Ctrl-C reaches it only through `signal`. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid !== undefined) options.onStart?.(child.pid);
  let kill: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    child.kill("SIGINT");
    kill = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), 30_000);
  };
  options.signal?.addEventListener("abort", interrupt, { once: true });
  const stdout: string[] = [];
  const output: string[] = [];
  createInterface(child.stdout).on("line", (line) => {
    stdout.push(line);
    output.push(line);
    options.onLine?.(line);
  });
  createInterface(child.stderr).on("line", (line) => {
    output.push(line);
    options.onLine?.(line);
  });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status) => resolve(status ?? 1));
    });
    return { code, stdout: stdout.join("\n"), output: output.join("\n") };
  } finally {
    clearTimeout(kill);
    options.signal?.removeEventListener("abort", interrupt);
  }
}
