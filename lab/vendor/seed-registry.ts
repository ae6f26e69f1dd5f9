import type { Credentials } from "../broker.ts";

/** A subject with a past: its first version is deleted, softly, so that old records stay readable. */
const subject = "legacy/returns-value";

const versions = [
  { type: "record", name: "Return", namespace: "shop", fields: [{ name: "order", type: "string" }] },
  {
    type: "record",
    name: "Return",
    namespace: "shop",
    fields: [
      { name: "order", type: "string" },
      { name: "reason", type: "string", default: "" },
    ],
  },
];

/** Gives a registry what a copy must not forget: a soft-deleted version and a config. Does nothing the second time. */
export async function seedRegistry(url: string, { username, password }: Credentials): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization, "content-type": "application/vnd.schemaregistry.v1+json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok)
      throw new Error(`${method} ${path} at ${url} was answered by ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  if (((await ask("GET", "/subjects")) as string[]).includes(subject)) return;
  const name = encodeURIComponent(subject);
  for (const schema of versions) await ask("POST", `/subjects/${name}/versions`, { schema: JSON.stringify(schema) });
  await ask("DELETE", `/subjects/${name}/versions/1`);
  await ask("PUT", `/config/${name}`, { compatibility: "FULL" });
}
