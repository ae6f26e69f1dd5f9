/** Objects as Pega's chart makes them of values, as far as a Platform upgrade or a move of the stream shows in them. */
import { renderedObjects, shortHash, type RenderedObject } from "../../../components/pega/rendered.ts";
import { deploymentOf, effectiveValues, valueAt, type Values } from "../../../components/pega/values.ts";
import { entries, nodeTypesOf } from "../../../components/pega/tiers.ts";

type Objects = readonly Values[];

/** The chart as a function. `defaults` are its own values. */
export function objectsOf(values: Values, defaults: Values = {}): readonly RenderedObject[] {
  const all = effectiveValues(defaults, values);
  return renderedObjects(
    [...environment(all), ...secrets(all), ...entries(all).flatMap((tier) => tierObjects(all, tier)), ...services(all)],
    "pega",
  );
}

const at = (values: Values, path: string): unknown => valueAt(values, ...path.split("."));
const object = (kind: string, name: string, body: Values, metadata: Values = {}): Values => ({
  kind,
  metadata: { name, ...metadata },
  ...body,
});
const named = (name: unknown, type: "secret" | "configMap" = "secret"): Values => ({ [type]: { name } });
const listOf = (value: unknown): Objects => (Array.isArray(value) ? (value as Objects) : []);

function environment(values: Values): Objects {
  const { url, dbType, rulesSchema, dataSchema, customerDataSchema } = (at(values, "global.jdbc") ?? {}) as Values;
  const version = at(values, "global.pegaVersion");
  const stream = at(values, "stream") as Values;
  const external = stream["enabled"] === true && {
    EXTERNAL_STREAM: "true",
    STREAM_BOOTSTRAP_SERVERS: stream["bootstrapServer"],
    STREAM_NAME_PATTERN: stream["streamNamePattern"],
  };
  const data = {
    JDBC_URL: url,
    DB_TYPE: dbType,
    RULES_SCHEMA: rulesSchema,
    DATA_SCHEMA: dataSchema,
    CUSTOMERDATA_SCHEMA: customerDataSchema,
    ...(version !== undefined && { IS_PEGA_25_OR_LATER: JSON.stringify(version).startsWith('"25') }),
    ...external,
    ...(at(values, "environment") as Values | undefined),
  };
  return [object("ConfigMap", `${deploymentOf(values)}-environment-config`, { data })];
}

function secrets(values: Values): Objects {
  const name = deploymentOf(values);
  const stream = at(values, "stream") as Values;
  const isOwn = stream["enabled"] === true && stream["external_secret_name"] === undefined;
  return [
    object("Secret", `${name}-db-secret`, { data: { DB_PASSWORD: at(values, "global.jdbc.password") } }),
    object("Secret", `${name}-registry-secret`, {
      data: { ".dockerconfigjson": JSON.stringify(at(values, "global.docker.registry")) },
    }),
    ...(isOwn
      ? [object("Secret", `${name}-stream-secret`, { data: { STREAM_JAAS_CONFIG: stream["jaasConfig"] } })]
      : []),
  ];
}

function tierObjects(values: Values, tier: Values): Objects {
  const name = `${deploymentOf(values)}-${String(tier["name"])}`;
  const scaled = at(tier, "hpa.enabled") === true;
  const storage = tier["volumeClaimTemplate"];
  const writesReplicas = tier["hpa"] === undefined || at(tier, "hpa.enabled") === false;
  const template = {
    metadata: {
      labels: { app: name, ...(tier["podLabels"] as Values | undefined) },
      annotations: {
        "config-check": shortHash(environment(values)),
        ...(tier["podAnnotations"] as Values | undefined),
      },
    },
    spec: podSpec(values, tier),
  };
  const claims = [{ metadata: { name }, spec: { storageClassName: at(values, "global.storageClassName") } }];
  return [
    object(storage === undefined ? "Deployment" : "StatefulSet", name, {
      spec: {
        ...(writesReplicas && { replicas: tier["replicas"] }),
        template,
        ...(storage !== undefined && { volumeClaimTemplates: claims }),
      },
    }),
    object("ConfigMap", name, { data: { "prconfig.xml": JSON.stringify(tier["prconfig"] ?? {}) } }),
    ...(scaled ? [object("HorizontalPodAutoscaler", `${name}-hpa`, { spec: tier["hpa"] })] : []),
    ...(at(tier, "pdb.enabled") === true ? [object("PodDisruptionBudget", `${name}-pdb`, { spec: tier["pdb"] })] : []),
    ...(tier["service"] === undefined ? [] : [object("Service", name, { spec: tier["service"] })]),
  ];
}

function podSpec(values: Values, tier: Values): Values {
  const stream = at(values, "stream") as Values;
  const certificates = at(values, "global.certificatesSecrets");
  const { image, imagePullPolicy, imagePullSecretNames } = {
    ...(at(values, "global.docker.pega") as Values | undefined),
    imagePullSecretNames: at(values, "global.docker.imagePullSecretNames"),
  } as Values;
  const streamSecret = stream["external_secret_name"] ?? `${deploymentOf(values)}-stream-secret`;
  return {
    initContainers: [
      { name: "wait-for-pegasearch", image: at(values, "global.utilityImages.busybox.image") ?? "busybox:1" },
      ...listOf(at(tier, "custom.initContainers")),
    ],
    containers: [
      {
        name: "pega-web-tomcat",
        image,
        ...(imagePullPolicy !== undefined && { imagePullPolicy }),
        env: [
          { name: "NODE_TYPE", value: nodeTypesOf(tier["nodeType"]).join(",") },
          { name: "JAVA_OPTS", value: tier["javaOpts"] ?? "" },
          ...listOf(at(tier, "custom.env")),
        ],
        ...(tier["resources"] !== undefined && { resources: tier["resources"] }),
        ...(tier["livenessProbe"] !== undefined && { livenessProbe: tier["livenessProbe"] }),
        volumeMounts: certificates === undefined ? [] : [{ name: "pega-volume-import-certificates" }],
      },
      ...listOf(at(tier, "custom.sidecarContainers")),
    ],
    volumes: [
      {
        name: "pega-volume-credentials",
        projected: {
          sources: [
            named(`${deploymentOf(values)}-db-secret`),
            ...(stream["enabled"] === true ? [named(streamSecret)] : []),
          ],
        },
      },
      ...(certificates === undefined
        ? []
        : [
            {
              name: "pega-volume-import-certificates",
              projected: { sources: listOf(certificates).map((one) => named(one)) },
            },
          ]),
      ...listOf(at(tier, "custom.volumes")),
    ],
    ...(imagePullSecretNames !== undefined && { imagePullSecrets: imagePullSecretNames }),
    ...(tier["podSettings"] as Values | undefined),
  };
}

/** Hazelcast, search, Cassandra and Constellation as far as the values name them; Jobs of an install or upgrade. */
function services(values: Values): Objects {
  const pod = (kind: string, name: string, image: unknown): Values =>
    object(kind, `${deploymentOf(values)}-${name}`, {
      spec: { template: { spec: { containers: [{ name, image }] } } },
    });
  const images = [
    ["hazelcast", at(values, "hazelcast.image")],
    ["clustering", at(values, "hazelcast.clusteringServiceImage")],
    ["search", at(values, "pegasearch.image")],
    ["cassandra", at(values, "cassandra.image.tag")],
    ["constellation", at(values, "constellation.image")],
  ] as const;
  return [
    ...images.flatMap(([name, image]) => (image === undefined ? [] : [pod("StatefulSet", name, image)])),
    ...(at(values, "hazelcast.migration.initiateMigration") === true ? [pod("Job", "hz-migration", "hz:1")] : []),
    ...(at(values, "global.actions.execute") === "deploy"
      ? []
      : [pod("Job", "db-upgrade", at(values, "installer.image"))]),
  ];
}
