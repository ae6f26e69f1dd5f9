/** The stack files are in the form in which the Pulumi CLI writes them, so that a step of a migration is one line. */
import assert from "node:assert/strict";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../demo/process.ts";
import { ensureTools, pulumiHome } from "../../tools/ensure.ts";
import { root } from "../support/stack.ts";
import { interrupted } from "./support/shared-lab.ts";

const stacks = globSync("Pulumi.*.yaml", { cwd: root }).map((file) => file.split(".")[1]!);

describe("pulumi config set, in a stack file of the repository", function () {
  this.timeout(2 * 60_000);
  const directory = mkdtempSync(join(tmpdir(), "stack-files-"));
  let env: Record<string, string | undefined>;

  before("the Pulumi CLI", async function () {
    this.timeout(20 * 60_000);
    const tools = await ensureTools({ onProgress: (line) => console.log(line) });
    const backend = join(directory, "backend");
    mkdirSync(backend);
    env = {
      ...process.env,
      ...(await pulumiHome(tools, join(directory, "home"))),
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: "lab",
    };
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const pulumi = async (cwd: string, ...args: string[]): Promise<void> => {
    const { signal } = interrupted;
    const { code, output } = await run("pulumi", [...args, "--non-interactive"], { cwd, env, signal });
    assert.equal(code, 0, output);
  };

  for (const stack of stacks) {
    it(`changes one line of Pulumi.${stack}.yaml`, async () => {
      const folder = join(directory, stack);
      const file = join(folder, `Pulumi.${stack}.yaml`);
      mkdirSync(folder);
      for (const name of ["Pulumi.yaml", `Pulumi.${stack}.yaml`]) cpSync(join(root, name), join(folder, name));
      const lines = () => readFileSync(file, "utf8").split("\n");
      // A stack that has no salt yet gets one here, once.
      await pulumi(folder, "stack", "init", stack, "--no-select");
      const before = lines();
      const repository = readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8").split("\n");
      assert.deepEqual(
        before.filter((line) => !line.startsWith("encryptionsalt:")),
        repository.filter((line) => !line.startsWith("encryptionsalt:")),
      );
      await pulumi(folder, "config", "set", "kafka-migration:phase", "a-step", "--stack", stack);
      const changed = lines().flatMap((line, at) => (line === before[at] ? [] : [[before[at], line]]));
      assert.deepEqual(changed, [["  kafka-migration:phase: prepare", "  kafka-migration:phase: a-step"]]);
      assert.equal(lines().length, before.length);
    });
  }
});
