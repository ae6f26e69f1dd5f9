import { createServer } from "node:net";
import { assertLinux } from "../tools/linux.ts";
import { controlPlaneAddress, type Lab } from "./layout.ts";

/** Fails with a sentence where the machine does not answer on the addresses the lab needs. */
export async function assertLoopback(lab: Lab): Promise<void> {
  assertLinux();
  const address = controlPlaneAddress(lab);
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", (problem) =>
      reject(
        new Error(
          `This machine cannot use the address ${address} (${problem.message}); ` +
            `allow it with: sudo ip address add 127.0.0.0/8 dev lo`,
        ),
      ),
    );
    server.listen({ host: address, port: 0 }, () => server.close(() => resolve()));
  });
}
