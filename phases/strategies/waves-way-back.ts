import type { Row } from "../row.ts";
import { open, takesBack, validateOpen, close, retireClosed, cleanupAfter } from "./parts.ts";
import type { StrategyFile, WaveStep } from "./strategy.ts";
import { rowOfWave, waves } from "./waves.ts";

/** The rows of some waves, in their order: as without a way back, with a mirror back for each that closes a topic. */
function rowsOfWaves(steps: readonly WaveStep[]) {
  const all = waves.rowsOf(steps);
  const names = steps.map(({ name }) => name);
  // Topics that no workload names close with the last wave, whoever moves in it.
  const closes = (at: number) => steps[at]!.writes || at === steps.length - 1;
  const written = (at: number) => steps.slice(0, at + 1).some((_, index) => closes(index));
  const moves = steps.map(({ name }, at) => {
    const row = all.find((one) => one.name === rowOfWave(name))!;
    return {
      ...row,
      ...(written(at) && open),
      opensWhen: [
        ...row.opensWhen,
        ...(at > 0 && written(at - 1) ? (["way-back-within", "source-as-copied"] as const) : []),
        ...(closes(at) ? takesBack : []),
      ],
    } satisfies Row;
  });
  const last = moves.at(-1)?.name ?? "mirror";
  return [
    ...all.slice(
      0,
      all.findIndex((row) => row.name === moves[0]?.name),
    ),
    ...moves,
    { ...validateOpen, moved: names, purpose: proves, wayBack: { row: last } },
    { ...close, moved: names },
    { ...retireClosed, moved: names },
    { ...cleanupAfter(retireClosed), moved: names },
  ];
}

const proves = "proves that applications make progress on the target, and that the source gets a copy of it all";

export const wavesWayBack = {
  ...waves,
  wayBack: "mirrored",
  about:
    "`wayBack: mirrored`: as waves, and with each wave that closes topics a mirror begins to copy what is written to them on the " +
    "target to the source, exactly once. Until `close`, each wave leads back to the one before, in one pause of seconds, while " +
    "all others stay where they are, and forward again as often as needed. No record is lost or read twice, and order is " +
    "kept. A wave whose applications share a topic with writers of another wave has no way back once they have been started " +
    "on the target: it is not known whose records would stay there.",
  rows: rowsOfWaves([
    { name: "reports", writes: false },
    { name: "orders", writes: true },
  ]),
  rowsOf: rowsOfWaves,
} as const satisfies StrategyFile;
