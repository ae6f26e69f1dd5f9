import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { Scope } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../config/migration-config.ts";
import { targetTopics } from "../config/target-topics.ts";
import { TopicMarks } from "./resources.ts";
import type { Row, TopicsSetFor } from "../phases/row.ts";
import type { KafkaConnection } from "./kafka-connection.ts";

export interface MirroredTopicsArgs {
  readonly config: MigrationConfig;
  readonly scope: Scope;
  readonly connection: KafkaConnection;
  readonly row: Pick<Row, "standingTopics" | "producers">;
  readonly setFor: TopicsSetFor;
}

/** The migrated topics on the target, as the lock says; they stay when they leave the program. */
export class MirroredTopics extends pulumi.ComponentResource {
  /** The marks of all topics: what waits for it waits for every topic. */
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, args: MirroredTopicsArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:MirroredTopics", name, {}, opts);
    const { config, scope, connection, row, setFor } = args;
    const standing = new Set(config.inventory.target?.topics.map((topic) => topic.name));
    const topics = targetTopics(config, setFor).map(({ name: topic, config: settings, ...size }) => {
      const adopted = standing.has(topic);
      // Adopting must not change what somebody else may still rely on; a later row aligns it.
      const kept = adopted && row.standingTopics === "kept" ? ["replicationFactor", "config"] : [];
      // Once producers write there, their owners may give a topic more partitions: fewer are another topic to Pulumi.
      const counted = kept.length > 0 || row.producers === "target" ? ["partitions"] : [];
      const ignoreChanges = [...counted, ...kept];
      return new kafka.Topic(
        `${config.name}-topic-${topic}`,
        { name: topic, ...size, config: settings },
        {
          parent: this,
          provider: connection.provider,
          dependsOn: [...connection.parts],
          retainOnDelete: true,
          ...(adopted && { import: topic }),
          ...(ignoreChanges.length > 0 && { ignoreChanges }),
        },
      );
    });
    const { kubernetes } = scope.ledger;
    const marks = new TopicMarks(
      `${name}-marks`,
      {
        migration: config.name,
        sourceClusterId: config.inventory.source.clusterId,
        target: scope.target,
        kubernetes,
        configMap: `${config.name}-topics`,
        topics: config.topics,
        adopted: config.selection.topics.adopt.map((topic) => topic.name),
      },
      { parent: this, dependsOn: topics },
    );
    this.parts = [marks];
    this.registerOutputs();
  }
}
