import { registryFaults } from "../lab/support/faults.ts";
import { walksThroughFaults } from "../lab/support/faults-walk.ts";
import { withRegistries } from "../lab/support/with-registries.ts";

for (const strategy of ["producers-first", "consumers-first"] as const)
  walksThroughFaults({ strategy, shape: "vendor", faults: registryFaults, settings: withRegistries });
