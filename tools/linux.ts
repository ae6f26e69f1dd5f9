/** Why the lab cannot run on this machine, or null. Asked before anything is built for it. */
function notLinux(): string | null {
  if (process.platform === "linux") return null;
  return (
    `The lab runs on Linux only: it reads /proc and uses addresses in 127.0.0.0/8, which ${process.platform} does not ` +
    `answer on by itself; run it in a Linux virtual machine or container ("npm run test:unit", "npm run assess" and ` +
    `pulumi itself run here too).`
  );
}

/** Throws one sentence where the lab cannot run. */
export function assertLinux(): void {
  const why = notLinux();
  if (why !== null) throw new Error(why);
}

/** Prints that sentence and ends with 1. */
export function linuxOrExit(): void {
  const why = notLinux();
  if (why === null) return;
  console.error(why);
  process.exit(1);
}
