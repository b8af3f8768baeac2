import { nameOfLabel } from "./security-labels.ts";

/**
 * The values in the rendered message of a Security record, in any language. Labels are translated, and differently in
 * each version of Windows, but a message always has the same values in the same order: one per line, indented below the
 * heading of its section. So the place of a value tells what it is, and the form of ids whether the places are right.
 * Labels decide only where a message has lost some of its lines.
 */

type Names = readonly string[];

/** A value that is not needed, or that the message words instead of showing it. */
const other = "";
const account = (who: "Subject" | "Target"): Names => [`${who}UserSid`, `${who}UserName`, `${who}DomainName`];
const user = (who: "Subject" | "Target"): Names => [...account(who), `${who}LogonId`];
const process: Names = ["ProcessId", "ProcessName"];
const network: Names = ["WorkstationName", "IpAddress", "IpPort"];
const authentication: Names = ["LogonProcessName", "AuthenticationPackageName", other, other, other];
const linked: Names = ["TargetLinkedLogonId", "TargetOutboundUserName", "TargetOutboundDomainName"];
const logonEnd: Names = ["LogonGuid", ...process, ...network, ...authentication];
const started: Names = ["NewProcessId", "NewProcessName", other];

/** Names of the values in the order of the message, by event code; one list for each version of the message. */
const layouts: ReadonlyMap<number, readonly Names[]> = new Map<number, readonly Names[]>([
  [
    4624,
    [
      [...user("Subject"), "LogonType", ...user("Target"), ...logonEnd],
      [...user("Subject"), "LogonType", other, ...user("Target"), ...logonEnd],
      [...user("Subject"), "LogonType", other, other, other, other, ...user("Target"), ...linked, ...logonEnd],
      [...user("Subject"), "LogonType", other, other, other, other, other, ...user("Target"), ...linked, ...logonEnd],
    ],
  ],
  [
    4625,
    [
      [
        ...user("Subject"),
        "LogonType",
        ...account("Target"),
        other,
        "Status",
        "SubStatus",
        ...process,
        ...network,
        ...authentication,
      ],
    ],
  ],
  [4634, [[...user("Target"), "LogonType"]]],
  [4647, [user("Target")]],
  [
    4648,
    [
      [
        ...user("Subject"),
        "LogonGuid",
        "TargetUserName",
        "TargetDomainName",
        "TargetLogonGuid",
        "TargetServerName",
        "TargetInfo",
        ...process,
        "IpAddress",
        "IpPort",
      ],
    ],
  ],
  [4672, [[...user("Subject"), "PrivilegeList"]]],
  [
    4688,
    [
      [...user("Subject"), ...started, "ProcessId"],
      [...user("Subject"), ...started, "ProcessId", "CommandLine"],
      [...user("Subject"), ...started, "MandatoryLabel", "ProcessId", "ParentProcessName", "CommandLine"],
      [
        ...user("Subject"),
        ...user("Target"),
        ...started,
        "MandatoryLabel",
        "ProcessId",
        "ParentProcessName",
        "CommandLine",
      ],
    ],
  ],
  [4689, [[...user("Subject"), ...process, "Status"]]],
]);

/** Without one of these values a record is of little use, so its message is read. */
const needed: ReadonlyMap<number, Names> = new Map([
  [4624, ["TargetLogonId", "ProcessId"]],
  [4625, ["TargetUserName", "ProcessId"]],
  [4634, ["TargetLogonId"]],
  [4647, ["TargetLogonId"]],
  [4648, ["SubjectLogonId", "ProcessId"]],
  [4672, ["SubjectLogonId"]],
  [4688, ["NewProcessId", "ProcessId", "SubjectLogonId"]],
  [4689, ["ProcessId", "SubjectLogonId"]],
]);

/** Whether the order of the values in messages of this event code is known. */
export function hasLayout(code: number): boolean {
  return layouts.has(code);
}

/** Adds the values that an exporter left out of a Security record and that its message has. */
export function recoverFromSecurityMessage(code: number, data: Map<string, string>, message: string): void {
  if (needed.get(code)?.every((name) => data.has(name)) !== false) {
    return;
  }
  const values = valuesOf(message);
  const layout = layouts
    .get(code)
    ?.findLast(
      (names) => names.length <= values.length && names.every((name, index) => hasForm(name, values[index] ?? "")),
    );
  const found = layout?.map((name, index) => [name, values[index] ?? ""] as const) ?? labelledValues(code, message);
  for (const [name, value] of found) {
    if (name !== other && value !== "" && value !== "-" && !isWorded(name, value) && !data.has(name)) {
      data.set(name, value);
    }
  }
}

/** The account of a session that ends is its target, every other message names its subject first. */
const firstAccount = (code: number) => (code === 4634 || code === 4647 ? "Target" : "Subject");

/** Values by their labels. The first account of a message is the subject, the second one the target. */
function labelledValues(code: number, message: string): readonly (readonly [name: string, value: string])[] {
  const found: (readonly [string, string])[] = [];
  const seen = new Map<string, number>();
  for (const line of message.split(/\r?\n/)) {
    const at = line.search(/[:：]/);
    const label = at < 0 ? undefined : nameOfLabel(line.slice(0, at));
    const value = line.slice(at + 1).trim();
    if (label === undefined || value === "") {
      continue;
    }
    const count = seen.get(label) ?? 0;
    seen.set(label, count + 1);
    const who = count === 0 ? firstAccount(code) : "Target";
    const name = ofAccount.has(label) ? `${who}${label}` : label === "CreatorProcessId" ? "ProcessId" : label;
    if (count < 2 && hasForm(name, value)) {
      found.push([name, value]);
    }
  }
  return found;
}

const ofAccount: ReadonlySet<string> = new Set(["UserSid", "UserName", "DomainName", "LogonId"]);

/** A label, a colon of any script, and the value. French has a blank before the colon that does not break the line. */
const labelled = /^[^:：]{1,80}[:：]([\s\u3000]*)(.*)$/;

function valuesOf(message: string): readonly string[] {
  const values: string[] = [];
  for (const line of message.split(/\r?\n/)) {
    const isIndented = /^(?:\t| {2,})/.test(line);
    const [, space = "", value = ""] = labelled.exec(line) ?? [];
    const isLabelled = labelled.test(line);
    if (isIndented ? isLabelled : isLabelled && space.includes("\t") && value !== "") {
      values.push(value.trim());
    } else if (isIndented && values.length > 0) {
      // A value of several lines, such as a list of privileges.
      values.push(`${values.pop()}\n${line.trim()}`);
    } else if (values.length > 0 && line.trim() !== "" && !/[:：]\s*$/.test(line)) {
      // Prose that explains the values.
      break;
    }
  }
  return values;
}

const forms: readonly (readonly [name: RegExp, form: RegExp])[] = [
  [/(?:ProcessId|LogonId|Status)$/, /^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i],
  [/^LogonType$/, /^\d{1,2}$/],
  [/Guid$/, /^\{[0-9a-f-]{36}\}$/i],
  [/^IpPort$/, /^(?:\d{1,5}|-|)$/],
];

function hasForm(name: string, value: string): boolean {
  const form = forms.find(([pattern]) => pattern.test(name));
  return form === undefined || form[1].test(value);
}

/** A SID for which the message shows a name. */
function isWorded(name: string, value: string): boolean {
  return (name.endsWith("Sid") || name === "MandatoryLabel") && !value.startsWith("S-1-");
}

/** The pid in the message of any other Security record. */
export function processIdOf(code: number, message: string): string | undefined {
  return labelledValues(code, message).find(([name]) => name === "ProcessId")?.[1];
}
