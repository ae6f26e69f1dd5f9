// Loaded into every Node process of a benchmarked command: notes each request to a broker in the file BENCH_REQUESTS.
import { appendFileSync } from "node:fs";
import { subscribe } from "node:diagnostics_channel";

const file = process.env.BENCH_REQUESTS;
if (file) {
  subscribe("tracing:plt:kafka:connections:api:start", (message) => {
    const { operation, apiKey } = message ?? {};
    appendFileSync(file, `${operation ?? apiKey ?? "request"}\n`);
  });
}
