/** Two registries in memory and clients of both. */
import type { Send } from "../../runtime/kubernetes/http.ts";
import { RegistryRest } from "../../runtime/registry/rest.ts";
import type { Registries } from "../../runtime/schemas/copy.ts";
import { RegistryModel } from "./registry-model.ts";

const record = (name: string, ...fields: [string, string][]): string =>
  JSON.stringify({ type: "record", name, fields: fields.map(([field, type]) => ({ name: field, type })) });

const to = (name: string, subject: string, version = 1) => ({ name, subject, version });

/** References three levels deep, soft-deletes, names that need encoding, a second context, configs. */
export function shop(): RegistryModel {
  const model = new RegistryModel();
  for (const place of ["", ":.old:"]) model.put("config", place, { compatibility: "NONE" });
  model.produce("money", record("Money", ["amount", "long"]));
  model.produce("price", record("Price", ["net", "Money"]), [to("Money", "money")]);
  model.produce("orders-value", record("Order", ["price", "Price"]), [to("Price", "price")]);
  model.produce("orders-value", record("Order", ["price", "Price"], ["note", "string"]), [to("Price", "price")]);
  model.remove("orders-value", 1);
  model.produce("orders-value", record("Order"), [to("Price", "price")]);
  model.produce("orders/v1:a b", record("Odd"));
  model.produce(":.old:money", record("OldMoney"));
  model.produce(":.old:price", record("OldPrice"), [to("OldMoney", "money")]);
  model.produce(":.old:price", record("OldPrice", ["net", "OldMoney"]), [to("OldMoney", "money")]);
  model.remove(":.old:price", 1);
  model.put("config", "", { compatibility: "NONE", normalize: true });
  model.put("config", "orders/v1:a b", { compatibility: "NONE" });
  return model;
}

/** Ends the copying process before the change of this number on the target, or right after it. */
interface Kill {
  readonly killAt: number;
  readonly after: boolean;
}

export function registries(source: RegistryModel, target = new RegistryModel(), kill?: Kill) {
  let changes = 0;
  let dead = false;
  const killed: Send = async (call) => {
    if (dead) throw new Error("killed");
    if (call.method !== "GET") changes += 1;
    const now = kill !== undefined && changes >= kill.killAt && call.method !== "GET";
    dead ||= now;
    if (now && !kill.after) throw new Error("killed");
    const answer = await target.send(call);
    if (now) throw new Error("killed");
    return answer;
  };
  const rest: Registries = {
    source: new RegistryRest({ side: "source", urls: [source.url("source")] }, { send: source.send }),
    target: new RegistryRest(
      { side: "target", urls: [target.url("target")] },
      { send: killed, ...(kill && { deadlineMilliseconds: 0 }) },
    ),
  };
  return { source, target, rest, lines: [] as string[] };
}
