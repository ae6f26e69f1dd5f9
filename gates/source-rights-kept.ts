/** Whether applications would be allowed on the source what they are on the target, if they went back; pure. */
import { open, shut } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { byApplication, whoIs } from "../runtime/judging/rights.ts";
import { count, verb } from "../runtime/model/words.ts";
import { lostOnSource } from "../runtime/rights/parity.ts";
import { again, gate } from "./gate.ts";
import { comparedBy } from "./rights-as-on-source.ts";

/** While the way back is open: nothing that is allowed on the target is refused on the source. */
export const sourceRightsKept = gate({
  name: "source-rights-kept",
  page: {
    closedBecause: "a user could no longer do on the source what it may on the target, if it went back",
    whatToDo: "grant the right on the source again, or remove it on the target if it is not needed",
  },
  applies: ({ rights }) => rights !== undefined,
  params: (_config, { rights }) => rights(),
  needs: { sourceRights: true, targetRights: true },
  judge: (params, snapshot) => {
    const [source, target] = [part(snapshot, "sourceRights"), part(snapshot, "targetRights")];
    if (!source.authorizer) return open("the source has no authorizer, so everything is allowed there");
    const lost = lostOnSource(source, target, comparedBy(params, snapshot.scope), params.granted);
    if (lost.length > 0) {
      const [{ user, principals, operation, resource, host }, ...others] = byApplication(lost, params.applications) as [
        (typeof lost)[number],
        ...(typeof lost)[number][],
      ];
      const more = others.length === 0 ? "" : `; and ${count(others.length, "more right")}`;
      return shut(
        "right-lost",
        `${whoIs(user, params.applications)} is allowed ${operation} on ${resource} of the target${host === null ? "" : ` from host ${host}`}, ` +
          `but ${principals.join(", ")} ${verb(principals.length, "is", "are")} not on the source, so going back would be refused${more}`,
      );
    }
    const users = new Set(params.principals.flatMap((one) => one.users)).size;
    return open(`${count(users, "user")} would be allowed on the source what they are on the target`);
  },
  remedy: `grant it on the source again, or remove it on the target if it is not needed; then ${again}`,
});
