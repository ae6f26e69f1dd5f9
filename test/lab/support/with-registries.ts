/** The usual sides, each with the lab's registry; MirrorMaker 2 logs in as the superuser. */
import { parse, stringify } from "yaml";
import { configForLab } from "../../../demo/stack.ts";
import { lab } from "../../../lab/lab.ts";
import { registryUrl } from "../../../lab/vendor/addresses.ts";
import { registrySecret } from "../../../lab/vendor/users.ts";
import { stackInput } from "../../support/stack.ts";

/** Keys of the config that are other than in Pulumi.dev.yaml. */
export function withRegistries(): Record<string, unknown> {
  const { source, target } = stackInput("dev");
  const withRegistry = <T extends { credentials?: object | undefined }>(of: T, side: "source" | "target") => ({
    ...of,
    credentials: { ...of.credentials, mirror: undefined },
    registry: { urls: [registryUrl(lab, side)], credentials: { secret: registrySecret(side, "admin") } },
  });
  const config = { source: withRegistry(source, "source"), target: withRegistry(target, "target") };
  return (parse(configForLab(stringify({ config }), lab)) as { config: Record<string, unknown> }).config;
}
