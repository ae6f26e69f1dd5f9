/** Connect as the mirror uses it: connectors are stopped and resumed in the way that the platform keeps. */
import { apiMessage, clients, mergePatch } from "../kubernetes/kubernetes.ts";
import type { RestPatience } from "../model/patience.ts";
import type { ConnectorObjects, MirrorRef } from "../model/scope.ts";
import { ConnectRest } from "./connect.ts";

/**
 * The REST API of the mirror's Connect. Where an operator would undo a stop that Connect was asked for, the connector's
 * object is patched instead, and the operator asks Connect; its state is read from Connect either way.
 */
export class MirrorConnect extends ConnectRest {
  readonly #objects: ConnectorObjects | undefined;

  constructor({ connect, objects }: MirrorRef, patience?: RestPatience) {
    super(connect, patience);
    this.#objects = objects;
  }

  override stop(name: string): Promise<void> {
    return this.#objects ? patch(this.#objects, name, this.#objects.stopped) : super.stop(name);
  }

  override resume(name: string): Promise<void> {
    return this.#objects ? patch(this.#objects, name, this.#objects.running) : super.resume(name);
  }
}

async function patch(objects: ConnectorObjects, name: string, body: object): Promise<void> {
  const { kubernetes, apiVersion, kind, plural } = objects;
  const { custom, server } = await clients(kubernetes);
  const [group = "", version = ""] = apiVersion.split("/");
  const { namespace } = kubernetes;
  try {
    await custom.patchNamespacedCustomObject({ group, version, namespace, plural, name, body }, mergePatch());
  } catch (error) {
    throw new Error(`could not change ${kind} ${namespace}/${name} at ${server}: ${apiMessage(error)}`);
  }
}
