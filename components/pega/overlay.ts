import { certificatesSecrets, streamProblems, streamSection, type StreamSettings } from "./stream-section.ts";
import { entries, isStream, nodeTypesOf, runsStream, tiersOf, writesReplicas, type Role } from "./tiers.ts";
import { effectiveValues, isMap, mergeValues, valueAt, type Values } from "./values.ts";

/** What a row of a Pega table says about the release. */
export interface ReleaseColumns {
  readonly producers: "running" | "stopped" | "restored";
  readonly stream: "embedded" | "external";
}

export interface OverlayInputs {
  /** By tier; a tier without a role stays as it is. */
  readonly roles: Readonly<Record<string, Role>>;
  /** Replicas that each producing tier ran before it was stopped. */
  readonly former: Readonly<Record<string, number>>;
  readonly stream: StreamSettings;
  /** The chart's own values: they hold what the user's values are silent about. @default none */
  readonly defaults?: Values;
}

/**
 * The release's values in a row: the user's own, with what the row changes and nothing else. The values themselves,
 * not a copy, where a row changes nothing. Throws one error with every `overlayProblems`.
 */
export function overlay(values: Values, columns: ReleaseColumns, inputs: OverlayInputs): Values {
  const problems = overlayProblems(values, columns, inputs);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const effective = effectiveValues(inputs.defaults ?? {}, values);
  const before = entries(effective);
  const after = before
    .filter((entry) => columns.stream === "embedded" || !isStream(nodesOf(entry)))
    .map((entry) => withReplicas(columns.stream === "embedded" ? entry : withoutStream(entry), columns, inputs));
  const same = before.length === after.length && before.every((entry, index) => entry === after[index]);
  const tiered = same ? values : mergeValues(values, { global: { tier: after } });
  return columns.stream === "external" ? external(tiered, effective, inputs.stream) : embedded(tiered, effective);
}

/** The default of later charts is an external stream. */
function embedded(values: Values, effective: Values): Values {
  const enabled = valueAt(effective, "stream", "enabled");
  return enabled === undefined || enabled === false ? values : mergeValues(values, { stream: { enabled: false } });
}

function external(values: Values, effective: Values, stream: StreamSettings): Values {
  const secrets = { global: { certificatesSecrets: certificatesSecrets(effective, stream) } };
  const certified = stream.certificatesSecrets.length === 0 ? values : mergeValues(values, secrets);
  return { ...certified, stream: streamSection(values, stream) };
}

/** What stands against the values of a row, each as one sentence. */
export function overlayProblems(values: Values, columns: ReleaseColumns, inputs: OverlayInputs): readonly string[] {
  const effective = effectiveValues(inputs.defaults ?? {}, values);
  const lost = tiersOf(effective)
    .filter(({ name }) => columns.producers === "restored" && inputs.roles[name] === "producer")
    .filter(({ name }) => inputs.former[name] === undefined)
    .map(({ name }) => name);
  return [
    ...(lost.length === 0
      ? []
      : [
          `how many replicas ${lost.join(", ")} had before the drain is known nowhere: the annotation ` +
            "kafka-migration/former-replicas is missing; write it by hand with kubectl annotate",
        ]),
    ...(columns.stream === "external" ? streamProblems(effective, inputs.stream) : []),
  ];
}

const nodesOf = (entry: Values) => ({ nodeTypes: nodeTypesOf(entry["nodeType"]) });

/** A tier that does other things too stays, without the brokers. */
function withoutStream(entry: Values): Values {
  const { nodeTypes } = nodesOf(entry);
  if (!runsStream({ nodeTypes })) return entry;
  const others = nodeTypes.filter((type) => !runsStream({ nodeTypes: [type] }));
  return { ...entry, nodeType: Array.isArray(entry["nodeType"]) ? others : others.join(",") };
}

/** The chart writes no replicas, so that nothing is stopped or set, unless `hpa.enabled` is false or `hpa` is not there. */
function withReplicas(entry: Values, { producers }: ReleaseColumns, { roles, former }: OverlayInputs): Values {
  const name = String(entry["name"]);
  if (producers === "running" || roles[name] !== "producer") return entry;
  const replicas = producers === "stopped" ? 0 : former[name];
  const hpa = entry["hpa"];
  return { ...entry, replicas, ...(!writesReplicas(entry) && { hpa: { ...(isMap(hpa) && hpa), enabled: false } }) };
}
