import * as pulumi from "@pulumi/pulumi";
import type { SwitchInputs } from "@kafka-migration/kafka";

type SwitchState = SwitchInputs & { entries: string[]; writtenAt: string };

const provider: pulumi.dynamic.ResourceProvider<SwitchInputs, SwitchState> = {
  async check(_olds, news) {
    if (!news.sealed) {
      const kafka = await import("@kafka-migration/kafka");
      console.log(await kafka.announceSwitch(news));
    }
    return { inputs: news };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    return { id: inputs.what, outs: { ...inputs, ...(await kafka.switchOver(inputs)) } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { outs: { ...news, ...(await kafka.switchOver(news)) } };
  },
  // Until its row is reached every update proves again that the switch still holds.
  async diff(_id, _olds, news) {
    return { changes: !news.sealed };
  },
};

/** Stops producers (or consumers), proves that nothing is left behind them and writes it down; all or nothing. */
export class Switch extends pulumi.dynamic.Resource {
  /** The ledger's entries of this switch as JSON texts, oldest first. */
  declare readonly entries: pulumi.Output<string[]>;

  constructor(name: string, args: SwitchInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, entries: undefined, writtenAt: undefined }, opts, "kafka", "Switch");
  }
}
