import assert from "node:assert/strict";
import { inOrder } from "../in-order.ts";

describe("a walk that breaks on the way", () => {
  inOrder();
  it("mirrors", () => {});
  it("moves", () => assert.fail("no move"));
  it("validates", () => {});
  describe("at its end", () => it("retires", () => {}));
});
