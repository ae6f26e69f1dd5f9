/** How programs of the migration that run in pods are known, and where they find what they need. */

/** On every object and pod of a program: which one it is. */
export const programLabel = "kafka-migration/program";
/** The same objects: whose migration it is. */
export const migrationLabel = "kafka-migration/migration";

/** On each pod of a path probe: the CronJob that it comes from, since two migrations may share a namespace. */
export const probeAnnotation = "kafka-migration/probe";

/** Where a pod finds its program, its settings and the Secrets: one folder. */
export const programFolder = "/kafka-migration";
