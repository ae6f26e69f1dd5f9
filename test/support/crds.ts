import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import { root } from "./stack.ts";

/** Where KubeDB's CRDs are, if they are here. */
export const crdFolder = join(root, "..", "shared", "crds", "kubedb");
/** The file of each kind's CRD. */
export const crdFiles: Record<string, string> = {
  Kafka: "kubedb.com_kafkas.yaml",
  ConnectCluster: "kafka.kubedb.com_connectclusters.yaml",
  Connector: "kafka.kubedb.com_connectors.yaml",
};

/** KubeDB's own CRDs lie beside the checkout, not in it. */
export const crdsAreHere = existsSync(crdFolder);

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  format?: string;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
}

interface Crd {
  spec: { names: { kind: string }; group: string; versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
}

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
}

// Reading the Kafka CRD takes a second.
const documents = new Map<string, Crd>();
const validators = new Map<string, ValidateFunction>();
const settings = { strict: false, allErrors: true, validateFormats: false };
const ajv = new Ajv(settings);
const filling = new Ajv({ ...settings, useDefaults: true });

/**
 * What KubeDB's CRD says is wrong with an object, as `path: message`. Fields that the CRD does not have are wrong too:
 * an API server would drop them silently. A patch needs no required fields.
 */
export function crdProblems(object: KubernetesObject, options: { patch?: boolean } = {}): string[] {
  const { patch = false } = options;
  const key = `${object.apiVersion} ${object.kind} ${patch}`;
  const validate = validators.get(key) ?? ajv.compile(schemaOf(object, patch));
  validators.set(key, validate);
  if (validate(object)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = (params as { additionalProperty?: string }).additionalProperty;
    return extra === undefined ? `${instancePath}: ${message}` : `${instancePath}/${extra}: no such field`;
  });
}

/** The object as an API server with KubeDB's CRDs keeps it: with the defaults that its CRD fills in. */
export function withCrdDefaults<Kept extends KubernetesObject>(object: Kept): Kept {
  const kept = JSON.parse(JSON.stringify(object)) as Kept;
  filling.validate(schemaOf(object, true), kept);
  return kept;
}

function schemaOf({ apiVersion, kind }: KubernetesObject, patch: boolean): Schema {
  const file = crdFiles[kind];
  if (file === undefined) throw new Error(`no CRD file for kind ${kind}`);
  const { spec } = documents.get(file) ?? (parse(readFileSync(join(crdFolder, file), "utf8")) as Crd);
  documents.set(file, { spec });
  const version = spec.versions.find(({ name }) => `${spec.group}/${name}` === apiVersion);
  if (!version) throw new Error(`${file} has no ${apiVersion}`);
  const schema = version.schema.openAPIV3Schema;
  // The API server knows metadata by itself; the CRD says only that it is an object.
  return closed(
    {
      ...schema,
      properties: { ...schema.properties, metadata: { type: "object", properties: {}, additionalProperties: true } },
    },
    patch,
  );
}

/** A CRD's schema as JSON Schema in which a field that is not named is an error. */
function closed(schema: Schema, patch: boolean): Schema {
  const { properties, items, additionalProperties, required, type, format: _, ...rest } = schema;
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  return {
    ...rest,
    ...(type && !schema["x-kubernetes-int-or-string"] && { type }),
    ...(required && !patch && { required }),
    ...(items && { items: closed(items, patch) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, closed(value, patch)])),
      additionalProperties: open,
    }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === "object" ? closed(additionalProperties, patch) : additionalProperties,
    }),
  };
}
