import assert from "node:assert/strict";
import { ignoredGroupLines } from "../components/ignored-groups.ts";
import { plan } from "../phases/plan.ts";
import { tables } from "../phases/strategies/index.ts";
import { stackConfig } from "./support/stack.ts";

const name = "producers-first";
const linesAt = (phase: string, reached: string, config = stackConfig("prod")) =>
  ignoredGroupLines(config, plan(name, tables[name], phase, reached));

describe("an ignored group", () => {
  const line =
    "group ad-hoc-report is ignored (run by hand once a quarter, begins again each time) and reads payments: " +
    "it stays on the source, where nothing new comes once the producers have moved";

  it("that reads a topic which moves is told when the producers are about to move", () => {
    assert.deepEqual(linesAt("move-producers", "mirror"), [line]);
  });

  it("is not told before and after that", () => {
    assert.deepEqual(linesAt("mirror", "prepare"), []);
    assert.deepEqual(linesAt("move-consumers", "move-producers"), []);
  });

  it("that reads only what stays as well is not told", () => {
    const { groups } = stackConfig("prod");
    const config = stackConfig("prod", (input) => {
      const reason = "moved by its own team next year";
      const leaves = [{ topic: "payments", reason }];
      const migrate = groups.map(({ name, topics }) => ({ name, ...(topics.includes("payments") && { leaves }) }));
      input.groups = { ...input.groups, migrate };
      input.topics = { ...input.topics, ignore: [...(input.topics?.ignore ?? []), { name: "payments", reason }] };
    });
    assert.deepEqual(linesAt("move-producers", "mirror", config), []);
  });
});
