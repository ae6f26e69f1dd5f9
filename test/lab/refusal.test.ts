import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse, stringify } from "yaml";
import { Stack } from "../../demo/stack.ts";
import { ensureTools, pulumiHome } from "../../tools/ensure.ts";
import { everythingBroken } from "../support/broken-configs/everything.ts";
import { root, stackInput } from "../support/stack.ts";

const golden = path.join(root, "test/golden/broken-config.txt");

/** The real CLI with a state of its own and no lab: a refused config is told before anything is asked. */
describe("the CLI with a stack that is refused", function () {
  this.timeout(1_200_000);
  const folder = mkdtempSync(path.join(tmpdir(), "refusal-"));
  let env: Record<string, string | undefined>;

  before(async () => {
    const tools = await ensureTools({ onProgress: () => undefined });
    env = {
      ...process.env,
      ...(await pulumiHome(tools, path.join(folder, "home"))),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "lab",
    };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const stackOf = (config: Record<string, unknown>) =>
    Stack.create({
      project: root,
      name: "dev",
      directory: path.join(folder, "stack"),
      env,
      adapt: (text) => {
        const document = parse(text) as { config: object };
        document.config = Object.fromEntries(
          Object.entries(config).map(([key, value]) => [`kafka-migration:${key}`, value]),
        );
        return stringify(document);
      },
      signal: new AbortController().signal,
    });

  for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    it(`shows every problem once and no stack trace, and fails: pulumi ${command.join(" ")}`, async () => {
      const stack = await stackOf(everythingBroken());
      const { code, output } = await stack.attempt(command);
      assert.notEqual(code, 0);
      const [head = "", ...problems] = readFileSync(golden, "utf8").trimEnd().split("\n");
      const [, diagnostics = ""] = output.split("Diagnostics:");
      const shown = diagnostics.split("\n").map((line) => line.trim());
      for (const line of [`error: ${head}`, ...problems.map((problem) => problem.trim())]) {
        assert.equal(shown.filter((one) => one === line).length, 1, `${line}\n${output}`);
      }
      assertTidy(output);
    });
  }

  it("shows a misspelt phase in the same way", async () => {
    const stack = await stackOf({
      ...stackInput("dev"),
      inventory: "test/support/inventory/dev.json",
      phase: "mirorr",
    });
    const { code, output } = await stack.attempt(["preview"]);
    assert.notEqual(code, 0);
    assert.match(
      output,
      /error: phase "mirorr" is not in strategy "producers-first"; did you mean "mirror"\? In order: .*\. Nothing was changed\.\n/,
    );
    assertTidy(output);
  });

  function assertTidy(output: string): void {
    assert.doesNotMatch(output, /hunter2|\bat .*:\d+:\d+|node_modules|\.ts\b|Error: /);
    const [, diagnostics = ""] = output.split("Diagnostics:");
    assert.equal(diagnostics.match(/\berror: /g)?.length, 1, output);
  }
});
