import { parse, stringify } from "yaml";
import { configForLab } from "../../demo/stack.ts";
import { lab } from "../../lab/lab.ts";
import { registryUrl } from "../../lab/vendor/addresses.ts";
import { registrySecret } from "../../lab/vendor/users.ts";
import { registryFaults } from "../lab/support/faults.ts";
import { walksThroughFaults } from "../lab/support/faults-walk.ts";
import { stackInput } from "../support/stack.ts";

/** The usual sides, each with its registry; MirrorMaker 2 logs in as the superuser. */
function withRegistries(): Record<string, unknown> {
  const { source, target } = stackInput("dev");
  const withRegistry = <T extends { credentials?: object | undefined }>(of: T, side: "source" | "target") => ({
    ...of,
    credentials: { ...of.credentials, mirror: undefined },
    registry: { urls: [registryUrl(lab, side)], credentials: { secret: registrySecret(side, "admin") } },
  });
  const config = { source: withRegistry(source, "source"), target: withRegistry(target, "target") };
  return (parse(configForLab(stringify({ config }), lab)) as { config: Record<string, unknown> }).config;
}

for (const strategy of ["producers-first", "consumers-first"] as const)
  walksThroughFaults({ strategy, shape: "vendor", faults: registryFaults, settings: withRegistries });
