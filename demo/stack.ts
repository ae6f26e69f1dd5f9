import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import type { TableChoice } from "../phases/strategies/index.ts";
import { setTable } from "./table-config.ts";
import { run, type RunOptions, type RunResult } from "./process.ts";

export interface StackOptions {
  /** Directory of Pulumi.yaml. */
  readonly project: string;
  /** Name of the stack; `Pulumi.<name>.yaml` of the project is what it begins with. */
  readonly name: string;
  /** Directory for the copy of the stack's config and the commands' logs; emptied at the beginning. */
  readonly directory: string;
  /** Environment of the CLI. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Makes the project's config fit the lab; gets and returns YAML. */
  readonly adapt: (config: string) => string;
  readonly signal: AbortSignal;
}

/** One gate as the program's output `gates` reports it. */
export interface GateOutput {
  readonly row: string;
  readonly name: string;
  readonly sentence: string;
}

/** A command of the CLI that failed; the message holds everything it wrote. */
export class PulumiError extends Error {}

/** One stack driven by the real `pulumi` CLI, with a copy of its config, so that tracked files stay as they were. */
export class Stack {
  readonly #options: StackOptions;
  /** The copy of the stack's config. */
  readonly configFile: string;
  /** Everything the CLI printed. */
  readonly logFile: string;

  private constructor(options: StackOptions) {
    this.#options = options;
    this.configFile = path.join(options.directory, `Pulumi.${options.name}.yaml`);
    this.logFile = path.join(options.directory, "pulumi.log");
  }

  /** Makes a new stack; one of that name from an earlier run is forgotten. */
  static async create(options: StackOptions): Promise<Stack> {
    const { project, name, directory } = options;
    const stack = new Stack(options);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    // The CLI writes the salt of secrets into the config beside Pulumi.yaml, so a stack is made beside copies of both.
    cpSync(path.join(project, "Pulumi.yaml"), path.join(directory, "Pulumi.yaml"));
    const config = readFileSync(path.join(project, `Pulumi.${name}.yaml`), "utf8");
    writeFileSync(stack.configFile, options.adapt(config));
    const existing = await stack.#pulumi(["stack", "ls", "--json"], directory);
    const names = (JSON.parse(existing.stdout) as { name: string }[]).map((listed) => listed.name.split("/").at(-1));
    if (names.includes(name))
      await stack.#pulumi(["stack", "rm", name, "--yes", "--force", "--preserve-config"], directory);
    await stack.#pulumi(["stack", "init", name, "--no-select"], directory);
    return stack;
  }

  /** The same stack, driven by the program of another folder. */
  drivenBy(project: string): Stack {
    return new Stack({ ...this.#options, project });
  }

  /** Sets one key of the config; `keyPath` may lead into an object, as in `retire.sourceClusterId`. */
  async set(keyPath: string, value: string): Promise<void> {
    // Pulumi takes the name of a Secret for a secret.
    await this.#pulumi(["config", "set", "--plaintext", "--path", keyPath, value, ...this.#where()]);
  }

  async preview(onLine: (line: string) => void): Promise<void> {
    await this.#pulumi(["preview", ...this.#where()], undefined, onLine);
  }

  async up(onLine: (line: string) => void): Promise<void> {
    await this.#pulumi(["up", "--yes", "--skip-preview", ...this.#where()], undefined, onLine);
  }

  /** Throws if a preview would change anything. */
  async expectNoChanges(): Promise<void> {
    await this.#pulumi(["preview", "--expect-no-changes", "--diff", ...this.#where()]);
  }

  /** What the gates measured, as far as the program's outputs say so. */
  async gates(): Promise<readonly GateOutput[]> {
    return (await this.#outputs()).gates ?? [];
  }

  /** The row that the stack records as reached; undefined before the first. */
  async reached(): Promise<string | undefined> {
    return (await this.#outputs()).reached;
  }

  async #outputs(): Promise<{ readonly gates?: readonly GateOutput[]; readonly reached?: string }> {
    const { stdout } = await this.#pulumi(["stack", "output", "--json", "--stack", this.#options.name]);
    return JSON.parse(stdout) as { gates?: readonly GateOutput[]; reached?: string };
  }

  /** Runs a command on the stack and returns how it ended, whichever way; for those who expect a refusal. */
  async attempt(args: readonly string[], watch: Pick<RunOptions, "onLine" | "onStart"> = {}): Promise<RunResult> {
    return this.#run([...args, ...this.#where()], this.#options.project, watch);
  }

  /** Takes the stack's lock away from an update that was killed. */
  async cancel(): Promise<void> {
    await this.#pulumi(["cancel", "--yes", "--stack", this.#options.name]);
  }

  /** The stack's state as JSON. */
  async state(): Promise<string> {
    await this.#pulumi(["stack", "export", "--file", this.#stateFile, "--stack", this.#options.name]);
    return readFileSync(this.#stateFile, "utf8");
  }

  /** Replaces the state by an earlier one, as somebody does who restores a backup. */
  async restore(state: string): Promise<void> {
    writeFileSync(this.#stateFile, state);
    await this.#pulumi(["stack", "import", "--file", this.#stateFile, "--stack", this.#options.name]);
  }

  get #stateFile(): string {
    return path.join(path.dirname(this.configFile), "state.json");
  }

  #where(): string[] {
    return ["--stack", this.#options.name, "--config-file", this.configFile];
  }

  async #pulumi(
    args: readonly string[],
    cwd = this.#options.project,
    onLine?: (line: string) => void,
  ): Promise<RunResult> {
    const result = await this.#run(args, cwd, onLine === undefined ? {} : { onLine });
    if (result.code !== 0) throw new PulumiError(`pulumi ${args[0]} failed:\n${result.output}`);
    return result;
  }

  async #run(args: readonly string[], cwd: string, watch: Pick<RunOptions, "onLine" | "onStart">): Promise<RunResult> {
    const { env, signal } = this.#options;
    const result = await run("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd,
      env,
      signal,
      ...watch,
    });
    appendFileSync(this.logFile, `$ pulumi ${args.join(" ")}\n${result.output}\n[exit code ${result.code}]\n\n`);
    signal.throwIfAborted();
    return result;
  }
}

/** The project's config for a lab of another address block or directory, and for another table if one is chosen. */
export function configForLab(
  config: string,
  lab: { readonly block: number; readonly dir: string },
  choice?: TableChoice,
): string {
  const replaceIn = (value: unknown): unknown => {
    if (typeof value === "string")
      return value
        .replaceAll(/\b127\.0\.(?=\d+\.\d+\b)/g, `127.${lab.block}.`)
        .replace(/^\.lab\/(kubeconfig|inventory\.json|pega-values\.yaml)$/, (_, file: string) =>
          path.join(lab.dir, file),
        );
    if (Array.isArray(value)) return value.map(replaceIn);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaceIn(inner)]));
  };
  const document = replaceIn(parse(config)) as { config?: Record<string, unknown> };
  if (choice !== undefined && document.config !== undefined) {
    const keys = Object.entries(document.config).map(([key, value]) => [key.replace(prefix, ""), value]);
    const own = Object.fromEntries(keys) as Record<string, unknown>;
    setTable(own, choice);
    document.config = Object.fromEntries(Object.entries(own).map(([key, value]) => [`${prefix}${key}`, value]));
  }
  return stringify(document);
}

const prefix = "kafka-migration:";
