import assert from "node:assert/strict";
import { inOrder } from "../in-order.ts";

describe("a walk with a part that does not begin", () => {
  inOrder();
  it("mirrors", () => {});
  describe("the part", () => {
    before(() => assert.fail("no part"));
    it("moves", () => {});
  });
  describe("the next part", () => it("validates", () => {}));
});
