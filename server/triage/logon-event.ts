import type { Account, LogonSession } from "#contracts/lineage";
import type { LogonEvent } from "#contracts/pivot";
import { and, type Condition, equals, not, or, wildcard } from "../condition/tree.ts";
import { escapePattern } from "../condition/wildcard-pattern.ts";
import { numberOf, type StemmaEvent, textOf } from "../event/event.ts";
import { agentUser, creatorUser, logonUser } from "../lineage/account.ts";
import { hostOf } from "../lineage/facts.ts";
import { logonIdOf, sessionKey } from "../lineage/keys.ts";
import type { EventResult, Store, Window } from "../store/port.ts";

/** Windows Security: 4624 opened, 4625 failed, 4634 and 4647 closed, 4648 explicit credentials. */
const kinds: Readonly<Record<string, LogonEvent["kind"]>> = {
  "4624": "opened",
  "4625": "failed",
  "4634": "closed",
  "4647": "closed",
  "4648": "explicit",
};

const target = (codes: readonly string[]): Condition =>
  and(equals("winlog.channel", "Security"), equals("event.code", codes));

/** Every event that tells of a logon. */
export const isLogon: Condition = target(Object.keys(kinds));

/**
 * The account on one side of a logon record: by its SID, else by name and domain. One domain is written in two ways, as
 * NetBIOS name in process records (`CORP`) and by its DNS name in Kerberos logons (`CORP.EXAMPLE`): both count.
 */
function accountIs(side: "Target" | "Subject", account: Account): Condition {
  const field = (part: string) => `winlog.event_data.${side}${part}`;
  const sid = account.id === undefined ? [] : [equals(field("UserSid"), account.id, { fold: true })];
  if (account.name === "") {
    return or(...sid);
  }
  const name = equals(field("UserName"), account.name, { fold: true });
  const { domain } = account;
  if (domain === undefined) {
    return or(...sid, name);
  }
  const short = domain.split(".")[0] ?? domain;
  const sameDomain = or(
    equals(field("DomainName"), [domain, short], { fold: true }),
    // A longer name is only taken for the same domain where the given one is the short form.
    ...(short === domain
      ? [wildcard(field("DomainName"), `${escapePattern(domain)}.*`, { fold: true, escape: true })]
      : []),
  );
  return or(...sid, and(name, sameDomain));
}

/** Logons of an account, and those that it made with the credentials of another one. */
export function logonsOfUser(account: Account): Condition {
  return and(
    isLogon,
    or(accountIs("Target", account), and(equals("event.code", "4648"), accountIs("Subject", account))),
  );
}

export function logonsOfHost(host: string): Condition {
  return and(isLogon, equals("host.name", host, { fold: true }));
}

/** 4648 events that were made from inside a session. */
export function explicitLogonsOf(session: LogonSession): Condition {
  return and(
    target(["4648"]),
    equals("host.name", session.host, { fold: true }),
    equals("winlog.event_data.SubjectLogonId", session.logonId, { fold: true }),
  );
}

/** Successful network logons on a host. */
export function networkLogonsOn(host: string): Condition {
  return and(
    target(["4624"]),
    equals("host.name", host, { fold: true }),
    equals("winlog.event_data.LogonType", ["3", "8"]),
  );
}

/** Successful network logons of an account on other hosts, coming from one of these addresses. */
export function networkLogonsFrom(host: string, addresses: readonly string[], account: Account): Condition {
  return and(
    target(["4624"]),
    equals("winlog.event_data.LogonType", ["3", "8"]),
    equals("source.ip", addresses),
    not(equals("host.name", host, { fold: true })),
    accountIs("Target", account),
  );
}

/** Openings of sessions of one account on one host. */
export function openingsOf(host: string, account: Account): Condition {
  return and(target(["4624"]), equals("host.name", host, { fold: true }), accountIs("Target", account));
}

/** The logon id that an event is about: of the new session, or for explicit credentials of the session that used them. */
export function logonIdOfEvent(event: StemmaEvent): string | undefined {
  const explicit = textOf(event.fields, "event.code") === "4648";
  return logonIdOf(textOf(event.fields, `winlog.event_data.${explicit ? "Subject" : "Target"}LogonId`));
}

/** Pure: one logon event as the pivots show it. `session` is the one that it opened, closed or was made from. */
export function logonEventOf(
  event: StemmaEvent,
  session: LogonSession | undefined,
  process: { readonly key: string; readonly name?: string } | undefined,
): LogonEvent | undefined {
  const { fields } = event;
  const kind = kinds[textOf(fields, "event.code") ?? ""];
  if (kind === undefined) {
    return undefined;
  }
  const explicit = kind === "explicit";
  const targetHost = textOf(fields, "winlog.event_data.TargetServerName");
  return {
    id: event.id,
    time: new Date(event.time).toISOString(),
    kind,
    host: hostOf(event) ?? "",
    user: explicit ? creatorUser(fields) : (logonUser(fields) ?? agentUser(fields)),
    targetUser: explicit ? logonUser(fields) : undefined,
    targetHost: explicit ? targetHost : undefined,
    logonType: numberOf(fields, "winlog.event_data.LogonType"),
    logonTypeName: textOf(fields, "winlog.logon.type"),
    authenticationPackage: textOf(fields, "winlog.event_data.AuthenticationPackageName"),
    sourceIp: textOf(fields, "source.ip"),
    // Not from the original value: it is "-" where the record names no host, which the mapping drops.
    sourceHost: textOf(fields, "source.domain"),
    sessionKey: session?.key,
    processKey: process?.key,
    processName: process?.name ?? textOf(fields, "process.name"),
    source: event.source,
  };
}

/**
 * Ties logon events to their sessions: the session that a 4624 opened; for the others the session with that logon id on
 * that host that was open then. Logon ids come again after a boot, so time decides.
 */
export async function sessionsOfEvents(
  store: Store,
  events: readonly StemmaEvent[],
): Promise<ReadonlyMap<string, LogonSession>> {
  const keysOf = (event: StemmaEvent): readonly string[] => {
    const host = hostOf(event);
    const logonId = logonIdOfEvent(event);
    return host === undefined || logonId === undefined
      ? []
      : [sessionKey(host, logonId), sessionKey(host, logonId, event.time)];
  };
  const keys = [...new Set(events.flatMap(keysOf))];
  const found = new Map<string, LogonSession>();
  for (let start = 0; start < keys.length; start += 500) {
    const slice = keys.slice(start, start + 500);
    const page = await store.lineage.sessions({ keys: slice, limit: slice.length });
    for (const session of page.items) {
      found.set(session.key, session);
    }
  }
  return new Map(
    events.flatMap((event) => {
      const candidates = keysOf(event).flatMap((key) => found.get(key) ?? []);
      const session =
        candidates.find(({ openedBy }) => openedBy?.eventId === event.id) ??
        candidates.find((candidate) => wasOpen(candidate, event.time));
      return session === undefined ? [] : [[event.id, session] as const];
    }),
  );
}

function wasOpen(session: LogonSession, time: number): boolean {
  const slack = 2000;
  const opened = session.opened === undefined ? Number.NEGATIVE_INFINITY : Date.parse(session.opened) - slack;
  const closed = session.closed === undefined ? Number.POSITIVE_INFINITY : Date.parse(session.closed) + slack;
  return time >= opened && time <= closed;
}

export interface LogonList {
  readonly items: readonly LogonEvent[];
  readonly total: number;
  readonly cut?: string;
}

/** Logon events, newest first, tied to their sessions and to the processes that asked for them. */
export async function logonsOf(
  store: Store,
  condition: Condition,
  limit: number,
  window: Window = {},
): Promise<LogonList> {
  const result = await store.events.find({ condition, limit, order: "newest-first", ...window });
  return { items: await viewLogons(store, result.events), total: result.total, cut: cutOf(result) };
}

export async function viewLogons(store: Store, events: readonly StemmaEvent[]): Promise<readonly LogonEvent[]> {
  const sessions = await sessionsOfEvents(store, events);
  const views = await Promise.all(
    events.map(async (event) => logonEventOf(event, sessions.get(event.id), await store.lineage.processOf(event))),
  );
  return views.flatMap((view) => view ?? []);
}

function cutOf(result: EventResult): string | undefined {
  return result.events.length < result.total
    ? `The latest ${result.events.length} of ${result.total} logon records are shown.`
    : undefined;
}
