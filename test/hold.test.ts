import assert from "node:assert/strict";
import { heldSince } from "../runtime/measure/hold.ts";

describe("how long a condition has held", () => {
  const [first, second, third] = [{ takenAt: 1_000 }, { takenAt: 3_000 }, { takenAt: 5_000 }];

  it("counts from the first reading that finds it open, and anew after one that does not", () => {
    assert.equal(heldSince(null, false, first), null);
    assert.equal(heldSince(null, true, second), 3_000);
    assert.equal(heldSince(3_000, true, third), 3_000);
    assert.equal(heldSince(3_000, false, third), null);
  });

  it("counts movement from the reading that it is seen against", () => {
    assert.equal(heldSince(null, true, second, first), 1_000);
    assert.equal(heldSince(1_000, true, third, second), 1_000);
    assert.equal(heldSince(null, false, second, first), null);
    assert.equal(heldSince(null, true, first, undefined), 1_000);
  });
});
