import type { Account } from "#contracts/account";
import { eventSourceNames } from "#contracts/event-source";
import type { LogonSession } from "#contracts/lineage";
import type { LogonEvent } from "#contracts/pivot";
import { and, type Condition, equals, exists, not, or } from "../condition/tree.ts";
import { numberOf, type StemmaEvent, textOf } from "../event/event.ts";
import { eventSources } from "../event/sources.ts";
import { agentUser, creatorUser, logonUser, tokenUser } from "../lineage/account.ts";
import type { Aliases } from "../lineage/aliases.ts";
import { hostOf } from "../lineage/event-fields.ts";
import { sessionsOfEvents } from "../lineage/links/sessions-of-facts.ts";
import type { EventResult, TimeRange } from "../store/events/port.ts";
import type { StoreReader } from "../store/port.ts";

/** The logon records of the Security log by event code, except those about privileges. */
const kinds: ReadonlyMap<string, LogonEvent["kind"]> = new Map(
  [...eventSources.security.records].flatMap(([code, { logon }]) =>
    logon === undefined || logon === "privileged" ? [] : [[code, logon] as const],
  ),
);

const securityEvents = (codes: readonly string[]): Condition =>
  and(equals("winlog.channel", eventSourceNames.security.channel), equals("event.code", codes));

/** Matches every logon record. */
export const isLogon: Condition = securityEvents([...kinds.keys()]);

/** Matches an account on one side of a logon record, by its SID or in exactly this spelling. */
function accountIs(side: "Target" | "Subject", { id, name, domain }: Account): Condition {
  const field = (part: string) => `winlog.event_data.${side}${part}`;
  const anyCase = { caseInsensitive: true };
  const ofDomain =
    domain === undefined
      ? or(not(exists(field("DomainName"))), equals(field("DomainName"), ["-", ""]))
      : equals(field("DomainName"), domain, anyCase);
  return or(
    ...(id === undefined ? [] : [equals(field("UserSid"), id, anyCase)]),
    ...(name === "" ? [] : [and(equals(field("UserName"), name, anyCase), ...(name.includes("@") ? [] : [ofDomain]))]),
  );
}

/** Logons of an account, in any of its spellings, and logons that it made with other credentials. */
export function logonsOfUser(accounts: readonly Account[]): Condition {
  return and(
    isLogon,
    or(
      ...accounts.flatMap((account) => [
        accountIs("Target", account),
        and(equals("event.code", "4648"), accountIs("Subject", account)),
      ]),
    ),
  );
}

/** Logons on a host, under any of its names. */
export function logonsOfHost(names: readonly string[]): Condition {
  return and(isLogon, equals("host.name", names, { caseInsensitive: true }));
}

/** Successful logons of an account on a host. */
export function openingsOf(host: string, account: Account): Condition {
  return and(
    securityEvents(["4624"]),
    equals("host.name", host, { caseInsensitive: true }),
    accountIs("Target", account),
  );
}

/**
 * A logon event as the pivots show it, on the host that its name means. `session` is the one that the logon opened or
 * closed, or was made in.
 */
export function logonEventOf(
  event: StemmaEvent,
  hosts: Aliases,
  session: LogonSession | undefined,
  process: { readonly key: string; readonly name?: string } | undefined,
): LogonEvent | undefined {
  const { fields } = event;
  const kind = kinds.get(textOf(fields, "event.code") ?? "");
  if (kind === undefined) {
    return undefined;
  }
  const explicit = kind === "explicit";
  const targetHost = textOf(fields, "winlog.event_data.TargetServerName");
  return {
    id: event.id,
    time: new Date(event.time).toISOString(),
    kind,
    host: hosts.shown(hostOf(event)),
    user: explicit ? creatorUser(fields) : (logonUser(fields) ?? agentUser(fields)),
    targetUser: explicit ? tokenUser(fields) : undefined,
    targetHost: explicit ? targetHost : undefined,
    logonType: numberOf(fields, "winlog.event_data.LogonType"),
    logonTypeName: textOf(fields, "winlog.logon.type"),
    authenticationPackage: textOf(fields, "winlog.event_data.AuthenticationPackageName"),
    sourceIp: textOf(fields, "source.ip"),
    // The mapped field, not the original value, which is "-" if the record names no host.
    sourceHost: textOf(fields, "source.domain"),
    sessionKey: session?.key,
    processKey: process?.key,
    processName: process?.name ?? textOf(fields, "process.name"),
    source: event.source,
  };
}

export interface LogonList {
  readonly items: readonly LogonEvent[];
  readonly total: number;
  readonly truncationReason?: string;
}

/** Logon events, newest first, with their sessions and the processes that requested them. */
export async function logonsOf(
  store: StoreReader,
  condition: Condition,
  limit: number,
  window: TimeRange = {},
): Promise<LogonList> {
  const [result, { hosts }] = await Promise.all([
    store.events.find({ condition, limit, order: "newest-first", ...window }),
    store.lineage.accounts(),
  ]);
  return {
    items: await viewLogons(store, hosts, result.events),
    total: result.total,
    truncationReason: truncationReasonOf(result),
  };
}

async function viewLogons(
  store: StoreReader,
  hosts: Aliases,
  events: readonly StemmaEvent[],
): Promise<readonly LogonEvent[]> {
  const [sessions, processes] = await Promise.all([
    sessionsOfEvents(store.lineage, hosts, events),
    store.lineage.processesOf(events),
  ]);
  return events.flatMap((event) => logonEventOf(event, hosts, sessions.get(event.id), processes.get(event.id)) ?? []);
}

function truncationReasonOf(result: EventResult): string | undefined {
  return result.events.length < result.total
    ? `The latest ${result.events.length} of ${result.total} logon records are shown.`
    : undefined;
}
