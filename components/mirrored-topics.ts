import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { Declared, Scope } from "@kafka-migration/kafka";
import { isUnmade } from "../config/inventory.ts";
import type { MigrationConfig } from "../config/migration-config.ts";
import { targetTopics } from "../config/target-topics.ts";
import { inOne } from "./declared.ts";
import { TopicMarks, TopicsTogether } from "./resources.ts";
import { credentialsOf } from "./scope.ts";
import type { Row, TopicsSetFor } from "../phases/row.ts";
import type { KafkaConnection } from "./kafka-connection.ts";

export interface MirroredTopicsArgs {
  readonly config: MigrationConfig;
  readonly scope: Scope;
  readonly connection: KafkaConnection;
  readonly row: Pick<Row, "existingTopics">;
  /** Topics whose writers all write on the target. */
  readonly closed: ReadonlySet<string>;
  /** For whom each topic is set. */
  readonly setFor: (topic: string) => TopicsSetFor;
  readonly declared: Declared;
  /** Topics that exist although no resource of the stack stands for each. */
  readonly existing: ReadonlySet<string>;
}

/** The migrated topics on the target, as the lock says; they stay when they leave the program. */
export class MirroredTopics extends pulumi.ComponentResource {
  /** The marks of all topics: what waits for it waits for every topic. */
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, args: MirroredTopicsArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:MirroredTopics", name, {}, opts);
    const { config, scope } = args;
    // The marks name the source by its id.
    if (isUnmade(config.inventory)) {
      this.parts = [];
      this.registerOutputs();
      return;
    }
    const topics = inOne(args.declared) ? [this.#together(name, args)] : this.#apart(args);
    const marks = new TopicMarks(
      `${name}-marks`,
      {
        migration: config.name,
        sourceClusterId: config.inventory.source.clusterId,
        target: scope.target,
        ...marksPlace(config, scope),
        topics: config.topics,
        adopted: config.selection.topics.adopt.map((topic) => topic.name),
      },
      { parent: this, dependsOn: topics },
    );
    this.parts = [marks];
    this.registerOutputs();
  }

  /** A resource for each. */
  #apart({ config, connection, row, setFor, closed, existing: ours }: MirroredTopicsArgs): pulumi.Resource[] {
    const existing = new Set(config.inventory.target?.topics.map((topic) => topic.name));
    return targetTopics(config, setFor).map(({ name: topic, config: settings, ...size }) => {
      const adopted = existing.has(topic);
      // Until now it was one of many in one resource: it is read as it is.
      const read = ours.has(topic);
      // Adopting must not change what somebody else may still rely on; a later row aligns it.
      const kept = read || (adopted && row.existingTopics === "kept") ? ["replicationFactor", "config"] : [];
      // Once producers write there, their owners may give a topic more partitions: fewer are another topic to Pulumi.
      const counted = kept.length > 0 || closed.has(topic) ? ["partitions"] : [];
      const ignoreChanges = [...counted, ...kept];
      return new kafka.Topic(
        `${config.name}-topic-${topic}`,
        { name: topic, ...size, config: settings },
        {
          parent: this,
          provider: connection.provider,
          dependsOn: [...connection.parts],
          retainOnDelete: true,
          ...((adopted || read) && { import: topic }),
          ...(ignoreChanges.length > 0 && { ignoreChanges }),
        },
      );
    });
  }

  /** One resource for all of them. */
  #together(name: string, { config, scope, connection, row, setFor, closed }: MirroredTopicsArgs): TopicsTogether {
    const wanted = targetTopics(config, setFor).map(({ name: topic, ...spec }) => [topic, spec] as const);
    const existing = config.inventory.target?.topics.map((topic) => topic.name) ?? [];
    const admin = credentialsOf(config, "target", "admin");
    const { kubernetes, configMap: marks } = marksPlace(config, scope);
    return new TopicsTogether(
      `${name}-together`,
      {
        migration: config.name,
        kubernetes,
        marks,
        target: { ...scope.target, ...(admin && { credentials: admin }) },
        topics: Object.fromEntries(wanted),
        adopted: config.selection.topics.adopt.map((topic) => topic.name),
        kept: row.existingTopics === "kept" ? existing : [],
        ownersAdd: closed.size > 0,
      },
      { parent: this, dependsOn: [...connection.parts] },
    );
  }
}

const marksPlace = ({ name }: MigrationConfig, { ledger }: Scope) => ({
  kubernetes: ledger.kubernetes,
  configMap: `${name}-topics`,
});
