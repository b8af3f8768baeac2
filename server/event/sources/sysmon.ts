import type { FieldValue } from "#contracts/event";
import { canonicalAddress } from "../address.ts";
import { splitSysmonCommandLine } from "../command-line.ts";
import { textOf } from "../event.ts";
import { baseName, isImage } from "../path.ts";
import { putRegistry } from "../registry-fields.ts";
import { entityId, logonId, type MutableFields, put, putAccount, putNumber } from "../values.ts";
import type { EventSource, MapRecord, RecordType } from "./source.ts";
import { putFile } from "./steps.ts";
import {
  FILE_HASHES,
  FILE_SIGNATURE,
  LIBRARY_HASHES,
  LIBRARY_SIGNATURE,
  PROCESS_HASHES,
  putAddress,
  putHashes,
  putProcess,
  putSignature,
} from "./sysmon-fields.ts";

type Data = ReadonlyMap<string, string>;

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
const DENIED = ["denied"];

function record(
  action: string,
  category: readonly string[] | undefined,
  type: readonly string[] | undefined,
  map: MapRecord,
  more: Pick<RecordType, "process" | "activity"> = {},
): RecordType {
  return {
    action,
    category,
    type,
    map: (fields, data, event) => {
      put(fields, "rule.name", data.get("RuleName"));
      map(fields, data, event);
    },
    ...more,
  };
}

const records: ReadonlyMap<string, RecordType> = new Map([
  ["1", record("Process creation", PROCESS, START, mapProcessStart, { process: "start" })],
  ["2", record("File creation time changed", FILE, CHANGE, mapFile)],
  [
    "3",
    record("Network connection", NETWORK, ["connection", "start", "protocol"], mapNetwork, { activity: "network" }),
  ],
  ["4", record("Sysmon service state changed", ["configuration"], CHANGE, () => {})],
  ["5", record("Process terminated", PROCESS, END, mapSubject, { process: "end" })],
  ["6", record("Driver loaded", ["driver"], START, mapDriver)],
  ["7", record("Image loaded", PROCESS, CHANGE, mapImageLoad, { activity: "module" })],
  ["8", record("Remote thread created", PROCESS, CHANGE, mapSource, { activity: "injection" })],
  ["9", record("Raw access read", PROCESS, ACCESS, mapRawAccess)],
  ["10", record("Process accessed", PROCESS, ACCESS, mapSource, { activity: "access" })],
  ["11", record("File created", FILE, CREATION, mapFile, { activity: "file" })],
  ["12", record("Registry object added or deleted", REGISTRY, CHANGE, mapRegistry, { activity: "registry" })],
  ["13", record("Registry value set", REGISTRY, CHANGE, mapRegistry, { activity: "registry" })],
  ["14", record("Registry object renamed", REGISTRY, CHANGE, mapRegistry, { activity: "registry" })],
  ["15", record("File stream created", FILE, ACCESS, mapFile, { activity: "file" })],
  ["16", record("Sysmon configuration changed", ["configuration"], CHANGE, () => {})],
  ["17", record("Pipe created", FILE, CREATION, mapPipe)],
  ["18", record("Pipe connected", FILE, ACCESS, mapPipe)],
  ["19", record("WMI event filter activity", undefined, undefined, mapSubject)],
  ["20", record("WMI event consumer activity", undefined, undefined, mapSubject)],
  ["21", record("WMI event consumer bound to filter", undefined, undefined, mapSubject)],
  ["22", record("DNS query", NETWORK, ["connection", "protocol", "info"], mapDns, { activity: "dns" })],
  ["23", record("File deleted and archived", FILE, DELETION, mapFile, { activity: "file" })],
  ["24", record("Clipboard changed", PROCESS, CHANGE, mapSubject)],
  ["25", record("Process image changed", PROCESS, CHANGE, mapSubject, { activity: "injection" })],
  ["26", record("File deleted", FILE, DELETION, mapFile, { activity: "file" })],
  ["27", record("File block executable", FILE, DENIED, mapFile, { activity: "file" })],
  ["28", record("File block shredding", FILE, DENIED, mapFile, { activity: "file" })],
  // Its creation has a record of its own.
  ["29", record("File executable detected", FILE, ["info"], mapFile)],
  ["255", record("Error report", undefined, undefined, () => {})],
]);

/**
 * Sysmon records in ECS names, as Elastic's Sysmon integration maps them. The SID in the record's header is the Sysmon
 * service's, so it never becomes `user.id`.
 */
export const sysmon: EventSource = {
  id: "sysmon",
  dataset: () => ({ module: "sysmon", dataset: "windows.sysmon_operational" }),
  records,
  map: mapSubject,
  side: "agent",
  // After a virtual machine is resumed, network and DNS events have a time that is hours off.
  clock: { field: "UtcTime", unreliable: new Set([3, 22]) },
  normalise: (fields) => {
    // Collectors map the SID of the Sysmon service.
    const sid = textOf(fields, "user.id");
    if (sid !== undefined && SERVICE_SIDS.has(sid)) {
      fields["winlog.user.identifier"] = sid;
      delete fields["user.id"];
    }
  },
};

const SERVICE_SIDS: ReadonlySet<string> = new Set(["S-1-5-18", "S-1-5-19", "S-1-5-20"]);

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
  if (parentImage !== undefined && isImage(parentImage)) {
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

function mapImageLoad(fields: MutableFields, data: Data): void {
  mapSubject(fields, data);
  const path = data.get("ImageLoaded");
  if (path !== undefined && path !== "") {
    putFile(fields, path);
    fields["dll.path"] = path;
    fields["dll.name"] = baseName(path);
  }
  put(fields, "dll.pe.original_file_name", data.get("OriginalFileName"));
  put(fields, "file.pe.original_file_name", data.get("OriginalFileName"));
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
    fields["destination.address"] = address;
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
