/** What declaring topics and previewing them costs, next to a program of the same topics and rights alone. */
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { assessStack } from "../demo/assess.ts";
import { run } from "../demo/process.ts";
import { configForLab, Stack } from "../demo/stack.ts";
import { lab, labDown, labEnv, labUp } from "../lab/lab.ts";
import { bareProgram, type Bare } from "./bare-program.ts";
import {
  accessTo,
  existingTarget,
  fillSource,
  groupName,
  readBy,
  removeMade,
  shapeOf,
  topicName,
  type Filling,
} from "./lab.ts";

const repeats = 3;
/** Topics up to which the program of them alone is made as well: it needs a step for each topic and right. */
const topicsAlone = 2_000;
/** Seconds that its update is given as a user would run it; the rest is made without a state after each step. */
const aloneSeconds = 180;
const restSeconds = 420;
/** What its topics are called, which stand beside the migration's for a while, and who its rights are for. */
const [alonePrefix, alonePrincipal] = ["alone-", "User:alone"];
/** Gates may wait so long, in the words of the CLI's config. */
const gates = { maxLag: 2_000, holdSeconds: 1, timeoutSeconds: 600, sweepSeconds: 60 } as const;

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));
}
const { signal } = interrupted;
const requestsFile = path.join(lab.dir, "requests");

type Environment = Readonly<Record<string, string | undefined>>;

interface Command {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  /** Seconds after which it is interrupted; one that fails or is interrupted is a result then. @default never */
  readonly within?: number;
}

/** Seconds of a command, and how many requests of each kind it sent to brokers. */
async function measure({ args, cwd, env, within }: Command) {
  rmSync(requestsFile, { force: true });
  const until = within === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(within * 1000)]);
  const began = performance.now();
  const { code, output } = await run("pulumi", [...args, "--non-interactive", "--color", "never"], {
    cwd,
    env: {
      ...env,
      BENCH_REQUESTS: requestsFile,
      NODE_OPTIONS: `--import ${path.join(lab.root, "bench/count-requests.mjs")}`,
    },
    signal: until,
  });
  signal.throwIfAborted();
  if (code !== 0 && within === undefined) throw new Error(`pulumi ${args[0]} failed:\n${output}`);
  const seconds = (performance.now() - began) / 1000;
  const requests = existsSync(requestsFile) ? readFileSync(requestsFile, "utf8").trim().split("\n") : [];
  return { seconds, output, whole: code === 0, requests: Map.groupBy(requests, (kind) => kind) };
}

type Measured = Awaited<ReturnType<typeof measure>>;

/** Kinds of requests by the numbers of Kafka's protocol, as far as a preview sends them. */
const requestNames: Readonly<Record<string, string>> = {
  ...{ 1: "Fetch", 2: "ListOffsets", 3: "Metadata", 9: "OffsetFetch", 10: "FindCoordinator", 15: "DescribeGroups" },
  ...{ 16: "ListGroups", 17: "SaslHandshake", 18: "ApiVersions", 29: "DescribeAcls", 32: "DescribeConfigs" },
  ...{ 35: "DescribeLogDirs", 36: "SaslAuthenticate", 48: "DescribeClientQuotas", 50: "DescribeUserScramCredentials" },
  ...{ 55: "DescribeQuorum", 60: "DescribeCluster", 69: "ConsumerGroupDescribe", 75: "DescribeTopicPartitions" },
};

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

/** Brings up a lab with so many topics and groups, measures, prints, and takes the lab down. */
export async function measurePreviews(size: Filling): Promise<void> {
  try {
    await measureAll(size);
  } finally {
    await labDown();
  }
}

async function measureAll(size: Filling): Promise<void> {
  await labDown().catch(() => undefined);
  await labUp({ onProgress: (line) => console.log(`  ${line}`), signal });
  const env = { ...process.env, ...labEnv() };
  const { partitions, replicas } = shapeOf(size.topics);
  console.log(
    `making ${size.topics} topics of ${partitions} partitions and ${replicas} replicas and ${size.groups} groups ` +
      `on the source, and a target`,
  );
  await fillSource(size);
  await existingTarget();
  const stack = await Stack.create({
    project: lab.root,
    name: "dev",
    directory: path.join(lab.dir, "stack"),
    env,
    adapt: (text) => stackFor(size, text),
    signal,
  });
  const { configFile } = stack;
  const assessed = performance.now();
  await assessStack({ project: lab.root, stack: "dev", configFile, seconds: 1, env, signal });
  console.log(`assess: ${secondsSince(assessed)} s`);
  const alone = size.topics <= topicsAlone ? await programAlone(configFile, env) : undefined;

  const ours = (args: readonly string[]): Promise<Measured> =>
    measure({ args: [...args, "--stack", "dev", "--config-file", configFile], cwd: lab.root, env });
  for (const row of ["prepare", "mirror"]) {
    await stack.set("kafka-migration:phase", row);
    const applied = await ours(["up", "--yes", "--skip-preview"]);
    console.log(`\nup to ${row}: ${applied.seconds.toFixed(1)} s`);
    for (const line of applied.output.split("\n").filter((each) => /(TopicsTogether|MirrorRights) .*\(/.test(each)))
      console.log(`  ${line.trim()}`);
    printRequests(applied);
  }
  const state = Buffer.byteLength(await stack.state());
  console.log(`\nstate: ${megabytes(state)} MB as exported, ${megabytes(largestIn(stackFiles()))} MB as written`);

  const previews: Record<string, Measured[]> = {};
  // One after the other, so that whatever else this machine does slows all of them.
  for (let at = 0; at < repeats; at++) {
    for (const row of ["mirror", "move-producers"]) {
      await stack.set("kafka-migration:phase", row);
      (previews[`of the migration in ${row}`] ??= []).push(await ours(["preview"]));
    }
    if (alone) (previews["of its topics and rights alone"] ??= []).push(await alone(["preview"]));
  }
  for (const [what, runs] of Object.entries(previews)) {
    const of = runs.map(({ seconds }) => seconds);
    console.log(`\npreview ${what}: ${median(of).toFixed(1)} s, median of ${of.map((s) => s.toFixed(1)).join(", ")}`);
    console.log(`  ${/Resources:[\s\S]*/.exec(runs.at(-1)!.output)?.[0].replaceAll(/\s+/g, " ").trim()}`);
    for (const line of runs
      .at(-1)!
      .output.split("\n")
      .filter((each) => /^\s*gate /.test(each)))
      console.log(`  ${line.trim().slice(0, 300)}`);
    if (!what.endsWith("alone")) printRequests(runs.at(-1)!);
  }
  const [mirror, move, its] = Object.values(previews).map((runs) => median(runs.map(({ seconds }) => seconds)));
  if (its !== undefined)
    console.log(`\nratios: ${(mirror! / its).toFixed(2)} in mirror, ${(move! / its).toFixed(2)} in move-producers`);
}

const secondsSince = (began: number): string => ((performance.now() - began) / 1000).toFixed(1);
const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(2);

function printRequests({ requests }: Measured): void {
  const total = [...requests.values()].reduce((sum, each) => sum + each.length, 0);
  const named = [...requests].map(([kind, each]) => `${requestNames[kind] ?? `number ${kind}`} ${each.length}`);
  console.log(`  requests to brokers: ${total} (${named.join(", ")})`);
}

const stackFiles = (): string[] =>
  ["dev.json", "dev.json.gz"]
    .map((name) => path.join(lab.dir, "pulumi/.pulumi/stacks/kafka-migration", name))
    .filter((file) => existsSync(file));
const largestIn = (files: readonly string[]): number => Math.max(0, ...files.map((file) => statSync(file).size));

/** The lab's stack with all topics of the source, and with workloads that nobody has to start. */
function stackFor({ topics, groups }: Filling, text: string): string {
  const document = parse(configForLab(text, lab)) as { config: Record<string, Record<string, unknown>> };
  const config: Record<string, unknown> = document.config;
  const target = document.config["kafka-migration:target"]!;
  target["cluster"] = { kind: "kubedb-existing", name: "target-kafka" };
  (target["security"] as Record<string, string>)["caSecret"] = "target-kafka-client-cert";
  const all = Array.from({ length: groups }, (_, number) => number);
  config["kafka-migration:topics"] = shapeOf(topics).replicas === 1 ? { replicationFactor: "source" } : {};
  config["kafka-migration:groups"] = {
    migrate: all.map((number) => ({ name: groupName(number), topics: readBy(number, topics) })),
  };
  config["kafka-migration:workloads"] = [
    {
      ...{ role: "producer", kind: "external", name: "writers" },
      topics: Array.from({ length: topics }, (_, number) => topicName(number)),
    },
    { role: "consumer", kind: "external", name: "readers", groups: all.map(groupName) },
  ];
  config["kafka-migration:gates"] = gates;
  return stringify(document);
}

/**
 * A program of the same topics and rights, which has made them: an update of some minutes as a user runs it, and the rest
 * without writing the state after each step. They are gone from the clusters afterwards, and still in its state.
 */
async function programAlone(
  configFile: string,
  env: Environment,
): Promise<(args: readonly string[]) => Promise<Measured>> {
  const bare = path.join(lab.root, "bench/bare");
  const bareFile = path.join(lab.dir, "bare.json");
  const program = bareProgram(configFile);
  const declared: Bare = {
    ...program,
    topics: program.topics.map((topic) => ({ ...topic, name: `${alonePrefix}${topic.name}` })),
    rights: program.rights.map((right) => ({ ...right, principal: alonePrincipal })),
    access: { source: await accessTo("source"), target: await accessTo("target") },
  };
  writeFileSync(bareFile, JSON.stringify(declared), { mode: 0o600 });
  const bareEnv = { ...env, BENCH_BARE: bareFile };
  // Beside a copy of its project, because the CLI writes a file of the stack there.
  const bareStack = path.join(lab.dir, "bare");
  cpSync(path.join(bare, "Pulumi.yaml"), path.join(bareStack, "Pulumi.yaml"));
  const init = ["stack", "init", "bare", "--no-select", "--non-interactive"];
  const made = await run("pulumi", init, { cwd: bareStack, env: bareEnv, signal });
  if (made.code !== 0) throw new Error(`pulumi stack init failed:\n${made.output}`);
  const where = ["--stack", "bare", "--config-file", path.join(bareStack, "Pulumi.bare.yaml")];
  const alone = (args: readonly string[], more: Environment = {}, within?: number): Promise<Measured> =>
    measure({
      ...{ args: [...args, ...where], cwd: bare, env: { ...bareEnv, ...more } },
      ...(within !== undefined && { within }),
    });

  const wanted = `${declared.topics.length} topics and ${declared.rights.length} rights`;
  const first = await alone(["up", "--yes", "--skip-preview"], {}, aloneSeconds);
  const createdIn = (kind: string) => [...first.output.matchAll(new RegExp(`kafka:index:${kind} \\S+ created`, "g"))];
  const did = first.whole
    ? `after ${first.seconds.toFixed(1)} s`
    : `${createdIn("Topic").length} and ${createdIn("Acl").length} of them after ${aloneSeconds} s`;
  console.log(`\nup of a program of ${wanted} alone: ${did}`);
  if (!first.whole) {
    await run("pulumi", ["cancel", "--yes", "--stack", "bare"], { cwd: bareStack, env: bareEnv, signal });
    const unwritten = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
    const rest = await alone(["up", "--yes", "--skip-preview"], unwritten, restSeconds);
    const ended = rest.whole
      ? ""
      : `; not all of it: ${rest.output.split("\n").findLast((line) => /error/.test(line))}`;
    console.log(`  the rest, without a state after each step: ${rest.seconds.toFixed(1)} s${ended}`);
  }
  const removed = await removeMade(alonePrincipal, alonePrefix);
  console.log(`  ${removed} of its topics, and its rights, are removed from the clusters again`);
  return alone;
}
