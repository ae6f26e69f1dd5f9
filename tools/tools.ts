/** What a lab runs. */
import type { KafkaVersion, SourceVersion } from "./definitions.ts";
import type { KafkaPrograms } from "./kafka-nodes.ts";

/** Where every program of the lab is. All paths are absolute. */
export interface Tools {
  readonly pulumi: string;
  /** Holds pulumi, pulumi-language-nodejs, pulumi-resource-pulumi-nodejs, etcd, kube-apiserver and helm. */
  readonly binDir: string;
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly helm: string;
  readonly plugins: readonly { readonly name: string; readonly version: string; readonly file: string }[];
  readonly kafka: Readonly<Record<KafkaVersion, KafkaPrograms> & Partial<Record<SourceVersion, KafkaPrograms>>>;
  readonly java: string;
}
