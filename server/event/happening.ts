import type { Fields } from "#contracts/event";
import { capitalised } from "../lib/capitalised.ts";
import { textOf, valuesOf } from "./event.ts";
import { eventSummary } from "./summary.ts";

/** What happened, as a few words and one line about it. */
export interface Happening {
  /** Such as "File written"; in sentence case. */
  readonly what: string;
  /** Who did it, and what it was done to. */
  readonly summary: string;
}

/**
 * An event in words: what happened, then the program that did it and the values that matter. The words are plain, and
 * the same for every source that records the same thing; the values are those of the log: hostile text.
 */
export function happeningOf(fields: Fields): Happening {
  const summary = eventSummary(fields);
  const actor = actorOf(fields, summary);
  const what = byRecord(fields) ?? byCategory(fields) ?? ofAction(textOf(fields, "event.action")) ?? "Event";
  return { what, summary: [actor, summary].filter((part) => part !== undefined && part !== "").join(" · ") };
}

/** The name of the program; undefined where the summary has it, such as for the start of a program. */
function actorOf(fields: Fields, summary: string): string | undefined {
  const name = textOf(fields, "process.name") ?? textOf(fields, "process.executable")?.split("\\").at(-1);
  return name === undefined || name === "-" || /^(?:started|ended) /.test(summary) ? undefined : name;
}

/** Records whose category says less than what they are about, by provider and id. */
const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "Microsoft-Windows-Sysmon": {
    2: "File time changed",
    7: "Library loaded",
    8: "Thread started in another process",
    9: "Disk read directly",
    10: "Process opened",
    12: "Registry key added or deleted",
    13: "Registry value written",
    14: "Registry key renamed",
    15: "File stream written",
    17: "Pipe created",
    18: "Pipe opened",
    19: "WMI filter changed",
    20: "WMI consumer changed",
    21: "WMI consumer bound to a filter",
    24: "Clipboard changed",
    25: "Process image replaced",
    27: "Executable file blocked",
  },
  "Microsoft-Windows-Security-Auditing": {
    4616: "System time changed",
    4624: "Logon",
    4625: "Logon failed",
    4634: "Logoff",
    4647: "Logoff",
    4648: "Logon with explicit credentials",
    4656: "Handle requested",
    4657: "Registry value written",
    4658: "Handle closed",
    4660: "Object deleted",
    4661: "Handle requested",
    4662: "Directory object used",
    4663: "Object accessed",
    4670: "Permissions changed",
    4672: "Special privileges at logon",
    4673: "Privilege used",
    4697: "Service installed",
    4698: "Scheduled task created",
    4699: "Scheduled task deleted",
    4700: "Scheduled task enabled",
    4701: "Scheduled task disabled",
    4702: "Scheduled task changed",
    4703: "Token rights adjusted",
    4719: "Audit policy changed",
    4720: "Account created",
    4722: "Account enabled",
    4723: "Password change",
    4724: "Password reset",
    4725: "Account disabled",
    4726: "Account deleted",
    4728: "Member added to a group",
    4732: "Member added to a group",
    4738: "Account changed",
    4740: "Account locked",
    4756: "Member added to a group",
    4768: "Kerberos ticket (TGT) requested",
    4769: "Kerberos service ticket requested",
    4771: "Kerberos pre-authentication failed",
    4776: "Credentials validated",
    4778: "Session reconnected",
    4779: "Session disconnected",
    4798: "Groups of a user listed",
    4799: "Members of a group listed",
    5140: "Network share opened",
    5145: "File on a share opened",
    5154: "Port opened for listening",
    5156: "Network connection allowed",
    5157: "Network connection blocked",
    5158: "Local port bound",
  },
  "Microsoft-Windows-PowerShell": { 4103: "PowerShell command", 4104: "Script block" },
  PowerShell: {
    400: "PowerShell started",
    403: "PowerShell ended",
    600: "PowerShell provider started",
    800: "PowerShell command",
  },
  "Microsoft-Windows-Eventlog": { 104: "Log cleared", 1102: "Log cleared" },
  "Service Control Manager": {
    7036: "Service state changed",
    7040: "Service start type changed",
    7045: "Service installed",
  },
  "Microsoft-Windows-TaskScheduler": {
    106: "Scheduled task created",
    129: "Scheduled task started",
    140: "Scheduled task changed",
    141: "Scheduled task deleted",
    200: "Scheduled task started",
    201: "Scheduled task completed",
  },
};

function byRecord(fields: Fields): string | undefined {
  const ofProvider = words[textOf(fields, "event.provider") ?? ""];
  const code = textOf(fields, "event.code") ?? "";
  return ofProvider !== undefined && Object.hasOwn(ofProvider, code) ? ofProvider[code] : undefined;
}

/** The first that fits: events of all other sources, by the categories and types of ECS. */
const categories: readonly (readonly [category: string, type: string | undefined, what: string])[] = [
  ["process", "start", "Process started"],
  ["process", "end", "Process ended"],
  ["file", "deletion", "File deleted"],
  ["file", "creation", "File written"],
  ["file", "access", "File opened"],
  ["file", "change", "File changed"],
  ["registry", "deletion", "Registry key deleted"],
  ["registry", undefined, "Registry changed"],
  ["library", undefined, "Library loaded"],
  ["driver", undefined, "Driver loaded"],
  ["process", "access", "Process opened"],
  ["iam", "creation", "Account created"],
  ["iam", undefined, "Account changed"],
];

function byCategory(fields: Fields): string | undefined {
  const [category, type] = [valuesOf(fields, "event.category"), valuesOf(fields, "event.type")];
  if (category.includes("network")) {
    return textOf(fields, "dns.question.name") === undefined ? "Network connection" : "DNS query";
  }
  if (category.includes("authentication")) {
    const failed = textOf(fields, "event.outcome") === "failure" ? " failed" : "";
    return type.includes("end") ? "Logoff" : `Logon${failed}`;
  }
  return categories.find(
    ([wanted, kind]) => category.includes(wanted) && (kind === undefined || type.includes(kind)),
  )?.[2];
}

/** `logged-in-special` → "Logged in special". */
function ofAction(action: string | undefined): string | undefined {
  const text = action?.replaceAll(/[-_]+/g, " ").trim();
  return text === undefined || text === "" ? undefined : capitalised(text).slice(0, 80);
}
