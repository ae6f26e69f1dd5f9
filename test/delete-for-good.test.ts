import assert from "node:assert/strict";
import { deleteForGood } from "../runtime/topics/delete-for-good.ts";

/** Topics that a client makes anew so many times, a while after each deletion. */
function cluster({ anew, after = 500, refuses = false }: { anew: number; after?: number; refuses?: boolean }) {
  let now = 0;
  let [left, due, deletions] = [anew, null as number | null, 0];
  let isThere = true;
  return {
    deletions: () => deletions,
    now: () => now,
    effects: {
      pace: { now: () => now, pause: async (milliseconds: number) => void (now += milliseconds) },
      there: async () => {
        if (due !== null && now >= due) [isThere, due] = [true, null];
        return isThere ? ["offsets"] : [];
      },
      remove: async () => {
        if (refuses) throw new Error("not allowed to delete topic offsets");
        [isThere, deletions] = [false, deletions + 1];
        if (left-- > 0) due = now + after;
      },
    },
  };
}

describe("deleting topics for good", () => {
  it("asks nothing where there are none", async () => {
    const { effects, deletions } = cluster({ anew: 0 });
    await deleteForGood([], effects);
    assert.equal(deletions(), 0);
  });

  it("deletes once, and looks on for three seconds", async () => {
    const { effects, deletions, now } = cluster({ anew: 0 });
    await deleteForGood(["offsets"], effects);
    assert.equal(deletions(), 1);
    assert.ok(now() >= 3_000 && now() < 5_000, `${now()} ms`);
  });

  it("deletes again what a client that still ran has made anew", async () => {
    const { effects, deletions } = cluster({ anew: 2 });
    await deleteForGood(["offsets"], effects);
    assert.equal(deletions(), 3);
    assert.deepEqual(await effects.there(), []);
  });

  it("says what may be at work where they come back for ever", async () => {
    const { effects } = cluster({ anew: 1_000 });
    await assert.rejects(
      deleteForGood(["offsets"], effects),
      /^Error: offsets come back whenever they are deleted: a client/,
    );
  });

  it("says why they cannot be deleted", async () => {
    const { effects } = cluster({ anew: 0, refuses: true });
    await assert.rejects(deleteForGood(["offsets"], effects), { message: "not allowed to delete topic offsets" });
  });
});
