import { format } from "prettier";
import { mirrorRights } from "../../components/mirror-rights.ts";
import type { Right } from "../../components/right.ts";
import { positionsRights } from "../../components/runner-rights.ts";
import type { MirroredConfig } from "../../config/migration-config.ts";
import { stackConfig } from "./stack.ts";

const applications = `# Rights

## Of the applications

MirrorMaker 2 copies no user, and of the ACLs only those on single topics, without Write and with Read for All. With the
section \`rights\` the program takes over what the inventory has: every type of resource, Literal and Prefixed, Allow and
Deny, every host. \`npm run assess\` reads it; \`Pulumi.prod.yaml\` shows an example.

- **Users** (\`rights.users\`) stand on the target under \`name\`, in the place of the principals of the source under
  \`from\` (default: \`User:<name>\`). Several principals can become one user, and one principal several. The password is
  that of the Secret (keys \`username\`, \`password\`), from which the applications read it too: put there by hand, or at
  random with \`create: true\`. A rotated Secret is a new password with the next \`up\`. \`standing: true\` is for users that
  somebody else makes, in a hosting vendor's console for example; only their rights are given here.
- **Roles** (\`rights.roles\`) give one set of rights to many users: those of principals of the source (\`from\`), and what
  \`allow\` lists. Where the source asks nobody who they are, all rights come from there.
- **Everybody** (\`User:*\`): taken over as it is with \`everybody: true\`; by a role's \`from\` it becomes rights by name.
- A principal with ACLs on a topic or group that moves, and that is neither mapped nor named under \`rights.ignore\` with a
  reason, stops the program before anything is done. Super users of the source and the program's own users are left
  alone; \`npm run assess\` notes who they are.
- ACLs that name a topic or group which stays on the source are not taken over.
- **Quotas** of mapped users, and of nobody in particular, are taken over unless \`rights.quotas.ignore\` names them.

What stands on the target already: an ACL is adopted and never taken away again. A user is adopted if the password of
its Secret opens it, and refused otherwise, because making it would overwrite a password that somebody uses. An ACL that
leaves the inventory or the config goes with the next \`up\`, one that was lost on the target is given again; previews list
both at the resource \`TargetRights\`, under \`going\` and \`missing\`. When the stack is
destroyed, or retired, every user, right and quota stays: the applications need them.

Two gates open each move: \`rights-as-on-source\` and \`users-log-in\`, see [gates](gates.md).
[Decision 14](decisions/0014-rights-are-compared-as-answers.md) says why it is built so.
`;

const runner = `## Of the runner

The program does not create the user under \`credentials.runner\`, with which it measures and switches. Among its rights on
the target is, for the positions of the mirror's source connector:
`;

const adopted = `With \`connect.kind: kubedb-existing\` it is the topic under \`connect.offsetsTopic\`. Connectors that move (\`connects\`) have
theirs under \`connects.<name>.offsetsTopic\`, on the side of that Connect cluster. Without the right, or without
the name, Connect's REST API is asked, and the gate's sentence says so.
[Decision 17](decisions/0017-positions-from-the-topic.md) says why.
`;

const intro = `## Of MirrorMaker 2

With \`credentials.mirror: {secret: …, create: true}\` on a side the program makes a SCRAM user there, with a random
password in that Secret, and gives it the rights below, all from every host; they go in the row \`retire\`. With a user
that stands already (\`create: false\`) somebody else gives it these rights. Connect's workers log in as the target's
user; how is told in [decision 8](decisions/0008-connect-runs-as-the-mirror.md). Kafka takes Describe as said where Read
or Write is. \`npm run golden\` writes this page from the program itself.

Seen to be needed: Write of a migrated topic, without which the task that copies it fails. The others stand here on paper
so far: \`test/lab-more/rights.test.ts\` takes each away and waits until a broker refuses exactly that operation, but has
not been seen to pass yet. Connect also asks for DescribeConfigs of its own topics; it is not given, and Connect goes on
without.
`;

function table(rights: readonly Right[]): string {
  const rows = rights.map(
    ({ operation, resource, name, pattern, reason }) =>
      `| ${operation} | ${resource} | \`${name}${pattern === "Prefixed" ? "*" : ""}\` | ${reason} |`,
  );
  return ["| may | of | named | for |", "| --- | --- | --- | --- |", ...rows].join("\n");
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
  const page = [applications, runner, table(positionsRights(config)), adopted, intro, ...tables];
  return format(page.join("\n\n"), { parser: "markdown", printWidth: 120 });
}
