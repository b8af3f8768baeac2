import { canonicalAddress } from "../address.ts";
import { splitSecurityCommandLine } from "../command-line.ts";
import { baseName, isImage } from "../path.ts";
import { logonId, type MutableFields, NULL_SID, parseNumber, put, putNumber } from "../values.ts";
import type { EventSource, MapRecord, RecordType } from "./source.ts";

type Data = ReadonlyMap<string, string>;

const AUTHENTICATION = ["authentication"];
const PROCESS = ["process"];
const START = ["start"];
const END = ["end"];

function logon(
  action: string,
  type: readonly string[],
  map: MapRecord,
  what: NonNullable<RecordType["logon"]>,
): RecordType {
  return {
    action,
    category: AUTHENTICATION,
    type,
    outcome: what === "failed" ? "failure" : "success",
    map,
    logon: what,
  };
}

function process(action: string, type: readonly string[], map: MapRecord, moment: "start" | "end"): RecordType {
  return { action, category: PROCESS, type, outcome: "success", map, process: moment };
}

const records: ReadonlyMap<string, RecordType> = new Map<string, RecordType>([
  ["4624", logon("logged-in", START, mapLogon, "opened")],
  ["4625", logon("logon-failed", START, mapLogon, "failed")],
  ["4634", logon("logged-out", END, mapLogoff, "closed")],
  ["4647", logon("logged-out", END, mapLogoff, "closed")],
  ["4648", logon("logged-in-explicit", START, mapExplicitLogon, "explicit")],
  ["4672", { ...logon("logged-in-special", ["admin"], mapSubjectLogon, "privileged"), category: ["iam"] }],
  ["4688", process("created-process", START, mapProcessStart, "start")],
  ["4689", process("exited-process", END, mapProcessEnd, "end")],
]);

/** Windows Security records in ECS names, as Elastic's Security pipelines map them. */
export const security: EventSource = {
  id: "security",
  dataset: () => ({ module: "security", dataset: "system.security" }),
  records,
  map: (fields, data) => {
    putUser(fields, data, "Subject");
    putActor(fields, data);
    putSource(fields, data);
  },
  side: "security",
  normalise: (fields, { code, data }) => {
    // Collectors map the creator's session, not that of the new process.
    const session = records.get(String(code))?.process === "start" ? sessionOfStart(data) : undefined;
    if (session !== undefined) {
      fields["winlog.logon.id"] = session;
      fields["process.Ext.authentication_id"] = session;
    }
  },
};

/** The names that Winlogbeat uses for `LogonType`. */
const LOGON_TYPES: ReadonlyMap<string, string> = new Map([
  ["2", "Interactive"],
  ["3", "Network"],
  ["4", "Batch"],
  ["5", "Service"],
  ["7", "Unlock"],
  ["8", "NetworkCleartext"],
  ["9", "NewCredentials"],
  ["10", "RemoteInteractive"],
  ["11", "CachedInteractive"],
  ["12", "CachedRemoteInteractive"],
  ["13", "CachedUnlock"],
]);

const INTEGRITY_LEVELS: ReadonlyMap<string, string> = new Map([
  ["S-1-16-0", "untrusted"],
  ["S-1-16-4096", "low"],
  ["S-1-16-8192", "medium"],
  ["S-1-16-8448", "medium_plus"],
  ["S-1-16-12288", "high"],
  ["S-1-16-16384", "system"],
  ["S-1-16-20480", "protected"],
]);

function putUser(fields: MutableFields, data: Data, who: "Subject" | "Target"): void {
  put(fields, "user.name", data.get(`${who}UserName`));
  put(fields, "user.domain", data.get(`${who}DomainName`));
  const sid = data.get(`${who}UserSid`) ?? data.get(`${who}Sid`);
  if (sid !== NULL_SID) {
    put(fields, "user.id", sid);
  }
}

function putEffectiveUser(fields: MutableFields, data: Data): void {
  put(fields, "user.effective.name", data.get("TargetUserName"));
  put(fields, "user.effective.domain", data.get("TargetDomainName"));
  const sid = data.get("TargetUserSid");
  if (sid !== NULL_SID) {
    put(fields, "user.effective.id", sid);
  }
}

/** The process that caused the record: `ProcessName` and `ProcessId` (hex or decimal; 0 means none). */
function putActor(fields: MutableFields, data: Data): void {
  const pid = parseNumber(data.get("ProcessId"));
  if (pid !== undefined && pid !== 0) {
    fields["process.pid"] = pid;
  }
  const path = data.get("ProcessName");
  if (path !== undefined && isImage(path)) {
    fields["process.executable"] = path;
    fields["process.name"] = baseName(path);
  }
}

function putSource(fields: MutableFields, data: Data): void {
  const text = data.get("IpAddress");
  const address = text === undefined ? undefined : canonicalAddress(text);
  if (address !== undefined) {
    fields["source.ip"] = address;
    putNumber(fields, "source.port", data.get("IpPort"));
  }
}

function putLogonId(fields: MutableFields, text: string | undefined): void {
  const id = logonId(text);
  if (id !== undefined) {
    fields["winlog.logon.id"] = id;
  }
}

function putLogonType(fields: MutableFields, data: Data): void {
  const type = data.get("LogonType");
  put(fields, "winlog.logon.type", type === undefined ? undefined : LOGON_TYPES.get(type));
}

function mapLogon(fields: MutableFields, data: Data): void {
  putUser(fields, data, "Target");
  putActor(fields, data);
  putSource(fields, data);
  put(fields, "source.domain", data.get("WorkstationName"));
  putLogonType(fields, data);
  putLogonId(fields, data.get("TargetLogonId"));
}

function mapLogoff(fields: MutableFields, data: Data): void {
  putUser(fields, data, "Target");
  putLogonType(fields, data);
  putLogonId(fields, data.get("TargetLogonId"));
}

function mapExplicitLogon(fields: MutableFields, data: Data): void {
  putUser(fields, data, "Subject");
  putEffectiveUser(fields, data);
  putActor(fields, data);
  putSource(fields, data);
  putLogonId(fields, data.get("SubjectLogonId"));
}

function mapSubjectLogon(fields: MutableFields, data: Data): void {
  putUser(fields, data, "Subject");
  putLogonId(fields, data.get("SubjectLogonId"));
}

/** 4688: `user` is the creator, `user.effective` the token of the new process, `ProcessId` the creator's pid. */
function mapProcessStart(fields: MutableFields, data: Data): void {
  putUser(fields, data, "Subject");
  putEffectiveUser(fields, data);
  const image = data.get("NewProcessName");
  if (image !== undefined && isImage(image)) {
    fields["process.executable"] = image;
    fields["process.name"] = baseName(image);
  }
  putNumber(fields, "process.pid", data.get("NewProcessId"));
  const commandLine = data.get("CommandLine");
  if (commandLine !== undefined && commandLine !== "" && commandLine !== "-") {
    const args = splitSecurityCommandLine(commandLine);
    fields["process.command_line"] = commandLine;
    fields["process.args"] = args;
    fields["process.args_count"] = args.length;
  }
  putNumber(fields, "process.parent.pid", data.get("ProcessId"));
  const parent = data.get("ParentProcessName");
  if (parent !== undefined && isImage(parent)) {
    fields["process.parent.executable"] = parent;
    fields["process.parent.name"] = baseName(parent);
  }
  const session = sessionOfStart(data);
  if (session !== undefined) {
    fields["process.Ext.authentication_id"] = session;
    fields["winlog.logon.id"] = session;
  }
  const label = data.get("MandatoryLabel");
  put(fields, "process.Ext.token.integrity_level_name", label === undefined ? undefined : INTEGRITY_LEVELS.get(label));
}

/** The session of the new process: `TargetLogonId`, or the creator's when that is absent or 0x0. */
function sessionOfStart(data: Data): string | undefined {
  const target = logonId(data.get("TargetLogonId"));
  return target === undefined || target === "0x0" ? logonId(data.get("SubjectLogonId")) : target;
}

function mapProcessEnd(fields: MutableFields, data: Data): void {
  putUser(fields, data, "Subject");
  putActor(fields, data);
  putLogonId(fields, data.get("SubjectLogonId"));
  putNumber(fields, "process.exit_code", data.get("Status"));
}
