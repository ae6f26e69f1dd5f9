import { format } from "prettier";
import { mirrorRights } from "../../components/mirror-rights.ts";
import type { MirroredConfig } from "../../config/migration-config.ts";
import { stackConfig } from "./stack.ts";

const intro = `# The rights of MirrorMaker 2

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
  const tables = (["source", "target"] as const).map((side) => {
    const rows = mirrorRights(config, side).map(
      ({ operation, resource, name, pattern, reason }) =>
        `| ${operation} | ${resource} | \`${name}${pattern === "Prefixed" ? "*" : ""}\` | ${reason} |`,
    );
    return [`## On the ${side}`, "", "| may | of | named | for |", "| --- | --- | --- | --- |", ...rows].join("\n");
  });
  return format([intro, ...tables].join("\n\n"), { parser: "markdown", printWidth: 120 });
}
