import type { FieldValue, SideField } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../config/migration-config.ts";
import type { Address, Login, Setting } from "../config/workloads.ts";
import type { Side } from "../phases/row.ts";
import { bootstrapInside, kubernetesRef } from "./side-addresses.ts";
import type { Addressed } from "./workload-address.ts";

/** One value that an application reads at start and that is another one on the other side. */
export interface WorkloadField {
  /** What its resource's name ends with. */
  readonly name: string;
  readonly address: Address;
  /** A plain text, or a key of a Secret. */
  readonly value: FieldValue;
  /** Keys that are read of the value's Secret. @default username and password */
  readonly keys?: readonly string[];
}

/** Everything that a workload reads from its surroundings and that moves with it: addresses, users, settings. Pure. */
export function workloadFields(config: MigrationConfig, workload: Addressed, side: Side): WorkloadField[] {
  const { bootstrap, login, registry, settings = {} } = workload;
  const urls = config[side].registry?.urls ?? [];
  return [
    { name: "address", address: bootstrap, value: { text: bootstrapInside(config, side).join(",") } },
    ...(login ? loginFields(config, workload, login, side, "") : []),
    ...(registry && urls.length > 0
      ? [{ name: "registry-address", address: registry.address, value: { text: urls.join(",") } }]
      : []),
    ...(registry?.login ? loginFields(config, workload, registry.login, side, "registry-") : []),
    ...Object.entries(settings).map(([name, setting]) => settingField(config, workload, name, setting, side)),
  ];
}

/** The same for both sides, as a move writes them. Pure. */
export function sideFields(config: MigrationConfig, workload: Addressed): SideField[] {
  const [source, target] = (["source", "target"] as const).map((side) => workloadFields(config, workload, side));
  const names = [...new Set([...source!, ...target!].map(({ name }) => name))];
  return names.map((name) => {
    const [before, after] = [source!, target!].map((fields) => fields.find((field) => field.name === name));
    return {
      place: (after ?? before)!.address,
      on: { ...(before && { source: before.value }), ...(after && { target: after.value }) },
    };
  });
}

function settingField(
  config: MigrationConfig,
  workload: Addressed,
  name: string,
  { at, ...on }: Setting,
  side: Side,
): WorkloadField {
  const found = { name: `setting-${name}`, address: at };
  const { [side]: value } = on;
  if ("text" in value) return { ...found, value };
  const { secret, key, kubernetes = workload.kubernetes ?? config.source.kubernetes } = value;
  return {
    ...found,
    value: { secret: { kubernetes: kubernetesRef(config, kubernetes), name: secret }, key },
    keys: [key],
  };
}

function loginFields(
  config: MigrationConfig,
  workload: Addressed,
  login: Login,
  side: Side,
  prefix: string,
): WorkloadField[] {
  const { secret: name, kubernetes = workload.kubernetes ?? config.source.kubernetes } = login[side];
  const secret = { kubernetes: kubernetesRef(config, kubernetes), name };
  return (["username", "password"] as const).flatMap((key) => {
    const address = login[key];
    return address ? [{ name: `${prefix}${key}`, address, value: { secret, key } }] : [];
  });
}
