import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { type Certificate, readCertificate, type TlsFiles } from "./certificate.ts";
import { isLoopback } from "./forwarding.ts";
import { allowedHostNames } from "./same-origin.ts";

/** The settings of how the server is reached. */
interface Listening {
  readonly host: string;
  readonly hostNames: readonly string[];
  /** Where people reach it, if that is not the address it listens on. */
  readonly url: string | undefined;
  readonly tls: TlsFiles | undefined;
  readonly proxies: readonly string[];
}

/** How the server is reached, checked. See docs/decisions/0037. */
export interface OpenDoors {
  /** With it the server itself speaks https. */
  readonly certificate: Certificate | undefined;
  /** Whether people reach it by https, from itself or from a proxy. */
  readonly secure: boolean;
  /** Host names that it responds under. */
  readonly hostNames: ReadonlySet<string>;
  readonly proxies: readonly string[];
  /** Whether other machines reach the socket without TLS, so that only the configured proxies may use it. */
  readonly onlyThroughProxy: boolean;
  /** Whether requests from this machine may be those of people elsewhere. */
  readonly isBehindProxy: boolean;
  /** What is allowed but unwise. */
  readonly warnings: readonly Problem[];
}

/** Milliseconds before its end from which on a certificate is warned about. */
const renewalTime = 14 * 86_400_000;

/** Checks the settings and reads the certificate. Fails where sessions would cross a network in the clear. */
export function openDoors(listening: Listening, now: number): Result<OpenDoors, Problem> {
  const { host, hostNames, url, tls, proxies } = listening;
  const secure = tls !== undefined || url?.startsWith("https:") === true;
  const reachable = !isLoopback(host);
  if (reachable && !secure) {
    return fail({
      code: "server.insecure-address",
      message: `other machines reach ${host}, and without TLS everybody on the way can read along and take over sessions`,
      at: { field: "STEMMA_HOST" },
      remedy:
        "Set STEMMA_TLS_CERT and STEMMA_TLS_KEY, or set STEMMA_URL=https://… if a proxy with TLS is in front, " +
        "or listen on 127.0.0.1.",
    });
  }
  const certificate = tls === undefined ? ok(undefined) : readCertificate(tls, now);
  if (!certificate.ok) {
    return certificate;
  }
  const { value } = certificate;
  const plain = reachable && value === undefined;
  return ok({
    certificate: value,
    secure,
    hostNames: allowedHostNames(host, [...hostNames, ...(value?.names ?? [])], url),
    proxies,
    onlyThroughProxy: plain && proxies.length > 0,
    isBehindProxy: url !== undefined || proxies.length > 0,
    warnings: [...(plain && proxies.length === 0 ? [proxiesUnset(host)] : []), ...expiryWarning(value, tls, now)],
  });
}

function proxiesUnset(host: string): Problem {
  return {
    code: "server.proxies-unset",
    message: `${host} serves plain http to every machine that reaches it, not only to the proxy`,
    at: { field: "STEMMA_PROXIES" },
    remedy: "Set STEMMA_PROXIES to the address of the proxy. Until then all people seem to have its address.",
  };
}

export function expiryWarning(
  certificate: Certificate | undefined,
  tls: TlsFiles | undefined,
  now: number,
): readonly Problem[] {
  return certificate === undefined || certificate.expires - now > renewalTime
    ? []
    : [
        {
          code: "tls.expires-soon",
          message: `the certificate expires on ${new Date(certificate.expires).toISOString().slice(0, 10)}`,
          at: { file: tls?.certificate },
          remedy: "Renew it. A running server reads the new files within a minute.",
        },
      ];
}
