import { ensureNamespace } from "../kubernetes/must-not-exist.ts";
import type { NamespaceInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

/** Whatever lies in a namespace stays: nothing removes it. */
export const namespace: Reconciled<NamespaceInputs, { readonly found: boolean }> = {
  id: ({ kubernetes }) => kubernetes.namespace,
  apply: ensureNamespace,
  changes(olds, news) {
    const replaces = olds.kubernetes.namespace === news.kubernetes.namespace ? [] : ["kubernetes"];
    return { changes: replaces.length > 0, replaces };
  },
};
