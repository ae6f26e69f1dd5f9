/** Pulumi's one dynamic provider, and the table of what it drives. */
import { connectorConfig } from "./connector-config.ts";
import { connectorPlace } from "./connector-place.ts";
import { credentials } from "./credentials.ts";
import { formerReplicas } from "./former-replicas.ts";
import { gate } from "./gate.ts";
import { generatedSecret } from "./generated-secret.ts";
import { ledger } from "./ledger.ts";
import { mirrorRights } from "./mirror-rights.ts";
import { mirrorState } from "./mirror-state.ts";
import { mirrorTopics } from "./mirror-topics.ts";
import { namespace } from "./namespace.ts";
import { noPods } from "./no-pods.ts";
import { reached } from "./reached.ts";
import { prerequisites } from "./prerequisites.ts";
import { ready } from "./ready.ts";
import type { Changes, Checked, Reconciled } from "./reconciled.ts";
import { rememberReplicas } from "./remember-replicas.ts";
import { withTextsRead } from "../model/references.ts";
import { referring, resolved, resolvedAsFar } from "./references.ts";
import { removedSource } from "./removed-source.ts";
import { removedVolumes } from "./removed-volumes.ts";
import { running } from "./running.ts";
import { schemaCopy } from "./schema-copy.ts";
import { start } from "./start.ts";
import { streamSecret } from "./stream-secret.ts";
import { switching } from "./switch.ts";
import { targetRights } from "./target-rights.ts";
import { topicMarks } from "./topic-marks.ts";
import { topicsGuard } from "./topics-guard.ts";
import { topicsTogether } from "./topics-together.ts";
import { unclaimed } from "./unclaimed.ts";
import { wayBack } from "./way-back.ts";

/** By the name that a preview shows, which is part of a resource's URN. */
const types = {
  ConnectorConfig: connectorConfig,
  ConnectorPlace: connectorPlace,
  Credentials: credentials,
  FormerReplicas: formerReplicas,
  Gate: gate,
  GeneratedSecret: generatedSecret,
  Ledger: ledger,
  MirrorRights: mirrorRights,
  MirrorState: mirrorState,
  MirrorTopics: mirrorTopics,
  Namespace: namespace,
  NoPods: noPods,
  Prerequisites: prerequisites,
  Reached: reached,
  Ready: ready,
  RememberReplicas: rememberReplicas,
  RemovedSource: removedSource,
  RemovedVolumes: removedVolumes,
  Running: running,
  SchemaCopy: schemaCopy,
  Start: start,
  StreamSecret: streamSecret,
  Switch: switching,
  TargetRights: targetRights,
  TopicMarks: topicMarks,
  TopicsGuard: topicsGuard,
  TopicsTogether: topicsTogether,
  Unclaimed: unclaimed,
  WayBack: wayBack,
};

export type ResourceType = keyof typeof types;

type Values = Record<string, unknown>;

// Which inputs belong to a type is the business of its class in components/resources.ts.
const driverOf = (type: ResourceType) => types[type] as unknown as Reconciled<Values, Values>;

/** Under a name that no input has: an output with the name of an input proves nothing, Pulumi fills it from the input. */
function receiptOf(driver: Reconciled<Values, Values>, inputs: Values): { readonly receipt?: string } {
  const aim = driver.aim?.(inputs) ?? null;
  return aim === null ? {} : { receipt: aim };
}

/** Of the inputs what the state keeps as outputs; the provider's own text always, since Pulumi deletes by that one. */
const kept = (driver: Reconciled<Values, Values>, inputs: Values): Values =>
  driver.keepsFoundAlone === true ? { __provider: inputs["__provider"] } : inputs;

/**
 * The methods of a Pulumi dynamic provider. Outputs are the inputs and what was found: the inputs hold the provider's
 * own text, by which Pulumi deletes the resource one day. What inputs refer to is read for the drivers; the state keeps
 * the reference. A delete works with what the state itself holds, since the file may be long gone by then.
 */
export const provider = {
  async check(type: ResourceType, olds: Values, news: Values): Promise<Checked<Values>> {
    const driver = driverOf(type);
    if (driver.check === undefined) return { inputs: news };
    const full = await resolved(news);
    const checked = await driver.check(full, await resolvedAsFar(olds));
    return { failures: [], ...checked, inputs: referring(checked.inputs, full, news) };
  },
  async create(type: ResourceType, inputs: Values): Promise<{ id: string; outs: Values }> {
    const driver = driverOf(type);
    const full = await resolved(inputs);
    const found = await driver.apply(full);
    return { id: driver.id(full), outs: { ...kept(driver, inputs), ...found, ...receiptOf(driver, full) } };
  },
  async update(type: ResourceType, olds: Values, news: Values): Promise<{ outs: Values }> {
    const driver = driverOf(type);
    const full = await resolved(news);
    const found = await driver.apply(full, await resolvedAsFar(olds));
    return { outs: { ...kept(driver, news), ...found, ...receiptOf(driver, full) } };
  },
  async diff(type: ResourceType, olds: Values, news: Values): Promise<Changes> {
    const driver = driverOf(type);
    const full = await resolved(news);
    const found = await driver.changes(await resolvedAsFar(olds), full);
    const aim = driver.aim?.(full) ?? null;
    return { ...found, changes: found.changes || (aim !== null && olds["receipt"] !== aim) };
  },
  async delete(type: ResourceType, olds: Values): Promise<void> {
    await driverOf(type).remove?.(withTextsRead(olds) as Values);
  },
};
