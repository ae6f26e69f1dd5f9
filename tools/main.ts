import { orExit, parseCommand } from "../cli/command.ts";
import { ensureTools } from "./ensure.ts";

const command = {
  name: "npm run tools",
  does: "Finds the programs of the lab on this machine, builds those that are missing, and prints where each one is.",
  options: { json: { type: "boolean", help: "print them as JSON" } },
  notes: [
    "Used as they are if their versions fit: pulumi and helm on PATH, etcd and kube-apiserver on PATH or in KUBEBUILDER_ASSETS.",
    "KAFKA_MIGRATION_CACHE chooses where built tools live (default: ~/.cache/kafka-migration).",
  ],
} as const;

const { values } = orExit(() => parseCommand(command, process.argv.slice(2)));

try {
  const tools = await ensureTools({ onProgress: (line) => process.stderr.write(`${line}\n`), fetchAgain: true });
  if (values.json) {
    console.log(JSON.stringify(tools, null, 2));
  } else {
    const rows = [
      ["pulumi", tools.pulumi],
      ["etcd", tools.etcd],
      ["kube-apiserver", tools.kubeApiserver],
      ["helm", tools.helm],
      ...tools.plugins.map(({ name, version, file }) => [`provider ${name} ${version}`, file]),
      ...Object.entries(tools.kafka).map(([version, { libs }]) => [`Kafka ${version}`, libs]),
      ["java", tools.java],
    ];
    for (const [what = "", where = ""] of rows) console.log(`${what.padEnd(27)} ${where}`);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
