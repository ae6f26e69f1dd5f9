import type { BrokenConfig } from "./broken-config.ts";

const url = (host: string) => `http://${host}:8081`;

/** Registries, and users of workloads, that do not fit together. */
export const registries: readonly BrokenConfig[] = [
  [
    "a registry on one side only",
    (raw) => (raw.target.registry = { urls: [url("registry")] }),
    "source.registry",
    "missing; schemas move from one registry to the other; name both, or neither if both sides share one",
  ],
  [
    "one registry on both sides",
    (raw) => {
      raw.source.registry = { urls: [url("one"), url("two")] };
      raw.target.registry = { urls: [`${url("TWO")}/`] };
    },
    "target.registry.urls[0]",
    "it is also an address of the source's registry; allowed: the target's own, or no registry on either side if they share one",
  ],
  [
    "a registry's user in an unknown Kubernetes",
    (raw) => {
      raw.source.registry = { urls: [url("one")], credentials: { secret: "registry", kubernetes: "elsewhere" } };
      raw.target.registry = { urls: [url("two")] };
    },
    "source.registry.credentials.kubernetes",
    '"elsewhere" is not under kubernetes; allowed: lab',
  ],
  [
    "a workload's registry without registries",
    (raw) => (raw.workloads[0].registry = { address: { configMap: "foo-producer-config", key: "REGISTRY" } }),
    "workloads[0].registry",
    "found, but neither side has a registry; name both as source.registry and target.registry, or remove it",
  ],
  [
    "a password in a ConfigMap",
    (raw) =>
      (raw.workloads[0].login = {
        ...{ source: { secret: "foo-source" }, target: { secret: "foo-target" } },
        password: { configMap: "foo-producer-config", key: "PASSWORD" },
      }),
    "workloads[0].login.password",
    "found a ConfigMap, which is not for secrets; allowed: a key of a Secret, or a container's env variable that is read from one",
  ],
  [
    "a user in the Secret that its pods read",
    (raw) =>
      (raw.workloads[0].login = {
        ...{ source: { secret: "foo-login" }, target: { secret: "foo-target" } },
        password: { secret: "foo-login", key: "password" },
      }),
    "workloads[0].login.source.secret",
    "it is the Secret that the pods read, which the switch overwrites with the other side's user; allowed: another Secret with this side's user",
  ],
  [
    "a variable pointed at a Secret of another Kubernetes",
    (raw) => {
      raw.kubernetes.other = { kubeconfig: ".lab/other", namespace: "demo" };
      raw.workloads[0].login = {
        ...{ source: { secret: "foo-source" }, target: { secret: "foo-target", kubernetes: "other" } },
        password: { container: "app", env: "PASSWORD" },
      };
    },
    "workloads[0].login.target.kubernetes",
    'found "other", but pods under "lab" can only read variables from Secrets there; allowed: a Secret there, or a Secret\'s key as workloads[0].login.password',
  ],
  [
    "one place for two values",
    (raw) => {
      raw.source.registry = { urls: [url("one")] };
      raw.target.registry = { urls: [url("two")] };
      raw.workloads[0].registry = { address: raw.workloads[0].bootstrap };
    },
    "workloads[0].registry.address",
    "found the same place as for bootstrap, but one place holds one value; name another",
  ],
];
