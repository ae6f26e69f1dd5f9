// Entry of every npm script: installs what is missing, then runs a TypeScript file with the project's own Node.
// Plain JavaScript, because it must run on whatever Node the machine has.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");
const mark = join(root, "node_modules", ".installed");
const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 20) {
  console.error(
    `Node ${process.versions.node} is too old; install Node 20 or later (the project brings its own Node 24).`,
  );
  process.exit(1);
}
if (!existsSync(mark) || readFileSync(mark, "utf8") !== lock) {
  console.log("Installing npm packages (once) …");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, stdio: "inherit" });
  if (npm.status !== 0) {
    console.error("npm ci failed; see above. Nothing else was started.");
    process.exit(npm.status ?? 1);
  }
  writeFileSync(mark, lock);
}

const child = spawn(join(bin, "node"), ["--disable-warning=ExperimentalWarning", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, PATH: bin + delimiter + process.env.PATH },
});
// The terminal sends Ctrl-C to the whole group; the child tears down and ends first.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
