import { canonicalAddress } from "./address.ts";
import { splitSecurityCommandLine } from "./command-line.ts";
import { baseName } from "./path.ts";
import { logonId, type MutableFields, parseNumber, put, putNumber } from "./values.ts";

/** Windows Security records in ECS names, as the Security pipelines map them. */

type Data = ReadonlyMap<string, string>;

interface SecurityKind {
  readonly action: string;
  readonly category: readonly string[];
  readonly type: readonly string[];
  readonly outcome?: "success" | "failure";
  readonly map: (fields: MutableFields, data: Data) => void;
}

const AUTHENTICATION = ["authentication"];
const PROCESS = ["process"];
const START = ["start"];
const END = ["end"];

const KINDS: ReadonlyMap<number, SecurityKind> = new Map<number, SecurityKind>([
  [4624, { action: "logged-in", category: AUTHENTICATION, type: START, outcome: "success", map: mapLogon }],
  [4625, { action: "logon-failed", category: AUTHENTICATION, type: START, outcome: "failure", map: mapLogon }],
  [4634, { action: "logged-out", category: AUTHENTICATION, type: END, outcome: "success", map: mapLogoff }],
  [4647, { action: "logged-out", category: AUTHENTICATION, type: END, outcome: "success", map: mapLogoff }],
  [
    4648,
    { action: "logged-in-explicit", category: AUTHENTICATION, type: START, outcome: "success", map: mapExplicitLogon },
  ],
  [4672, { action: "logged-in-special", category: ["iam"], type: ["admin"], outcome: "success", map: mapSubjectLogon }],
  [4688, { action: "created-process", category: PROCESS, type: START, outcome: "success", map: mapProcessStart }],
  [4689, { action: "exited-process", category: PROCESS, type: END, outcome: "success", map: mapProcessEnd }],
]);

/** Events that have a mapping of their own. */
export const securityCodes: readonly number[] = [...KINDS.keys()];

/** The words that Winlogbeat uses for `LogonType`. */
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

export function mapSecurity(fields: MutableFields, code: number, data: Data): void {
  fields["event.module"] = "security";
  fields["event.dataset"] = "system.security";
  fields["data_stream.dataset"] = "system.security";
  const kind = KINDS.get(code);
  if (kind === undefined) {
    putUser(fields, data, "Subject");
    putActor(fields, data);
    putSource(fields, data);
    return;
  }
  fields["event.action"] = kind.action;
  fields["event.category"] = kind.category;
  fields["event.type"] = kind.type;
  if (kind.outcome !== undefined) {
    fields["event.outcome"] = kind.outcome;
  }
  kind.map(fields, data);
}

function putUser(fields: MutableFields, data: Data, who: "Subject" | "Target"): void {
  put(fields, "user.name", data.get(`${who}UserName`));
  put(fields, "user.domain", data.get(`${who}DomainName`));
  const sid = data.get(`${who}UserSid`) ?? data.get(`${who}Sid`);
  if (sid !== NOBODY) {
    put(fields, "user.id", sid);
  }
}

/** The null SID: Windows writes it where there is no account. */
const NOBODY = "S-1-0-0";

function putEffectiveUser(fields: MutableFields, data: Data): void {
  put(fields, "user.effective.name", data.get("TargetUserName"));
  put(fields, "user.effective.domain", data.get("TargetDomainName"));
  const sid = data.get("TargetUserSid");
  if (sid !== NOBODY) {
    put(fields, "user.effective.id", sid);
  }
}

/** The process that caused the record: `ProcessName` and `ProcessId` (hex or decimal; 0 is none). */
function putActor(fields: MutableFields, data: Data): void {
  const pid = parseNumber(data.get("ProcessId"));
  if (pid !== undefined && pid !== 0) {
    fields["process.pid"] = pid;
  }
  const path = data.get("ProcessName");
  if (path !== undefined && path !== "" && path !== "-") {
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

/**
 * 4688: `user` is the creator, `user.effective` the token of the new process. `ProcessId` is the creator's pid. The
 * session of the new process is `TargetLogonId`, or the creator's where that is absent or 0x0.
 */
function mapProcessStart(fields: MutableFields, data: Data): void {
  putUser(fields, data, "Subject");
  putEffectiveUser(fields, data);
  const image = data.get("NewProcessName");
  if (image !== undefined && image !== "" && image !== "-") {
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
  if (parent !== undefined && parent !== "" && parent !== "-") {
    fields["process.parent.executable"] = parent;
    fields["process.parent.name"] = baseName(parent);
  }
  const target = logonId(data.get("TargetLogonId"));
  const session = target === undefined || target === "0x0" ? logonId(data.get("SubjectLogonId")) : target;
  if (session !== undefined) {
    fields["process.Ext.authentication_id"] = session;
    fields["winlog.logon.id"] = session;
  }
  const label = data.get("MandatoryLabel");
  put(fields, "process.Ext.token.integrity_level_name", label === undefined ? undefined : INTEGRITY_LEVELS.get(label));
}

function mapProcessEnd(fields: MutableFields, data: Data): void {
  putUser(fields, data, "Subject");
  putActor(fields, data);
  putLogonId(fields, data.get("SubjectLogonId"));
  putNumber(fields, "process.exit_code", data.get("Status"));
}
