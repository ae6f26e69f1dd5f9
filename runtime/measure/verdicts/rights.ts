/** Whether applications may do on the target what they may on the source, and whether they get in at all; pure. */
import type { Condition, Verdict } from "../../model/gates.ts";
import type { Applications } from "../../model/rights.ts";
import type { Scope } from "../../model/scope.ts";
import { count } from "../../model/words.ts";
import { lostAccess, strangers, ungranted, type Compared, type Lost } from "../../rights/parity.ts";
import { notMeasured, part, type Judge } from "./reading.ts";

type Of<Kind extends Condition["kind"]> = Extract<Condition, { kind: Kind }>;

/** Nothing that is allowed on the source is refused on the target. */
export const rightsAsOnSource: Judge<Of<"rights-as-on-source">> = {
  needs: ["sourceRights", "targetRights"],
  judge: (condition, snapshot) => {
    const [source, target] = [part(snapshot, "sourceRights"), part(snapshot, "targetRights")];
    const compared = comparedBy(condition, snapshot.scope);
    // Without an authorizer everybody may do everything, which is not to be asked of the target.
    const unknown = source.authorizer ? strangers(source, compared, condition.leftAlone) : [];
    if (unknown.length > 0) {
      const [{ principal, resource }] = unknown as [(typeof unknown)[number]];
      const more = unknown.length > 1 ? `; and ${count(unknown.length - 1, "more principal")}` : "";
      return {
        ...closed(`${principal} has rights on ${resource} of the source and is not in the inventory${more}`),
        remedy: "run npm run assess, name the principal under rights and commit both, then run pulumi up again",
      };
    }
    const lost = source.authorizer ? lostAccess(source, target, compared) : [];
    const all = [...lost, ...ungranted(target, condition.granted)];
    if (all.length > 0) return closed(lostSentence(all, condition.applications));
    const [principals, users] = [
      condition.principals.length,
      new Set(condition.principals.flatMap((one) => one.users)),
    ];
    if (!source.authorizer) {
      return open("the source asks nobody what they may do, so there is nothing to compare; what roles give is there");
    }
    return open(
      `what ${count(principals, "principal")} may do on the source, ${count(users.size, "user")} may on the target`,
    );
  },
};

/** Every user gets in. */
export const usersLogIn: Judge<Of<"users-log-in">> = {
  needs: ["logins"],
  judge: ({ users, applications }, snapshot) => {
    const logins = part(snapshot, "logins");
    const refused = byApplication(
      users.flatMap(({ name }) => {
        const problem = logins.get(name) ?? null;
        return problem === null ? [] : [{ user: name, problem }];
      }),
      applications,
    );
    const [first] = refused;
    const late = users.filter(({ name }) => !logins.has(name)).length;
    if (first === undefined && late > 0) {
      return notMeasured(
        `${users.length - late} of ${count(users.length, "user")} can log in on the target, ` +
          `for the others there was no time`,
      );
    }
    if (first === undefined) return open(`${count(users.length, "user")} can log in on the target`);
    const more = refused.length > 1 ? `; and ${count(refused.length - 1, "more user")}` : "";
    const as = (applications[first.user] ?? []).length > 0 ? ` as user ${first.user}` : "";
    return closed(`${whoIs(first.user, applications)} cannot log in on the target${as}: ${first.problem}${more}`);
  },
};

function comparedBy(condition: Of<"rights-as-on-source">, scope: Scope): Compared {
  const moving = { Topic: scope.topics, Group: scope.groups.map(({ name }) => name) };
  return { principals: condition.principals, staying: condition.staying, moving };
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

/** Users of applications that move come first. */
function byApplication<T extends { readonly user: string }>(found: readonly T[], applications: Applications): T[] {
  const has = ({ user }: T): number => ((applications[user] ?? []).length > 0 ? 0 : 1);
  return [...found].sort((a, b) => has(a) - has(b));
}

function whoIs(user: string, applications: Applications): string {
  const names = applications[user] ?? [];
  if (names.length === 0) return `user ${user}`;
  return `application${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
}

const open = (sentence: string): Verdict => ({ open: true, sentence });
const closed = (sentence: string): Verdict => ({ open: false, sentence });
