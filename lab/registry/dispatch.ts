import type { Call, Routes } from "./calls.ts";
import type { Dialect } from "./dialects.ts";
import { RegistryError } from "./errors.ts";
import type { Registry } from "./registry.ts";
import { defaultContext } from "./subjects.ts";

/** What one server answers from. */
export interface Service {
  readonly registry: Registry;
  readonly dialect: Dialect;
  readonly routes: Routes;
}

/** Finds the route of a request and asks it. Names in the path may be percent-encoded, `/` and `:` among them. */
export function dispatch(service: Service, method: string, url: string, body: Call["body"]): unknown {
  const { dialect, routes, registry } = service;
  const [path = "", query = ""] = splitOnce(url, "?");
  if (!path.startsWith(`${dialect.basePath}/`)) throw notFound();
  const decoded = path
    .slice(dialect.basePath.length + 1)
    .split("/")
    .filter(Boolean)
    .map(decode);
  const { context, rest } = contextOf(dialect, decoded);

  const found = Object.keys(routes).filter((route) => matches(route, rest));
  if (found.length === 0) throw notFound();
  const route = found.find((one) => one.startsWith(`${method} `));
  if (route === undefined) throw new RegistryError(405, 405, "HTTP 405 Method Not Allowed");
  const parts = rest.filter((_, index) => pathOf(route)[index] === "*");
  return routes[route]!({ registry, dialect, parts, query: new URLSearchParams(query), context, body });
}

/** `/contexts/{context}/subjects` is `/subjects` of that context. */
function contextOf(dialect: Dialect, path: readonly string[]): { context: string; rest: readonly string[] } {
  if (dialect.contexts !== "many" || path[0] !== "contexts" || path.length < 3) {
    return { context: defaultContext, rest: path };
  }
  const name = path[1]!.replace(/^:(.*):$/, "$1");
  return { context: name.startsWith(".") ? name : `.${name}`, rest: path.slice(2) };
}

const pathOf = (route: string): string[] => route.split(" ")[1]!.split("/").filter(Boolean);

/** A route's own words win over its open parts: `/schemas/types` is no id. */
function matches(route: string, path: readonly string[]): boolean {
  const parts = pathOf(route);
  return parts.length === path.length && parts.every((part, index) => part === "*" || part === path[index]);
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RegistryError(400, 400, "HTTP 400 Bad Request: the path is not percent-encoded");
  }
}

const notFound = () => new RegistryError(404, 404, "HTTP 404 Not Found");
