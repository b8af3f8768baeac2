import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Server as TlsServer } from "node:https";
import type { Server } from "node:net";
import type { Logger } from "pino";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";

export interface TlsFiles {
  /** The certificate and those that issued it, in PEM. */
  readonly certificate: string;
  readonly key: string;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Epoch milliseconds. */
  readonly expires: number;
  /** Host names and addresses that it is for, without wildcards. */
  readonly names: readonly string[];
}

/** Reads a certificate and its key, and checks that they belong together and are valid now (epoch milliseconds). */
export function readCertificate(files: TlsFiles, now: number): Result<Certificate, Problem> {
  const cert = readText(files.certificate, "STEMMA_TLS_CERT");
  if (!cert.ok) {
    return cert;
  }
  const key = readText(files.key, "STEMMA_TLS_KEY");
  if (!key.ok) {
    return key;
  }
  const certificate = attempt(() => new X509Certificate(cert.value));
  if (certificate === undefined) {
    return invalid(files.certificate, "the file holds no certificate in PEM");
  }
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(key.value)) {
    return invalid(
      files.key,
      "the private key is encrypted",
      "Store it without a passphrase, readable by the server only.",
    );
  }
  const privateKey = attempt((): KeyObject => createPrivateKey(key.value));
  if (privateKey === undefined) {
    return invalid(files.key, "the file holds no private key in PEM");
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    return invalid(files.key, `the private key does not belong to the certificate ${files.certificate}`);
  }
  const [from, expires] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (now < from || now >= expires) {
    const message = now < from ? `is not valid before ${certificate.validFrom}` : `expired on ${certificate.validTo}`;
    return fail({
      code: "tls.expired",
      message: `the certificate ${message}`,
      at: { file: files.certificate, field: "STEMMA_TLS_CERT" },
      remedy: "Renew it, and check the clock of this machine.",
    });
  }
  return ok({ cert: cert.value, key: key.value, expires, names: namesOf(certificate) });
}

/** Milliseconds between two looks at the files of a certificate. */
const renewalInterval = 60_000;

/** Serves a renewed certificate without a restart. One that cannot be used is logged, and the present one stays. */
export function followRenewals(
  server: Server,
  files: TlsFiles,
  present: Certificate,
  { log, now, interval = renewalInterval }: { readonly log: Logger; now(): number; readonly interval?: number },
): { stop(): void } {
  let used = present;
  let reported: string | undefined;
  const timer = setInterval(() => {
    const read = readCertificate(files, now());
    if (!read.ok) {
      if (read.error.message !== reported) {
        log.error({ event: "tls.not-renewed", code: read.error.code, reason: read.error.message });
      }
      reported = read.error.message;
    } else if (server instanceof TlsServer && (read.value.cert !== used.cert || read.value.key !== used.key)) {
      used = read.value;
      reported = undefined;
      server.setSecureContext(used);
      log.info({ event: "tls.renewed", expires: new Date(used.expires).toISOString() });
    }
  }, interval);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function namesOf({ subjectAltName = "" }: X509Certificate): readonly string[] {
  return subjectAltName.split(", ").flatMap((entry) => /^(?:DNS|IP Address):([A-Za-z0-9.:-]+)$/.exec(entry)?.[1] ?? []);
}

function readText(file: string, field: string): Result<string, Problem> {
  try {
    return ok(readFileSync(file, "utf8"));
  } catch (error) {
    return fail({
      code: "tls.unreadable",
      message: `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      at: { file, field },
      remedy: "Make it readable for the user that runs the server.",
    });
  }
}

function invalid(file: string, message: string, remedy?: string): Result<never, Problem> {
  return fail({ code: "tls.invalid", message, at: { file }, remedy });
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    // OpenSSL's words do not help; the caller names the file and what it should hold.
    return undefined;
  }
}
