import type { BrokenConfig, Raw } from "./broken-config.ts";

const registries = (raw: Raw): void => {
  for (const side of ["source", "target"])
    raw[side].registry = { urls: [`http://${side}:8081`], credentials: { secret: `${side}-registry` } };
};

/** Programs that run in pods and do not fit the rest. */
export const programs: readonly BrokenConfig[] = [
  [
    "programs of which none is named",
    (raw) => (raw.inCluster = {}),
    "inCluster",
    "it runs nothing; set paths, schemas or both, or leave it out",
  ],
  [
    "a copy of schemas without registries",
    (raw) => (raw.inCluster = { schemas: {} }),
    "inCluster.schemas",
    "there is nothing to copy without source.registry and target.registry; name it, or leave this out",
  ],
  [
    "a copy of schemas that cannot read the source's user",
    (raw) => {
      registries(raw);
      raw.kubernetes.other = { kubeconfig: "other", namespace: "kafka" };
      raw.source.registry.credentials.kubernetes = "other";
      raw.inCluster = { schemas: {} };
    },
    "inCluster.schemas.source.user",
    'missing; the source\'s Secret "source-registry" is under "other", but the pod runs under "lab"; name a Secret there',
  ],
];
