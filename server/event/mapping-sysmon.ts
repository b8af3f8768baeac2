import type { FieldValue } from "#contracts/event";
import { canonicalAddress } from "./address.ts";
import { splitSysmonCommandLine } from "./command-line.ts";
import { baseName, directoryOf, extensionOf } from "./path.ts";
import { putRegistry } from "./registry.ts";
import { entityId, logonId, type MutableFields, put, putAccount, putNumber } from "./values.ts";

/**
 * Sysmon records in ECS names, as the Sysmon integration of Elastic maps them (see `docs` for the differences). The SID
 * in the record's header is the Sysmon service's, so it never becomes `user.id`.
 */

type Data = ReadonlyMap<string, string>;

interface SysmonKind {
  readonly action: string;
  readonly category?: readonly string[];
  readonly type?: readonly string[];
  readonly map: (fields: MutableFields, data: Data) => void;
}

const PROCESS = ["process"];
const FILE = ["file"];
const NETWORK = ["network"];
const REGISTRY = ["configuration", "registry"];
const START = ["start"];
const END = ["end"];
const CHANGE = ["change"];
const ACCESS = ["access"];
const CREATION = ["creation"];
const DELETION = ["deletion"];

const KINDS: ReadonlyMap<number, SysmonKind> = new Map([
  [1, { action: "Process creation", category: PROCESS, type: START, map: mapProcessStart }],
  [2, { action: "File creation time changed", category: FILE, type: CHANGE, map: mapFile }],
  [3, { action: "Network connection", category: NETWORK, type: ["connection", "start", "protocol"], map: mapNetwork }],
  [5, { action: "Process terminated", category: PROCESS, type: END, map: mapSubject }],
  [6, { action: "Driver loaded", category: ["driver"], type: START, map: mapDriver }],
  [7, { action: "Image loaded", category: PROCESS, type: CHANGE, map: mapImageLoad }],
  [8, { action: "Remote thread created", category: PROCESS, type: CHANGE, map: mapSource }],
  [9, { action: "Raw access read", category: PROCESS, type: ACCESS, map: mapRawAccess }],
  [10, { action: "Process accessed", category: PROCESS, type: ACCESS, map: mapSource }],
  [11, { action: "File created", category: FILE, type: CREATION, map: mapFile }],
  [12, { action: "Registry object added or deleted", category: REGISTRY, type: CHANGE, map: mapRegistry }],
  [13, { action: "Registry value set", category: REGISTRY, type: CHANGE, map: mapRegistry }],
  [14, { action: "Registry object renamed", category: REGISTRY, type: CHANGE, map: mapRegistry }],
  [15, { action: "File stream created", category: FILE, type: ACCESS, map: mapFile }],
  [16, { action: "Sysmon configuration changed", category: ["configuration"], type: CHANGE, map: () => {} }],
  [17, { action: "Pipe created", category: FILE, type: CREATION, map: mapPipe }],
  [18, { action: "Pipe connected", category: FILE, type: ACCESS, map: mapPipe }],
  [19, { action: "WMI event filter activity", map: mapSubject }],
  [20, { action: "WMI event consumer activity", map: mapSubject }],
  [21, { action: "WMI event consumer bound to filter", map: mapSubject }],
  [22, { action: "DNS query", category: NETWORK, type: ["connection", "protocol", "info"], map: mapDns }],
  [23, { action: "File deleted and archived", category: FILE, type: DELETION, map: mapFile }],
  [24, { action: "Clipboard changed", category: PROCESS, type: CHANGE, map: mapSubject }],
  [25, { action: "Process image changed", category: PROCESS, type: CHANGE, map: mapSubject }],
  [26, { action: "File deleted", category: FILE, type: DELETION, map: mapFile }],
]);

/** Events that have a mapping of their own. */
export const sysmonCodes: readonly number[] = [...KINDS.keys()];

export function mapSysmon(fields: MutableFields, code: number, data: Data): void {
  fields["event.module"] = "sysmon";
  fields["event.dataset"] = "windows.sysmon_operational";
  fields["data_stream.dataset"] = "windows.sysmon_operational";
  const kind = KINDS.get(code);
  if (kind === undefined) {
    mapSubject(fields, data);
    return;
  }
  fields["event.action"] = kind.action;
  if (kind.category !== undefined) {
    fields["event.category"] = kind.category;
  }
  if (kind.type !== undefined) {
    fields["event.type"] = kind.type;
  }
  put(fields, "rule.name", data.get("RuleName"));
  kind.map(fields, data);
}

/** The process that acted, for the events that name it `Image`, `ProcessGuid`, `ProcessId`. */
function mapSubject(fields: MutableFields, data: Data): void {
  putProcess(fields, data.get("ProcessGuid"), data.get("ProcessId"), data.get("Image"));
  putAccount(fields, "user.name", "user.domain", data.get("User"));
}

/** The process that acted, for the events that name it `Source…`: remote threads and process access. */
function mapSource(fields: MutableFields, data: Data): void {
  const guid = data.get("SourceProcessGuid") ?? data.get("SourceProcessGUID");
  putProcess(fields, guid, data.get("SourceProcessId"), data.get("SourceImage"));
  putNumber(fields, "process.thread.id", data.get("SourceThreadId"));
  putAccount(fields, "user.name", "user.domain", data.get("SourceUser"));
}

function putProcess(
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
  if (image !== undefined && image !== "" && image !== "-" && image !== "?") {
    fields["process.executable"] = image;
    fields["process.name"] = baseName(image);
  }
}

function mapProcessStart(fields: MutableFields, data: Data): void {
  mapSubject(fields, data);
  const commandLine = data.get("CommandLine");
  if (commandLine !== undefined && commandLine !== "") {
    const args = splitSysmonCommandLine(commandLine);
    fields["process.command_line"] = commandLine;
    fields["process.args"] = args;
    fields["process.args_count"] = args.length;
  }
  put(fields, "process.working_directory", data.get("CurrentDirectory"));
  put(fields, "process.pe.original_file_name", data.get("OriginalFileName"));
  put(fields, "process.pe.company", data.get("Company"));
  put(fields, "process.pe.description", data.get("Description"));
  put(fields, "process.pe.file_version", data.get("FileVersion"));
  put(fields, "process.pe.product", data.get("Product"));
  putHashes(fields, PROCESS_HASHES, data);
  const session = logonId(data.get("LogonId"));
  if (session !== undefined) {
    fields["process.Ext.authentication_id"] = session;
    fields["winlog.logon.id"] = session;
  }
  put(fields, "process.Ext.token.integrity_level_name", data.get("IntegrityLevel")?.toLowerCase());
  const parent = entityId(data.get("ParentProcessGuid"));
  if (parent !== undefined) {
    fields["process.parent.entity_id"] = parent;
  }
  putNumber(fields, "process.parent.pid", data.get("ParentProcessId"));
  const parentImage = data.get("ParentImage");
  if (parentImage !== undefined && parentImage !== "" && parentImage !== "-" && parentImage !== "?") {
    fields["process.parent.executable"] = parentImage;
    fields["process.parent.name"] = baseName(parentImage);
  }
  const parentLine = data.get("ParentCommandLine");
  if (parentLine !== undefined && parentLine !== "" && parentLine !== "-" && parentLine !== "?") {
    const args = splitSysmonCommandLine(parentLine);
    fields["process.parent.command_line"] = parentLine;
    fields["process.parent.args"] = args;
    fields["process.parent.args_count"] = args.length;
  }
}

const hashNames = (prefix: string): ReadonlyMap<string, string> =>
  new Map([
    ["MD5", `${prefix}.hash.md5`],
    ["SHA1", `${prefix}.hash.sha1`],
    ["SHA256", `${prefix}.hash.sha256`],
    ["IMPHASH", `${prefix}.pe.imphash`],
  ]);
const PROCESS_HASHES = hashNames("process");
const FILE_HASHES = hashNames("file");
const LIBRARY_HASHES = hashNames("dll");

/** `SHA1=…,MD5=…` into one field each, in lower case. */
function putHashes(fields: MutableFields, names: ReadonlyMap<string, string>, data: Data): void {
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

function putFile(fields: MutableFields, path: string | undefined): void {
  if (path === undefined || path === "" || path === "-") {
    return;
  }
  const name = baseName(path);
  fields["file.path"] = path;
  fields["file.name"] = name;
  put(fields, "file.directory", directoryOf(path));
  put(fields, "file.extension", extensionOf(name));
}

function mapFile(fields: MutableFields, data: Data): void {
  mapSubject(fields, data);
  putFile(fields, data.get("TargetFilename"));
  putHashes(fields, FILE_HASHES, data);
}

function mapRawAccess(fields: MutableFields, data: Data): void {
  mapSubject(fields, data);
  put(fields, "file.path", data.get("Device"));
}

function mapPipe(fields: MutableFields, data: Data): void {
  mapSubject(fields, data);
  put(fields, "file.name", data.get("PipeName"));
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
const LIBRARY_SIGNATURE = signatureNames("dll");
const FILE_SIGNATURE = signatureNames("file");

function putSignature(fields: MutableFields, names: SignatureNames, data: Data): void {
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

function mapImageLoad(fields: MutableFields, data: Data): void {
  mapSubject(fields, data);
  const path = data.get("ImageLoaded");
  if (path !== undefined && path !== "") {
    putFile(fields, path);
    fields["dll.path"] = path;
    fields["dll.name"] = baseName(path);
  }
  put(fields, "dll.pe.original_file_name", data.get("OriginalFileName"));
  putHashes(fields, LIBRARY_HASHES, data);
  putSignature(fields, LIBRARY_SIGNATURE, data);
}

function mapDriver(fields: MutableFields, data: Data): void {
  putFile(fields, data.get("ImageLoaded"));
  putHashes(fields, FILE_HASHES, data);
  putSignature(fields, FILE_SIGNATURE, data);
}

function mapRegistry(fields: MutableFields, data: Data): void {
  mapSubject(fields, data);
  putRegistry(fields, data);
}

function putAddress(fields: MutableFields, name: string, text: string | undefined): string | undefined {
  const address = text === undefined ? undefined : canonicalAddress(text);
  if (address !== undefined) {
    fields[name] = address;
  }
  return address;
}

function mapNetwork(fields: MutableFields, data: Data): void {
  mapSubject(fields, data);
  putAddress(fields, "source.ip", data.get("SourceIp"));
  putNumber(fields, "source.port", data.get("SourcePort"));
  put(fields, "source.domain", data.get("SourceHostname"));
  const address = putAddress(fields, "destination.ip", data.get("DestinationIp"));
  putNumber(fields, "destination.port", data.get("DestinationPort"));
  put(fields, "destination.domain", data.get("DestinationHostname"));
  put(fields, "network.transport", data.get("Protocol"));
  put(fields, "network.protocol", data.get("DestinationPortName"));
  if (address !== undefined) {
    fields["network.type"] = address.includes(":") ? "ipv6" : "ipv4";
  }
  const initiated = data.get("Initiated");
  if (initiated === "true" || initiated === "false") {
    fields["network.direction"] = initiated === "true" ? "egress" : "ingress";
  }
}

function mapDns(fields: MutableFields, data: Data): void {
  mapSubject(fields, data);
  fields["network.protocol"] = "dns";
  put(fields, "dns.question.name", data.get("QueryName"));
  put(fields, "sysmon.dns.status", data.get("QueryStatus"));
  const addresses: string[] = [];
  for (const part of (data.get("QueryResults") ?? "").split(";")) {
    const address = canonicalAddress(part.trim());
    if (address !== undefined) {
      addresses.push(address);
    }
  }
  if (addresses.length > 0) {
    const resolved: FieldValue = addresses;
    fields["dns.resolved_ip"] = resolved;
  }
}
