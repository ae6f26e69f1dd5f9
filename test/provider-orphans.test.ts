import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { existsSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheRoot } from "../tools/cache.ts";
import { ask } from "../tools/command.ts";
import { goModules, type GoModule } from "../tools/definitions.ts";
import { versionIn } from "../tools/found.ts";
import { goKeys } from "../tools/plans.ts";

/** The provider as the lab builds it; null where nothing has been built yet. */
async function built(name: string): Promise<string | null> {
  const version = versionIn((await ask("go", ["env", "GOVERSION"])).text);
  if (version === undefined) return null;
  for (const module of goModules as readonly GoModule[]) {
    const tool = module.tools.find((one) => one.name === name);
    if (tool === undefined) continue;
    const key = goKeys(module, `go${version.major}.${version.minor}`).get(tool)!;
    const file = join(cacheRoot(), key, tool.program);
    return existsSync(file) ? file : null;
  }
  throw new Error(`no module builds ${name}`);
}

function isUp(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a provider whose engine is killed", function () {
  this.timeout(30_000);

  for (const name of ["plugin-kafka", "plugin-kubernetes"])
    it(`ends within seconds: ${name}`, async function () {
      const file = await built(name);
      if (file === null) return this.skip();
      // What the engine would listen on; it answers nothing.
      const engine = createServer().listen(0, "127.0.0.1");
      await once(engine, "listening");
      const address = `127.0.0.1:${(engine.address() as AddressInfo).port}`;
      // Stands for the engine: it starts the provider, says its id, and waits.
      const starter = `
        const child = require("child_process").spawn(${JSON.stringify(file)}, [${JSON.stringify(address)}], { stdio: ["ignore", "inherit", "ignore"] });
        console.log(child.pid);
        setInterval(() => {}, 1000);`;
      const pulumi = spawn(process.execPath, ["--eval", starter], { stdio: ["ignore", "pipe", "inherit"] });
      const lines = createInterface(pulumi.stdout)[Symbol.asyncIterator]();
      const first = String((await lines.next()).value);
      const pid = Number(first);
      // Other numbers would mean groups of processes to \`kill\`.
      assert.ok(pid > 1, `no process id: ${first}`);
      try {
        assert.match(String((await lines.next()).value), /^\d+$/, "the port that it serves on");
        await sleep(2500);
        assert.ok(isUp(pid), "it ended although its engine is there");
        pulumi.kill("SIGKILL");
        const deadline = performance.now() + 5000;
        while (isUp(pid) && performance.now() < deadline) await sleep(50);
        assert.equal(isUp(pid), false);
      } finally {
        pulumi.kill("SIGKILL");
        if (isUp(pid)) process.kill(pid, "SIGKILL");
        engine.close();
      }
    });
});
