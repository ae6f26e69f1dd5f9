import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MirroredConfig } from "../config/migration-config.ts";
import type { UiConfig } from "../config/monitoring.ts";
import { uiSecrets, type UiSecrets } from "../config/ui-secrets.ts";
import { mergeValues, type Values } from "./helm-values.ts";
import { connectCredentials } from "./scope.ts";
import { bootstrapInside } from "./side-addresses.ts";

type Side = "source" | "target";
type ConfigWithUi = MirroredConfig & { readonly ui: UiConfig };

export interface KafbatUiArgs {
  readonly config: ConfigWithUi;
}

/** The Kafbat UI beside the target as a Helm release, as the KubeDB guide deploys it, without its plain passwords. */
export class KafbatUi extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, { config }: KafbatUiArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:KafbatUi", name, {}, opts);
    const { ui } = config;
    const release = new k8s.helm.v3.Release(
      `${name}-release`,
      {
        name: ui.release,
        namespace: config.kubernetes[config.target.kubernetes]!.namespace,
        chart: ui.chart,
        version: ui.version,
        ...(!/^(\.?\/|oci:)/.test(ui.chart) && { repositoryOpts: { repo: ui.repository } }),
        values: kafbatValues(config),
        skipAwait: false,
        timeout: ui.timeoutSeconds,
      },
      { parent: this },
    );
    this.parts = [release];
    this.registerOutputs();
  }
}

/**
 * Values of the chart kafka-ui (kafbat/helm-charts). Users come from Secrets as env variables, which Spring puts in
 * for `${…}`; certificates as files. Both clusters are read-only: what the UI changed would be in no diff.
 */
export function kafbatValues(config: ConfigWithUi): Values {
  const both = (["source", "target"] as const).map((side) => ({ side, secrets: uiSecrets(config, side) }));
  const volumes = both.flatMap(({ side, secrets }) => (secrets.ca ? [{ name: `${side}-ca`, secret: secrets.ca }] : []));
  const connect = connectCredentials(config);
  const { namespace } = config.kubernetes[config.target.kubernetes]!;
  return mergeValues(
    {
      yamlApplicationConfig: {
        kafka: {
          clusters: both.map(({ side, secrets }) => ({
            name: side,
            bootstrapServers: bootstrapInside(config, side).join(","),
            readOnly: true,
            properties: clientProperties(config, side, secrets),
            ...(side === "target" && {
              kafkaConnect: [
                {
                  name: config.connect.name,
                  address: `http://${config.connect.name}.${namespace}.svc:8083`,
                  username: "${UI_CONNECT_USERNAME}",
                  password: "${UI_CONNECT_PASSWORD}",
                },
              ],
            }),
          })),
        },
      },
      envs: {
        secretMappings: {
          ...user("CONNECT", connect),
          ...both.reduce((all, { side, secrets }) => ({ ...all, ...variables(side, secrets) }), {}),
        },
      },
      ...(volumes.length > 0 && {
        volumes: volumes.map(({ name, secret }) => ({
          name,
          // The Secret of a certificate holds its private key too.
          secret: { secretName: secret, items: [{ key: "ca.crt", path: "ca.crt" }] },
        })),
        volumeMounts: volumes.map(({ name }) => ({ name, mountPath: mountOf(name), readOnly: true })),
      }),
    },
    config.ui.values,
  );
}

/** Properties of the UI's Kafka clients. */
function clientProperties(config: MirroredConfig, side: Side, { user: login, ca, client }: UiSecrets): Values {
  const { protocol, mechanism, properties } = config[side].security;
  const prefix = `UI_${side.toUpperCase()}`;
  return {
    ...properties,
    "security.protocol": protocol,
    ...(login && {
      "sasl.mechanism": mechanism,
      "sasl.jaas.config": `${loginModule(mechanism)} required username="\${${prefix}_USERNAME}" password="\${${prefix}_PASSWORD}";`,
    }),
    ...(ca && { "ssl.truststore.type": "PEM", "ssl.truststore.location": `${mountOf(`${side}-ca`)}/ca.crt` }),
    ...(client && {
      "ssl.keystore.type": "PEM",
      "ssl.keystore.key": `\${${prefix}_KEY}`,
      "ssl.keystore.certificate.chain": `\${${prefix}_CERTIFICATE}`,
    }),
  };
}

function variables(side: Side, { user: login, client }: UiSecrets): Values {
  const prefix = `UI_${side.toUpperCase()}`;
  return {
    ...(login && user(side.toUpperCase(), login)),
    ...(client && {
      [`${prefix}_KEY`]: { name: client, keyName: "tls.key" },
      [`${prefix}_CERTIFICATE`]: { name: client, keyName: "tls.crt" },
    }),
  };
}

const user = (whose: string, secret: string): Values => ({
  [`UI_${whose}_USERNAME`]: { name: secret, keyName: "username" },
  [`UI_${whose}_PASSWORD`]: { name: secret, keyName: "password" },
});

const mountOf = (volume: string): string => `/etc/kafbat/${volume}`;

const loginModule = (mechanism: string | undefined): string =>
  mechanism === "PLAIN"
    ? "org.apache.kafka.common.security.plain.PlainLoginModule"
    : "org.apache.kafka.common.security.scram.ScramLoginModule";
