/** Every gate of a migration between two Kafka clusters. To add one: its file, a line here, a row that waits for it. */
import { connectorsValid } from "./connectors-valid.ts";
import { groupsActive } from "./groups-active.ts";
import { groupsDrained } from "./groups-drained.ts";
import { groupsPlaceable } from "./groups-placeable.ts";
import { inventoryCurrent } from "./inventory-current.ts";
import { mirrorDrained } from "./mirror-drained.ts";
import { mirrorWithin } from "./mirror-within.ts";
import { newestEqual } from "./newest-equal.ts";
import { offsetsPlaced } from "./offsets-placed.ts";
import { pathsOpen } from "./paths-open.ts";
import { producersActive } from "./producers-active.ts";
import { recordsDecode } from "./records-decode.ts";
import { registryImports } from "./registry-imports.ts";
import { rightsAsOnSource } from "./rights-as-on-source.ts";
import { schemasEqual } from "./schemas-equal.ts";
import { soaked } from "./soaked.ts";
import { sourceAsCopied } from "./source-as-copied.ts";
import { sourceConfirmed } from "./source-confirmed.ts";
import { sourceRightsKept } from "./source-rights-kept.ts";
import { sourceStill } from "./source-still-at-ledger.ts";
import { sourceTakesBack } from "./source-takes-back.ts";
import { sourceUnused } from "./source-unused.ts";
import { targetCapacity } from "./target-capacity.ts";
import { targetDefaults } from "./target-defaults.ts";
import { targetEmptyOrOurs } from "./target-empty-or-ours.ts";
import { targetEmpty } from "./target-empty.ts";
import { targetHealthy } from "./target-healthy.ts";
import { topicsAsLocked } from "./topics-as-locked.ts";
import { usersLogIn } from "./users-log-in.ts";
import { wayBackWithin } from "./way-back-within.ts";

export const gates = {
  "inventory-current": inventoryCurrent,
  "target-empty-or-ours": targetEmptyOrOurs,
  "target-empty": targetEmpty,
  "target-capacity": targetCapacity,
  "target-defaults": targetDefaults,
  "topics-as-locked": topicsAsLocked,
  "mirror-within": mirrorWithin,
  "mirror-drained": mirrorDrained,
  "newest-equal": newestEqual,
  "groups-drained": groupsDrained,
  "groups-placeable": groupsPlaceable,
  "connectors-valid": connectorsValid,
  "source-still-at-ledger": sourceStill,
  "offsets-placed": offsetsPlaced,
  "groups-active": groupsActive,
  "producers-active": producersActive,
  "target-healthy": targetHealthy,
  "rights-as-on-source": rightsAsOnSource,
  "source-rights-kept": sourceRightsKept,
  "users-log-in": usersLogIn,
  "paths-open": pathsOpen,
  "registry-imports": registryImports,
  "schemas-equal": schemasEqual,
  "records-decode": recordsDecode,
  "source-takes-back": sourceTakesBack,
  "way-back-within": wayBackWithin,
  "source-as-copied": sourceAsCopied,
  soaked: soaked,
  "source-confirmed": sourceConfirmed,
  "source-unused": sourceUnused,
} as const;

export type GateName = keyof typeof gates;

/** What a gate waits for: its name and what it takes from the config. */
export type Condition = {
  [Name in GateName]: { readonly kind: Name } & ReturnType<(typeof gates)[Name]["params"]>;
}[GateName];
