import { flag, scopeOf, type Call, type Routes } from "./calls.ts";
import type { Dialect } from "./dialects.ts";
import { RegistryError } from "./errors.ts";
import { deleteMode, getMode, putMode } from "./modes.ts";

const unsupported = (): never => {
  throw new RegistryError(405, 40501, "operation not supported");
};

/** The routes of `/mode`, as far as a dialect has them. */
export function modeRoutes({ modes }: Dialect): Routes {
  if (modes === "read-only") return both("GET", () => ({ mode: "READWRITE" }));
  if (modes === "unsupported") {
    return { ...both("GET", unsupported), ...both("PUT", unsupported), ...both("DELETE", unsupported) };
  }
  return {
    ...both("GET", (call) => getMode(call.registry, scopeOf(call), flag(call, "defaultToGlobal"))),
    ...both("PUT", (call) => putMode(call.registry, scopeOf(call), call.body["mode"], flag(call, "force"))),
    ...both("DELETE", (call) => deleteMode(call.registry, scopeOf(call), flag(call, "recursive"))),
  };
}

const both = (method: string, answer: (call: Call) => unknown): Routes => ({
  [`${method} /mode`]: answer,
  [`${method} /mode/*`]: answer,
});
