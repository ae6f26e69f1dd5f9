import { readFileSync } from "node:fs";
import * as kafka from "@pulumi/kafka";
import type { Bare } from "../bare-program.ts";

const { bootstrap, topics, rights, access } = JSON.parse(readFileSync(process.env["BENCH_BARE"]!, "utf8")) as Bare;
const connection = (side: keyof Bare["bootstrap"]): kafka.Provider => {
  const login = access?.[side];
  return new kafka.Provider(side, {
    bootstrapServers: [...bootstrap[side]],
    ...(login && {
      ...{ tlsEnabled: true, caCert: login.ca, saslMechanism: "plain" },
      ...{ saslUsername: login.username, saslPassword: login.password },
    }),
  });
};
const provider = { source: connection("source"), target: connection("target") };
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
