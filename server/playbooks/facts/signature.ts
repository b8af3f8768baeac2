import type { Fields } from "#contracts/event";
import { textOf } from "../../event/event.ts";

/** What a record says about the signature of a file. */
export interface Signature {
  /** `unknown`: it was not checked, or nothing can be said about it. */
  readonly state: "valid" | "invalid" | "unsigned" | "unknown";
  /** Whose signature it is. Only if it is valid: anybody can write a name into a certificate. */
  readonly signer?: string;
}

/** Texts of `code_signature.status`, in lower case: of Sysmon (`Valid`), and of endpoint sensors (`trusted`). */
const VALID: ReadonlySet<string> = new Set(["valid", "trusted"]);
const UNSIGNED: ReadonlySet<string> = new Set(["nosignature", "notsigned", "unsigned"]);
/** The check itself failed or was not made. */
const UNCHECKED = /^(?:unavailable|unknown|unchecked|errorcode_endpoint|$)/;

/**
 * The signature below a prefix such as `dll`; undefined if the record has nothing about it, which is not "unsigned".
 * `exists`, `trusted` (the chain of certificates) and `valid` (the content) are those of ECS. Sysmon writes
 * `Signed: false` and `Unavailable` about unsigned files, but also about files that it could not read any more: then it
 * has no hash of the file either.
 */
export function signatureIn(fields: Fields, prefix: string): Signature | undefined {
  const of = (name: string) => textOf(fields, `${prefix}.code_signature.${name}`)?.toLowerCase();
  const [exists, trusted, valid, stated, name] = ["exists", "trusted", "valid", "status", "subject_name"].map(of);
  if ([exists, trusted, valid, stated, name].every((value) => value === undefined)) {
    return undefined;
  }
  const text = stated ?? "";
  if (UNSIGNED.has(text)) {
    return { state: "unsigned" };
  }
  if (exists === "false") {
    return { state: text === "unavailable" && !hasHash(fields, prefix) ? "unknown" : "unsigned" };
  }
  if (trusted !== "false" && valid !== "false" && (trusted === "true" || VALID.has(text))) {
    return { state: "valid", signer: textOf(fields, `${prefix}.code_signature.subject_name`) };
  }
  const isRefused = valid === "false" || trusted === "false";
  return { state: text === "" ? (isRefused ? "invalid" : "unknown") : UNCHECKED.test(text) ? "unknown" : "invalid" };
}

const HASHES = ["sha256", "sha1", "md5"] as const;

function hasHash(fields: Fields, prefix: string): boolean {
  return HASHES.some((name) => fields[`${prefix}.hash.${name}`] !== undefined);
}

/** Whether two records are about the same content; undefined if they have no hash of the same kind. */
export function sameContent(a: Fields, prefixA: string, b: Fields, prefixB: string): boolean | undefined {
  const common = HASHES.find((name) => a[`${prefixA}.hash.${name}`] && b[`${prefixB}.hash.${name}`]);
  return common === undefined
    ? undefined
    : textOf(a, `${prefixA}.hash.${common}`)?.toLowerCase() === textOf(b, `${prefixB}.hash.${common}`)?.toLowerCase();
}
