import { setTimeout as sleep } from "node:timers/promises";

describe("a walk that is interrupted", () => {
  after(() => console.log("taken down"));
  it("mirrors", async () => {
    // Once from the terminal, once from npm.
    process.kill(process.pid, "SIGTERM");
    await sleep(100);
    process.kill(process.pid, "SIGTERM");
    await sleep(200);
  });
  it("moves", () => {});
});
