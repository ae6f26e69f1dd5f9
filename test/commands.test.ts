import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { numberIn, orExit, parseCommand, UsageError } from "../cli/command.ts";
import { root } from "./support/stack.ts";

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command that built something in spite of everything would leave it. */
const cache = join(tmpdir(), `commands-test-${process.pid}`);

/** Runs an npm script as npm does, but for npm. */
function run(name: string, args: readonly string[], env: Record<string, string> = {}): Promise<Answer> {
  const [node, ...given] = scripts[name]!.split(" ");
  assert.equal(node, "node");
  const environment = { ...process.env, KAFKA_MIGRATION_CACHE: cache, LAB_DIR: join(cache, "lab"), ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [...given, ...args], { cwd: root, env: environment }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout: stdout.trim(), stderr: stderr.trim() }),
    );
  });
}

const typed = (name: string): string => (name === "test" ? "npm test" : `npm run ${name}`);

describe("every command of package.json", function () {
  this.timeout(30_000);

  for (const name of Object.keys(scripts)) {
    it(`${typed(name)} explains itself with --help`, async () => {
      const { code, stdout, stderr } = await run(name, ["--help"]);
      assert.deepEqual([code, stderr], [0, ""]);
      const [usage, empty, does] = stdout.split("\n");
      assert.ok(usage!.startsWith(`Usage: ${typed(name)}`), usage);
      assert.equal(empty, "");
      assert.match(does!, /^[A-Z].*\.$/);
      assert.match(stdout, /^ {2}--help +show this$/m);
    });

    // What it does not know goes to pulumi, which a lab must be up for.
    if (name === "pulumi") continue;
    it(`${typed(name)} refuses an unknown option in one line`, async () => {
      const { code, stdout, stderr } = await run(name, ["--nonsense"]);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, new RegExp(`^${typed(name)}: unknown option '--nonsense'; allowed: .*--help$`));
    });
  }

  it("npm run pulumi says in one line that there is no lab", async () => {
    const { code, stdout, stderr } = await run("pulumi", ["--nonsense"]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^There is no lab in .*; start it with: npm run lab -- up$/);
  });

  const strange: [name: string, args: readonly string[], line: RegExp][] = [
    ["plan", [], /^npm run plan: --stack is missing: .*; allowed: --stack <name>, .*--help$/],
    ["plan", ["prod"], /^npm run plan: "prod" is one argument too many; allowed: --stack <name>, .*--help$/],
    [
      "lab",
      [],
      /^npm run lab: no command was given .*allowed: <command>, --vendor, --applications, --source <release>, --zookeeper, --keep-data, --help$/,
    ],
    ["lab", ["start"], /^npm run lab: "start" is unknown; allowed: up, pega, down, status, env$/],
    ["lab", ["down", "--zookeeper"], /^npm run lab: --source and --zookeeper are not possible with down; allowed: up$/],
    [
      "lab",
      ["up", "--source", "0.8"],
      /^npm run lab: --source "0\.8" is unknown; allowed: 2\.8\.2, 3\.3\.2, 3\.9\.0, 4\.2\.0$/,
    ],
    ["lab", ["up", "--source", "4.2.0", "--zookeeper"], /^npm run lab: Kafka 4\.2\.0 has no ZooKeeper; /],
    ["lab", ["down", "--vendor"], /^npm run lab: --vendor is not possible with down; allowed: up$/],
    ["lab", ["status", "--applications"], /^npm run lab: --applications is not possible with status; allowed: up$/],
    ["lab", ["up", "now"], /^npm run lab: "now" is one argument too many; allowed: <command>/],
    ["traffic", ["start", "fast"], /^npm run traffic: records per second is "fast"; allowed: 0 to 100000$/],
    ["traffic", ["start", "10", "twin"], /^npm run traffic: "twin" is unknown; allowed .*: twins, applications$/],
    ["traffic", ["stop", "now"], /^npm run traffic: "now" is one argument too many for stop/],
    ["traffic", [], /^npm run traffic: no command was given; allowed: start, stop, audit$/],
    ["bench", ["--topics", "0"], /^npm run bench: --topics is "0"; allowed: whole numbers from 1 to 20000$/],
    ["bench", ["--groups", "many"], /^npm run bench: --groups is "many"; allowed: whole numbers from 1 to 20000$/],
    [
      "bench",
      ["--walks", "1"],
      /^npm run bench: unknown option .--walks.; allowed: --topics .*--groups .*--workloads .*--preview/,
    ],
    ["tools", ["--json=yes"], /^npm run tools: option '--json' does not take an argument; allowed: --json, --help$/],
    ["demo", ["--strategy"], /^npm run demo: option '--strategy <value>' argument missing; allowed: /],
    ["test:unit", ["no-such-file"], /^npm run test:unit: no test file's path contains "no-such-file"; allowed: /],
  ];
  for (const [name, args, line] of strange)
    it(`${typed(name)} refuses "${args.join(" ")}" in one line`, async () => {
      const { code, stdout, stderr } = await run(name, args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, line);
      assert.equal(stderr.split("\n").length, 1);
    });

  // A machine that says it is a Mac.
  const mac = `--import=data:text/javascript,Object.defineProperty(process,'platform',{value:'darwin'})`;
  const needLinux: [string, readonly string[]][] = [
    ["test", []],
    ["test:all", []],
    ["test:lab", []],
    ["demo", []],
    ["lab", ["up"]],
    ["bench", ["--preview"]],
    ["tools", []],
  ];
  for (const [name, args] of needLinux)
    it(`${[typed(name), ...args].join(" -- ")} says on a Mac that it needs Linux, before anything is built`, async () => {
      const { code, stdout, stderr } = await run(name, args, { NODE_OPTIONS: mac });
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /^The lab runs on Linux only: .*darwin.*\.$/);
      assert.equal(existsSync(cache), false);
    });
});

describe("a command's arguments", () => {
  const command = {
    name: "npm run x",
    does: "Does it.",
    options: {
      seconds: { type: "string", value: "<s>", help: "how long", default: "10" },
      dry: { type: "boolean", help: "" },
    },
  } as const;

  it("are read by kind", () => {
    assert.deepEqual({ ...parseCommand(command, ["--seconds", "3", "--dry"]).values }, { seconds: "3", dry: true });
  });

  it("refuse text that is no number, or one outside", () => {
    for (const text of ["", " ", "ten", "0", "11", "2.5"])
      assert.throws(() => numberIn(command, "--seconds", text, { least: 1, most: 10, whole: true }), UsageError, text);
    assert.equal(numberIn(command, "--seconds", "10", { least: 1, most: 10, whole: true }), 10);
  });

  it("let other errors pass", () => {
    const broken = (): never => {
      throw new TypeError("broken");
    };
    assert.throws(() => orExit(broken), TypeError);
  });
});
