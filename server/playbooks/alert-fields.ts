import type { Fields, FieldValue, SourceRef } from "#contracts/event";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import { alertDocument } from "../alert/document.ts";
import type { AlertRecord } from "../alert/record.ts";
import type { Store } from "../store/port.ts";

/** What the steps of a playbook know of an alert: its fields, its process and its logon session. */
export interface AlertContext {
  readonly alert: AlertRecord;
  /** The alert's document (the user is the one of the process); what it lacks comes from the other source events, then from lineage. */
  readonly fields: Fields;
  readonly process?: ProcessNode;
  readonly session?: LogonSession;
  /** Why no logon query can run, when none can. */
  readonly sessionMissing?: string;
}

/**
 * Gathers the fields that templates are filled from. Beside ECS there are `stemma.session.logon_id`, the same as
 * `stemma.session.logon_id_spellings` in every spelling in which logs write it (for queries), `stemma.session.source_ip` and `stemma.session.opened`, from the logon session of the process.
 * Service sessions (0x3e7, 0x3e4, 0x3e5) are left out: they exist on every host and link to no logon.
 */
export async function alertContext(store: Store, alert: AlertRecord): Promise<AlertContext> {
  const process = alert.processKey === undefined ? undefined : await store.lineage.process(alert.processKey);
  const session = process?.sessionKey === undefined ? undefined : await store.lineage.session(process.sessionKey);
  const fields: Record<string, FieldValue> = Object.create(null);
  Object.assign(fields, alertDocument(alert));
  if (alert.user !== undefined && alert.user.id === undefined) {
    // What is left in user.id then is the account of the service that wrote the record.
    delete fields["user.id"];
  }
  for (const source of alert.sources.slice(0, 20)) {
    const event = await store.events.get(source.eventId);
    for (const [name, value] of Object.entries(event?.fields ?? {})) {
      if (!name.startsWith("user.")) {
        fields[name] ??= value;
      }
    }
  }
  fields["host.name"] ??= alert.host;
  if (process !== undefined) {
    addFromProcess(fields, process);
  }
  const useful = session !== undefined && !session.service;
  if (useful) {
    fields["stemma.session.logon_id"] = session.logonId;
    fields["stemma.session.logon_id_spellings"] = logonIdSpellings(session.logonId);
    addIfKnown(fields, "stemma.session.source_ip", session.sourceIp);
    addIfKnown(fields, "stemma.session.opened", session.opened);
    addIfKnown(fields, "process.Ext.session_info.logon_type", session.logonTypeName);
    addIfKnown(fields, "process.Ext.session_info.authentication_package", session.authenticationPackage);
  }
  return { alert, fields, process, session, sessionMissing: useful ? undefined : sessionMissing(process, session) };
}

function addFromProcess(fields: Record<string, FieldValue>, process: ProcessNode): void {
  addIfKnown(fields, "process.entity_id", process.entityId);
  addIfKnown(fields, "process.pid", process.pid);
  addIfKnown(fields, "process.executable", process.executable);
  addIfKnown(fields, "process.command_line", process.commandLine);
}

function addIfKnown(fields: Record<string, FieldValue>, name: string, value: FieldValue | undefined): void {
  if (value !== undefined) {
    fields[name] ??= value;
  }
}

function sessionMissing(process: ProcessNode | undefined, session: LogonSession | undefined): string {
  if (process === undefined) {
    return "the alert is tied to no process, so its logon session is not known";
  }
  if (session === undefined) {
    return "no record names the logon session of the process";
  }
  return `the process runs in the service session ${session.logonId}, which exists on every host and belongs to no logon`;
}

/** A logon id as logs write it: short hexadecimal, padded to 16 digits, upper case digits, decimal. */
export function logonIdSpellings(logonId: string): readonly string[] {
  if (!/^0x[0-9a-f]+$/i.test(logonId)) {
    return [logonId];
  }
  const digits = logonId.slice(2).toLowerCase();
  const upper = digits.toUpperCase();
  return [
    ...new Set([
      `0x${digits}`,
      `0x${upper}`,
      `0x${digits.padStart(16, "0")}`,
      `0x${upper.padStart(16, "0")}`,
      BigInt(`0x${digits}`).toString(),
    ]),
  ];
}

/** The source records of a row, the leading one first, each once. */
export function uniqueSources(sources: readonly SourceRef[]): readonly SourceRef[] {
  return [...new Map(sources.map((source) => [source.eventId, source])).values()];
}
