import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ask } from "./command.ts";
import { isIn, onPath, versionIn } from "./found.ts";

/** What building takes, as far as it is there. */
export interface Prerequisites {
  /** Absolute path. */
  readonly java: string;
  /** Such as `go1.26`; undefined when nothing of Go's is needed. */
  readonly goRelease: string | undefined;
}

interface Missing {
  readonly what: string;
  readonly found: string;
  readonly remedy: string;
}

/** Finds the compiler, the JVM and Maven, or throws one error that names everything missing. */
export async function prerequisites(needs: { go: boolean; maven: boolean; goFolder: string }): Promise<Prerequisites> {
  const missing: Missing[] = [];
  const java = await findJava(missing);
  const goRelease = needs.go ? await findGo(needs.goFolder, missing) : undefined;
  if (needs.maven) await findMaven(missing);
  if (java === undefined || missing.length > 0) throw new Error(describe(missing));
  return { java, goRelease };
}

async function findJava(missing: Missing[]): Promise<string | undefined> {
  const home = process.env.JAVA_HOME;
  const atHome = home === undefined ? undefined : join(home, "bin", "java");
  const java = atHome !== undefined && existsSync(atHome) ? atHome : onPath("java");
  const answer = java === undefined ? undefined : await ask(java, ["-version"]);
  const version = versionIn(answer?.text.match(/version "[^"]*"/)?.[0] ?? "");
  if (answer?.ok && version !== undefined && isIn(version, ">=17")) return java;
  missing.push({
    what: "java 17 or later, to run Kafka",
    found: java === undefined ? "nothing on PATH or in JAVA_HOME" : `${java}: ${firstLine(answer?.text)}`,
    remedy: "install a JDK or JRE 17+ (Debian: openjdk-17-jre-headless) or point JAVA_HOME at one",
  });
  return undefined;
}

/** Asks inside the module, where Go itself compares its version with the one go.mod wants. */
async function findGo(folder: string, missing: Missing[]): Promise<string | undefined> {
  const wanted = /^go (\S+)/m.exec(readFileSync(join(folder, "go.mod"), "utf8"))?.[1] ?? "";
  const go = onPath("go");
  const answer = go === undefined ? undefined : await ask(go, ["env", "GOVERSION"], { cwd: folder });
  const version = versionIn(answer?.text ?? "");
  if (answer?.ok && version !== undefined && isIn(version, `>=${wanted}`)) {
    return `go${version.major}.${version.minor}`;
  }
  missing.push({
    what: `go ${wanted} or later, to compile the tools that are not on PATH`,
    found: go === undefined ? "nothing on PATH" : `${go}: ${firstLine(answer?.text)}`,
    remedy: "install it from go.dev, or let an older one fetch it with GOTOOLCHAIN=auto",
  });
  return undefined;
}

async function findMaven(missing: Missing[]): Promise<void> {
  const maven = onPath("mvn");
  const answer = maven === undefined ? undefined : await ask(maven, ["-B", "-v"]);
  const version = versionIn(answer?.text.match(/Apache Maven \S+/)?.[0] ?? "");
  if (answer?.ok && version !== undefined && isIn(version, ">=3.6.3")) return;
  missing.push({
    what: "mvn (Maven) 3.6.3 or later, to fetch Kafka",
    found: maven === undefined ? "nothing on PATH" : `${maven}: ${firstLine(answer?.text)}`,
    remedy: "install Maven (Debian: maven)",
  });
}

const firstLine = (text: string | undefined): string => text?.split("\n")[0] ?? "";

function describe(missing: readonly Missing[]): string {
  const rows = missing.flatMap(({ what, found, remedy }) => [
    `- ${what}`,
    `    found:  ${found}`,
    `    do:     ${remedy}`,
  ]);
  return [`The lab cannot be built yet, ${missing.length} missing:`, ...rows, "Then run the same command again."].join(
    "\n",
  );
}
