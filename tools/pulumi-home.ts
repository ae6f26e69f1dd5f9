import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { pluginProgram } from "./definitions.ts";
import { besideItself } from "./found.ts";
import type { Tools } from "./tools.ts";

/**
 * Makes `home` a PULUMI_HOME that holds the plugins, and returns what to add to the environment of `pulumi`.
 * Its PATH begins with the tools and with the Node that runs this, so that programs run on that one too.
 */
export async function pulumiHome(tools: Tools, home: string): Promise<Record<string, string>> {
  for (const plugin of tools.plugins) {
    const folder = join(home, "plugins", `resource-${plugin.name}-v${plugin.version}`);
    await mkdir(folder, { recursive: true });
    await linkTo(plugin.file, join(folder, pluginProgram(plugin)));
  }
  return {
    PULUMI_HOME: home,
    PATH: [tools.binDir, dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Plugins met on PATH cost a warning each, and one of another version would be taken without a question.
    ...(besideItself(tools.pulumi, "pulumi-language-nodejs") ? { PULUMI_IGNORE_AMBIENT_PLUGINS: "true" } : {}),
  };
}

/** Replaces a link in one step: an engine may be using it. */
async function linkTo(file: string, link: string): Promise<void> {
  const aside = `${link}.${process.pid}`;
  await rm(aside, { force: true });
  await symlink(file, aside);
  await rename(aside, link);
}
