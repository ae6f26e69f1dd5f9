/** TLS towards the brokers: what is trusted and shown, read from Secrets, and what went wrong in words. */
import { connect } from "node:tls";
import { readAuthority, readKeyPair, nameOf } from "../kubernetes/authority.ts";
import { clientCertificate } from "../model/login.ts";
import { tlsOtherwise, usesTls } from "../model/protocol.ts";
import type { KafkaEndpoint } from "../model/sides.ts";

/** Options of Node's TLS for a side's brokers; null where its protocol has none. */
export async function tlsOptions(
  endpoint: KafkaEndpoint,
): Promise<{ readonly ca?: string; readonly cert?: string; readonly key?: string } | null> {
  if (!usesTls(endpoint.protocol)) return null;
  const [ca, pair] = await Promise.all([
    endpoint.ca && readAuthority(endpoint.ca),
    endpoint.certificate && readKeyPair(endpoint.certificate),
  ]);
  return { ...(ca && { ca }), ...(pair && clientCertificate.forBrokers(pair)) };
}

const probeMilliseconds = 1_000;
const untrusted =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_.*|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA)$/;
const noTls = /before secure TLS connection was established|wrong version number|packet length too long|record layer/i;

/** What is wrong with a connection's TLS and what to do, in one sentence; null if the error is of another kind. */
export async function tlsProblem(
  endpoint: KafkaEndpoint,
  { host, port }: { readonly host: string; readonly port: number },
  error: unknown,
): Promise<string | null> {
  const { side, protocol, ca, certificate, setting = `${side}.security` } = endpoint;
  const chain = causes(error);
  const says = (code: RegExp): boolean => chain.some((each) => "code" in each && code.test(String(each.code)));
  // eslint-disable-next-line no-restricted-syntax -- OpenSSL's words and the library's, which have no code
  const means = (words: RegExp): boolean => chain.some(({ message }) => words.test(message));

  if (!usesTls(protocol)) {
    // Not every server answers plaintext with a TLS alert; some just hang up.
    const encrypted = means(/^Broker requires TLS/) || (means(/closed|ECONNRESET/) && (await speaksTls(host, port)));
    return encrypted
      ? `it speaks TLS and ${side}.security.protocol is ${protocol}; set it to ${tlsOtherwise(protocol)}, or list a listener without TLS`
      : null;
  }
  if (says(untrusted)) {
    return ca === undefined
      ? `its certificate is signed by no authority in this machine's trust store; name a Secret with the authority as ${setting}.caSecret`
      : `its certificate is not signed by the authority in ${nameOf(ca)} (key ca.crt); name the Secret of the brokers' authority as ${setting}.caSecret`;
  }
  if (says(/^CERT_HAS_EXPIRED$/)) return "its certificate has expired; renew it on the brokers";
  if (says(/^CERT_NOT_YET_VALID$/)) return "its certificate is not valid yet; compare the clocks of both machines";
  if (says(/^ERR_TLS_CERT_ALTNAME_INVALID$/)) {
    return `its certificate does not name ${host}; list an address that it names as ${side}.runnerBootstrap, or have the certificate issued for this one too`;
  }
  if (says(/^ERR_SSL_.*ALERT_.*(CERTIFICATE|UNKNOWN_CA|DECRYPT_ERROR|HANDSHAKE_FAILURE)/)) {
    return certificate === undefined
      ? `it asks for a client certificate; name a Secret with tls.crt and tls.key as ${setting}.clientSecret`
      : `it refuses the client certificate in ${nameOf(certificate)}; have it signed by an authority that the brokers trust`;
  }
  if (means(noTls)) {
    return `it ended the TLS handshake, as a listener without TLS does, and ${side}.security.protocol is ${protocol}; set it to ${tlsOtherwise(protocol)}, or list a listener with TLS`;
  }
  return null;
}

/** Whether a TLS handshake succeeds there, whoever answers: nothing is sent and nothing is trusted. */
function speaksTls(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: probeMilliseconds });
    const end = (speaks: boolean) => {
      socket.destroy();
      resolve(speaks);
    };
    socket.once("secureConnect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.on("error", () => end(false));
  });
}

/** An error and everything that is nested in it. */
function causes(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const nested = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [error, ...[error.cause, ...nested].flatMap(causes)];
}
