import { parseArgs } from "node:util";
import { ensureTools } from "./ensure.ts";

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });

try {
  const tools = await ensureTools({ onProgress: (line) => process.stderr.write(`${line}\n`) });
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
