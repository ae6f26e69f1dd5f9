/** What a preview costs, next to one of the same topics and rights alone. */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { assessStack } from "../demo/assess.ts";
import { run } from "../demo/process.ts";
import { configForLab, Stack } from "../demo/stack.ts";
import { lab, labDown, labEnv, labUp } from "../lab/lab.ts";
import { addTopics, existingTarget } from "./lab.ts";
import { bareProgram } from "./bare-program.ts";

const repeats = 3;
const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));
}
const { signal } = interrupted;
const requestsFile = path.join(lab.dir, "requests");

/** Seconds of a command, and how many requests of each kind it sent to brokers. */
async function measure(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  rmSync(requestsFile, { force: true });
  const began = performance.now();
  const { code, output } = await run("pulumi", [...args, "--non-interactive", "--color", "never"], {
    cwd,
    env: {
      ...env,
      BENCH_REQUESTS: requestsFile,
      NODE_OPTIONS: `--import ${path.join(lab.root, "bench/count-requests.mjs")}`,
    },
    signal,
  });
  if (code !== 0) throw new Error(`pulumi ${args[0]} failed:\n${output}`);
  const seconds = (performance.now() - began) / 1000;
  const requests = existsSync(requestsFile) ? readFileSync(requestsFile, "utf8").trim().split("\n") : [];
  return { seconds, output, requests: Map.groupBy(requests, (kind) => kind) };
}

/** Kinds of requests by the numbers of Kafka's protocol, as far as a preview sends them. */
const requestNames: Readonly<Record<string, string>> = {
  ...{ 1: "Fetch", 2: "ListOffsets", 3: "Metadata", 9: "OffsetFetch", 10: "FindCoordinator", 15: "DescribeGroups" },
  ...{ 16: "ListGroups", 17: "SaslHandshake", 18: "ApiVersions", 29: "DescribeAcls", 32: "DescribeConfigs" },
  ...{ 35: "DescribeLogDirs", 36: "SaslAuthenticate", 48: "DescribeClientQuotas", 50: "DescribeUserScramCredentials" },
  ...{ 55: "DescribeQuorum", 60: "DescribeCluster", 69: "ConsumerGroupDescribe", 75: "DescribeTopicPartitions" },
};

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

/** Brings up a lab with that many topics, measures, prints, and takes the lab down. */
export async function measurePreviews(count: number): Promise<void> {
  try {
    await measureAll(count);
  } finally {
    await labDown();
  }
}

async function measureAll(count: number): Promise<void> {
  await labDown().catch(() => undefined);
  await labUp({ onProgress: (line) => console.log(`  ${line}`), signal });
  const env = { ...process.env, ...labEnv() };
  console.log(`making ${count} topics on the source, and a target`);
  await addTopics(count);
  await existingTarget();
  const stack = await Stack.create({
    project: lab.root,
    name: "dev",
    directory: path.join(lab.dir, "stack"),
    env,
    adapt: (text) => {
      const document = parse(configForLab(text, lab)) as { config: Record<string, Record<string, unknown>> };
      const { config } = document;
      Object.assign(config, { "kafka-migration:phase": "move-producers" });
      config["kafka-migration:topics"] = {};
      config["kafka-migration:target"]!["cluster"] = { kind: "kubedb-existing", name: "target-kafka" };
      (config["kafka-migration:target"]!["security"] as Record<string, string>)["caSecret"] =
        "target-kafka-client-cert";
      config["kafka-migration:gates"] = { sweepSeconds: 30 };
      config["kafka-migration:startAt"] = { row: "move-producers", reason: "every gate up to here is measured" };
      return stringify(document);
    },
    signal,
  });
  const { configFile } = stack;
  await assessStack({ project: lab.root, stack: "dev", configFile, seconds: 1, env, signal });

  const bare = path.join(lab.root, "bench/bare");
  const bareFile = path.join(lab.dir, "bare.json");
  writeFileSync(bareFile, JSON.stringify(bareProgram(configFile)));
  const bareEnv = { ...env, BENCH_BARE: bareFile };
  // Beside a copy of its project, because the CLI writes a file of the stack there.
  const bareStack = path.join(lab.dir, "bare");
  cpSync(path.join(bare, "Pulumi.yaml"), path.join(bareStack, "Pulumi.yaml"));
  const init = ["stack", "init", "bare", "--no-select", "--non-interactive"];
  const made = await run("pulumi", init, { cwd: bareStack, env: bareEnv, signal });
  if (made.code !== 0) throw new Error(`pulumi stack init failed:\n${made.output}`);
  const bareConfig = ["--stack", "bare", "--config-file", path.join(bareStack, "Pulumi.bare.yaml")];

  const ours: Awaited<ReturnType<typeof measure>>[] = [];
  const theirs: Awaited<ReturnType<typeof measure>>[] = [];
  // One after the other, so that whatever else this machine does slows both.
  for (let at = 0; at < repeats; at++) {
    ours.push(await measure(["preview", "--stack", "dev", "--config-file", configFile], lab.root, env));
    theirs.push(await measure(["preview", ...bareConfig], bare, bareEnv));
  }
  const [mine, its] = [median(ours.map(({ seconds }) => seconds)), median(theirs.map(({ seconds }) => seconds))];
  const spread = (runs: readonly { readonly seconds: number }[]): string =>
    runs.map(({ seconds }) => seconds.toFixed(1)).join(", ");
  const last = ours.at(-1)!;
  const created = (output: string): string => /\+ (\d+) to create/.exec(output)?.[1] ?? "no";
  console.log(`\npreview of a migration of ${count} topics: ${mine.toFixed(1)} s, median of ${spread(ours)}`);
  console.log(`  ${created(last.output)} resources`);
  console.log(`preview of its topics and rights alone: ${its.toFixed(1)} s, median of ${spread(theirs)}`);
  console.log(`  ${created(theirs.at(-1)!.output)} resources`);
  console.log(`ratio: ${(mine / its).toFixed(2)}`);
  for (const line of last.output.split("\n").filter((each) => /^\s*gate /.test(each))) console.log(line.trim());
  console.log("requests to brokers, all gates together:");
  for (const [kind, each] of last.requests) console.log(`  ${requestNames[kind] ?? `number ${kind}`}: ${each.length}`);
  const total = [...last.requests.values()].reduce((sum, each) => sum + each.length, 0);
  console.log(`  together: ${total}`);
}
