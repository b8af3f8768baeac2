import type { LogonSession } from "#contracts/lineage";
import type { LogonEvent, SessionPage } from "#contracts/pivot";
import { and, equals, exists, or } from "../condition/tree.ts";
import { type StemmaEvent, textOf } from "../event/event.ts";
import type { Store } from "../store/port.ts";
import { explicitLogonsOf, logonEventOf, networkLogonsFrom, networkLogonsOn, sessionsOfEvents } from "./logon-event.ts";

/** Seconds between the use of credentials on one host and the logon that they lead to on the other. */
const reach = 10_000;
const shown = 200;
/** Sessions of a host that are looked through to find another one of the account. */
const mostSessions = 2000;

/**
 * Where a session went on to. A 4648 inside the session names the account that was used and the host it was used on; the
 * session that it led to is the network logon (4624, type 3) of that account on that host within ten seconds, and where
 * the 4624 names its source, that source must be the host of the first session. A process that goes on with the
 * session's own credentials writes no 4648: then a network logon of the same account from an address of this host is
 * tied to the session, if no other session of the account on this host was open. Nothing is tied on less.
 */
export async function onwardOf(store: Store, session: LogonSession): Promise<Onward> {
  if (session.service) {
    return { items: [], notes: [] };
  }
  const window = {
    from: session.opened === undefined ? undefined : Date.parse(session.opened) - 2000,
    to: session.closed === undefined ? undefined : Date.parse(session.closed) + 2000,
  };
  const explicit = await store.events.find({
    condition: explicitLogonsOf(session),
    limit: shown,
    order: "oldest-first",
    ...window,
  });
  const hosts = (await store.lineage.hosts()).map(({ host }) => host);
  const own = await addressesOf(store, session);
  const onward: SessionPage["onward"][number][] = [];
  for (const event of explicit.events) {
    const logon = logonEventOf(event, session, await store.lineage.processOf(event));
    if (logon !== undefined) {
      onward.push({ logon, session: await sessionLedTo(store, event, logon, hosts, { host: session.host, own }) });
    }
  }
  const tied = new Set(onward.flatMap(({ session: next }) => next?.key ?? []));
  const implicit = await withOwnCredentials(store, session, own);
  const cut =
    explicit.events.length < explicit.total
      ? [`The first ${explicit.events.length} of ${explicit.total} uses of other credentials are shown.`]
      : [];
  return {
    items: [...onward, ...implicit.items.filter(({ session: next }) => next !== undefined && !tied.has(next.key))],
    notes: [...cut, ...implicit.notes],
  };
}

export interface Onward {
  readonly items: SessionPage["onward"];
  /** What is left out and why, a sentence each. */
  readonly notes: readonly string[];
}

/** Network logons on other hosts that the session made with its own credentials, each with the session that it opened. */
async function withOwnCredentials(store: Store, session: LogonSession, own: ReadonlySet<string>): Promise<Onward> {
  const { user } = session;
  const addresses = [...own].filter((address) => !isLoopback(address));
  const span = await openSpanOf(store, session);
  if (user === undefined || addresses.length === 0 || span === undefined) {
    return { items: [], notes: [] };
  }
  const found = await store.events.find({
    condition: networkLogonsFrom(session.host, addresses, user),
    limit: shown,
    order: "oldest-first",
    ...span,
  });
  if (found.total > 0 && (await isShared(store, session, span))) {
    const note = `${found.total} network logons of the account came from this host, but another session of it was open then, so they are not tied to this one.`;
    return { items: [], notes: [note] };
  }
  const sessions = await sessionsOfEvents(store, found.events);
  return {
    items: found.events.flatMap((event) => {
      const next = sessions.get(event.id);
      const logon = logonEventOf(event, next, undefined);
      return logon === undefined
        ? []
        : [{ logon: { ...logon, targetHost: logon.host, targetUser: user }, session: next }];
    }),
    notes:
      found.events.length < found.total
        ? [`The first ${found.events.length} of ${found.total} network logons to other hosts are shown.`]
        : [],
  };
}

/** When a session is known to have been open: from its logon, else from its first process. */
async function openSpanOf(
  store: Store,
  session: LogonSession,
): Promise<{ readonly from: number; readonly to?: number } | undefined> {
  const to = session.closed === undefined ? undefined : Date.parse(session.closed) + 2000;
  if (session.opened !== undefined) {
    return { from: Date.parse(session.opened) - 2000, to };
  }
  const { items } = await store.lineage.processesIn({ sessionKey: session.key, limit: 500 });
  const starts = items.flatMap(({ start }) => (start === undefined ? [] : [Date.parse(start)]));
  return starts.length === 0 ? undefined : { from: Math.min(...starts) - 2000, to };
}

/** Whether another session of the account on the same host may have been open at that time. */
async function isShared(
  store: Store,
  session: LogonSession,
  span: { readonly from: number; readonly to?: number },
): Promise<boolean> {
  const { items, total } = await store.lineage.sessions({ host: session.host, limit: mostSessions });
  return (
    total > items.length ||
    items.some(
      (other) =>
        other.key !== session.key &&
        isSameAccount(other.user, session.user) &&
        (other.opened === undefined || span.to === undefined || Date.parse(other.opened) <= span.to) &&
        (other.closed === undefined || Date.parse(other.closed) >= span.from),
    )
  );
}

function isSameAccount(one: LogonSession["user"], other: LogonSession["user"]): boolean {
  if (one?.id !== undefined && other?.id !== undefined) {
    return one.id.toLowerCase() === other.id.toLowerCase();
  }
  return one !== undefined && one.name.toLowerCase() === other?.name.toLowerCase();
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

async function sessionLedTo(
  store: Store,
  event: StemmaEvent,
  logon: LogonEvent,
  hosts: readonly string[],
  from: { readonly host: string; readonly own: ReadonlySet<string> },
): Promise<LogonSession | undefined> {
  const host = hosts.find((candidate) => candidate !== from.host && isSameHost(candidate, logon.targetHost));
  if (host === undefined || logon.targetUser === undefined) {
    return undefined;
  }
  const window = { from: event.time - 2000, to: event.time + reach };
  const candidates = await store.events.find({
    condition: networkLogonsOn(host),
    limit: shown,
    order: "oldest-first",
    ...window,
  });
  const fitting = candidates.events.filter((candidate) => {
    const user = textOf(candidate.fields, "winlog.event_data.TargetUserName")?.toLowerCase();
    return user === logon.targetUser?.name.toLowerCase() && comesFrom(candidate, from);
  });
  const sessions = await sessionsOfEvents(store, fitting);
  return fitting.map(({ id }) => sessions.get(id)).find((candidate) => candidate !== undefined);
}

/** Whether a 4624 may come from a host: what it says of its source must not contradict. */
function comesFrom(event: StemmaEvent, from: { readonly host: string; readonly own: ReadonlySet<string> }): boolean {
  const name = textOf(event.fields, "winlog.event_data.WorkstationName") ?? textOf(event.fields, "source.domain");
  if (name !== undefined && name !== "-" && name !== "") {
    return isSameHost(from.host, name);
  }
  const address = textOf(event.fields, "source.ip");
  return address === undefined || from.own.size === 0 || from.own.has(address);
}

/** Addresses of a host as its own records tell them (`host.ip`, and the source of its Sysmon network events). */
async function addressesOf(store: Store, session: LogonSession): Promise<ReadonlySet<string>> {
  const condition = and(
    equals("host.name", session.host, { fold: true }),
    or(exists("host.ip"), and(equals("event.code", "3"), equals("network.direction", ["egress", "outbound"]))),
  );
  const found = await store.events.find({ condition, limit: 50, order: "newest-first" });
  return new Set(
    found.events.flatMap(({ fields }) =>
      [textOf(fields, "host.ip"), textOf(fields, "source.ip")].filter((ip) => ip !== undefined),
    ),
  );
}

/** The same host with or without its domain. */
export function isSameHost(host: string, name: string | undefined): boolean {
  const first = (text: string) => text.toLowerCase().replace(/^\\\\/, "").split(".")[0];
  return name !== undefined && name !== "" && first(host) === first(name);
}
