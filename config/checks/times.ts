import { rowsOf } from "../../phases/strategies/index.ts";
import { kafkaObjectOf } from "../../runtime/model/platforms/platforms.ts";
import { propertyPath, rule, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

/** The switch gives Connect this long to stop a connector (runtime/switch/mirror-drain.ts). */
const stopSeconds = 60;

/** What is wrong with when things happen: durations, the end. */
export const timeRules: readonly Rule[] = [
  rule(["gates"], ({ gates: { holdSeconds, timeoutSeconds } }) =>
    wrong(
      holdSeconds >= timeoutSeconds,
      "gates.holdSeconds",
      `found ${holdSeconds}, which never fits into timeoutSeconds (${timeoutSeconds}); allowed: less than that`,
    ),
  ),
  rule(["gates"], ({ gates: { sweepSeconds, timeoutSeconds } }) =>
    wrong(
      sweepSeconds > timeoutSeconds,
      "gates.sweepSeconds",
      `found ${sweepSeconds}, longer than an update waits (timeoutSeconds, ${timeoutSeconds}); allowed: at most that`,
    ),
  ),
  rule(["connect", "mirror", "switch"], ({ connect, mirror, switch: { drainSeconds } }) => {
    const key = "offset.flush.interval.ms";
    const milliseconds = Number(connect.worker[key] ?? 0);
    return wrong(
      !mirror.exactlyOnce && milliseconds >= drainSeconds * 1000,
      propertyPath("connect.worker", key),
      `found ${milliseconds}, but a switch waits ${drainSeconds} s (switch.drainSeconds) for offsets that are written this rarely; allowed: less than ${drainSeconds * 1000}`,
    );
  }),
  rule(["connect"], ({ connect }) => {
    const key = "task.shutdown.graceful.timeout.ms";
    const milliseconds = Number(connect.worker[key] ?? 0);
    return wrong(
      milliseconds >= stopSeconds * 1000,
      propertyPath("connect.worker", key),
      `found ${milliseconds}, but a switch waits ${stopSeconds} s for the mirror to stop; allowed: less than ${stopSeconds * 1000}`,
    );
  }),
  rule(["production", "retire"], ({ production, retire }) =>
    wrong(
      production && retire.soakHours < 1,
      "retire.soakHours",
      `found ${retire.soakHours}, so a production source could be retired right after the switch; allowed: 1 or more`,
    ),
  ),
  rule(["source", "target", "retire"], ({ source, target, retire: { sourceClusterId } }) => {
    const path = "retire.sourceClusterId";
    if (sourceClusterId === undefined) return [];
    if (sourceClusterId === target.clusterId) {
      return [{ path, message: "it is the target's cluster id; allowed: the id that the source's brokers report" }];
    }
    return wrong(
      source.clusterId !== undefined && sourceClusterId !== source.clusterId,
      path,
      `found "${sourceClusterId}", but source.clusterId is "${source.clusterId}"; allowed: the same id in both; correct the wrong one`,
    );
  }),
  rule(["source", "kubernetes", "cleanup", "phase", "table", "workloads"], confirmation),
  rule(["production", "mirror"], ({ production, mirror: { exactlyOnce, reason } }) =>
    wrong(
      production && !exactlyOnce && reason === undefined,
      "mirror.reason",
      "missing; with exactlyOnce: false a production stack can copy records twice; say why that is acceptable, or set exactlyOnce to true",
    ),
  ),
];

/** The row that deletes the source's object is only planned once the config names that object. */
function confirmation({
  source,
  kubernetes,
  cleanup,
  phase,
  table,
  workloads,
}: Pick<Sections, "source" | "kubernetes" | "cleanup" | "phase" | "table" | "workloads">): readonly Problem[] {
  const path = "cleanup.confirm";
  const object = kafkaObjectOf(source.cluster);
  const { confirm } = cleanup;
  if (object === null) {
    const kind = `the source is ${source.cluster.kind}, and its owners delete it`;
    return wrong(confirm !== undefined, path, `${kind}; allowed: no cleanup.confirm`);
  }
  const name = `${kubernetes[source.kubernetes]?.namespace}/${object.name}`;
  if (confirm !== undefined) {
    return wrong(confirm !== name, path, `found "${confirm}", which is not the source; allowed: ${name}`);
  }
  const row = rowsOf({ table, workloads }).find((one) => one.name === phase);
  return wrong(
    row?.source === "removed",
    path,
    `missing, and phase ${phase} deletes ${object.kafka.object.kind} ${name}; allowed: ${name}, typed in to confirm that`,
  );
}
