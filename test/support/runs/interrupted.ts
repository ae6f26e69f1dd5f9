import { setTimeout as sleep } from "node:timers/promises";

describe("a walk that is interrupted", () => {
  after(() => console.log("taken down"));
  it("mirrors", async () => {
    process.kill(process.pid, "SIGTERM");
    await sleep(200);
  });
  it("moves", () => {});
});
