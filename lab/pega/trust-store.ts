/** Java key stores (JKS) that hold certificates to trust: Pega takes no other format. */
import { createHash, X509Certificate } from "node:crypto";

const magic = 0xfeedfeed;
const version = 2;
const certificateEntry = 2;

/** Java's own seal: the password keeps nobody from reading certificates, it only tells whether the file was changed. */
const seal = (password: string, content: Buffer): Buffer =>
  createHash("sha1")
    .update(Buffer.from(password, "utf16le").swap16())
    .update("Mighty Aphrodite")
    .update(content)
    .digest();

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(bytes.length);
  return Buffer.concat([size, bytes]);
};

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** A trust store with these certificates (PEM), sealed with a password. */
export function writeTrustStore(certificates: readonly string[], password: string): Buffer {
  const parts = [number(magic), number(version), number(certificates.length)];
  for (const [index, certificate] of certificates.entries()) {
    const { raw } = new X509Certificate(certificate);
    const date = Buffer.alloc(8);
    date.writeBigInt64BE(BigInt(Date.now()));
    parts.push(number(certificateEntry), text(`ca-${index}`), date, text("X.509"), number(raw.length), raw);
  }
  const content = Buffer.concat(parts);
  return Buffer.concat([content, seal(password, content)]);
}

/** The certificates of a trust store, as PEM. Throws where the password is wrong or the file is something else. */
export function readTrustStore(file: Buffer, password: string): string[] {
  if (file.length < 32 || file.readUInt32BE(0) !== magic || file.readUInt32BE(4) !== version)
    throw new Error("the trust store is no JKS file");
  const content = file.subarray(0, -20);
  if (!seal(password, content).equals(file.subarray(-20)))
    throw new Error("the password of the trust store is wrong, or the file was changed");
  let at = 12;
  const skipText = (): void => {
    at += 2 + file.readUInt16BE(at);
  };
  return Array.from({ length: file.readUInt32BE(8) }, () => {
    if (file.readUInt32BE(at) !== certificateEntry)
      throw new Error("the trust store holds keys, not only certificates");
    at += 4;
    skipText();
    at += 8;
    skipText();
    const size = file.readUInt32BE(at);
    at += 4 + size;
    return new X509Certificate(file.subarray(at - size, at)).toString();
  });
}
