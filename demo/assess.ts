import path from "node:path";
import { run } from "./process.ts";

export interface AssessmentOptions {
  /** The checkout. */
  readonly project: string;
  readonly stack: string;
  readonly configFile: string;
  /** Seconds between the two samples. */
  readonly seconds: number;
  /** @default no records are written */
  readonly latencyTopic?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** Runs `npm run assess` as a person would; throws what it printed if it fails. Returns its output. */
export async function assessStack(options: AssessmentOptions): Promise<string> {
  const { project, stack, configFile, seconds, latencyTopic, env, signal, onLine } = options;
  const latency = latencyTopic === undefined ? [] : ["--latency-topic", latencyTopic];
  const args = ["--stack", stack, "--config-file", configFile, "--seconds", String(seconds), ...latency];
  const { code, output } = await run(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", path.join(project, "assess/main.ts"), ...args],
    { cwd: project, env, signal, ...(onLine && { onLine }) },
  );
  if (code !== 0) throw new Error(`npm run assess failed:\n${output}`);
  return output;
}
