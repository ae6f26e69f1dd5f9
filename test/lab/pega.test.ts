import assert from "node:assert/strict";
import { migratePega } from "../../demo/pega/migrate.ts";
import type { Report } from "../../demo/report.ts";
import { interrupted, usesLab } from "./support/shared-lab.ts";

/** The demo's own walk, which holds the switch back by one record, one pod and one autoscaler on its way. */
describe("a Pega release of the lab, drained, under traffic", function () {
  this.timeout(15 * 60_000);
  usesLab(this, "pega");
  let report: Report;

  before(async () => {
    report = await migratePega(
      { strategy: "pega-drained", messagesPerSecond: 120, trafficSeconds: 3, previews: false, keep: false },
      interrupted.signal,
    );
  });

  it("is walked to its end", () => assert.deepEqual(report.problems, []));

  it("has lost nothing, repeated nothing, and kept every order", () => {
    const { lost = -1, redelivered = -1, outOfOrder = -1, acknowledged = 0 } = report.audit ?? {};
    assert.deepEqual([lost, redelivered, outOfOrder], [0, 0, 0]);
    assert.ok(acknowledged > 2_000, `${acknowledged} records`);
  });

  it("was held back by a record that waited, a pod that ended, and an autoscaler that was left", () => {
    assert.deepEqual(
      (report.held ?? []).map(({ obstacle }) => obstacle),
      ["one record waits", "one pod of web terminates", "one autoscaler of web is left"],
    );
  });
});
