/** Kafka's own command-line tools, from the jars that the lab's brokers run on. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { lab } from "../../../lab/lab.ts";
import { javaClientFile, labAdmin } from "./lab-access.ts";

const run = promisify(execFile);

/** Runs a tool's main class against the source as the superuser; returns what it printed. */
export async function kafkaTool(mainClass: string, args: readonly string[]): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), "tool-"));
  try {
    const config = path.join(directory, "client.properties");
    writeFileSync(config, javaClientFile(await labAdmin()), { mode: 0o600 });
    const tools = JSON.parse(readFileSync(path.join(lab.dir, "tools.json"), "utf8")) as {
      java: string;
      kafka: Record<string, { libs: string }>;
    };
    const { stdout } = await run(tools.java, [
      ...["-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", `${tools.kafka["3.9.0"]!.libs}/*`, mainClass],
      ...["--bootstrap-server", `127.${lab.block}.1.1:9094`, "--command-config", config, ...args],
    ]);
    return stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
