/**
 * LZ4 as Kafka wrote it before 0.10: its clients computed the checksum of the frame's header over the frame's magic
 * number as well, so that no other decoder takes it (KAFKA-3160).
 */

/** Length of the frame's magic number; the header's two flag bytes follow, then their checksum. */
const frameMagic = 4;
const flags = 2;
const contentSizeFlag = 0b1000;

const prime1 = 0x9e3779b1;
const prime2 = 0x85ebca77;
const prime3 = 0xc2b2ae3d;
const prime5 = 0x165667b1;

/** The same frame with the checksum that the LZ4 format asks for. Throws for what does not begin a frame of Kafka's. */
export function withHeaderChecksum(frame: Buffer): Buffer {
  const checksumAt = frameMagic + flags;
  if (frame.length <= checksumAt || (frame[frameMagic]! & contentSizeFlag) !== 0) {
    throw new Error("a record of format 0 is not compressed as Kafka's clients did it");
  }
  const repaired = Buffer.from(frame);
  repaired[checksumAt] = (xxHash32(frame.subarray(frameMagic, checksumAt)) >>> 8) & 0xff;
  return repaired;
}

/** XXH32 with seed 0 of less than four bytes. */
function xxHash32(bytes: Buffer): number {
  let hash = (prime5 + bytes.length) >>> 0;
  for (const byte of bytes) {
    hash = (hash + Math.imul(byte, prime5)) >>> 0;
    hash = Math.imul((hash << 11) | (hash >>> 21), prime1) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), prime3) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}
