import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import type { SessionPage } from "#contracts/pivot";
import { eventSources } from "../event/sources.ts";
import { linkedSessions } from "../lineage/linked-sessions.ts";
import type { Store, StoreReader } from "../store/port.ts";
import { type LogonList, logonsOf, openingsOf } from "./logon-event.ts";
import { outboundLogonsOf } from "./outbound-logons.ts";
import { alertsPart, listed, listLimits } from "./pivot-lists.ts";

/** The page of a logon session: its logon, processes, alerts and outbound logons. Undefined: no such session. */
export function sessionPageOf(store: Store, key: string): Promise<SessionPage | undefined> {
  return pageOf(store.together(), key);
}

async function pageOf(store: StoreReader, key: string): Promise<SessionPage | undefined> {
  const session = await store.lineage.session(key);
  if (session === undefined) {
    return undefined;
  }
  const processes = await store.lineage.processesIn({ sessionKey: session.key, limit: listLimits.processes });
  const [linked] = (await linkedSessions(store.lineage, [session])).values();
  const [alerts, outbound, other, siblings, openedByUnknown] = await Promise.all([
    alertsOfSession(store, session, processes),
    outboundLogonsOfBoth(store, session, linked),
    linked === undefined ? undefined : linkedHalf(store, linked),
    siblingsOf(store, session),
    session.openedBy === undefined ? missingLogonReason(store, session) : undefined,
  ]);
  return {
    session: linked === undefined ? session : { ...session, linkedKey: linked.key },
    linked: other,
    linkedUnknown: other === undefined ? whyNoOtherHalf(session) : undefined,
    openedByUnknown,
    processes: listed(processes, "processes"),
    alerts,
    outboundLogons: outbound.items,
    outboundLogonNotes: [...outbound.notes],
    siblings: [...siblings.items],
    siblingsTruncationReason: siblings.truncationReason,
  };
}

/** The person at the keyboard logged on elsewhere from either half of a split token. */
async function outboundLogonsOfBoth(store: StoreReader, session: LogonSession, linked: LogonSession | undefined) {
  const [own, other] = await Promise.all([
    outboundLogonsOf(store, session),
    linked === undefined ? { items: [], notes: [] } : outboundLogonsOf(store, linked),
  ]);
  const known = new Set(own.items.map(({ logon }) => logon.id));
  const items = [...own.items, ...other.items.filter(({ logon }) => !known.has(logon.id))];
  return { items, notes: [...new Set([...own.notes, ...other.notes])] };
}

/** The other half of a split token, with what ran in it: an analyst who asks what this person did needs both. */
async function linkedHalf(store: StoreReader, session: LogonSession): Promise<NonNullable<SessionPage["linked"]>> {
  const processes = await store.lineage.processesIn({ sessionKey: session.key, limit: listLimits.processes });
  const alerts = await alertsOfSession(store, session, processes);
  return { session, processes: listed(processes, "processes"), alerts };
}

function whyNoOtherHalf({ linkedLogonId }: LogonSession): string | undefined {
  return linkedLogonId === undefined
    ? undefined
    : `The logon record names ${linkedLogonId} as the other half of this logon, but no record of that session was ingested.`;
}

async function alertsOfSession(store: StoreReader, session: LogonSession, first: Page<ProcessNode>) {
  const keys = first.items.map(({ key }) => key);
  for (let { next } = first; next !== undefined; ) {
    const page = await store.lineage.processesIn({ sessionKey: session.key, cursor: next, limit: 500 });
    keys.push(...page.items.map((process) => process.key));
    next = page.next;
  }
  return keys.length === 0 ? { items: [], total: 0 } : alertsPart(store, { processKeys: keys });
}

async function siblingsOf(
  store: StoreReader,
  session: LogonSession,
): Promise<Pick<LogonList, "items" | "truncationReason">> {
  if (session.opened === undefined || session.user === undefined || session.service) {
    return { items: [] };
  }
  const opened = Date.parse(session.opened);
  const window = { from: opened - 5000, to: opened + 5000 };
  const logons = await logonsOf(store, openingsOf(session.host, session.user), listLimits.logons, window);
  return { ...logons, items: logons.items.filter(({ id }) => id !== session.openedBy?.eventId) };
}

/** Why the record of the session's logon is missing, as a sentence. */
async function missingLogonReason(store: StoreReader, session: LogonSession): Promise<string> {
  if (session.service) {
    return `${session.logonId} is a service session that Windows opens at boot, so it has no logon record.`;
  }
  const coverage = await store.events.coverage({ hosts: [session.host] });
  const security = coverage.find(({ source }) => source === eventSources.security.id);
  return security === undefined
    ? `No Security log of ${session.host} was ingested, so its logons (4624) are unknown.`
    : `The Security log of ${session.host} covers ${security.from ?? "?"} to ${security.to ?? "?"} and has no 4624 for ${session.logonId}: the session is older, or the record was not captured.`;
}
