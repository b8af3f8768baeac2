import { splitSecurityCommandLine } from "../command-line.ts";
import { logonId, put, putNumber } from "../values.ts";
import { accountRecords } from "./security-accounts.ts";
import { objectRecords } from "./security-objects.ts";
import { policyRecords } from "./security-policy.ts";
import { actor, effectiveUser, privileges, source, subject, targetAsUser } from "./security-steps.ts";
import type { EventSource, RecordType } from "./source.ts";
import {
  commandLineFields,
  inOrder,
  meaning,
  number,
  program,
  record,
  type Step,
  session,
  step,
  text,
} from "./steps.ts";

type Data = ReadonlyMap<string, string>;

type Logon = NonNullable<RecordType["logon"]>;

function logon(action: string, type: string, what: Logon, ...steps: readonly Step[]): RecordType {
  const outcome = what === "failed" ? "failure" : "success";
  return record({ action, category: ["authentication"], type: [type], outcome, logon: what }, ...steps);
}

function process(action: string, moment: "start" | "end", ...steps: readonly Step[]): RecordType {
  return record({ action, category: ["process"], type: [moment], outcome: "success", process: moment }, ...steps);
}

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

/** 4688: `user` is the creator, `user.effective` the token of the new process, `ProcessId` the creator's pid. */
const started: Step = step(
  [
    "process.pid",
    "process.parent.pid",
    ...commandLineFields,
    "process.Ext.authentication_id",
    "winlog.logon.id",
    "process.Ext.token.integrity_level_name",
  ],
  (fields, data) => {
    putNumber(fields, "process.pid", data.get("NewProcessId"));
    const commandLine = data.get("CommandLine");
    if (commandLine !== undefined && commandLine !== "" && commandLine !== "-") {
      const args = splitSecurityCommandLine(commandLine);
      fields["process.command_line"] = commandLine;
      fields["process.args"] = args;
      fields["process.args_count"] = args.length;
    }
    putNumber(fields, "process.parent.pid", data.get("ProcessId"));
    const session = sessionOfStart(data);
    if (session !== undefined) {
      fields["process.Ext.authentication_id"] = session;
      fields["winlog.logon.id"] = session;
    }
    const label = data.get("MandatoryLabel");
    put(
      fields,
      "process.Ext.token.integrity_level_name",
      label === undefined ? undefined : INTEGRITY_LEVELS.get(label),
    );
  },
);

/** The session of the new process: `TargetLogonId`, or the creator's when that is absent or 0x0. */
function sessionOfStart(data: Data): string | undefined {
  const target = logonId(data.get("TargetLogonId"));
  return target === undefined || target === "0x0" ? logonId(data.get("SubjectLogonId")) : target;
}

const logonType = meaning("winlog.logon.type", LOGON_TYPES, "LogonType");
const targetSession = session("winlog.logon.id", "TargetLogonId");
const logonSteps: readonly Step[] = [
  ...targetAsUser,
  ...actor,
  source,
  text("source.domain", "WorkstationName"),
  logonType,
  targetSession,
];
const logoffSteps: readonly Step[] = [...targetAsUser, logonType, targetSession];

const records: ReadonlyMap<string, RecordType> = new Map<string, RecordType>([
  ["4624", logon("logged-in", "start", "opened", ...logonSteps)],
  ["4625", logon("logon-failed", "start", "failed", ...logonSteps)],
  ["4634", logon("logged-out", "end", "closed", ...logoffSteps)],
  ["4647", logon("logged-out", "end", "closed", ...logoffSteps)],
  ["4648", logon("logged-in-explicit", "start", "explicit", ...subject, ...effectiveUser, ...actor, source)],
  ["4672", { ...logon("logged-in-special", "admin", "privileged", ...subject, privileges), category: ["iam"] }],
  [
    "4688",
    process(
      "created-process",
      "start",
      ...subject,
      ...effectiveUser,
      program("process", "NewProcessName"),
      program("process.parent", "ParentProcessName"),
      started,
    ),
  ],
  ["4689", process("exited-process", "end", ...subject, ...actor, number("process.exit_code", "Status"))],
  ...accountRecords,
  ...objectRecords,
  ...policyRecords,
]);

/** Windows Security records in ECS names, as Elastic's Security pipelines map them. */
export const security: EventSource = {
  id: "security",
  dataset: () => ({ module: "security", dataset: "system.security" }),
  records,
  map: inOrder([...subject, ...actor, source]),
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
