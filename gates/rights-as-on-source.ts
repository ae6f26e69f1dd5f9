/** Whether applications may do on the target what they may on the source, and whether they get in at all; pure. */
import { open, shut } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { whoIs, byApplication } from "../runtime/judging/rights.ts";
import type { RightsAsOnSource, Applications } from "../runtime/model/rights.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { count } from "../runtime/model/words.ts";
import { lostAccess, strangers, ungranted, type Compared, type Lost } from "../runtime/rights/parity.ts";
import { gate } from "./gate.ts";

/** Nothing that is allowed on the source is refused on the target. */
export const rightsAsOnSource = gate({
  name: "rights-as-on-source",
  page: {
    closedBecause: "a user is not allowed to do on the target what its principal is allowed to do on the source",
    whatToDo: "back to the row before and `up`; `npm run assess` for what the source allows since",
  },
  applies: ({ rights }) => rights !== undefined,
  params: (_config, { rights }) => rights(),
  needs: { sourceRights: true, targetRights: true },
  judge: (params, snapshot) => {
    const [source, target] = [part(snapshot, "sourceRights"), part(snapshot, "targetRights")];
    const compared = comparedBy(params, snapshot.scope);
    // Without an authorizer everybody may do everything, which is not to be asked of the target.
    const unknown = source.authorizer ? strangers(source, compared, params.leftAlone) : [];
    if (unknown.length > 0) {
      const [{ principal, resource }] = unknown as [(typeof unknown)[number]];
      const more = unknown.length > 1 ? `; and ${count(unknown.length - 1, "more principal")}` : "";
      return {
        ...shut(`${principal} has rights on ${resource} of the source and is not in the inventory${more}`),
        remedy: "run npm run assess, name the principal under rights and commit both, then run pulumi up again",
      };
    }
    const lost = source.authorizer ? lostAccess(source, target, compared) : [];
    const all = [...lost, ...ungranted(target, params.granted)];
    if (all.length > 0) return shut(lostSentence(all, params.applications));
    const [principals, users] = [params.principals.length, new Set(params.principals.flatMap((one) => one.users))];
    if (!source.authorizer) {
      return open("the source asks nobody what they may do, so there is nothing to compare; what roles give is there");
    }
    return open(
      `what ${count(principals, "principal")} may do on the source, ${count(users.size, "user")} may on the target`,
    );
  },
  remedy:
    "set the phase back to the row before and run pulumi up, which gives what is missing; what the source has allowed since is in the inventory after npm run assess",
});

function comparedBy(params: RightsAsOnSource, scope: Scope): Compared {
  const moving = { Topic: scope.topics, Group: scope.groups.map(({ name }) => name) };
  return { principals: params.principals, staying: params.staying, moving };
}

/** The first loss in words, and how many more there are of how many users. */
function lostSentence(lost: readonly Lost[], applications: Applications): string {
  const sorted = byApplication(lost, applications);
  const [{ principal, user, operation, resource, host, answer }] = sorted as [Lost];
  const from = host === null ? "" : ` from host ${host}`;
  const before = principal === null ? "its role gives it" : `${principal} may on the source`;
  const after = answer === "denied" ? `an ACL denies it User:${user}` : `User:${user} may not`;
  const others = sorted.slice(1);
  const users = new Set(others.map((one) => one.user)).size;
  const more = others.length === 0 ? "" : `; and ${count(others.length, "more right")} of ${count(users, "user")}`;
  return (
    `${whoIs(user, applications)} would be refused ${operation} of ${resource}${from}: ` +
    `${before}, on the target ${after}${more}`
  );
}
