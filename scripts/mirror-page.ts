/** docs/mirror-properties.md: every property of MirrorMaker 2's connectors, from the table that the config is checked against. */
import { format } from "prettier";
import { connectorProperties } from "../components/connector-properties.ts";
import type { MirroredConfig } from "../config/migration-config.ts";
import {
  connectors,
  mirrorClients,
  mirrorProperties,
  titles,
  type Connector,
  type MirrorProperty,
} from "../config/mirror-properties/table.ts";

const intro = `# Properties of MirrorMaker 2

Every property of the three connectors: what the program sets, Kafka's default (4.2), and the reason. Under \`mirror.source\`,
\`mirror.checkpoint\` and \`mirror.heartbeat\` a stack sets others, which Connect gets as they are. A value is refused, before
anything is touched, where it would contradict the config, lose or repeat records, or do nothing; so is a name that Kafka
does not have, with the name that it resembles. The properties of a class of your own pass where one is named
(\`metric.reporters\`, \`forwarding.admin.class\`, a callback handler). "The guide" is KubeDB's
migration guide. \`npm run golden\` writes this page.
`;

const clients = `## Settings of the clients

After each of these prefixes every setting of that kind of client is allowed, but for those that the tables above refuse, and
for these: addresses and logins, which come from \`source\` and \`target\` (\`bootstrap.servers\`, \`security.protocol\`,
\`sasl.mechanism\`, \`sasl.jaas.config\`, \`ssl.keystore.*\`, \`ssl.truststore.*\`, \`ssl.key.*\`); interceptors, which change or
drop records; serializers, groups, transactional ids, \`enable.idempotence\` and \`enable.auto.commit\`, which are MirrorMaker 2's and
Connect's own. Numbers, switches and Kafka's words are checked.
`;

/** The page for a stack's config; what depends on the config is shown by where it comes from. */
export async function mirrorPage(config: MirroredConfig): Promise<string> {
  const ours = connectorProperties(config);
  const parts = [
    intro,
    section("All three connectors", ({ of }) => of.length === 3, ours),
    ...connectors.map((connector) =>
      section(titles[connector], ({ of }) => of.length < 3 && of[0] === connector, ours),
    ),
    clients,
    clientTable(),
  ];
  return format(parts.join("\n\n"), { parser: "markdown", printWidth: 120, proseWrap: "always" });
}

type Ours = Readonly<Record<Connector, Readonly<Record<string, string>>>>;

function section(title: string, belongs: (property: MirrorProperty) => boolean, ours: Ours): string {
  const rows = mirrorProperties.filter(belongs).map((property) => {
    const { name, of, kafka, why } = property;
    const others = of.slice(1).map((connector) => titles[connector]);
    const also = others.length > 0 && of.length < 3 ? ` (${others.join(", ")} too)` : "";
    const cells = [`${code(name)}${also}`, oursOf(property, ours), kafka === null ? "none" : code(kafka), why];
    return `| ${[...cells, another(property)].map(inCell).join(" | ")} |`;
  });
  return [
    `## ${title}`,
    "",
    "| property | ours | Kafka's default | reason | another value |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function oursOf({ name, of, ours: text }: MirrorProperty, ours: Ours): string {
  const value = ours[of[0]!][name];
  return text ?? (value === undefined ? "Kafka's default" : code(value));
}

function another({ setBy, refused, allowed }: MirrorProperty): string {
  if (setBy !== undefined) return `refused: set by ${setBy}`;
  if (refused !== undefined) return `refused: ${refused}`;
  if (allowed === undefined) return "allowed";
  return `refused but for ${allowed.values.map(code).join(", ")}: ${allowed.otherwise}`;
}

function clientTable(): string {
  const rows = mirrorClients.map(({ prefix, kind, of, does }) => {
    const whose = of.length === 0 ? "none: refused" : of.length === 3 ? "all" : of.map((one) => titles[one]).join(", ");
    return `| ${code(`${prefix}*`)} | ${kind} | ${whose} | ${does} |`;
  });
  return ["| prefix | client | connectors | what it does |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

const code = (text: string): string => (text === "" ? "empty" : `\`${text}\``);
/** A bar would end the cell, in code too. */
const inCell = (text: string): string => text.replaceAll("|", "\\|");
