import type { GroupPlace, TopicPartition } from "../../../../runtime/brokers/kafka-port.ts";
import { partitionName } from "../../../../runtime/brokers/partitions.ts";
import type { KafkaEndpoint, SideName } from "../../../../runtime/model/sides.ts";
import { world } from "../current.ts";

export class SecondClient {
  readonly #side: SideName;

  private constructor(side: SideName) {
    this.#side = side;
  }

  static async open({ side }: KafkaEndpoint): Promise<SecondClient> {
    world().asks(side);
    return new SecondClient(side);
  }

  async ends(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, bigint>> {
    world().asks(this.#side);
    const names = partitions.map(({ topic, partition }) => partitionName(topic, partition));
    return new Map(names.map((name) => [name, world().logOf(this.#side, name).end]));
  }

  async committed(places: readonly GroupPlace[]): Promise<ReadonlyMap<string, ReadonlyMap<string, bigint>>> {
    world().asks(this.#side);
    return new Map(places.map(({ group }) => [group, new Map(world().committedBy(this.#side, group))]));
  }

  async close(): Promise<void> {}
}
