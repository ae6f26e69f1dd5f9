// Loaded into every Node process of a benchmarked command: notes the kind of each request to a broker,
// as the number that Kafka's protocol gives it, in the file BENCH_REQUESTS.
import { appendFileSync } from "node:fs";
import { subscribe } from "node:diagnostics_channel";

const file = process.env.BENCH_REQUESTS;
if (file) {
  subscribe("tracing:plt:kafka:connections:api:start", (message) => {
    appendFileSync(file, `${message.apiKey}\n`);
  });
}
