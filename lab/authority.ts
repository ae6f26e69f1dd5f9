import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import forge from "node-forge";
import { replaceFile } from "./addresses.ts";
import type { Lab } from "./layout.ts";

/** Name of the issuer that the lab's authority plays: the `tls.issuerRef.name` of its Kafka objects. */
export const issuerName = "lab-ca";

/** A certificate with its key and the authority that signed it, all PEM; the key as PKCS 8. */
export interface Certificate {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateWish {
  readonly commonName: string;
  /** DNS names; a leading `*.` stands for one label. */
  readonly names?: readonly string[];
  /** IP addresses. */
  readonly addresses?: readonly string[];
  /** Days until it expires; a negative number makes one that has expired. Default: 30. */
  readonly days?: number;
}

const day = 86_400_000;

/** A private certificate authority. */
export class Authority {
  /** Its own certificate, PEM. */
  readonly certificate: string;
  /** Its key, PEM. */
  readonly key: string;

  constructor(certificate: string, key: string) {
    this.certificate = certificate;
    this.key = key;
  }

  /** A new authority; two of one name still do not trust each other's certificates. */
  static create(name: string): Authority {
    const key = newKey();
    const certificate = blank(key, 3650);
    const subject = [{ shortName: "CN", value: name }];
    certificate.setSubject(subject);
    certificate.setIssuer(subject);
    certificate.setExtensions([
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
      { name: "subjectKeyIdentifier" },
    ]);
    certificate.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create());
    return new Authority(forge.pki.certificateToPem(certificate), key);
  }

  /** Signs a certificate for servers and clients alike, with a key of its own. */
  issue({ commonName, names = [], addresses = [], days = 30 }: CertificateWish): Certificate {
    const key = newKey();
    const certificate = blank(key, days);
    certificate.setSubject([{ shortName: "CN", value: commonName }]);
    certificate.setIssuer(forge.pki.certificateFromPem(this.certificate).subject.attributes);
    const altNames = [
      ...names.map((value) => ({ type: 2, value })),
      ...addresses.map((address) => ({ type: 7, ip: address })),
    ];
    certificate.setExtensions([
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
      { name: "extKeyUsage", serverAuth: true, clientAuth: true },
      ...(altNames.length > 0 ? [{ name: "subjectAltName", altNames }] : []),
    ]);
    certificate.sign(forge.pki.privateKeyFromPem(this.key), forge.md.sha256.create());
    return { ca: this.certificate, certificate: forge.pki.certificateToPem(certificate), key };
  }
}

/** The lab's own authority, made at its first use and gone with the lab. */
export function authorityOf(lab: Lab): Authority {
  const file = (suffix: string) => join(lab.secrets, "authority", `ca.${suffix}`);
  if (existsSync(file("crt")))
    return new Authority(readFileSync(file("crt"), "utf8"), readFileSync(file("key"), "utf8"));
  const made = Authority.create("kafka-migration lab");
  replaceFile(file("key"), made.key, 0o600);
  replaceFile(file("crt"), made.certificate);
  return made;
}

function blank(key: string, days: number): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  const { n, e } = forge.pki.privateKeyFromPem(key);
  certificate.publicKey = forge.pki.setRsaPublicKey(n, e);
  // Its first byte keeps the number positive and of one length: a leading zero byte would be no DER.
  certificate.serialNumber = `01${randomBytes(12).toString("hex")}`;
  certificate.validity.notBefore = new Date(Date.now() + Math.min(0, days - 1) * day - day);
  certificate.validity.notAfter = new Date(Date.now() + days * day);
  return certificate;
}

/** RSA, as cert-manager makes it. Node's own generator is a hundred times faster than one in JavaScript. */
function newKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}
