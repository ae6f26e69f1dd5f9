import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { root } from "./support/stack.ts";

interface Checkout {
  /** What package.json wants of Node, at least. @default what this project wants */
  readonly oldest?: string;
  /** The kind of machine that npm brings a Node for. @default this one */
  readonly machine?: string;
  /** Text of an executable `node` that npm has installed. */
  readonly packaged?: string;
  /** Text of an executable `npm`; npm must install first then. */
  readonly npm?: string;
  /** npm must install first, and there is none. */
  readonly noNpm?: true;
}

const machine = `${process.platform}-${process.arch}`;
const folders: string[] = [];

/** A checkout of the entry alone. Its program prints which Node runs it and with which arguments. */
function checkout({ oldest, machine: kind = machine, packaged, npm, noNpm }: Checkout): {
  folder: string;
  path: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "entry-"));
  folders.push(folder);
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { engines: { node: string } };
  const engines = { node: oldest === undefined ? own.engines.node : `>=${oldest}` };
  const described = { type: "module", engines, optionalDependencies: { [`node-${kind}`]: "1.0.0" } };
  for (const below of ["scripts", "bin", "node_modules/.bin", `node_modules/node-${kind}/bin`])
    mkdirSync(join(folder, below), { recursive: true });
  for (const name of ["run.mjs", "node.mjs"]) copyFileSync(join(root, "scripts", name), join(folder, "scripts", name));
  writeFileSync(join(folder, "package.json"), JSON.stringify(described));
  writeFileSync(join(folder, "package-lock.json"), "{}");
  writeFileSync(
    join(folder, "program.ts"),
    "console.log(process.execPath, process.argv[2] satisfies string | undefined);",
  );
  if (packaged !== undefined) executable(join(folder, `node_modules/node-${kind}/bin/node`), packaged);
  if (npm !== undefined) executable(join(folder, "bin/npm"), npm);
  else if (!noNpm)
    writeFileSync(join(folder, "node_modules/.installed"), createHash("sha256").update("{}").digest("hex"));
  return { folder, path: noNpm ? join(folder, "bin") : [join(folder, "bin"), "/usr/bin", "/bin"].join(delimiter) };
}

function executable(file: string, text: string): void {
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

function start(of: Checkout): { code: number | null; stdout: string; stderr: string; folder: string } {
  const { folder, path } = checkout(of);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, "scripts/run.mjs"), "program.ts", "hello"],
    { encoding: "utf8", env: { ...process.env, PATH: path } },
  );
  return { code: status, stdout: stdout.trim(), stderr: stderr.trim(), folder };
}

/** A Node that would be new enough for anything and says what it was asked to run. */
const newer = '#!/bin/sh\n[ "$1" = --version ] && echo v99.1.0 || echo "packaged $@"\n';
const wanted =
  /^Node \S+ is first on PATH.*, but this project needs Node 99\.0\.0 or later: install one .*\.nvmrc.*mise.*volta/;

describe("the entry of every command", function () {
  this.timeout(20_000);
  after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

  it("runs the program with the Node on PATH if that is new enough", () => {
    const { code, stdout } = start({ packaged: newer });
    assert.deepEqual([code, stdout], [0, `${process.execPath} hello`]);
  });

  it("runs it with the packaged one otherwise", () => {
    const { code, stdout } = start({ oldest: "99.0.0", packaged: newer });
    assert.equal(code, 0);
    assert.match(stdout, /^packaged .*program\.ts hello$/);
  });

  const unusable: [string, Checkout][] = [
    ["was not installed", {}],
    ["is for another kind of system", { packaged: "#!/no/such/loader\n" }],
    ["is too old as well", { packaged: "#!/bin/sh\necho v98.1.0\n" }],
    ["ends at once", { packaged: "#!/bin/sh\nexit 3\n" }],
    ["does not exist for this machine, without asking npm for it", { machine: "none", noNpm: true }],
  ];
  for (const [how, of] of unusable)
    it(`says in one sentence what to install where the packaged one ${how}`, () => {
      const { code, stdout, stderr } = start({ oldest: "99.0.0", ...of });
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, wanted);
      assert.equal(stderr.split("\n").length, 1);
    });

  it("installs once, without install scripts, and leaves the machine's own Node visible", () => {
    const npm = '#!/bin/sh\necho "$@" >asked\necho added\ntouch node_modules/.bin/node\n';
    const { code, stdout, stderr, folder } = start({ npm });
    assert.deepEqual([code, stdout], [0, `${process.execPath} hello`]);
    assert.equal(stderr, "Installing npm packages (once) …\nadded");
    assert.match(readFileSync(join(folder, "asked"), "utf8"), /^ci --ignore-scripts --include=dev /);
    assert.throws(() => readFileSync(join(folder, "node_modules/.bin/node")), /ENOENT/);
    rmSync(join(folder, "asked"));
    assert.equal(spawnSync(process.execPath, [join(folder, "scripts/run.mjs"), "program.ts"]).status, 0);
    assert.throws(() => readFileSync(join(folder, "asked")), /ENOENT/);
  });

  it("installs again where development packages were left out, as NODE_ENV=production and omit=dev do", () => {
    const npm = "#!/bin/sh\necho again >>asked\nmkdir -p node_modules/mocha\n";
    const { folder } = start({ npm });
    const described = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as object;
    writeFileSync(join(folder, "package.json"), JSON.stringify({ ...described, devDependencies: { mocha: "1.0.0" } }));
    rmSync(join(folder, "node_modules/mocha"), { recursive: true });
    const env = { ...process.env, NODE_ENV: "production", PATH: [join(folder, "bin"), "/usr/bin", "/bin"].join(":") };
    const run = () => spawnSync(process.execPath, [join(folder, "scripts/run.mjs"), "program.ts"], { env }).status;
    assert.deepEqual([run(), run()], [0, 0]);
    assert.equal(readFileSync(join(folder, "asked"), "utf8"), "again\nagain\n");
  });

  it("says that npm is missing", () => {
    const { code, stderr } = start({ noNpm: true });
    assert.equal(code, 1);
    assert.match(stderr.split("\n").at(-1)!, /^npm could not be started \(.*ENOENT\): install npm/);
  });

  it("ends with npm's exit code where npm fails", () => {
    const { code, stderr } = start({ npm: "#!/bin/sh\necho no network >&2\nexit 7\n" });
    assert.equal(code, 7);
    assert.match(stderr, /no network\nnpm ci failed; see above\. Nothing else was started\.$/);
    const older = start({ npm: "#!/bin/sh\nexit 1\n", oldest: "99.0.0" });
    assert.match(
      older.stderr,
      /Nothing else was started\. If npm does not support Node \S+, use Node 99\.0\.0 or later: install one/,
    );
  });

  it("and what the program needs use nothing that Node 20.0 lacks", () => {
    for (const file of ["scripts/run.mjs", "scripts/node.mjs", "index.mjs"])
      assert.doesNotMatch(readFileSync(join(root, file), "utf8"), /import\.meta\.(dirname|filename|main)/, file);
  });
});

describe("the entry of the dynamic providers", () => {
  it("exports what runtime/index.ts exports", async () => {
    const [entry, index] = await Promise.all([import("@kafka-migration/kafka"), import("../runtime/index.ts")]);
    assert.deepEqual(Object.keys(entry).sort(), Object.keys(index).sort(), "name it in runtime/entry.mjs");
    for (const [name, value] of Object.entries(index)) assert.equal(entry[name as keyof typeof entry], value, name);
  });
});
