/** Pulumi's one dynamic provider, and the table of what it drives. */
import { realReach } from "../switch/reach.ts";
import { connectorConfig } from "./connector-config.ts";
import { connectorPlace } from "./connector-place.ts";
import { credentials } from "./credentials.ts";
import { formerReplicas } from "./former-replicas.ts";
import { gate } from "./gate.ts";
import { generatedSecret } from "./generated-secret.ts";
import { ledgerOver } from "./ledger.ts";
import { mirrorStateOver } from "./mirror-state.ts";
import { mirrorTopics } from "./mirror-topics.ts";
import { namespace } from "./namespace.ts";
import { reached } from "./reached.ts";
import { ready } from "./ready.ts";
import type { Changes, Checked, Reconciled } from "./reconciled.ts";
import { rememberReplicas } from "./remember-replicas.ts";
import { removedVolumes } from "./removed-volumes.ts";
import { running } from "./running.ts";
import { schemaCopy } from "./schema-copy.ts";
import { startOver } from "./start.ts";
import { streamSecret } from "./stream-secret.ts";
import { switchingOver } from "./switch.ts";
import { targetRights } from "./target-rights.ts";
import { topicMarks } from "./topic-marks.ts";
import { topicsGuard } from "./topics-guard.ts";
import { unclaimed } from "./unclaimed.ts";

/** By the name that a preview shows, which is part of a resource's URN. */
const types = {
  ConnectorConfig: connectorConfig,
  ConnectorPlace: connectorPlace,
  Credentials: credentials,
  FormerReplicas: formerReplicas,
  Gate: gate,
  GeneratedSecret: generatedSecret,
  Ledger: ledgerOver(realReach),
  MirrorState: mirrorStateOver(realReach),
  MirrorTopics: mirrorTopics,
  Namespace: namespace,
  Reached: reached,
  Ready: ready,
  RememberReplicas: rememberReplicas,
  RemovedVolumes: removedVolumes,
  Running: running,
  SchemaCopy: schemaCopy,
  Start: startOver(realReach),
  StreamSecret: streamSecret,
  Switch: switchingOver(realReach),
  TargetRights: targetRights,
  TopicMarks: topicMarks,
  TopicsGuard: topicsGuard,
  Unclaimed: unclaimed,
};

export type ResourceType = keyof typeof types;

type Values = Record<string, unknown>;


/** Under a name that no input has: an output with the name of an input proves nothing, Pulumi fills it from the input. */
function receiptOf(driver: Reconciled<Values, Values>, inputs: Values): { readonly receipt?: string } {
  const aim = driver.aim?.(inputs) ?? null;
  return aim === null ? {} : { receipt: aim };
}

/** The methods of a Pulumi dynamic provider over some types of resources. */
export interface Driving<Type extends string> {
  check(type: Type, olds: Values, news: Values): Promise<Checked<Values>>;
  create(type: Type, inputs: Values): Promise<{ id: string; outs: Values }>;
  update(type: Type, olds: Values, news: Values): Promise<{ outs: Values }>;
  diff(type: Type, olds: Values, news: Values): Promise<Changes>;
  delete(type: Type, olds: Values): Promise<void>;
}

/**
 * Drives each type by its `Reconciled`. Outputs are the inputs and what was found: the inputs hold the provider's own
 * text, by which Pulumi deletes the resource one day.
 */
export function drivingBy<Type extends string>(drivers: Readonly<Record<Type, unknown>>): Driving<Type> {
  // Which inputs belong to a type is the business of its class in components/resources.ts.
  const driverOf = (type: Type) => drivers[type] as Reconciled<Values, Values>;
  return {
    async check(type, olds, news) {
      return driverOf(type).check?.(news, olds) ?? { inputs: news };
    },
    async create(type, inputs) {
      const driver = driverOf(type);
      const found = await driver.apply(inputs);
      return { id: driver.id(inputs), outs: { ...inputs, ...found, ...receiptOf(driver, inputs) } };
    },
    async update(type, olds, news) {
      const driver = driverOf(type);
      const found = await driver.apply(news, olds);
      return { outs: { ...news, ...found, ...receiptOf(driver, news) } };
    },
    async diff(type, olds, news) {
      const driver = driverOf(type);
      const found = await driver.changes(olds, news);
      const aim = driver.aim?.(news) ?? null;
      return { ...found, changes: found.changes || (aim !== null && olds["receipt"] !== aim) };
    },
    async delete(type, olds) {
      await driverOf(type).remove?.(olds);
    },
  };
}

export const provider: Driving<ResourceType> = drivingBy(types);
