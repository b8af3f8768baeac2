import type { Fields, FieldValue, SourceRef } from "#contracts/event";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { FieldOrigin } from "#contracts/playbook";
import { alertDocument } from "../alert/document.ts";
import type { AlertRecord } from "../alert/record.ts";
import { type HostIdentity, hostIdentity } from "../lineage/hosts/host-identity.ts";
import { logonIdOf } from "../lineage/keys.ts";
import { linkedSessions } from "../lineage/linked-sessions.ts";
import type { Store } from "../store/port.ts";
import { type AlertAccounts, alertAccounts } from "./alert-accounts.ts";
import { type LineageField, lineageFields } from "./lineage-fields.ts";

/** The data of an alert that a playbook can use: its fields, its process and its logon session. */
export interface AlertContext {
  readonly alert: AlertRecord;
  /**
   * The alert's document, completed from its other source events and then from lineage. The user is that of the
   * process.
   */
  readonly fields: Fields;
  /** Where fields come from that no record of the alert has. */
  readonly origins: ReadonlyMap<string, FieldOrigin>;
  /** What would complete the fields if it were certain: those of an ambiguous parent, by the name of the field. */
  readonly uncertain: ReadonlyMap<string, LineageField>;
  /** The accounts that the fields name. */
  readonly accounts: AlertAccounts;
  /** The host of the alert under all of its names; read once, by the first query. */
  readonly host: () => Promise<HostIdentity>;
  readonly process?: ProcessNode;
  readonly session?: LogonSession;
  /** Why logon queries cannot run, if they cannot. */
  readonly sessionMissing?: string;
}

/**
 * Collects the fields that templates are filled from. In addition to ECS there are fields of the process's logon
 * session: `stemma.session.logon_id`, `stemma.session.logon_id_spellings` (for queries: in every spelling that logs
 * use), `stemma.session.source_ip` and `stemma.session.opened`. Service sessions (0x3e7, 0x3e4, 0x3e5) are left out:
 * they exist on every host and have no logon.
 */
export async function alertContext(store: Store, alert: AlertRecord): Promise<AlertContext> {
  const process = alert.processKey === undefined ? undefined : await store.lineage.process(alert.processKey);
  const session = process?.sessionKey === undefined ? undefined : await store.lineage.session(process.sessionKey);
  const fields: Record<string, FieldValue> = Object.create(null);
  Object.assign(fields, alertDocument(alert));
  if (alert.user !== undefined && alert.user.id === undefined) {
    // Otherwise user.id would be the account of the service that wrote the record.
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
  const origins = new Map<string, FieldOrigin>();
  const add: AddField = (field, value, origin) => {
    if (value !== undefined && fields[field] === undefined) {
      fields[field] = value;
      origins.set(field, origin);
    }
  };
  const uncertain = new Map<string, LineageField>();
  if (process !== undefined) {
    takeUserFrom(process, fields, add);
    const ancestors = process.parent === undefined ? [] : await store.lineage.ancestors(process.key, 2);
    for (const known of lineageFields(process, ancestors)) {
      if (known.origin.certain) {
        add(known.field, known.value, known.origin);
      } else if (fields[known.field] === undefined) {
        uncertain.set(known.field, known);
      }
    }
  }
  const accounts = alertAccounts(await store.lineage.accounts(), fields, alert.host);
  // The record of the alert may name the account only, and another record its SID.
  addIfKnown(fields, "user.id", accounts.of("user.name")?.account.id);
  const hasLogon = session !== undefined && !session.service;
  if (hasLogon) {
    const ids = [
      session.logonId,
      ...(await linkedSessions(store.lineage, [session])).values().map((one) => one.logonId),
    ];
    fields["stemma.session.logon_id"] = oneOrAll(ids);
    fields["stemma.session.logon_id_spellings"] = ids.flatMap(logonIdSpellings);
    coverBothHalves(fields, ids);
    addIfKnown(fields, "stemma.session.source_ip", session.sourceIp);
    addIfKnown(fields, "stemma.session.opened", session.opened);
    const origin: FieldOrigin = { kind: "session", sessionKey: session.key, certain: true };
    add("process.Ext.session_info.logon_type", session.logonTypeName, origin);
    add("process.Ext.session_info.authentication_package", session.authenticationPackage, origin);
  }
  let host: Promise<HostIdentity> | undefined;
  return {
    alert,
    fields,
    origins,
    uncertain,
    accounts,
    host: () => {
      host ??= hostIdentity(store.lineage, alert.host);
      return host;
    },
    process,
    session,
    sessionMissing: hasLogon ? undefined : sessionMissing(process, session),
  };
}

type AddField = (field: string, value: FieldValue | undefined, origin: FieldOrigin) => void;

/** A record without a user may still have the id of the account that wrote it. */
function takeUserFrom(process: ProcessNode, fields: Record<string, FieldValue>, add: AddField): void {
  const { user } = process;
  if (user === undefined || fields["user.name"] !== undefined) {
    return;
  }
  const origin: FieldOrigin = { kind: "process", processKey: process.key, certain: true };
  for (const part of ["name", "domain", "id"] as const) {
    delete fields[`user.${part}`];
    add(`user.${part}`, user[part], origin);
  }
}

/** Fields of records that name the session of the process. */
const SESSION_IDS = [
  "process.Ext.authentication_id",
  "winlog.logon.id",
  "winlog.event_data.LogonId",
  "winlog.event_data.SubjectLogonId",
  "winlog.event_data.TargetLogonId",
] as const;

/** A query for the session of a person means both halves of a split token. */
function coverBothHalves(fields: Record<string, FieldValue>, ids: readonly string[]): void {
  const [own] = ids;
  for (const name of SESSION_IDS) {
    if (ids.length > 1 && logonIdOf(String(fields[name] ?? "")) === own) {
      fields[name] = ids.flatMap(logonIdSpellings);
    }
  }
}

function oneOrAll(values: readonly string[]): FieldValue {
  const [only, ...others] = values;
  return only !== undefined && others.length === 0 ? only : values;
}

function addIfKnown(fields: Record<string, FieldValue>, name: string, value: FieldValue | undefined): void {
  if (value !== undefined) {
    fields[name] ??= value;
  }
}

function sessionMissing(process: ProcessNode | undefined, session: LogonSession | undefined): string {
  if (process === undefined) {
    return "the alert has no process, so its logon session is unknown";
  }
  if (session === undefined) {
    return "no record names the logon session of the process";
  }
  return `the process runs in the service session ${session.logonId}, which exists on every host and has no logon`;
}

/** A logon id in the spellings of different logs: hexadecimal, padded to 16 digits, with upper-case digits, decimal. */
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

/** The source records of a row without duplicates, the leading one first. */
export function uniqueSources(sources: readonly SourceRef[]): readonly SourceRef[] {
  return [...new Map(sources.map((source) => [source.eventId, source])).values()];
}
