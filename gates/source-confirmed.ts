/** Conditions on what the ledger says: the source no longer grows, offsets are placed, enough time has passed. */
import { open, shut } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { again, gate } from "./gate.ts";

/** The source is the cluster whose id the config names. */
export const sourceConfirmed = gate({
  name: "source-confirmed",
  causes: ["source-unconfirmed"],
  page: {
    closedBecause: "the source's cluster id is not in the config",
    whatToDo: "`pulumi config set --path retire.sourceClusterId <id>`",
  },
  // Only an id that was typed in confirms anything.
  params: ({ retire }) => ({ clusterId: retire.sourceClusterId ?? "" }),
  needs: { sourceId: true },
  judge: ({ clusterId }, snapshot) => {
    const found = part(snapshot, "sourceId");
    const same = found === clusterId;
    if (same) return open(`the source is cluster ${found}, as the config says`);
    return shut(
      "source-unconfirmed",
      clusterId === ""
        ? `retire.sourceClusterId is not set in the config; the source is cluster ${found}`
        : `the source is cluster ${found}, not ${clusterId} as the config says`,
    );
  },
  remedy: `check which cluster is to be retired, correct its id in the config and ${again}`,
});
