/** The objects that a program in the cluster consists of. Pure. */
import { migrationLabel, probeAnnotation, programFolder, programLabel } from "../../runtime/model/program-labels.ts";
import type { ProgramName } from "../../runtime/model/programs.ts";
import type { Bundle } from "./bundle.ts";

/** A Secret whose keys a pod finds as files. */
export interface MountedSecret {
  readonly name: string;
  /** Below the folder that everything is mounted in. */
  readonly folder: string;
  readonly keys: readonly string[];
}

/** One program in one namespace. */
export interface Program {
  readonly program: ProgramName;
  readonly migration: string;
  readonly namespace: string;
  /** Name of its objects. */
  readonly name: string;
  readonly image: string;
  /** Labels of its pods besides its own. */
  readonly labels: Readonly<Record<string, string>>;
  readonly settings: object;
  readonly secrets: readonly MountedSecret[];
}

/** Where Kubernetes reads a container's last words from. */
const lastWords = "/dev/termination-log";
/** Longer than the probe gives itself. */
const jobSeconds = 120;
/** The user `node` of Node's own images. */
const nodeUser = 1000;

export const programLabels = ({ program, migration }: Pick<Program, "program" | "migration">) => ({
  [programLabel]: program,
  [migrationLabel]: migration,
});

/** The program's text and what it is told. */
export function configMapManifest(of: Program, { text }: Bundle) {
  return {
    metadata: { name: of.name, namespace: of.namespace, labels: programLabels(of) },
    data: { "main.mjs": text, [`${of.program}.json`]: JSON.stringify(of.settings) },
  };
}

/** Tries every so many minutes; the pod's last words are the result, so that it needs no right in Kubernetes. */
export function cronJobManifest(of: Program, everyMinutes: number) {
  const labels = programLabels(of);
  const template = podTemplate(of, "Never", [lastWords]);
  return {
    metadata: { name: of.name, namespace: of.namespace, labels },
    spec: {
      schedule: `*/${everyMinutes} * * * *`,
      // One that hangs gives way to the next; what has ended stays for the gate, and one more for people.
      concurrencyPolicy: "Replace",
      startingDeadlineSeconds: 60,
      successfulJobsHistoryLimit: 2,
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        metadata: { labels },
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: jobSeconds,
          template: {
            ...template,
            metadata: { ...template.metadata, annotations: { [probeAnnotation]: of.name } },
          },
        },
      },
    },
  };
}

/** One pod that runs on, or none. */
export function deploymentManifest(of: Program, { hash }: Bundle, replicas: 0 | 1) {
  const template = podTemplate(of, "Always", []);
  return {
    metadata: {
      name: of.name,
      namespace: of.namespace,
      labels: programLabels(of),
      // A migration does not wait for it: what it does not copy the next update does.
      annotations: { "pulumi.com/skipAwait": "true" },
    },
    spec: {
      replicas,
      // Never two at a time.
      strategy: { type: "Recreate" },
      selector: { matchLabels: programLabels(of) },
      template: {
        ...template,
        metadata: {
          ...template.metadata,
          // A pod reads its ConfigMap once, so that another text needs another pod.
          annotations: {
            "kafka-migration/program-text": hash,
            "kafka-migration/settings": JSON.stringify(of.settings),
          },
        },
      },
    },
  };
}

/** Node with the program; no token, no root, nothing written but the last words. */
function podTemplate(of: Program, restartPolicy: "Never" | "Always", args: readonly string[]) {
  return {
    metadata: { labels: { ...of.labels, ...programLabels(of) } },
    spec: {
      restartPolicy,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 10,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: nodeUser,
        runAsGroup: nodeUser,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: of.program,
          image: of.image,
          command: ["node", `${programFolder}/main.mjs`],
          args: [of.program, programFolder, ...args],
          terminationMessagePath: lastWords,
          terminationMessagePolicy: "FallbackToLogsOnError",
          resources: { requests: { cpu: "20m", memory: "96Mi" }, limits: { memory: "256Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [{ name: "program", mountPath: programFolder, readOnly: true }],
        },
      ],
      volumes: [
        {
          name: "program",
          projected: {
            sources: [
              { configMap: { name: of.name } },
              // What does not exist is for the program to say, by name; a pod that waits for it says nothing.
              ...of.secrets.map(({ name, folder, keys }) => ({
                secret: { name, optional: true, items: keys.map((key) => ({ key, path: `${folder}/${key}` })) },
              })),
            ],
          },
        },
      ],
    },
  };
}
