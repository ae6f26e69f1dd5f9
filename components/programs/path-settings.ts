/** Which paths are tried from where, and with what. Pure; holds references, never secrets. */
import type { PathLogin, PathProbeRef, PathProbeSettings, Scope } from "@kafka-migration/kafka";
import { caSecretOf } from "../../config/clusters.ts";
import type { MigrationConfig } from "../../config/migration-config.ts";
import { placeOf, sameNamespace } from "../../config/same-namespace.ts";
import { isInKubernetes, type KubernetesWorkload } from "../../config/workloads.ts";
import { clientCertificate, secretKeys } from "../../runtime/model/login.ts";
import type { SecretRef } from "../../runtime/model/sides.ts";
import { hasRights, loginOf } from "../rights-condition.ts";
import { bootstrapInside, kubernetesRef } from "../side-addresses.ts";
import type { MountedSecret } from "./manifests.ts";

/** The probe of one namespace. */
export interface PathProbe {
  /** Name under `kubernetes` of the connection to it. */
  readonly connection: string;
  readonly ref: PathProbeRef;
  readonly settings: PathProbeSettings;
  readonly secrets: readonly MountedSecret[];
}

/** Seconds that a connection with its login, or a request, may take: a pod has less than a minute for all of them. */
const requestSeconds = 10;

/** One for each namespace in which an application runs; none where the config does not want them. */
export function pathProbes(config: MigrationConfig, scope: Scope): PathProbe[] {
  if (config.inCluster?.paths === undefined) return [];
  const homes = config.workloads
    .filter(isInKubernetes)
    .map((workload) => ({ workload, home: homeOf(config, workload) }));
  return [...Map.groupBy(homes, ({ home }) => placeOf(config, home)).values()].map((there) =>
    probeOf(
      config,
      scope,
      there[0]!.home,
      there.map(({ workload }) => workload),
    ),
  );
}

const homeOf = (config: MigrationConfig, { kubernetes = config.source.kubernetes }: KubernetesWorkload): string =>
  kubernetes;

function probeOf(
  config: MigrationConfig,
  scope: Scope,
  connection: string,
  workloads: readonly KubernetesWorkload[],
): PathProbe {
  const { protocol, clusterId } = { ...config.target.security, clusterId: config.target.clusterId };
  const kubernetes = kubernetesRef(config, connection);
  const paths = config.inCluster!.paths!;
  const own = sameNamespace(config, connection, config.target.kubernetes) ? caSecretOf(config.target) : undefined;
  const caName = paths.caSecret ?? own;
  const mounts: MountedSecret[] = [];
  const mounted = (name: string, folder: string, keys: readonly string[]): SecretRef => {
    mounts.push({ name, folder, keys });
    return { kubernetes: { namespace: kubernetes.namespace }, name, folder };
  };
  const ca = caName === undefined ? undefined : mounted(caName, "secrets/ca", ["ca.crt"]);
  const certificate =
    paths.clientSecret === undefined
      ? undefined
      : mounted(paths.clientSecret, "secrets/client", Object.values(clientCertificate.secretKeys));
  const logins = loginsOf(config, scope, connection, workloads).map(({ secret, mechanisms, ...login }, at) => {
    const keys = [...new Set(mechanisms.flatMap(secretKeys))];
    return { ...login, mechanisms, secret: mounted(secret.name, `secrets/${at}`, keys) };
  });
  return {
    connection,
    ref: { kubernetes, name: `${config.name}-paths`, workloads: workloads.map(({ name }) => name) },
    settings: {
      target: {
        side: "target",
        bootstrap: bootstrapInside(config, "target"),
        protocol,
        setting: "inCluster.paths",
        requestSeconds,
        ...(ca && { ca }),
        ...(certificate && { certificate }),
        ...(clusterId !== undefined && { clusterId }),
      },
      logins,
    },
    secrets: mounts,
  };
}

/** What the applications of a namespace log in with, each Secret once; what lies elsewhere no pod there can mount. */
function loginsOf(
  config: MigrationConfig,
  scope: Scope,
  connection: string,
  workloads: readonly KubernetesWorkload[],
): PathLogin[] {
  const home = kubernetesRef(config, connection);
  const isThere = ({ kubernetes: { kubeconfig, context, namespace } }: SecretRef): boolean =>
    kubeconfig === home.kubeconfig && context === home.context && namespace === home.namespace;
  const found = workloads.flatMap((workload): PathLogin[] => {
    const login = loginTo(config, scope, workload);
    return login && login.mechanisms.length > 0 && isThere(login.secret)
      ? [{ ...login, workloads: [workload.name] }]
      : [];
  });
  const alike = Map.groupBy(found, ({ secret, mechanisms }) => JSON.stringify([secret.name, mechanisms]));
  return [...alike.values()].map((same) => ({ ...same[0]!, workloads: same.flatMap(({ workloads: of }) => of) }));
}

/** Its user on the target: of its login, else the one that `rights` makes it. */
function loginTo(config: MigrationConfig, scope: Scope, workload: KubernetesWorkload) {
  const own = scope.workloads.find(({ name }) => name === workload.name);
  if (own !== undefined && "login" in own && own.login !== undefined) return own.login.target;
  if (workload.user === undefined || !hasRights(config)) return undefined;
  const user = config.rights.users.find(({ name }) => name === workload.user);
  if (user === undefined) return undefined;
  const { mechanism, credentials } = loginOf(config, user);
  return { secret: credentials, mechanisms: [mechanism] };
}
