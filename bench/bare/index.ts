import { readFileSync } from "node:fs";
import * as kafka from "@pulumi/kafka";

interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Record<string, string>;
}

const { topics, bootstrapServers } = JSON.parse(readFileSync(process.env["BENCH_TOPICS"]!, "utf8")) as {
  topics: readonly Topic[];
  bootstrapServers: string[];
};
const provider = new kafka.Provider("target", { bootstrapServers });
for (const { name, ...settings } of topics) {
  new kafka.Topic(name, { name, ...settings }, { provider, retainOnDelete: true });
}
