/** Whether applications reach the target from where they run, as pods in their namespaces have found; pure. */
import { open, shut } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import type { ClosedVerdict } from "../runtime/model/gates.ts";
import type { PathProblem, PathReading } from "../runtime/model/programs.ts";
import { count } from "../runtime/model/words.ts";
import { gate } from "./gate.ts";

const causes = ["path-untried", "path-broken", "path-slow"] as const;
type Own = (typeof causes)[number];

/** What a probe may be late by: the pod's own start, and clocks that differ. */
const graceMinutes = 2;

/** The path of every application that moves is open, and fast enough. */
export const pathsOpen = gate({
  name: "paths-open",
  causes,
  page: {
    closedBecause:
      "from an application's namespace the target cannot be reached, refuses its login or is too slow, or nothing has tried it lately",
    whatToDo:
      "what the sentence says: firewall, NetworkPolicy, `inCluster.paths.caSecret`, the login's Secret; `kubectl get jobs` in that namespace shows each try",
  },
  about: "moving",
  applies: ({ inCluster }) => inCluster?.paths !== undefined,
  params: ({ inCluster }, { paths }) => ({
    probes: paths(),
    everyMinutes: inCluster?.paths?.everyMinutes ?? 1,
    ...(inCluster?.paths?.maxRoundTripMilliseconds !== undefined && {
      maxRoundTripMilliseconds: inCluster.paths.maxRoundTripMilliseconds,
    }),
  }),
  needs: ({ probes }) => ({ paths: probes }),
  judge: ({ everyMinutes, maxRoundTripMilliseconds = Infinity }, snapshot) => {
    const readings = part(snapshot, "paths");
    if (readings.length === 0) return open("no application in Kubernetes moves here");
    const refusals = readings.flatMap((reading) => [
      ...untried(reading, snapshot.takenAt, everyMinutes),
      ...broken(reading),
      ...slow(reading, maxRoundTripMilliseconds),
    ]);
    const [worst, ...others] = refusals;
    if (worst !== undefined) {
      const more = others.length === 0 ? "" : `; and ${count(others.length, "more problem")}`;
      return { ...worst, sentence: `${worst.sentence}${more}` };
    }
    const slowest = readings
      .flatMap(({ probe, found }) => (found?.result.slowest ? [{ probe, ...found.result.slowest }] : []))
      .sort((a, b) => b.milliseconds - a.milliseconds)[0];
    const allowed = Number.isFinite(maxRoundTripMilliseconds) ? `, ${maxRoundTripMilliseconds} ms allowed` : "";
    const at = slowest
      ? `; the slowest round trip takes ${slowest.milliseconds} ms (${slowest.address} from ${namespaceOf(slowest)}${allowed})`
      : "";
    const bare = readings.filter(({ found }) => found?.result.loggedIn === false).map(namespaceOf);
    const unsaid =
      bare.length === 0 ? "" : `; without a login from ${bare.join(", ")}, since the config names none there`;
    return open(`the target is reached from ${count(readings.length, "namespace")} of applications${at}${unsaid}`);
  },
  remedy: "the next try is made by itself; then run pulumi up again",
});

const namespaceOf = ({ probe }: Pick<PathReading, "probe">): string => probe.kubernetes.namespace;

/** `namespace shop (applications checkout, billing)` */
const from = ({ probe }: PathReading): string =>
  `namespace ${namespaceOf({ probe })} (${applications(probe.workloads)})`;

const applications = (names: readonly string[]): string =>
  `application${names.length === 1 ? "" : "s"} ${names.join(", ")}`;

function untried(reading: PathReading, takenAt: number, everyMinutes: number): ClosedVerdict<Own>[] {
  const { probe, found, waits } = reading;
  const why = waits === undefined ? "" : `: ${waits}`;
  if (found === undefined) {
    const look = `kubectl -n ${namespaceOf(reading)} describe cronjob,pods -l kafka-migration/program=path-probe shows why`;
    return [
      {
        ...shut("path-untried", `the path to the target from ${from(reading)} was not tried yet${why}`),
        remedy: `pulumi up in the phase before makes CronJob ${probe.name}, which tries it every ${count(everyMinutes, "minute")}; ${look}`,
      },
    ];
  }
  const minutes = (takenAt - found.endedAt) / 60_000;
  const most = 2 * everyMinutes + graceMinutes;
  if (minutes <= most) return [];
  return [
    {
      ...shut(
        "path-untried",
        `the path to the target from ${from(reading)} was last tried ${Math.round(minutes)} minutes ago, ${most} allowed${why}`,
      ),
      remedy: `see that CronJob ${probe.name} in that namespace is not suspended and that its pods start; then run pulumi up again`,
    },
  ];
}

function broken(reading: PathReading): ClosedVerdict<Own>[] {
  const moving = new Set(reading.probe.workloads);
  const concerns = ({ workloads }: PathProblem): boolean => workloads?.some((name) => moving.has(name)) ?? true;
  const result = reading.found?.result;
  const problems = result?.problems.filter(concerns) ?? [];
  const unsaid = problems.length > 0 ? (result?.more ?? 0) : 0;
  return problems.map(({ workloads, problem }, at) => {
    const whose = workloads?.filter((name) => moving.has(name));
    const sentence =
      whose === undefined
        ? `from ${from(reading)} the target is not reached: ${problem}`
        : `from namespace ${namespaceOf(reading)} ${applications(whose)} cannot log in on the target: ${problem}`;
    return shut(
      "path-broken",
      at === 0 && unsaid > 0 ? `${sentence}; ${count(unsaid, "more problem")} not shown` : sentence,
    );
  });
}

function slow(reading: PathReading, most: number): ClosedVerdict<Own>[] {
  const slowest = reading.found?.result.slowest;
  if (slowest === undefined || slowest.milliseconds <= most) return [];
  return [
    {
      ...shut(
        "path-slow",
        `a round trip from ${from(reading)} to ${slowest.address} takes ${slowest.milliseconds} ms, ${most} allowed`,
      ),
      remedy:
        "find out what lies between, or raise inCluster.paths.maxRoundTripMilliseconds if the applications can live with it",
    },
  ];
}
