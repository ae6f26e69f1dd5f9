/** Which properties of a connector are never shown. Pure. */

/** Names of properties that hold, or may hold, something that lets others in. */
const names =
  /(^|[._-])(password|passwd|passphrase|secret|token|credentials?|key\.?file|api\.?key|access\.?key(\.id)?|private\.?key)([._-]|$)|password$|jaas\.config$|auth\.user\.info$|ssl\.keystore\.(key|certificate\.chain)$|connection\.(uri|string)$/i;

/** Values that look like it, whatever the property is called. */
const values = /\b(password|pwd|secret|token)=|:\/\/[^/@\s]*:[^/@\s]*@/i;

/** Whether a property's value must not be printed. */
export const isSecret = (property: string, value = ""): boolean => names.test(property) || values.test(value);
