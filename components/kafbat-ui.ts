import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MirroredConfig } from "../config/migration-config.ts";
import type { UiConfig } from "../config/monitoring.ts";
import { uiSecrets, type UiSecrets } from "../config/ui-secrets.ts";
import { clientCertificate, javaLogin, saslMechanism, secretKeys } from "../runtime/model/login.ts";
import { connectPlatformOf } from "../runtime/model/platforms/platforms.ts";
import { mergeValues, type Values } from "./helm-values.ts";
import { connectCredentials } from "./scope.ts";
import { bootstrapInside } from "./side-addresses.ts";

type Side = "source" | "target";
type ConfigWithUi = MirroredConfig & { readonly ui: UiConfig };

export interface KafbatUiArgs {
  readonly config: ConfigWithUi;
}

/** The Kafbat UI as a Helm release in the target's namespace, as the KubeDB guide deploys it, without its plain passwords. */
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
                  address: connectPlatformOf(config.connect).restUrl(config.connect.name, namespace),
                  ...(connect !== undefined && {
                    username: "${UI_CONNECT_USERNAME}",
                    password: "${UI_CONNECT_PASSWORD}",
                  }),
                },
              ],
            }),
          })),
        },
      },
      envs: {
        secretMappings: {
          ...(connect !== undefined && variables("CONNECT", connect, ["username", "password"])),
          ...both.reduce((all, { side, secrets }) => ({ ...all, ...sideVariables(config, side, secrets) }), {}),
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
function clientProperties(config: MirroredConfig, side: Side, { user, ca, client }: UiSecrets): Values {
  const { security } = config[side];
  const mechanism = saslMechanism(security);
  const value = (key: string): string => `\${${variable(side, key)}}`;
  return {
    ...security.properties,
    "security.protocol": security.protocol,
    ...(user &&
      mechanism &&
      javaLogin(mechanism, Object.fromEntries(secretKeys(mechanism).map((key) => [key, value(key)])))),
    ...(ca && { "ssl.truststore.type": "PEM", "ssl.truststore.location": `${mountOf(`${side}-ca`)}/ca.crt` }),
    ...(client && clientCertificate.java({ certificate: value("CERTIFICATE"), key: value("KEY") })),
  };
}

function sideVariables(config: MirroredConfig, side: Side, { user, client }: UiSecrets): Values {
  const mechanism = saslMechanism(config[side].security);
  const { certificate, key } = clientCertificate.secretKeys;
  return {
    ...(user && mechanism && variables(side, user, secretKeys(mechanism))),
    ...(client && {
      [variable(side, "KEY")]: { name: client, keyName: key },
      [variable(side, "CERTIFICATE")]: { name: client, keyName: certificate },
    }),
  };
}

/** Env variables that hold a Secret's keys. */
const variables = (whose: string, secret: string, keys: readonly string[]): Values =>
  Object.fromEntries(keys.map((key) => [variable(whose, key), { name: secret, keyName: key }]));

/** `UI_SOURCE_USERNAME` */
const variable = (whose: string, key: string): string => `UI_${whose}_${key.replace(/\W/g, "_")}`.toUpperCase();

const mountOf = (volume: string): string => `/etc/kafbat/${volume}`;
