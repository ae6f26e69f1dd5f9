import { format } from "prettier";
import { mirrorRights } from "../../components/mirror-rights.ts";
import { rightName, type Right } from "../../components/right.ts";
import {
  adminRights,
  positionsRights,
  runnerNames,
  runnerRights,
  type RequestRight,
} from "../../components/runner-rights.ts";
import type { MirroredConfig } from "../../config/migration-config.ts";
import { stackConfig } from "./stack.ts";

const applications = `# Rights

## Of the applications

MirrorMaker 2 copies no users, and only the ACLs on single topics, without Write and with All turned into Read. With the
section \`rights\` the program recreates on the target what the lockfile has: every resource type, Literal and Prefixed, Allow and
Deny, every host. \`npm run assess\` writes it; \`Pulumi.prod.yaml\` shows an example.

- **Users** (\`rights.users\`) exist on the target as \`name\` and replace the source's principals listed under
  \`from\` (default: \`User:<name>\`). Several principals can become one user, and one principal several. The password is
  in the Secret (keys \`username\`, \`password\`), which the applications read too: put there by hand, or at
  random with \`create: true\`. A rotated Secret is a new password with the next \`up\`. \`existing: true\` is for users that exist
  already or are created elsewhere, in a hosting vendor's console for example; the program only grants their rights.
- **Roles** (\`rights.roles\`) give one set of rights to many users: those of the source's principals under \`from\`, and what
  \`allow\` lists. If the source has no authentication, roles are the only way to grant rights.
- **All users** (\`User:*\`): with \`everybody: true\` its rights are kept as they are; named in a role's \`from\`, they become rights of that role's users.
- A principal that has ACLs on a migrated topic or group, and is neither mapped nor listed under \`rights.ignore\` with a
  reason, is refused before anything is done. The source's super users and the program's own users are left
  alone; \`npm run assess\` records them.
- ACLs on a topic or group that stays on the source are not recreated.
- **Quotas** of mapped users, and those that name no user, are recreated unless \`rights.quotas.ignore\` names them.

An ACL that already exists on the target is adopted and never removed. A user that already exists is adopted if it can log in
with the password of its Secret, and refused otherwise, because creating it would overwrite a password that is in use. An ACL
that is removed from the lockfile or the config is removed by the next \`up\`, and one that was lost on the target is granted again;
previews list both at the resource \`TargetRights\`, under \`going\` and \`missing\`. When
the stack is destroyed, or retired, every user, right and quota stays: the applications need them.

Two gates open each move: \`rights-as-on-source\` and \`users-log-in\`, see [gates](gates.md).
[Decision 14](decisions/0014-rights-are-compared-as-answers.md) gives the reasons.
`;

const runner = `## Of the runner

The program measures and switches as the user under \`credentials.runner\`, which it does not create. These are the rights
that the requests need which it sends; \`npm run assess\` needs those on topics and groups for all of them (\`*\`), since it records what
there is. They follow from Kafka's authorizer, request by request, and each was taken away
once on real brokers (\`test/lab-more/runner-rights.test.ts\`): what needs it says so, with the right's name where Kafka answers with a
refusal (\`the user needs Read on Topic orders\`). Who may read a topic or a group may describe it as well. Of transactional ids Kafka
leaves out what one may not describe, without a word. \`npm run plan\` lists both, the rights below and those in Kubernetes, with the
stack's own names; every preview looks for the latter. Where the runner may also \`watch\` pods, Jobs and workloads, a move that waits for them asks the
API server less; nothing needs it.
`;

const positions = `For the positions of the mirror's source connector it also needs, on the target:
`;

const admin = `### Of the admin

What the program declares in Kafka it makes as the user under \`credentials.admin\`, or as the runner's where none is named:
`;

const adopted = `With \`connect.kind: kubedb-existing\` it is the topic under \`connect.offsetsTopic\`. For connectors that move (\`connects\`) it is the
topic under \`connects.<name>.offsetsTopic\`, on the side of that Connect cluster. Without the right, or without the
name, the program asks Connect's REST API, and the gate's sentence says so.
[Decision 17](decisions/0017-positions-from-the-topic.md) says why.
`;

const intro = `## Of MirrorMaker 2

With \`credentials.mirror: {secret: …, create: true}\` on a side, the program creates a SCRAM user there, with a
random password in that Secret, and grants it the rights below from every host; they are removed in the phase \`retire\`.
With more topics than \`topics.apartUpTo\` they are one resource for each side, \`MirrorRights\`, which also takes any other right
from that user.
If the user already exists (\`create: false\`), grant it these rights yourself. Connect's workers log in as
the target's user ([decision 8](decisions/0008-connect-runs-as-the-mirror.md) says how). In Kafka, Read or Write
implies Describe. \`npm run golden\` writes this page from the program itself.

Each of these rights is needed: \`test/lab-more/rights.test.ts\` removes it, waits until a broker refuses MirrorMaker 2 exactly that
operation, gives it back, and waits until every connector writes again. Connect also asks for DescribeConfigs on its own topics; it
does not get that right and works without it.
`;

const wayBack = `### While the way back is open

With \`wayBack: mirrored\`, from the row that opens the way back to the one before \`close\`, the same user also has these rights
([decision 31](decisions/0031-the-mirror-back.md)); in \`waves\` \`<name>\` is \`<name>-<wave>\` in each name below, once for each wave that
closes topics. The gate \`source-takes-back\` asks the brokers for Write before anybody moves.
`;

function table(rights: readonly Right[]): string {
  const rows = rights.map(
    ({ operation, resource, name, pattern, reason }) =>
      `| ${operation} | ${resource} | \`${name}${pattern === "Prefixed" ? "*" : ""}\` | ${reason} |`,
  );
  return ["| operation | resource | name | for |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function requestTable(rights: readonly RequestRight[]): string {
  const rows = rights.map(
    ({ on, operation, resource, name, reason }) =>
      `| ${on === "both" ? "source, target" : on} | ${operation} | ${resource} | \`${name}\` | ${reason} |`,
  );
  return ["| on | operation | resource | name | for |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

/** docs/rights.md: what the program gives MM2's users, with placeholders where a stack has names. */
export async function rightsPage(): Promise<string> {
  const dev = stackConfig("dev");
  const config: MirroredConfig = {
    ...dev,
    name: "<name>",
    connect: { ...dev.connect, name: "<connect>" },
    topics: ["<each migrated topic>"],
    groups: [{ name: "<each migrated group>", topics: [] }],
  };
  const tables = (["source", "target"] as const).map(
    (side) => `### On the ${side}\n\n${table(mirrorRights(config, side))}`,
  );
  const back = (["source", "target"] as const).map((side) => {
    const usual = new Set(mirrorRights(config, side).map(rightName));
    return `#### On the ${side}\n\n${table(mirrorRights(config, side, "running").filter((one) => !usual.has(rightName(one))))}`;
  });
  const page = [
    ...[
      applications,
      runner,
      requestTable(runnerRights(runnerNames(config))),
      positions,
      table(positionsRights(config)),
      adopted,
    ],
    ...[admin, requestTable(adminRights), intro],
    ...[...tables, wayBack, ...back],
  ];
  return format(page.join("\n\n"), { parser: "markdown", printWidth: 120, proseWrap: "always" });
}
