import type { SuiteTime } from "./test-run.ts";

/** What the files took, under the shape of their lab, longest first. */
export function timesOf(times: readonly SuiteTime[], shapeOf: (suite: Mocha.Suite) => string | null): string[] {
  const byShape = Map.groupBy(times, ({ suite }) => shapeOf(suite) ?? "no lab");
  return [...byShape].flatMap(([shape, suites]) => {
    const files = [...Map.groupBy(suites, ({ file }) => file)].map(([file, parts]) => [file, sum(parts)] as const);
    return [
      `${clock(sum(suites))}  ${shape}`,
      ...files.sort(([, one], [, other]) => other - one).map(([file, seconds]) => `${clock(seconds)}    ${file}`),
    ];
  });
}

const sum = (parts: readonly { readonly seconds: number }[]): number =>
  parts.reduce((total, { seconds }) => total + seconds, 0);

/** `12:05` for 725 seconds. */
const clock = (seconds: number): string =>
  `${String(Math.floor(seconds / 60)).padStart(3)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
