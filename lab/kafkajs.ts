/** kafkajs without its busy loops. Whoever uses kafkajs imports it from here; types may come from the package itself. */
import { createRequire } from "node:module";
import kafkajs from "kafkajs";
import { checkKafkajs, takeOutBusyLoops, type RequestQueue } from "../runtime/model/kafkajs-loops.ts";

export type * from "kafkajs";
export { Kafka, logLevel, Partitioners } from "kafkajs";
export default kafkajs;

const load = createRequire(import.meta.url);
checkKafkajs((load("kafkajs/package.json") as { version: string }).version);
takeOutBusyLoops((load("kafkajs/src/network/requestQueue/index.js") as { prototype: RequestQueue }).prototype);
