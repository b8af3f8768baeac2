import type { Account } from "#contracts/account";
import type { Fields, FieldValue } from "#contracts/event";
import { recordLabel } from "#contracts/event-source";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { Evidence, EvidenceReference } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import type { AlertRecord } from "../alert/record.ts";
import type { StemmaEvent } from "../event/event.ts";
import { assertNever, fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { type AlertContext, alertContext } from "./alert-fields.ts";

/** Longest label in UTF-16 units; see `evidence` in the contract. */
const mostLabel = 2000;
/** Longest id. A field with a longer value is named by the beginning of that. */
const mostId = 500;
/** Events of an alert whose fields can be pinned. */
const mostEvents = 100;

/**
 * Evidence with labels that say what the store has: the words of a client are not evidence. It must be stored, so that
 * everybody can open it later; a field must have the value on this alert. Problem: `playbook.unknown-evidence`.
 */
export async function namedEvidence(
  store: Store,
  alert: AlertRecord,
  evidence: readonly EvidenceReference[],
): Promise<Result<Evidence[], RequestProblem>> {
  // All at once: a store across a network then looks them up together.
  const reader: Store = { ...store, ...store.together() };
  const fieldOf = evidence.some(({ kind }) => kind === "field") ? await fieldLabels(store, alert) : () => undefined;
  const labels = await Promise.all(evidence.map((item) => labelOf(reader, item, fieldOf)));
  const unknown = labels.indexOf(undefined);
  const missing = evidence[unknown];
  return missing === undefined
    ? ok(evidence.map(({ kind, id }, index) => ({ kind, id, label: (labels[index] ?? "").slice(0, mostLabel) })))
    : fail(unknownEvidence(missing, unknown));
}

function unknownEvidence({ kind, id }: EvidenceReference, index: number): RequestProblem {
  const shown = id.slice(0, 100);
  return {
    code: "playbook.unknown-evidence",
    message: kind === "field" ? `The alert has no field ${shown}.` : `No ${kind} ${shown} is stored.`,
    remedy:
      kind === "field"
        ? "Name a field of the alert, alone or with one of its values: `user.name: lena`. Pin other records themselves."
        : undefined,
    at: { field: `evidence.${index}.id` },
  };
}

type FieldLabels = (id: string) => string | undefined;

async function labelOf(
  { events, alerts, lineage }: Store,
  { kind, id }: EvidenceReference,
  fieldOf: FieldLabels,
): Promise<string | undefined> {
  switch (kind) {
    case "event":
      return described(await events.get(id), eventLabel);
    case "alert":
      return described(await alerts.get(id), alertLabel);
    case "process":
      return described(await lineage.process(id), processLabel);
    case "session":
      return described(await lineage.session(id), sessionLabel);
    case "field":
      return fieldOf(id);
    default:
      return assertNever(kind);
  }
}

const described = <T>(record: T | undefined, label: (record: T) => string): string | undefined =>
  record === undefined ? undefined : label(record);

/** What tells events apart, the most telling first. */
const eventFields = [
  "destination.ip",
  "dns.question.name",
  "file.path",
  "registry.path",
  "dll.path",
  "Target.process.executable",
  "process.command_line",
  "process.executable",
  "winlog.event_data.TargetUserName",
  "event.action",
];

function eventLabel({ source, fields }: StemmaEvent): string {
  const what = eventFields.map((name) => fields[name]).find((value) => value !== undefined && value !== "");
  return `${recordLabel(source)}${onHost(fields["host.name"])}${what === undefined ? "" : `: ${textOf(what)}`}`;
}

function alertLabel({ rule, host, fields }: AlertRecord): string {
  const what = fields["process.command_line"] ?? fields["process.name"];
  return `${rule.name}${onHost(host)}${what === undefined ? "" : `: ${textOf(what)}`}`;
}

function processLabel({ name, executable, pid, host, commandLine }: ProcessNode): string {
  const image = name ?? executable?.split(/[\\/]/).at(-1) ?? "unnamed process";
  return `${[image, ...(pid === undefined ? [] : [pid])].join(" ")}${onHost(host)}${
    commandLine === undefined ? "" : `: ${commandLine}`
  }`;
}

function sessionLabel({ logonId, user, host }: LogonSession): string {
  return `Logon session ${logonId}${user === undefined ? "" : ` of ${accountText(user)}`}${onHost(host)}`;
}

const accountText = ({ domain, name }: Account): string => (domain === undefined ? name : `${domain}\\${name}`);

const onHost = (host: FieldValue | undefined): string =>
  host === undefined || host === "" ? "" : ` on ${textOf(host)}`;

const textsOf = (value: FieldValue): readonly string[] => (typeof value === "object" ? value : [value]).map(String);
const textOf = (value: FieldValue): string => textsOf(value).join(", ");

/** Labels of the fields of an alert by `name` or `name: value`; undefined for what the alert does not have. */
async function fieldLabels(store: Store, alert: AlertRecord): Promise<FieldLabels> {
  const context = await alertContext(store, alert);
  const ids = [...new Set([...alert.sources.map(({ eventId }) => eventId), ...(alert.sequence?.eventIds ?? [])])];
  const { events } = store.together();
  const found = await Promise.all(ids.slice(0, mostEvents).map((id) => events.get(id)));
  const holders: readonly Fields[] = [
    context.fields,
    ...found.flatMap((event) => (event === undefined ? [] : [event.fields])),
  ];
  const facts = [...processFacts(context), ...correlationFacts(alert)];
  const valuesOf = (name: string): readonly string[] => [
    ...new Set([
      ...holders.flatMap((fields) => (Object.hasOwn(fields, name) ? textsOf(fields[name] ?? []) : [])),
      ...facts.flatMap(([field, value]) => (field === name && value !== undefined ? String(value) : [])),
    ]),
  ];
  return (id) => {
    const end = id.indexOf(": ");
    const name = end === -1 ? id : id.slice(0, end);
    const values = valuesOf(name);
    if (end === -1) {
      return values.length === 0 ? undefined : `${name}: ${values.join(", ")}`;
    }
    const wanted = id.slice(end + 2);
    const value = values.find((one) => one === wanted || (id.length === mostId && one.startsWith(wanted)));
    return value === undefined ? undefined : `${name}: ${value}`;
  };
}

type Fact = readonly [field: string, value: string | number | undefined];

/** What the details of the alert's process show, under the names of their fields. */
function processFacts({ process, session }: AlertContext): readonly Fact[] {
  if (process === undefined) {
    return [];
  }
  const hashes = Object.entries(process.hashes ?? {});
  return [
    ["host.name", process.host],
    ["user.name", process.user?.name],
    ["user.name", process.creator?.name],
    ["process.executable", process.executable],
    ["process.command_line", process.commandLine],
    ["process.working_directory", process.workingDirectory],
    ["process.pe.original_file_name", process.originalFileName],
    ["process.pe.company", process.company],
    ["process.Ext.token.integrity_level_name", process.integrityLevel],
    ["process.exit_code", process.exitCode],
    ["process.entity_id", process.entityId],
    ["source.ip", session?.sourceIp],
    ...hashes.map(([kind, value]): Fact => [`process.hash.${kind.toLowerCase()}`, value]),
  ];
}

/** The values that a rule over many events found. */
function correlationFacts({ correlation }: AlertRecord): readonly Fact[] {
  const { terms = [], counted = [], newTerms = [] } = correlation ?? {};
  return [
    ...terms.map(({ field, value }): Fact => [field, value]),
    ...terms.flatMap(({ field }) => newTerms.map((value): Fact => [field, value])),
    ...counted.flatMap(({ field = "", values }) => values.map((value): Fact => [field, value])),
  ];
}
