import type { Declared, Naming, ReachedInputs, RecordedWaves } from "../model/inputs.ts";
import { sortedKeys } from "../model/sorted-keys.ts";
import type { Reconciled } from "./reconciled.ts";

/** Acts whose receipt is not the one of their aim. */
const open = ({ acts }: Pick<ReachedInputs, "acts">): string[] =>
  Object.entries(acts).flatMap(([name, { aim, receipt }]) => (receipt === aim ? [] : [name]));

/** The last resource of a row: it is recorded only if every gate and every act of the row has left its receipt. */
export const reached: Reconciled<
  ReachedInputs,
  {
    readonly recorded: string;
    readonly declaredAs?: Declared;
    readonly namedAs?: Naming;
    readonly wavesAs?: RecordedWaves;
  }
> = {
  id: ({ row }) => row,
  async apply(inputs) {
    const left = open(inputs);
    if (left.length > 0) {
      throw new Error(
        `row "${inputs.row}" is not reached: ${left.sort().join(", ")} ${left.length === 1 ? "was" : "were"} not brought about ` +
          "in it; run pulumi up without --target, --exclude and --continue-on-error",
      );
    }
    const { row: recorded, declared, naming, waves } = inputs;
    return {
      recorded,
      ...(declared && { declaredAs: declared }),
      ...(naming && { namedAs: naming }),
      ...(waves && { wavesAs: waves }),
    };
  },
  changes: (olds, news) => ({
    changes:
      olds.recorded !== news.row ||
      olds.declaredAs !== news.declared ||
      olds.namedAs !== news.naming ||
      JSON.stringify(olds.wavesAs, sortedKeys) !== JSON.stringify(news.waves, sortedKeys),
  }),
};
