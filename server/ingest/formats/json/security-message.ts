import { nameOfLabel } from "./security-labels.ts";

/**
 * The values in the rendered message of a Security record, in any language. Labels are translated, and differently in
 * each version of Windows, but a message always has the same values in the same order: one per line, indented below the
 * heading of its section. So the place of a value tells what it is, and the form of ids whether the places are right.
 * Labels decide only where a message has lost some of its lines.
 *
 * A command line is text of whoever started the process: its lines may look like values, headings or prose of the
 * message. But it is the last value, so it ends only where the prose behind it begins.
 */

type Names = readonly string[];
type Named = readonly [name: string, value: string];

interface Value {
  readonly text: string;
  /** The line it begins in. */
  readonly line: number;
}

/** A value that is not needed, or that the message words instead of showing it. */
const other = "";
const executableName = "NewProcessName";
const commandLine = "CommandLine";
const account = (who: "Subject" | "Target"): Names => [`${who}UserSid`, `${who}UserName`, `${who}DomainName`];
const user = (who: "Subject" | "Target"): Names => [...account(who), `${who}LogonId`];
const process: Names = ["ProcessId", "ProcessName"];
const network: Names = ["WorkstationName", "IpAddress", "IpPort"];
const authentication: Names = ["LogonProcessName", "AuthenticationPackageName", other, other, other];
const linked: Names = ["TargetLinkedLogonId", "TargetOutboundUserName", "TargetOutboundDomainName"];
const logonEnd: Names = ["LogonGuid", ...process, ...network, ...authentication];
const started: Names = ["NewProcessId", executableName, other];

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
      [...user("Subject"), ...started, "ProcessId", commandLine],
      [...user("Subject"), ...started, "MandatoryLabel", "ProcessId", "ParentProcessName", commandLine],
      [
        ...user("Subject"),
        ...user("Target"),
        ...started,
        "MandatoryLabel",
        "ProcessId",
        "ParentProcessName",
        commandLine,
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
  const lines = message.split("\n");
  const values = valuesOf(lines);
  const layout = layouts
    .get(code)
    ?.findLast(
      (names) =>
        names.length <= values.length && names.every((name, index) => hasForm(name, values[index]?.text ?? "")),
    );
  const found = layout === undefined ? labelledValues(code, lines) : placedValues(layout, values, lines);
  for (const [name, value] of found) {
    if (name !== other && value !== "" && value !== "-" && !isWorded(name, value) && !data.has(name)) {
      data.set(name, value);
    }
  }
}

/** Values by their places. */
function placedValues(layout: Names, values: readonly Value[], lines: readonly string[]): readonly Named[] {
  const executable = values[layout.indexOf(executableName)]?.line;
  return layout.flatMap((name, index) => {
    const value = values[index];
    return value === undefined
      ? []
      : [[name, name === commandLine ? wholeCommandLine(lines, value.line, executable) : value.text]];
  });
}

/** The account of a session that ends is its target, every other message names its subject first. */
const firstAccount = (code: number) => (code === 4634 || code === 4647 ? "Target" : "Subject");

/** Values by their labels. The first account of a message is the subject, the second one the target. */
function labelledValues(code: number, lines: readonly string[]): readonly Named[] {
  const found: Named[] = [];
  const seen = new Map<string, number>();
  let executable: number | undefined;
  for (const [index, line] of lines.entries()) {
    const at = line.search(/[:：]/);
    const label = at < 0 ? undefined : nameOfLabel(line.slice(0, at));
    const value = line.slice(at + 1).trim();
    if (label === commandLine) {
      found.push([label, wholeCommandLine(lines, index, executable)]);
      break;
    }
    if (label === executableName) {
      executable = index;
    }
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
const labelled = /^[^:：]{1,80}[:：]([\s\u3000]*)(.*)$/s;

const isIndented = (line: string | undefined) => /^(?:\t| {2,})/.test(line ?? "");
const isBlank = (line: string | undefined) => line?.trim() === "";

function valuesOf(lines: readonly string[]): readonly Value[] {
  const values: Value[] = [];
  for (const [index, line] of lines.entries()) {
    const [label, space = "", value = ""] = labelled.exec(line) ?? [];
    const last = values.at(-1);
    if (label !== undefined && (isIndented(line) || (space.includes("\t") && value !== ""))) {
      values.push({ text: value.trim(), line: index });
    } else if (last !== undefined && isIndented(line)) {
      // A value of several lines, such as a list of privileges.
      values[values.length - 1] = { ...last, text: `${last.text}\n${line.trim()}` };
    } else if (last !== undefined && !isBlank(line) && !/[:：]\s*$/.test(line)) {
      // Prose that explains the values, or a further line of the command line.
      break;
    }
  }
  return values;
}

/** The command line that begins in a line. `executable` is the line with the name of the new process. */
function wholeCommandLine(lines: readonly string[], start: number, executable: number | undefined): string {
  const first = lines[start] ?? "";
  const more = lines.slice(start + 1, endOfCommandLine(lines, start, executable));
  return [first.slice(first.search(/[:：]/) + 1), ...more].join("\n").trim();
}

/**
 * The line behind a command line. The prose follows an empty line and explains the type of the token, whose label is
 * below the name of the new process: the last place like that is the prose, since whatever imitates it is before it.
 */
function endOfCommandLine(lines: readonly string[], start: number, executable: number | undefined): number {
  // Judged by what Windows wrote, since an exporter may have left empty lines out.
  const hasBlanks = lines.slice(0, start).some(isBlank);
  const label = executable === undefined ? "" : labelOf(lines[executable + 1]);
  const prose = lines.findLastIndex(
    (line, index) =>
      index > start &&
      label !== "" &&
      (!hasBlanks || isBlank(lines[index - 1])) &&
      !isIndented(line) &&
      line.toLowerCase().includes(label),
  );
  if (prose > 0) {
    return prose;
  }
  if (!hasBlanks) {
    return Math.max(lines.findLastIndex(isIndented), start) + 1;
  }
  const blank = lines.findIndex((line, index) => index > start && isBlank(line));
  return blank < 0 ? lines.length : blank;
}

function labelOf(line = ""): string {
  return line
    .slice(0, Math.max(line.search(/[:：]/), 0))
    .trim()
    .toLowerCase();
}

const forms: readonly (readonly [name: RegExp, form: RegExp])[] = [
  [/(?:ProcessId|LogonId|Status)$/, /^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i],
  // Never an id, which is what other versions of the message have in their place.
  [/(?:UserSid|MandatoryLabel)$/, /^(?!(?:0x[0-9a-f]+|\d+)$)/i],
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
  return labelledValues(code, message.split("\n")).find(([name]) => name === "ProcessId")?.[1];
}
