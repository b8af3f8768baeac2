import type { Fields } from "#contracts/event";
import { fieldLabel } from "./field-labels.ts";

/** Titles of columns; others have the name of their field. */
const titles: Readonly<Record<string, string>> = {
  time: "Time",
  what: "What happened",
  summary: "Summary",
  source: "Record",
  "host.name": "Host",
  "user.name": "User",
};

const find = (from: Readonly<Record<string, string>>, column: string) =>
  Object.hasOwn(from, column) ? from[column] : undefined;

/** The title of a column that a person chose by the name of its field. */
export const columnTitle = (column: string): string => find(titles, column) ?? fieldLabel(column);

/** Titles where there is little room; the name of the field is shown on hover. */
const shortTitles: Readonly<Record<string, string>> = {
  "destination.domain": "Domain",
  "destination.ip": "Destination",
  "destination.port": "Port",
  "dll.path": "Library",
  "dns.question.name": "Name",
  "dns.resolved_ip": "Answers",
  "event.action": "Action",
  "event.code": "Event",
  "event.outcome": "Outcome",
  "file.path": "File",
  "powershell.file.script_block_text": "Script",
  "process.Ext.session_info.authentication_package": "Logon package",
  "process.Ext.session_info.logon_type": "Logon type",
  "process.args": "Arguments",
  "process.code_signature.subject_name": "Signer",
  "process.code_signature.trusted": "Trusted signature",
  "process.command_line": "Command line",
  "process.executable": "Executable",
  "process.name": "Process",
  "process.parent.command_line": "Parent command line",
  "process.parent.executable": "Parent executable",
  "process.parent.name": "Parent",
  "process.pe.original_file_name": "Original name",
  "process.pid": "PID",
  "process.working_directory": "Working directory",
  "registry.data.strings": "Value",
  "registry.path": "Registry path",
  "service.name": "Service",
  "source.ip": "Source",
  "stemma.session.logon_id": "Logon ID",
  "stemma.session.source_ip": "Logon from",
  "user.domain": "Domain",
  "winlog.event_data.AuthenticationPackageName": "Logon package",
  "winlog.event_data.LogonType": "Logon type",
  "winlog.logon.type": "Logon type",
};

export const shortColumnTitle = (column: string): string => find(shortTitles, column) ?? columnTitle(column);

/** What a row is about: the words for several of them, and the fields that it is read by, telling ones first. */
const kinds = {
  alert: {
    plural: "Alerts",
    columns: [
      "kibana.alert.rule.name",
      "kibana.alert.severity",
      "kibana.alert.workflow_status",
      "host.name",
      "user.name",
      "process.command_line",
    ],
  },
  logon: {
    plural: "Logons",
    columns: ["user.name", "winlog.logon.type", "source.ip", "event.outcome", "user.domain", "host.name"],
  },
  network: {
    plural: "Network",
    columns: ["destination.ip", "destination.port", "destination.domain", "process.name", "user.name"],
  },
  dns: { plural: "DNS", columns: ["dns.question.name", "dns.resolved_ip", "process.name", "user.name"] },
  file: { plural: "Files", columns: ["file.path", "event.action", "process.name", "user.name"] },
  registry: {
    plural: "Registry",
    columns: ["registry.path", "registry.data.strings", "process.name", "user.name"],
  },
  library: { plural: "Libraries", columns: ["dll.path", "process.name", "user.name"] },
  script: { plural: "Scripts", columns: ["powershell.file.script_block_text", "process.name", "user.name"] },
  process: {
    plural: "Processes",
    columns: ["process.name", "process.command_line", "process.parent.name", "user.name", "process.pid"],
  },
  other: { plural: "Other events", columns: ["event.action", "process.name", "user.name", "service.name"] },
} as const satisfies Readonly<Record<string, { readonly plural: string; readonly columns: readonly string[] }>>;

export type RowKind = keyof typeof kinds;

export const kindPlural = (kind: RowKind): string => kinds[kind].plural;

/** Kinds by the categories of ECS. An event of several is of the first. */
const byCategory: readonly (readonly [category: string, kind: RowKind])[] = [
  ["registry", "registry"],
  ["file", "file"],
  ["network", "network"],
  ["library", "library"],
  ["driver", "library"],
  ["authentication", "logon"],
  ["session", "logon"],
  ["process", "process"],
];

/** The values of a field, as texts. */
export function fieldValues(fields: Fields, field: string): readonly string[] {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  return value === undefined ? [] : (typeof value === "object" ? value : [value]).map(String);
}

/** What a row is about, by its fields. */
export function kindOf(fields: Fields): RowKind {
  if (fieldValues(fields, "event.kind").includes("signal")) {
    return "alert";
  }
  if (fieldValues(fields, "dns.question.name").length > 0) {
    return "dns";
  }
  if (fieldValues(fields, "powershell.file.script_block_text").length > 0) {
    return "script";
  }
  const categories = fieldValues(fields, "event.category");
  return byCategory.find(([category]) => categories.includes(category))?.[1] ?? "other";
}

/** Fields that say the same; the column of the first is enough where both have values. */
const sameMeaning: Readonly<Record<string, string>> = {
  "winlog.event_data.LogonType": "winlog.logon.type",
};

/**
 * The columns of rows of one kind: those that somebody named as worth showing, then those of the kind. Columns without
 * a value in any row are left out, and those that another one repeats.
 */
export function columnsOf(
  kind: RowKind,
  named: readonly string[],
  rows: readonly { readonly fields: Fields }[],
): readonly string[] {
  const has = (column: string) => rows.some(({ fields }) => fieldValues(fields, column).length > 0);
  const preferred = named.map((column) => {
    const other = Object.hasOwn(sameMeaning, column) ? sameMeaning[column] : undefined;
    return other !== undefined && has(other) ? other : column;
  });
  return [...new Set([...preferred, ...kinds[kind].columns])].filter(has);
}
