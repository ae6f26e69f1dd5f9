import { open, takesBack, prepare, mirror, moved, validateOpen, close, retireClosed, cleanupAfter } from "./parts.ts";
import type { StrategyFile } from "./strategy.ts";
import { together } from "./together.ts";

const move = together.rows[2];

export const togetherWayBack = {
  strategy: "together",
  persistedData: "mirrored",
  wayBack: "mirrored",
  about:
    "`wayBack: mirrored`: as together, and with the move a second mirror begins to copy what is written on the target to the " +
    "source, exactly once. Until `close`, the stack can go back to `mirror` and forward again as often as needed, in one pause " +
    "of seconds each: groups return to their exact place on the source. No record is lost or read twice, and order is kept.",
  rows: [
    prepare,
    mirror,
    {
      ...move,
      purpose:
        "all applications stop, the mirror is drained and stopped, all continue on the target; the way back opens",
      ...moved,
      ...open,
      opensWhen: [...move.opensWhen, ...takesBack],
      wayBack: { row: "mirror" },
    },
    {
      ...validateOpen,
      purpose: "proves that applications make progress on the target, and that the source gets a copy of it all",
    },
    close,
    retireClosed,
    cleanupAfter(retireClosed),
  ],
} as const satisfies StrategyFile;
