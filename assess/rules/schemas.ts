import { count, someOf } from "../words.ts";
import type { AdviceRule } from "./rule.ts";

/** Advice about the source's schema registry. */
export const schemaRules: readonly AdviceRule[] = [
  {
    id: "schemas-unchecked",
    severity: "warning",
    kind: "subject",
    reason:
      "with compatibility NONE a registry takes any schema, so a producer can write what its consumers cannot read; the level is copied to the target as it is",
    remedy:
      "before the producers move, set a level on the subject (PUT /config/<subject>): BACKWARD where consumers are upgraded first, FORWARD where producers are",
    find: ({ registry }) => {
      if (registry.state !== "read" || registry.unchecked.length === 0) return null;
      const { unchecked, subjects } = registry;
      return {
        names: unchecked,
        finding: `${unchecked.length} of ${count(subjects, "subject")}: ${someOf([...unchecked])}`,
      };
    },
  },
  {
    id: "registry-not-read",
    severity: "warning",
    kind: "side",
    reason: "neither its schemas nor their compatibility levels were looked at",
    remedy: "see that the addresses under source.registry answer from here, and run npm run assess again",
    find: ({ registry }) => (registry.state === "away" ? { names: ["source"], finding: registry.reason } : null),
  },
];
