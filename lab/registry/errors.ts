/** An answer that is no success: HTTP status, the API's own code, one sentence. */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Errors whose code begins with their status: 40401 is sent with 404. */
const coded = (code: number, message: string) => new RegistryError(Math.floor(code / 100), code, message);

export const subjectNotFound = (subject: string) => coded(40401, `Subject '${subject}' not found.`);
export const versionNotFound = (version: number | string) => coded(40402, `Version ${version} not found.`);
export const schemaNotFound = () => coded(40403, "Schema not found");
export const subjectSoftDeleted = (subject: string) =>
  coded(40404, `Subject '${subject}' was soft deleted. Set permanent=true to delete permanently`);
export const subjectNotSoftDeleted = (subject: string) =>
  coded(40405, `Subject '${subject}' was not deleted first before being permanently deleted`);
export const versionSoftDeleted = (subject: string, version: number) =>
  coded(40406, `Subject '${subject}' Version ${version} was soft deleted. Set permanent=true to delete permanently`);
export const versionNotSoftDeleted = (subject: string, version: number) =>
  coded(40407, `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`);
export const noConfig = (subject: string) =>
  coded(40408, `Subject '${subject}' does not have subject-level compatibility configured`);
export const noMode = (subject: string) =>
  coded(40409, `Subject '${subject}' does not have subject-level mode configured`);
export const incompatible = (reason: string) =>
  new RegistryError(409, 409, `Schema being registered is incompatible with an earlier schema: ${reason}`);
export const invalidSchema = (reason: string) => coded(42201, `Invalid schema: ${reason}`);
export const invalidVersion = (version: string) =>
  coded(
    42202,
    `The specified version '${version}' is not a valid version id. ` +
      'Allowed values are between [1, 2^31-1] and the string "latest"',
  );
export const invalidLevel = () =>
  coded(
    42203,
    "Invalid compatibility level. Valid values are none, backward, forward, full, " +
      "backward_transitive, forward_transitive, and full_transitive",
  );
export const invalidMode = () =>
  coded(42204, "Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE, IMPORT, and FORWARD");
export const notPermitted = (reason: string) => coded(42205, reason);
export const referenceExists = (subject: string, version: number) =>
  coded(42206, `One or more references exist to the schema {subject=${subject},version=${version}}.`);
