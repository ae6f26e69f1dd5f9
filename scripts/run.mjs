// Entry of every npm script: installs what is missing, then runs a TypeScript file with a Node that can.
// Plain JavaScript without newer features: whatever Node the machine has must read it.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { howToInstall, isNewEnough, nodeWanted, oldestNode, packagedNode } from "./node.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const bin = join(modules, ".bin");
const running = process.versions.node;
const found = `Node ${running} is first on PATH`;

if (process.platform === "win32") stop("Windows itself is not supported: run this in WSL 2.");
// Before anything is installed for nothing.
if (!isNewEnough(running) && packagedNode() === null) stop(nodeWanted(found));
install();
const node = isNewEnough(running) ? process.execPath : packaged();

// What starts "node" by name gets this one too; the folder of the packaged one holds nothing else.
const first = node === process.execPath ? [] : [dirname(node)];
const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env: {
    // What Node has made of a file, its types stripped, is kept for every later process: half of what loading takes.
    NODE_COMPILE_CACHE: join(modules, ".cache", "node-compile-cache"),
    ...process.env,
    PATH: [...first, bin, process.env.PATH ?? ""].join(delimiter),
  },
});
child.on("error", (error) => stop(`${node} could not be started (${error.message}).`));
// The terminal sends Ctrl-C to the whole group; the child tears down and ends first.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));

/** Installs the packages of package-lock.json, unless that was done for this very file. */
function install() {
  const mark = join(modules, ".installed");
  // No package here needs its install script, and npm 12 runs none by itself. NODE_ENV=production, or omit=dev in an .npmrc,
  // would leave out packages that the commands need.
  const args = ["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const { devDependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const complete = Object.keys(devDependencies).every((name) => existsSync(join(modules, name)));
  if (complete && existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  // Not on standard output, which "npm run --silent lab -- env" and "tools -- --json" keep for what they were asked.
  console.error("Installing npm packages (once) …");
  const npm = spawnSync("npm", args, { cwd: root, stdio: ["inherit", 2, "inherit"] });
  if (npm.error)
    stop(`npm could not be started (${npm.error.message}): install npm, which Node's releases bring along.`);
  if (npm.status !== 0) {
    // A newer npm than the one that came with this Node may refuse it, or break.
    const older = `If npm does not support Node ${running}, use Node ${oldestNode} or later: ${howToInstall}.`;
    const sentence = "npm ci failed; see above. Nothing else was started.";
    stop(isNewEnough(running) ? sentence : `${sentence} ${older}`, npm.status ?? 1);
  }
  // npm puts this folder first on PATH: the link would hide the machine's own Node from every later command.
  rmSync(join(bin, "node"), { force: true });
  writeFileSync(mark, lock);
}

/** The Node that npm installed, if it runs here. */
function packaged() {
  const file = join(modules, packagedNode(), "bin", "node");
  const answer = spawnSync(file, ["--version"], { encoding: "utf8" });
  if (answer.status === 0 && isNewEnough(answer.stdout.trim())) return file;
  const why = answer.error ? answer.error.message : `it ended with exit code ${answer.status}`;
  return stop(nodeWanted(`${found}, and the one that npm installed does not run here (${why})`));
}

function stop(sentence, code = 1) {
  console.error(sentence);
  process.exit(code);
}
