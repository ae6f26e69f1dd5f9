/** Helm's engine inside the Kubernetes provider, asked as Pulumi asks it, without a stack and without a cluster. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import type * as Grpc from "@grpc/grpc-js";
import type * as ProviderMessages from "@pulumi/pulumi/proto/provider_pb.js";
import { templateObjects, templateOptions, templateToken, type RenderArgs } from "../../../components/pega/render.ts";
import type { RenderedObject } from "../../../components/pega/rendered.ts";
import { ensureTools } from "../../../tools/ensure.ts";

// The SDK's own: its messages are made for its copy of the client.
const sdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
const grpc = sdk("@grpc/grpc-js") as typeof Grpc;
const messages = sdk("./proto/provider_pb.js") as typeof ProviderMessages;
const services = sdk("./proto/provider_grpc_pb.js") as {
  ResourceProviderClient: new (address: string, credentials: Grpc.ChannelCredentials) => Client;
};
const { Struct } = sdk("google-protobuf/google/protobuf/struct_pb.js") as {
  Struct: { fromJavaScript(value: object): never };
};

type Callback<T> = (error: Grpc.ServiceError | null, answer: T) => void;
interface Client {
  configure(request: ProviderMessages.ConfigureRequest, done: Callback<unknown>): void;
  invoke(request: ProviderMessages.InvokeRequest, done: Callback<ProviderMessages.InvokeResponse>): void;
  close(): void;
}

export interface HelmEngine {
  render(args: RenderArgs): Promise<readonly RenderedObject[]>;
  /** YAML documents with kind and name, read as Helm reads its values. */
  decode(text: string): Promise<readonly unknown[]>;
  /** Ends the provider's process. */
  stop(): Promise<void>;
}

/** Starts the provider that the stack uses; its cluster is nowhere, so templates see Helm's own Kubernetes version. */
export async function startHelmEngine(): Promise<HelmEngine> {
  const tools = await ensureTools({ onProgress: (line) => console.log(line) });
  const { file } = tools.plugins.find(({ name }) => name === "kubernetes")!;
  const provider = spawn(file, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(createInterface(provider.stdout), "line")) as [string];
  const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());

  const configure = new messages.ConfigureRequest();
  configure.getVariablesMap().set("kubernetes:config:kubeconfig", "none");
  await new Promise<void>((resolve, reject) =>
    client.configure(configure, (error) => (error ? reject(new Error(error.details)) : resolve())),
  );
  const invoke = async (token: string, args: object): Promise<{ result?: unknown }> => {
    const request = new messages.InvokeRequest();
    request.setTok(token);
    request.setArgs(Struct.fromJavaScript(args));
    const answer = await new Promise<ProviderMessages.InvokeResponse>((resolve, reject) =>
      client.invoke(request, (error, found) => (error ? reject(new Error(error.details)) : resolve(found))),
    );
    return answer.getReturn()?.toJavaScript() ?? {};
  };
  return {
    render: async (args) =>
      templateObjects(await invoke(templateToken, { jsonOpts: templateOptions(args) }), args.namespace),
    decode: async (text) => ((await invoke("kubernetes:yaml:decode", { text })).result ?? []) as unknown[],
    stop: async () => {
      client.close();
      const ended = once(provider, "exit");
      provider.kill();
      await ended;
    },
  };
}
