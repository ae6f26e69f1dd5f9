/** Whether applications are allowed to do on the target what they are on the source, and can log in; pure. */
import { shut, open } from "../runtime/judging/problems.ts";
import { notMeasured, part } from "../runtime/judging/reading.ts";
import { whoIs, byApplication } from "../runtime/judging/rights.ts";
import { count } from "../runtime/model/words.ts";
import { gate } from "./gate.ts";

/** Every user can log in. */
export const usersLogIn = gate({
  name: "users-log-in",
  causes: ["user-refused"],
  page: {
    closedBecause: "a user is refused with the password of its Secret",
    whatToDo: "check the Secret; `up` in the phase before sets a changed password",
  },
  applies: ({ rights }) => (rights?.users.length ?? 0) > 0,
  params: (_config, { users, applications }) => ({ users: users(), applications: applications() }),
  needs: ({ users }) => ({ logins: users }),
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
        `${users.length - late} of ${count(users.length, "user")} can log in on the target; ` +
          `there was no time to try the others`,
      );
    }
    if (first === undefined) return open(`${count(users.length, "user")} can log in on the target`);
    const more = refused.length > 1 ? `; and ${count(refused.length - 1, "more user")}` : "";
    const as = (applications[first.user] ?? []).length > 0 ? ` as user ${first.user}` : "";
    return shut(
      "user-refused",
      `${whoIs(first.user, applications)} cannot log in on the target${as}: ${first.problem}${more}`,
    );
  },
  remedy: "check that Secret; a password that was changed there is set on the target by pulumi up in the phase before",
});
