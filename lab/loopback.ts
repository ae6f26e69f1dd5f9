import { createServer } from "node:net";
import { controlPlaneAddress, type Lab } from "./layout.ts";

/** Fails with a sentence where the machine does not answer on the addresses the lab needs. */
export async function assertLoopback(lab: Lab): Promise<void> {
  if (process.platform !== "linux") {
    throw new Error(
      `The lab needs Linux: it reads /proc and uses addresses in 127.${lab.block}.0.0/16, which ${process.platform} does not ` +
        `answer on by itself. The addresses alone could be added (macOS: sudo ifconfig lo0 alias 127.${lab.block}.1.1 for each); ` +
        `run the lab in a Linux virtual machine or container instead.`,
    );
  }
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
