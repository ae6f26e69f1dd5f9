import { maySecret } from "../../runtime/model/may-secret.ts";
import { kubernetesWorkloads } from "../workloads.ts";
import { absent, placeOf, rule, sides, wrong, type Rule } from "./rule.ts";

/** Names under which what is read from Secrets is kept beside the keys. */
const taken = ["ca", "clientCert", "clientKey", "versions", "user"];

/** What is wrong with further settings of workloads that differ by side. */
export const settingRules: readonly Rule[] = [
  rule(["kubernetes", "source", "workloads"], (config) =>
    kubernetesWorkloads(config.workloads).flatMap(({ at: index, workload }) => {
      const home = workload.kubernetes ?? config.source.kubernetes;
      return Object.entries(workload.settings ?? {}).flatMap(([name, setting]) =>
        sides.flatMap((side) => {
          const path = `workloads[${index}].settings.${name}.${side}`;
          const { at, [side]: value } = setting;
          if ("text" in value) {
            const key = "container" in at ? at.env : at.key;
            return wrong(
              "secret" in at || maySecret(key, value.text) || maySecret(name, value.text),
              `${path}.text`,
              "a text that may be a password is not allowed here; allowed: {secret: …, key: …}, a key of a Secret",
            );
          }
          const { kubernetes = home, key } = value;
          const elsewhere = placeOf(config, kubernetes) !== placeOf(config, home);
          return [
            ...absent(config, [{ path: `${path}.kubernetes`, used: value.kubernetes }]),
            ...wrong(
              "configMap" in at,
              `${path}.secret`,
              "found a Secret for a key of a ConfigMap, which is not for secrets; allowed: a text, or another place under at",
            ),
            // The variable refers to the Secret itself, and a pod can only read those of its own namespace.
            ...wrong(
              elsewhere && "container" in at,
              `${path}.kubernetes`,
              `found "${kubernetes}", but pods under "${home}" can only read variables from Secrets there; allowed: a Secret there, or a Secret's key under at`,
            ),
            ...wrong(
              "secret" in at && at.secret === value.secret && !elsewhere,
              `${path}.secret`,
              "it is the Secret that the pods read, which the switch overwrites with the other side's value; allowed: another Secret with this side's value",
            ),
            ...wrong(
              taken.includes(key) && !("container" in at),
              `${path}.key`,
              `found "${key}", which is a name of this program's own; allowed: another key`,
            ),
          ];
        }),
      );
    }),
  ),
];
