import { faults } from "../lab/support/faults.ts";
import { walksThroughFaults } from "../lab/support/faults-walk.ts";

walksThroughFaults({ strategy: "producers-first", shape: "apart", faults });
