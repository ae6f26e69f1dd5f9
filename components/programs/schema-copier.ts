import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RegistryEndpoint, SchemaCopySettings } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../../config/migration-config.ts";
import { registrySecrets } from "../../config/registry-secrets.ts";
import type { Side } from "../../phases/row.ts";
import { kubernetesRef } from "../side-addresses.ts";
import { NoPods } from "../resources.ts";
import { bundle } from "./bundle.ts";
import { configMapManifest, deploymentManifest, programLabels, type MountedSecret, type Program } from "./manifests.ts";

export interface SchemaCopierArgs {
  readonly config: MigrationConfig;
  /** False where the copy has to have ended: no pod is left once the parts are there. */
  readonly runs: boolean;
  /** Seconds that its pod has to end. */
  readonly stopSeconds: number;
}

/** Beside the target a pod that copies new schemas between two updates. */
export class SchemaCopier extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, { config, runs, stopSeconds }: SchemaCopierArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:SchemaCopier", name, {}, opts);
    const program = schemaCopyProgram(config);
    const files = new k8s.core.v1.ConfigMap(`${name}-files`, configMapManifest(program, bundle()), { parent: this });
    const pod = new k8s.apps.v1.Deployment(`${name}-pod`, deploymentManifest(program, bundle(), runs ? 1 : 0), {
      parent: this,
      dependsOn: [files],
    });
    const kubernetes = kubernetesRef(config, config.target.kubernetes);
    const ended = runs
      ? []
      : [
          new NoPods(
            `${name}-ended`,
            { kubernetes, labels: programLabels(program), what: "the copy of schemas", seconds: stopSeconds },
            { parent: this, dependsOn: [pod] },
          ),
        ];
    this.parts = [files, pod, ...ended];
    this.registerOutputs();
  }
}

/** Pure. */
export function schemaCopyProgram(config: MigrationConfig): Program {
  const { image, labels, schemas } = config.inCluster!;
  const { namespace } = config.kubernetes[config.target.kubernetes]!;
  const sides = (["source", "target"] as const).map((side) => endpoint(config, namespace, side));
  const [source, target] = sides.map(({ registry }) => registry);
  const settings: SchemaCopySettings = {
    registries: { source: source!, target: target! },
    everySeconds: schemas!.everySeconds,
  };
  return {
    program: "schema-copy",
    migration: config.name,
    namespace,
    name: `${config.name}-schemas`,
    image,
    labels,
    settings,
    secrets: sides.flatMap(({ secrets }) => secrets),
  };
}

/** A side's registry as the pod reaches it. */
function endpoint(
  config: MigrationConfig,
  namespace: string,
  side: Side,
): { readonly registry: RegistryEndpoint; readonly secrets: readonly MountedSecret[] } {
  const { urls, requestSeconds } = config[side].registry!;
  const { user, ca } = registrySecrets(config, side);
  const mounted = (name: string, part: string, keys: readonly string[]) => ({
    secret: { name, folder: `secrets/${side}-${part}`, keys },
    ref: { kubernetes: { namespace }, name, folder: `secrets/${side}-${part}` },
  });
  const basic = user === undefined ? undefined : mounted(user, "user", ["username", "password"]);
  const authority = ca === undefined ? undefined : mounted(ca, "ca", ["ca.crt"]);
  return {
    registry: {
      side,
      urls,
      ...(basic && { credentials: basic.ref }),
      ...(authority && { ca: authority.ref }),
      ...(requestSeconds !== undefined && { requestSeconds }),
    },
    secrets: [basic, authority].flatMap((one) => (one === undefined ? [] : [one.secret])),
  };
}
