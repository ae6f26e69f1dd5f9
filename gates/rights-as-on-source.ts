/** Whether applications are allowed to do on the target what they are on the source, and can log in; pure. */
import { open, shut } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { whoIs, byApplication } from "../runtime/judging/rights.ts";
import type { RightsAsOnSource, Applications } from "../runtime/model/rights.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { count, verb } from "../runtime/model/words.ts";
import { lostAccess, strangers, ungranted, type Compared, type Lost } from "../runtime/rights/parity.ts";
import { gate } from "./gate.ts";

/** Nothing that is allowed on the source is refused on the target. */
export const rightsAsOnSource = gate({
  name: "rights-as-on-source",
  causes: ["principal-unknown"],
  page: {
    closedBecause: "a user is not allowed to do on the target what its principal is allowed to do on the source",
    whatToDo: "back to the phase before and `up`; `npm run assess` if the source has granted more since",
  },
  applies: ({ rights }) => rights !== undefined,
  params: (_config, { rights }) => rights(),
  needs: { sourceRights: true, targetRights: true },
  judge: (params, snapshot) => {
    const [source, target] = [part(snapshot, "sourceRights"), part(snapshot, "targetRights")];
    const compared = comparedBy(params, snapshot.scope);
    // Without an authorizer everything is allowed, which the target must not copy.
    const unknown = source.authorizer ? strangers(source, compared, params.leftAlone) : [];
    if (unknown.length > 0) {
      const [{ principal, resource }] = unknown as [(typeof unknown)[number]];
      const more = unknown.length > 1 ? `; and ${count(unknown.length - 1, "more principal")}` : "";
      return {
        ...shut(
          "principal-unknown",
          `${principal} has rights on ${resource} of the source and is not in the inventory${more}`,
        ),
        remedy: "run npm run assess, name the principal under rights and commit both, then run pulumi up again",
      };
    }
    const lost = source.authorizer ? lostAccess(source, target, compared) : [];
    const all = [...lost, ...ungranted(target, params.granted)];
    if (all.length > 0) return shut("right-lost", lostSentence(all, params.applications));
    const [principals, users] = [params.principals.length, new Set(params.principals.flatMap((one) => one.users))];
    if (!source.authorizer) {
      return open(
        "the source has no authorizer, so there is nothing to compare; all rights from roles exist on the target",
      );
    }
    return open(
      `${count(users.size, "user")} on the target ${verb(users.size, "has", "have")} the rights of ${count(principals, "principal")} on the source`,
    );
  },
  remedy:
    "set the phase back to the one before and run pulumi up, which grants what is missing; if the source has granted more since, run npm run assess first and commit the lockfile",
});

/** What of both sides' rights is compared. */
export function comparedBy(params: RightsAsOnSource, scope: Scope): Compared {
  const moving = { Topic: scope.topics, Group: scope.groups.map(({ name }) => name) };
  return { principals: params.principals, staying: params.staying, moving };
}

/** The first lost right as a sentence, and how many more there are for how many users. */
function lostSentence(lost: readonly Lost[], applications: Applications): string {
  const sorted = byApplication(lost, applications);
  const [{ principal, user, operation, resource, host, answer }] = sorted as [Lost];
  const from = host === null ? "" : ` from host ${host}`;
  const before = principal === null ? "its role allows it" : `${principal} is allowed on the source`;
  const after = answer === "denied" ? `an ACL denies it to User:${user}` : `User:${user} is not allowed`;
  const others = sorted.slice(1);
  const users = new Set(others.map((one) => one.user)).size;
  const more = others.length === 0 ? "" : `; and ${count(others.length, "more right")} of ${count(users, "user")}`;
  return (
    `${whoIs(user, applications)} would be refused ${operation} on ${resource}${from}: ` +
    `${before}, on the target ${after}${more}`
  );
}
