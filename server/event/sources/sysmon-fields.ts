import { canonicalAddress } from "../address.ts";
import { baseName, isImage } from "../path.ts";
import { entityId, type MutableFields, put, putNumber } from "../values.ts";

/** Groups of ECS fields that several Sysmon records have. */

type Data = ReadonlyMap<string, string>;

export function putProcess(
  fields: MutableFields,
  guid: string | undefined,
  pid: string | undefined,
  image: string | undefined,
): void {
  const id = entityId(guid);
  if (id !== undefined) {
    fields["process.entity_id"] = id;
  }
  putNumber(fields, "process.pid", pid);
  if (image !== undefined && isImage(image)) {
    fields["process.executable"] = image;
    fields["process.name"] = baseName(image);
  }
}

const hashNames = (prefix: string): ReadonlyMap<string, string> =>
  new Map([
    ["MD5", `${prefix}.hash.md5`],
    ["SHA1", `${prefix}.hash.sha1`],
    ["SHA256", `${prefix}.hash.sha256`],
    ["IMPHASH", `${prefix}.pe.imphash`],
  ]);
export const PROCESS_HASHES = hashNames("process");
export const FILE_HASHES = hashNames("file");
export const LIBRARY_HASHES = hashNames("dll");

/** `SHA1=…,MD5=…` into one field each, in lower case. */
export function putHashes(fields: MutableFields, names: ReadonlyMap<string, string>, data: Data): void {
  const text = data.get("Hashes") ?? data.get("Hash");
  if (text === undefined) {
    return;
  }
  let start = 0;
  while (start < text.length) {
    const comma = text.indexOf(",", start);
    const end = comma < 0 ? text.length : comma;
    const equals = text.indexOf("=", start);
    const name = equals > 0 && equals < end ? names.get(text.slice(start, equals)) : undefined;
    if (name !== undefined) {
      const value = text.slice(equals + 1, end);
      // Sysmon writes zeros for an import hash that it could not compute.
      if (!value.startsWith("00000000")) {
        fields[name] = value.toLowerCase();
      }
    }
    start = end + 1;
  }
}

interface SignatureNames {
  readonly exists: string;
  readonly trusted: string;
  readonly status: string;
  readonly subject: string;
}

const signatureNames = (prefix: string): SignatureNames => ({
  exists: `${prefix}.code_signature.exists`,
  trusted: `${prefix}.code_signature.trusted`,
  status: `${prefix}.code_signature.status`,
  subject: `${prefix}.code_signature.subject_name`,
});
export const LIBRARY_SIGNATURE = signatureNames("dll");
export const FILE_SIGNATURE = signatureNames("file");

export function putSignature(fields: MutableFields, names: SignatureNames, data: Data): void {
  const signed = data.get("Signed");
  if (signed === undefined || signed === "") {
    return;
  }
  const status = data.get("SignatureStatus");
  fields[names.exists] = signed === "true";
  fields[names.trusted] = status === "Valid";
  put(fields, names.status, status);
  put(fields, names.subject, data.get("Signature"));
}

export function putAddress(fields: MutableFields, name: string, text: string | undefined): string | undefined {
  const address = text === undefined ? undefined : canonicalAddress(text);
  if (address !== undefined) {
    fields[name] = address;
  }
  return address;
}
