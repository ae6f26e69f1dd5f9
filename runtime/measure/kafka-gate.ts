/** Gates of a migration between two Kafka clusters. */
import type { GateKind } from "../model/gate-kind.ts";
import type { Condition, KafkaGateInputs } from "../model/gates.ts";
import { snapshot } from "./snapshot.ts";
import { judge } from "./verdicts/judge.ts";
import type { Snapshot } from "./verdicts/reading.ts";

/** Movement is judged over the readings of this long. */
const windowMilliseconds = 30_000;

const again = "run pulumi up again";

export function kafkaGate({ scope, condition }: KafkaGateInputs): GateKind<Snapshot> {
  return {
    movement: condition.kind === "groups-active",
    windowMilliseconds,
    read: (options) => snapshot(scope, condition, options),
    judge: (reading, earlier) => judge(condition, reading, earlier),
    remedy: remedyOf(condition),
  };
}

/** What to do where a gate of this kind is closed, unless its verdict knows better. */
function remedyOf(condition: Condition): string {
  switch (condition.kind) {
    case "inventory-current":
      return `run npm run assess, look at what has changed, commit the inventory and ${again}`;
    case "target-empty-or-ours":
      return `see whose those topics are; delete them or name them under topics.adopt, set the phase back to the row before and ${again}`;
    case "target-empty":
      return `find out who writes to the target, delete what is there and ${again}`;
    case "topics-as-locked":
      return `set the phase back to the row before and run pulumi up --refresh, which aligns what is declared; what the target's brokers set otherwise goes under topics.configs`;
    case "mirror-within":
    case "mirror-drained":
      return `${again} once the mirror has caught up`;
    case "groups-drained":
      return `${again} once the groups have read the source to its end`;
    case "groups-placeable":
      return `do what the sentence says, or name the group under groups.allowRedelivery with the reason, then ${again}`;
    case "connectors-valid":
      return `do what the sentence says, then ${again}`;
    case "source-still-at-ledger":
      return (
        `stop what still writes to the source, name these records under stragglers (topic, partition, to: the offset ` +
        `after the last one, reason) and ${again}: groups that are on the source read them there, for others they are ` +
        `copied; from the row retire, set the phase back to the row before validate first, in which MM2 may read the source`
      );
    case "offsets-placed":
      return `set the phase back to the row that moves consumers and ${again}`;
    case "groups-active":
      return `look at the consumers on the target, then ${again}`;
    case "rights-as-on-source":
      return `set the phase back to the row before and run pulumi up, which gives what is missing; what the source has allowed since is in the inventory after npm run assess`;
    case "users-log-in":
      return `see what that Secret holds; a password that was changed there is set on the target by pulumi up in the row before`;
    case "registry-imports":
      return `do what the sentence says, then ${again}`;
    case "schemas-equal":
      return `set the phase back to the row before and run pulumi up, which copies what is new on the source, then ${again}`;
    case "records-decode":
      return `set the phase back to the row before and run pulumi up, which copies what is new on the source; a record that never had a schema there can only be left to expire`;
    case "soaked":
      return `${again} once that time has passed`;
    case "source-confirmed":
      return `check which cluster is to be retired, correct its id in the config and ${again}`;
  }
}
