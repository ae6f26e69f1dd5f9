import {
  DocumentConflict,
  type Document,
  type DocumentPlace,
  type DocumentRef,
  type Texts,
} from "../../../../runtime/kubernetes/documents.ts";
import { world } from "../current.ts";

export * from "../../../../runtime/kubernetes/documents.ts";

export async function readDocument({ configMap }: DocumentPlace): Promise<Document> {
  world().alive();
  return world().data.documents.get(configMap) ?? { texts: {}, resourceVersion: null };
}

export async function writeDocument({ configMap }: DocumentRef, texts: Texts, version: string | null): Promise<void> {
  world().change(`write ${configMap}`, () => {
    const found = world().data.documents.get(configMap);
    if ((found?.resourceVersion ?? null) !== version) throw new DocumentConflict(`${configMap} was written meanwhile`);
    world().wrote(configMap, { texts, resourceVersion: String(Number(version ?? 0) + 1) });
  });
}
