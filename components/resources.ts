/** The resources that this program drives itself, as a preview names them. What they do is in runtime/resources/. */
import type {
  ConnectorConfigInputs,
  ConnectorPlaceInputs,
  CredentialsInputs,
  Declared,
  RecordedWaves,
  GateInputs,
  GeneratedSecretInputs,
  Looking,
  MirrorRightsInputs,
  MirrorStateInputs,
  MirrorTopicsInputs,
  Naming,
  NamespaceInputs,
  NoPodsInputs,
  PrerequisitesInputs,
  RememberInputs,
  RemovedSourceInputs,
  ResourceType,
  RunningInputs,
  SchemaCopyInputs,
  StartInputs,
  StreamSecretInputs,
  SwitchInputs,
  TargetRightsInputs,
  TogetherInputs,
  TopicMarksInputs,
  TopicsGuardInputs,
  UnclaimedInputs,
  VolumesInputs,
  WayBackInputs,
} from "@kafka-migration/kafka";
import * as pulumi from "@pulumi/pulumi";
import { referring } from "./large-inputs.ts";
import { aims, type Aiming } from "../runtime/model/aims.ts";

type Options = pulumi.CustomResourceOptions;

/**
 * The provider as it lies in the state, where Pulumi's host of dynamic providers reads it: CommonJS, `handler` makes it.
 * Pulumi deletes by the text of the state, so it holds nothing but the type's name; the code that acts is looked up when
 * it runs. Written out here, since Pulumi's own way to the same text loads a compiler and takes a fifth of the program's time.
 */
const providerText = (type: ResourceType): string => `
const kafka = async () => (await import("@kafka-migration/kafka")).provider;
exports.handler = () => ({
  check: async (olds, news) => (await kafka()).check("${type}", olds, news),
  create: async (inputs) => (await kafka()).create("${type}", inputs),
  update: async (_id, olds, news) => (await kafka()).update("${type}", olds, news),
  diff: async (_id, olds, news) => (await kafka()).diff("${type}", olds, news),
  delete: async (_id, olds) => (await kafka()).delete("${type}", olds),
});
`;

/** Inputs that later runs compare with, wherever they run, so that they lie in the state however large they are. */
const remembered: Partial<Record<ResourceType, readonly string[]>> = {
  TargetRights: ["users", "acls", "quotas"],
  TopicsGuard: ["topics"],
  // An output of the stack, which the next run reads wherever it runs.
  Reached: ["waves"],
};

/** What Pulumi calls a dynamic resource. `outputs` names what the state holds besides the arguments. */
abstract class Driven extends pulumi.CustomResource {
  constructor(type: ResourceType, name: string, args: object, opts?: Options, outputs: readonly string[] = []) {
    const found = Object.fromEntries(outputs.map((output) => [output, undefined]));
    const inputs = { ...referring(args, remembered[type]), __provider: providerText(type) };
    super(`pulumi-nodejs:dynamic/kafka:${type}`, name, { ...inputs, ...found }, opts);
  }
}

/** A preview alone shows what is found now: an update finds out for itself, and Pulumi checks one resource after another. */
const looking = (): Looking => (pulumi.runtime.isDryRun() ? { looks: true } : {});

/** A gate or an act, which leaves a receipt once it has brought about what the row wants of it. */
export abstract class Act extends Driven {
  readonly named: string;
  /** What it is to bring about; null if the row claims nothing of it. */
  readonly aim: string | null;
  declare readonly receipt: pulumi.Output<string | undefined>;

  constructor(type: Aiming, name: string, args: object, opts?: Options, outputs: readonly string[] = []) {
    super(type, name, args, opts, [...outputs, "receipt"]);
    this.named = name;
    this.aim = (aims[type] as (inputs: object) => string | null)(args);
  }
}

export interface ReachedArgs {
  readonly row: string;
  /** How topics are declared; undefined as long as each has always been a resource of its own. */
  readonly declared?: Declared | undefined;
  /** Whose name the source's alias carries; undefined where the table says it, or a former version began the stack. */
  readonly naming?: Naming | undefined;
  /** What of the waves has to stay as it is; undefined where applications do not move wave by wave. */
  readonly waves?: RecordedWaves | undefined;
  readonly acts: readonly Act[];
}

/** The row, recorded once every gate and every act of it has left its receipt. */
export class Reached extends Driven {
  /** The row that was recorded last. */
  declare readonly recorded: pulumi.Output<string | undefined>;

  /** How topics were declared then; undefined as long as each has always been a resource of its own. */
  declare readonly declaredAs: pulumi.Output<Declared | undefined>;

  /** Whose name the source's alias carried then; undefined where nothing says it. */
  declare readonly namedAs: pulumi.Output<Naming | undefined>;

  /** What of the waves has to stay as it is; undefined where applications do not move wave by wave. */
  declare readonly wavesAs: pulumi.Output<RecordedWaves | undefined>;

  constructor(name: string, { row, declared, naming, waves, acts }: ReachedArgs, opts?: Options) {
    const claimed = acts.flatMap(({ named: of, aim, receipt }) =>
      aim === null ? [] : [[of, { aim, receipt }] as const],
    );
    const recorded = { ...(declared && { declared }), ...(naming && { naming }), ...(waves && { waves }) };
    const args = { row, ...recorded, acts: Object.fromEntries(claimed) };
    const outputs = [
      "recorded",
      ...(declared ? ["declaredAs"] : []),
      ...(naming ? ["namedAs"] : []),
      ...(waves ? ["wavesAs"] : []),
    ];
    super("Reached", name, args, opts, outputs);
  }
}

/** Holds a row back until its condition, measured on Kafka itself, has held for a while; changes nothing. */
export class Gate extends Act {
  /** What was measured when the gate opened. */
  declare readonly sentence: pulumi.Output<string>;
  declare readonly measuredAt: pulumi.Output<string>;

  constructor(name: string, args: GateInputs, opts?: Options) {
    super("Gate", name, { ...args, ...looking() }, opts, ["sentence", "measuredAt"]);
  }
}

/** Stops producers (or consumers), proves that nothing is left behind them and writes it down; all or nothing. */
export class Switch extends Act {
  /** The ledger's entries of this switch as JSON texts, oldest first. */
  declare readonly entries: pulumi.Output<string[]>;

  constructor(name: string, args: SwitchInputs, opts?: Options) {
    super("Switch", name, { ...args, ...looking() }, opts, ["entries", "writtenAt"]);
  }
}

/** What each switch found and placed; written once, kept through every later row. */
export class Ledger extends Act {
  declare readonly entries: pulumi.Output<string[]>;

  constructor(name: string, args: pulumi.Inputs & { row: string }, opts?: Options) {
    super("Ledger", name, args, opts);
  }
}

/** The workloads of one role run, with as many replicas as before they were stopped; also after a killed switch. */
export class Start extends Act {
  constructor(name: string, args: StartInputs, opts?: Options) {
    super("Start", name, args, opts);
  }
}

/** One connector on the side that the row wants, with its configuration and offsets, not yet running there. */
export class ConnectorPlace extends Act {
  constructor(name: string, args: ConnectorPlaceInputs, opts?: Options) {
    super("ConnectorPlace", name, args, opts);
  }
}

/** The connectors are in one state, running or stopped, as Connect itself reports it. */
export class MirrorState extends Act {
  constructor(name: string, args: pulumi.Inputs & { desired: MirrorStateInputs["desired"] }, opts?: Options) {
    super("MirrorState", name, args, opts);
  }
}

/** The positions from which the mirror back copies, on the source before its connector is made; its topics go with it. */
export class WayBack extends Act {
  constructor(name: string, args: WayBackInputs, opts?: Options) {
    super("WayBack", name, args, opts);
  }
}

/** Topics that MirrorMaker 2 and Connect keep for themselves on the target; they go when the resource goes. */
export class MirrorTopics extends Driven {
  constructor(name: string, args: MirrorTopicsInputs, opts?: Options) {
    super("MirrorTopics", name, args, opts);
  }
}

/** The schemas of the source on the target under IMPORT, or the target open for producers once they have moved. */
export class SchemaCopy extends Act {
  constructor(name: string, args: SchemaCopyInputs, opts?: Options) {
    super("SchemaCopy", name, args, opts);
  }
}

/**
 * The Secret that holds a connector's properties. Credentials are read by reference when it is written, so that a
 * preview shows every property and neither it nor the state ever holds a password.
 */
export class ConnectorConfig extends Driven {
  /** Hash of the whole text, credentials included. */
  declare readonly sha256: pulumi.Output<string>;

  constructor(name: string, args: ConnectorConfigInputs, opts?: Options) {
    super("ConnectorConfig", name, args, opts, ["sha256"]);
  }
}

/**
 * A user and certificates read from Secrets at run time, for a provider that takes them as values. What was read is a
 * Pulumi secret: encrypted in the state, never in a preview, an id or an error. A rotated Secret is a change.
 */
export class Credentials extends Driven {
  /** PEM; empty where no Secret is named. */
  declare readonly ca: pulumi.Output<string>;
  /** PEM; empty where no Secret is named. */
  declare readonly clientCert: pulumi.Output<string>;
  /** PEM; empty where no Secret is named. */
  declare readonly clientKey: pulumi.Output<string>;

  constructor(name: string, args: CredentialsInputs, opts?: Options) {
    const read = [...(args.userKeys ?? ["username", "password"]), "ca", "clientCert", "clientKey"];
    super("Credentials", name, args, { ...opts, additionalSecretOutputs: read }, read);
  }

  /** What one key of the user's Secret holds. */
  user(key: string): pulumi.Output<string> {
    return this[key as keyof this] as pulumi.Output<string>;
  }
}

/** A basic-auth Secret with a random password that never passes through Pulumi; an existing one is left as it is. */
export class GeneratedSecret extends Driven {
  constructor(name: string, args: GeneratedSecretInputs, opts?: Options) {
    super("GeneratedSecret", name, args, opts);
  }
}

/**
 * Every ACL of the applications on the target, made in a few requests. Gives again what was lost, takes away what is no
 * longer wanted, and refuses to overwrite the password of an existing user. When it leaves the program, everything stays.
 */
export class TargetRights extends Driven {
  constructor(name: string, args: TargetRightsInputs, opts?: Options) {
    super("TargetRights", name, args, opts, ["adopted"]);
  }
}

/**
 * The ids of the migrated topics on the target, once they exist: a topic with another id is not this migration's. Fails
 * if one holds records that this migration did not write.
 */
export class TopicMarks extends Driven {
  /** Topic ids by name. */
  declare readonly marks: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: TopicMarksInputs, opts?: Options) {
    super("TopicMarks", name, args, opts, ["marks"]);
  }
}

/** The migrated topics on the target in one resource, where there are too many for one each; they stay when it goes. */
export class TopicsTogether extends Driven {
  constructor(name: string, args: TogetherInputs, opts?: Options) {
    super("TopicsTogether", name, args, opts);
  }
}

/** The rights of MirrorMaker 2's own user on one side in one resource; they go with it. */
export class MirrorRights extends Driven {
  constructor(name: string, args: MirrorRightsInputs, opts?: Options) {
    super("MirrorRights", name, args, opts);
  }
}

/**
 * Refuses, before anything else of an update, to shrink a topic: Pulumi would replace one that is to have fewer
 * partitions. It remembers what was asked for last, also where that update failed half-way, and asks the target's brokers
 * what they have, as long as producers have not moved.
 */
export class TopicsGuard extends Driven {
  constructor(name: string, args: TopicsGuardInputs, opts?: Options) {
    super("TopicsGuard", name, args, opts);
  }
}

/** Refuses, before anything else of an update, to begin where an operator is not installed or a right is missing. */
export class Prerequisites extends Driven {
  constructor(name: string, args: PrerequisitesInputs, opts?: Options) {
    super("Prerequisites", name, args, opts);
  }
}

/** The brokers of a source that exists run; one that this migration has halted is started again. */
export class Running extends Act {
  constructor(name: string, args: RunningInputs, opts?: Options) {
    super("Running", name, args, opts);
  }
}

/** The object of a source that was halted is gone, which the config names. */
export class RemovedSource extends Act {
  constructor(name: string, args: RemovedSourceInputs, opts?: Options) {
    super("RemovedSource", name, args, opts, ["left"]);
  }
}

/** An object's operator reports it ready in the generation that Pulumi wrote; fails as soon as it reports a failure. */
export class Ready extends Driven {
  constructor(name: string, args: pulumi.Inputs, opts?: Options) {
    super("Ready", name, args, opts);
  }
}

/** No object of that name existed before this program created one: Pulumi's Kubernetes provider would take it over. */
export class Unclaimed extends Driven {
  constructor(name: string, args: UnclaimedInputs, opts?: Options) {
    super("Unclaimed", name, args, opts);
  }
}

/** No pod with these labels is left. */
export class NoPods extends Driven {
  constructor(name: string, args: NoPodsInputs, opts?: Options) {
    super("NoPods", name, args, opts);
  }
}

/** A namespace that is made if it is missing; whatever lies in it stays. */
export class Namespace extends Driven {
  constructor(name: string, args: NamespaceInputs, opts?: Options) {
    super("Namespace", name, args, opts, ["found"]);
  }
}

/** Notes how many replicas producing tiers of Pega have, on the tiers themselves, before they are stopped. */
export class RememberReplicas extends Act {
  constructor(name: string, args: RememberInputs, opts?: Options) {
    super("RememberReplicas", name, args, opts, ["forgotten"]);
  }
}

/** Producing tiers of Pega have at least the replicas they had before they were stopped, and are ready. */
export class FormerReplicas extends Act {
  constructor(name: string, args: pulumi.Inputs, opts?: Options) {
    super("FormerReplicas", name, args, opts, ["short"]);
  }
}

/** The Secret with the stream's credentials, read by reference when it is written; no password is in the state. */
export class StreamSecret extends Driven {
  constructor(name: string, args: StreamSecretInputs, opts?: Options) {
    super("StreamSecret", name, args, opts, ["versions"]);
  }
}

/** Volumes that Pega's stream tiers left behind are gone: those that are named, and no other. */
export class RemovedVolumes extends Act {
  constructor(name: string, args: VolumesInputs, opts?: Options) {
    super("RemovedVolumes", name, args, opts, ["left"]);
  }
}
