import * as pulumi from "@pulumi/pulumi";
import type { ConnectorPlaceInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<ConnectorPlaceInputs, ConnectorPlaceInputs> = {
  async check(olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    const pending = await kafka.connectorPending(news);
    // On the source from the beginning there is nothing to tell.
    const moves = pending.length > 0 || (olds.side !== undefined && olds.side !== news.side);
    for (const line of moves ? await kafka.announceConnector(news) : []) console.log(line);
    return { inputs: { ...news, pending } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.placeConnector(inputs);
    return { id: inputs.connector, outs: { ...inputs, pending: [] } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.placeConnector(news);
    return { outs: { ...news, pending: [] } };
  },
  async diff(_id, olds, news) {
    return { changes: olds.side !== news.side || olds.settings !== news.settings || (news.pending ?? []).length > 0 };
  },
};

/**
 * One connector on the side that the row wants, with its configuration and offsets, not yet running there. It has no
 * `delete`: a connector outlives the stack.
 */
export class ConnectorPlace extends pulumi.dynamic.Resource {
  constructor(name: string, args: ConnectorPlaceInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "kafka", "ConnectorPlace");
  }
}
