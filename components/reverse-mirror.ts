import type { Scope } from "@kafka-migration/kafka";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MirroredConfig } from "../config/migration-config.ts";
import { connectPlatformOf } from "../runtime/model/platforms/platforms.ts";
import { closingScope, scopeOfWave } from "../runtime/model/waves.ts";
import { reverseProperties } from "./connector-properties.ts";
import { loginsOf, reverseClientsOf } from "./mirror-maker.ts";
import type { ReverseConnector } from "./names.ts";
import { ConnectorConfig, MirrorState, WayBack } from "./resources.ts";
import { kubernetesRef } from "./side-addresses.ts";

export interface ReverseMirrorArgs {
  readonly config: MirroredConfig;
  readonly scope: Scope;
  readonly row: string;
  /** Which of the mirrors back. */
  readonly reverse: ReverseConnector;
  /** The users that it logs in with, as far as the migration makes them: their rights go after it. */
  readonly users: readonly pulumi.Resource[];
}

/** One connector of the mirror back, on the same Connect: its positions first, then the connector, which runs. */
export class ReverseMirror extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, args: ReverseMirrorArgs, opts: pulumi.ComponentResourceOptions) {
    const { config, scope, row, reverse, users } = args;
    super("kafka-migration:components:ReverseMirror", name, {}, opts);
    const inside = { parent: this };
    const { readySeconds } = config.switch;
    const kubernetes = kubernetesRef(config, config.target.kubernetes);
    const { wave } = reverse;
    const opens = { scope, row, ...(wave !== undefined && { wave }), readySeconds };
    const wayBack = new WayBack(`${name}-way-back`, opens, inside);
    const properties = reverseProperties(config, reverse);
    const clients = reverseClientsOf(config);
    const secretName = `${reverse.name}-config`;
    const settings = new ConnectorConfig(
      `${name}-config`,
      { kubernetes, secretName, migration: config.name, properties, clients },
      { ...inside, dependsOn: [wayBack, ...users] },
    );
    const connector = new k8s.apiextensions.CustomResource(
      `${name}-connector`,
      connectPlatformOf(config.connect).connectorManifest({
        name: reverse.name,
        connect: config.connect.name,
        namespace: kubernetes.namespace,
        properties,
        secretName,
        sha256: settings.sha256,
        logins: loginsOf(clients),
      }),
      { ...inside, dependsOn: [wayBack, settings] },
    );
    // Of other waves the target holds copies too; the mirror back has no positions of theirs, and copies nothing of them.
    const own = wave === undefined ? scope : closingScope(scopeOfWave(scope, wave));
    const state = new MirrorState(
      `${name}-state`,
      {
        scope: { ...own, mirror: { ...own.mirror!, sourceConnectors: [reverse.name], otherConnectors: [] } },
        desired: "running",
        configuration: settings.sha256,
        readySeconds,
      },
      { ...inside, dependsOn: [connector] },
    );
    this.parts = [wayBack, settings, connector, state];
    this.registerOutputs();
  }
}
