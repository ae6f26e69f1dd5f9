import { stringify } from "yaml";
import { kafbatValues } from "../../components/kafbat-ui.ts";
import type { ConfigInput } from "../../config/schema.ts";
import { stackConfig } from "./stack.ts";

/** A stack's config with a UI, which Pulumi.dev.yaml itself has not: the lab has no chart repository. */
export function configWithUi(stack: "dev" | "prod", edit: (input: ConfigInput) => void = () => {}) {
  const config = stackConfig(stack, (input) => {
    input.ui ??= {};
    edit(input);
  });
  return { ...config, ui: config.ui! };
}

/** What test/golden/kafbat-values.txt holds. */
export const kafbatText = (): string =>
  (["dev", "prod"] as const)
    .map((stack) => `# Pulumi.${stack}.yaml\n${stringify(kafbatValues(configWithUi(stack)), { lineWidth: 0 })}`)
    .join("\n");
