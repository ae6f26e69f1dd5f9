import {
  X509Certificate,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
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
    const certificate = blank(3650);
    certificate.setSubject(named(name));
    certificate.setIssuer(named(name));
    certificate.setExtensions([
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ]);
    return new Authority(signed(certificate, key, key), key);
  }

  /** Signs a certificate for servers and clients alike, with a key of its own. */
  issue({ commonName, names = [], addresses = [], days = 30 }: CertificateWish): Certificate {
    const key = newKey();
    const certificate = blank(days);
    certificate.setSubject(named(commonName));
    certificate.setIssuer(named(new X509Certificate(this.certificate).subject.replace("CN=", "")));
    const altNames = [
      ...names.map((value) => ({ type: 2, value })),
      ...addresses.map((address) => ({ type: 7, ip: address })),
    ];
    certificate.setExtensions([
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true, clientAuth: true },
      ...(altNames.length > 0 ? [{ name: "subjectAltName", altNames }] : []),
    ]);
    return { ca: this.certificate, certificate: signed(certificate, key, this.key), key };
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

const named = (commonName: string) => [{ shortName: "CN", value: commonName }];

function blank(days: number): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  // Its first byte keeps the number positive and of one length: a leading zero byte would be no DER.
  certificate.serialNumber = `01${randomBytes(12).toString("hex")}`;
  certificate.validity.notBefore = new Date(Date.now() + Math.min(0, days - 1) * day - day);
  certificate.validity.notAfter = new Date(Date.now() + days * day);
  return certificate;
}

/**
 * The PEM of a certificate for `key`, signed with `signer`. The package knows RSA only, so the three fields that name
 * an algorithm are put in from Node's own: the order of a certificate's fields is RFC 5280's, section 4.1.
 */
function signed(certificate: forge.pki.Certificate, key: string, signer: string): string {
  const { asn1 } = forge;
  // Its types leave out the one function that is wanted here.
  const pki = forge.pki as typeof forge.pki & { getTBSCertificate(of: forge.pki.Certificate): forge.asn1.Asn1 };
  const sequence = (value: forge.asn1.Asn1[]) => asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, value);
  const ecdsaWithSha256 = () =>
    sequence([
      asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer("1.2.840.10045.4.3.2").getBytes()),
    ]);
  const publicKey = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" });
  // Placeholders: without them it writes nothing at all.
  certificate.siginfo.algorithmOid = pki.oids["sha256WithRSAEncryption"]!;
  certificate.publicKey = pki.setRsaPublicKey(new forge.jsbn.BigInteger("1"), new forge.jsbn.BigInteger("1"));
  const content = pki.getTBSCertificate(certificate);
  const fields = content.value as forge.asn1.Asn1[];
  fields[2] = ecdsaWithSha256();
  fields[6] = asn1.fromDer(publicKey.toString("binary"));
  const bytes = Buffer.from(asn1.toDer(content).getBytes(), "binary");
  const signature = sign("sha256", bytes, signer).toString("binary");
  const whole = sequence([
    content,
    ecdsaWithSha256(),
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BITSTRING, false, `\0${signature}`),
  ]);
  return forge.pem.encode({ type: "CERTIFICATE", body: asn1.toDer(whole).getBytes() });
}

/** On a curve: a Java without its second compiler signs with RSA in 13 ms, and with this in 2, at every new connection. */
function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}
