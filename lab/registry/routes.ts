import { type Routes, flag, paged, prefixOf, scopeOf, subjectOf, visibility, type Call } from "./calls.ts";
import { complaints } from "./compatibility.ts";
import { deleteConfig, getConfig, putConfig } from "./configs.ts";
import { deleteSubject, deleteVersion } from "./delete.ts";
import type { Dialect } from "./dialects.ts";
import { schemaNotFound } from "./errors.ts";
import {
  getById,
  getVersion,
  listSchemas,
  listSubjects,
  listVersions,
  lookUp,
  versionAnswer,
  versionsById,
} from "./lookups.ts";
import { modeRoutes } from "./mode-routes.ts";
import { register, registerPlainly } from "./register.ts";
import { contentFrom, schemaTypes } from "./schema-content.ts";
import { defaultContext, formatSubject } from "./subjects.ts";

/** Every route of a dialect. */
export function routesOf(dialect: Dialect): Routes {
  return {
    "GET /": () => ({}),
    ...subjectRoutes(dialect),
    ...schemaRoutes,
    ...configRoutes,
    ...modeRoutes(dialect),
    ...(dialect.contexts === "many" ? { "GET /contexts": ({ registry }: Call) => registry.state.contexts() } : {}),
    ...(dialect.contexts === "default" ? { "GET /contexts": () => [defaultContext] } : {}),
    ...(dialect.exporters === "empty" ? { "GET /exporters": () => [] } : {}),
  };
}

const subjectRoutes = ({ chosenIds }: Dialect): Routes => ({
  "GET /subjects": (call) => paged(call, listSubjects(call.registry.state, visibility(call), prefixOf(call))),
  "POST /subjects/*": (call) =>
    versionAnswer(lookUp(call.registry.state, subjectOf(call), call.body, visibility(call))),
  "DELETE /subjects/*": (call) => deleteSubject(call.registry, subjectOf(call), flag(call, "permanent")),
  "GET /subjects/*/versions": (call) =>
    paged(call, listVersions(call.registry.state, subjectOf(call), visibility(call))),
  "POST /subjects/*/versions": (call) =>
    (chosenIds ? register : registerPlainly)(call.registry, subjectOf(call), call.body),
  "GET /subjects/*/versions/*": (call) => versionAnswer(oneVersion(call)),
  "GET /subjects/*/versions/*/schema": (call) => textOf(oneVersion(call).schema),
  "GET /subjects/*/versions/*/referencedby": (call) => {
    const { subject, version } = oneVersion(call);
    const ids = call.registry.state.referrers(subject, version).map(({ id }) => id);
    return [...new Set(ids)].sort((a, b) => a - b);
  },
  "DELETE /subjects/*/versions/*": (call) =>
    deleteVersion(call.registry, subjectOf(call), call.parts[1]!, flag(call, "permanent")),
  "POST /compatibility/subjects/*/versions": (call) => {
    const { state } = call.registry;
    return compatibility(call, state.versionsOf(subjectOf(call), "live"));
  },
  "POST /compatibility/subjects/*/versions/*": (call) => compatibility(call, [oneVersion(call)]),
});

function oneVersion(call: Call) {
  return getVersion(call.registry.state, subjectOf(call), call.parts[1]!, visibility(call));
}

/** A schema by itself: JSON as it stands, anything else as text. */
function textOf(schema: string): unknown {
  try {
    return JSON.parse(schema) as unknown;
  } catch {
    return schema;
  }
}

function compatibility(call: Call, versions: Parameters<typeof complaints>[3]): unknown {
  const messages = complaints(call.registry, subjectOf(call), contentFrom(call.body), versions);
  return { is_compatible: messages.length === 0, ...(flag(call, "verbose") ? { messages } : {}) };
}

const schemaRoutes: Routes = {
  "GET /schemas": (call) =>
    paged(call, listSchemas(call.registry.state, visibility(call), prefixOf(call), flag(call, "latestOnly"))),
  "GET /schemas/types": () => schemaTypes,
  "GET /schemas/ids/*": (call) =>
    getById(call.registry.state, call.parts[0]!, subjectInQuery(call), flag(call, "fetchMaxId")),
  "GET /schemas/ids/*/schema": (call) =>
    textOf(getById(call.registry.state, call.parts[0]!, subjectInQuery(call), false).schema),
  "GET /schemas/ids/*/versions": (call) => byId(call).map(({ subject, version }) => ({ subject, version })),
  "GET /schemas/ids/*/subjects": (call) => [...new Set(byId(call).map(({ subject }) => subject))],
};

const subjectInQuery = ({ query, context }: Call): string =>
  query.get("subject") ?? (context === defaultContext ? "" : formatSubject({ context, name: "" }));

function byId(call: Call) {
  const { state } = call.registry;
  const [id, subject] = [call.parts[0]!, subjectInQuery(call)];
  if (versionsById(state, id, subject, "all").length === 0) throw schemaNotFound();
  return versionsById(state, id, subject, visibility(call));
}

const getOneConfig = (call: Call) => getConfig(call.registry, scopeOf(call), flag(call, "defaultToGlobal"));
const putOneConfig = (call: Call) => putConfig(call.registry, scopeOf(call), call.body);
const deleteOneConfig = (call: Call) => deleteConfig(call.registry, scopeOf(call));

const configRoutes: Routes = {
  "GET /config": getOneConfig,
  "GET /config/*": getOneConfig,
  "PUT /config": putOneConfig,
  "PUT /config/*": putOneConfig,
  "DELETE /config": deleteOneConfig,
  "DELETE /config/*": deleteOneConfig,
};
