import assert from "node:assert/strict";
import { mirrorTasks } from "../config/mirror-tasks.ts";

const topics = (number: number, partitions: number, name = "orders") =>
  Array.from({ length: number }, (_, at) => ({ name: `${name}-${at}`, partitions }));

describe("the mirror's tasks that follow from the inventory", () => {
  it("are four for a migration of an ordinary size, as they always were", () => {
    assert.equal(mirrorTasks([]), 4);
    assert.equal(mirrorTasks(topics(7, 3)), 4);
    assert.equal(mirrorTasks(topics(800, 10)), 4);
  });

  it("are twice as many once one would have more than 2,000 partitions, and stay so for as long as they can", () => {
    assert.equal(mirrorTasks(topics(801, 10)), 8);
    assert.equal(mirrorTasks(topics(1_600, 10)), 8);
    assert.equal(mirrorTasks(topics(10_000, 10)), 64);
  });

  it("keep what Connect writes for one of them far below the size of a record, however long names are", () => {
    const long = topics(700, 10, "n".repeat(200));
    const tasks = mirrorTasks(long);
    const bytes = long.reduce((sum, { name, partitions }) => sum + partitions * (name.length + 4), 0);
    assert.equal(tasks, 8);
    assert.ok(bytes / tasks < 256 * 1024, `${bytes / tasks} bytes`);
  });
});
