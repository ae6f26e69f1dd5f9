import assert from "node:assert/strict";
import { lab } from "../../lab/lab.ts";
import { registerSchema } from "../../lab/traffic/avro.ts";
import { registryUrl } from "../../lab/vendor/addresses.ts";
import { registrySecret } from "../../lab/vendor/users.ts";
import { inOrder } from "../support/in-order.ts";
import { labSecret } from "../lab/support/lab-access.ts";
import { auditOf, eventually, labWalk, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { WalkChecks } from "../lab/support/walk-checks.ts";
import { withRegistries } from "../lab/support/with-registries.ts";

/** Records with a schema's id that the source has never given would not decode there. */
describe("a way back with registries on both sides", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "vendor");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);

  before(async () => {
    walk = await labWalk(
      50,
      { ...shortTimes, ...withRegistries() },
      { strategy: "producers-first", wayBack: "mirrored" },
    );
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  const forward = async (): Promise<void> => {
    for (const row of ["move-producers", "move-consumers"]) await walk.goes(row);
  };

  it("leads back, and forward again, while the target has given no id of its own", async () => {
    await forward();
    await walk.goes("mirror");
    await forward();
  });

  it("is not gone once the target has given an id of its own, and everybody writes on", async () => {
    const { username = "", password = "" } = await labSecret(registrySecret("target", "admin"));
    const schema = { type: "record", name: "Late", fields: [{ name: "at", type: "long" }] };
    await registerSchema({ url: registryUrl(lab, "target"), username, password }, "late-value", {
      schema: JSON.stringify(schema),
    });
    await checks.refused(
      "mirror",
      /the target's registry has given out ids since, .*late-value|late-value.*on the target only/,
    );
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged", 60, async () => walk.traffic.acknowledged() > before + 100);
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    assert.equal((await auditOf(walk)).outOfOrder, 0);
  });
});
