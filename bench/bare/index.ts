import { readFileSync } from "node:fs";
import * as kafka from "@pulumi/kafka";
import type { Bare } from "../bare-program.ts";

const { bootstrap, topics, rights } = JSON.parse(readFileSync(process.env["BENCH_BARE"]!, "utf8")) as Bare;
const provider = {
  source: new kafka.Provider("source", { bootstrapServers: [...bootstrap.source] }),
  target: new kafka.Provider("target", { bootstrapServers: [...bootstrap.target] }),
};
for (const { name, ...settings } of topics) {
  new kafka.Topic(name, { name, ...settings }, { provider: provider.target, retainOnDelete: true });
}
for (const { side, principal, operation, resource, name, pattern } of rights) {
  new kafka.Acl(
    `${side}-${operation}-${resource}-${name}`,
    {
      aclPrincipal: principal,
      aclHost: "*",
      aclPermissionType: "Allow",
      aclOperation: operation,
      aclResourceType: resource,
      aclResourceName: name,
      resourcePatternTypeFilter: pattern,
    },
    { provider: provider[side] },
  );
}
