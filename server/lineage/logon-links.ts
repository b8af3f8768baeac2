import type { Account } from "#contracts/account";
import type { SourceRef } from "#contracts/event";
import type { LogonLink, LogonSession, ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import type { StemmaEvent } from "../event/event.ts";
import { type HostAddress, hostsOfAddress, placeAddress } from "./addresses.ts";
import { firstLabel } from "./aliases.ts";
import { factOf } from "./fact-of.ts";
import type { LogonFact } from "./facts.ts";
import { sessionKey } from "./keys.ts";
import {
  type CredentialUse,
  canBeLinked,
  type LogonEvidence,
  linkByRecords,
  linkLogon,
  type SourceConnection,
} from "./link-logon.ts";
import {
  type AccountNames,
  accountNames,
  type HostNames,
  hostNames,
  isSameAccount,
  keysOfAccount,
  type LinkNames,
  type NameSource,
} from "./link-names.ts";
import type { LogonProbe } from "./tables.ts";

/** What has to be read to tie logons on one host to sessions on another. */
export interface LinkSource extends NameSource {
  addresses(
    of: { readonly hosts: readonly string[] } | { readonly addresses: readonly string[] },
  ): Promise<readonly HostAddress[]>;
  logonFacts(probes: readonly LogonProbe[], limit: number): Promise<readonly (readonly LogonFact[])[]>;
  sessions(query: {
    readonly hosts?: readonly string[];
    readonly userKeys?: readonly string[];
    readonly keys?: readonly string[];
    readonly limit: number;
  }): Promise<Page<LogonSession>>;
  /** The process that a stored record is about. */
  processOfRecord(eventId: string): Promise<ProcessNode | undefined>;
  /** Connections that processes opened, with the process where it is known. */
  connections(
    query: ConnectionQuery,
  ): Promise<readonly { readonly process: ProcessNode; readonly source: SourceRef }[]>;
}

export type ConnectionQuery = { readonly from: number; readonly to: number } & (
  | { readonly hosts: readonly string[]; readonly address: string; readonly port: number }
  | { readonly destinations: readonly string[]; readonly userName: string }
);

export interface LogonLinks {
  /** What a session came from on another host; undefined where it is no such session or nothing tells. */
  causeOf(session: LogonSession): Promise<LogonLink | undefined>;
  /** Where a session went on to on other hosts. */
  onwardOf(session: LogonSession): Promise<OutboundLogons>;
}

export interface OutboundLogons {
  /** Links from this session, or from one of several of which it is one (`ambiguous`), the earliest first. */
  readonly links: readonly LogonLink[];
  /**
   * Uses of other credentials inside the session (4648), the earliest first, whether or not a logon was found for them.
   */
  readonly explicit: readonly LogonFact[];
  /** Logons that were looked at. */
  readonly looked: number;
  /** What is left out and why, a sentence each. */
  readonly notes: readonly string[];
}

/** Two hosts' clocks may differ by this much (milliseconds). */
const SKEW = 5_000;
/** From the use of credentials, or a connection, to the logon that it leads to. */
const REACH = 10_000;
/** Records of one kind that are looked through for one link, and links that are shown of one session. */
const MOST = 200;

/**
 * Ties logon sessions to what caused them on other hosts (`link-logon.ts` decides). Causes and onward sessions are one
 * relation read from both ends: a session went on to those whose cause it is. Make one for each request: it remembers
 * names of hosts and accounts.
 */
export function logonLinks(source: LinkSource): LogonLinks {
  const hosts = hostNames(source);
  let accounts: Promise<AccountNames> | undefined;
  // All accounts are only read for a logon that is looked for by its account.
  const keysOf = async (user: Account) => {
    accounts ??= accountNames(source);
    return keysOfAccount(await accounts, user);
  };

  const causeOf = async (session: LogonSession): Promise<LogonLink | undefined> => {
    const opened = await openingOf(source, session);
    return opened === undefined || !canBeLinked(session, opened)
      ? undefined
      : linkLogon(await evidenceOf(source, { hosts, keysOf }, session, opened));
  };

  const onwardOf = async (session: LogonSession): Promise<OutboundLogons> => {
    if (session.service) {
      return { links: [], explicit: [], looked: 0, notes: [] };
    }
    const span = openSpan(session);
    const direct = await source.addresses({ hosts: [session.host] });
    const found =
      direct.length > 0 ? direct : await source.addresses({ hosts: (await hosts([session.host])).all(session.host) });
    const own = found.map(({ address }) => address);
    // Credentials are used on after a network logon was said to have ended: what it started goes on.
    const everAfter = { from: span.from, to: Number.MAX_SAFE_INTEGER };
    const [uses = [], ...arrived] = await source.logonFacts(
      [
        { by: "session", host: session.host, logonId: session.logonId, what: "explicit", ...everAfter },
        ...[...new Set(own)].map((address) => ({ by: "address", address, what: "opened", ...span }) as const),
      ],
      MOST + 1,
    );
    const owners = await sessionsOf(source, uses);
    // Of a logon id that came again after a boot, uses may be of another session.
    const explicit = uses.filter(({ source: { eventId } }) => {
      const owner = owners.get(eventId);
      return owner === undefined || owner.key === session.key;
    });
    const targets = explicit.length === 0 ? [] : await targetsOf(hosts, explicit.slice(0, MOST));
    const used = await source.logonFacts(targets, MOST + 1);
    const openings = distinctFacts([...used, ...arrived].flat()).filter(({ host }) => host !== session.host);
    const sessions = await sessionsOpenedBy(source, openings.slice(0, MOST));
    const links: LogonLink[] = [];
    for (const candidate of sessions) {
      const link = await causeOf(candidate);
      if (link !== undefined && comesFrom(link, session)) {
        links.push(link);
      }
    }
    links.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
    const looked = Math.min(openings.length, MOST);
    return { links, explicit: explicit.slice(0, MOST), looked, notes: notesOf(explicit, openings) };
  };

  return { causeOf, onwardOf };
}

function notesOf(explicit: readonly LogonFact[], openings: readonly LogonFact[]): readonly string[] {
  return [
    ...(explicit.length > MOST ? [`Only the first ${MOST} uses of other credentials are looked at.`] : []),
    ...(openings.length > MOST ? [`Only the first ${MOST} logons from this host are looked at.`] : []),
  ];
}

function comesFrom({ from, candidates = [] }: LogonLink, session: LogonSession): boolean {
  return [from, ...candidates].some((end) => end.sessionKey === session.key);
}

async function openingOf(source: LinkSource, { host, logonId, opened }: LogonSession): Promise<LogonFact | undefined> {
  if (opened === undefined) {
    return undefined;
  }
  const time = Date.parse(opened);
  const [facts = []] = await source.logonFacts(
    [{ by: "session", host, logonId, what: "opened", from: time, to: time }],
    1,
  );
  return facts[0];
}

async function evidenceOf(
  source: LinkSource,
  names: LinkNames,
  session: LogonSession,
  opened: LogonFact,
): Promise<LogonEvidence> {
  const { time, sourcePort, user } = opened;
  const address = placeAddress(opened.sourceIp);
  const known = address === undefined ? [] : await source.addresses({ addresses: [address] });
  const byAddress = hostsOfAddress(known, time);
  const aliases = await names.hosts([session.host, opened.sourceHost, ...byAddress]);
  const own = aliases.all(session.host);
  // The name is the client's own word; the address is what the connection came from.
  const named = byAddress.length > 0 ? byAddress : aliases.named(opened.sourceHost);
  const sources = [...new Set(named.map((host) => aliases.shown(host)))].filter((host) => !own.includes(host));
  const hosts = sources.flatMap((host) => aliases.all(host));
  if (named.length > 0 && sources.length === 0) {
    // It came from its own host.
    return { session, opened, sources, connections: [], around: [], explicit: [], sessions: [] };
  }
  const near = { from: time - REACH, to: time + SKEW };
  const [connections, explicit] = await Promise.all([
    address === undefined || sourcePort === undefined || sourcePort === 0 || hosts.length === 0
      ? []
      : source.connections({ hosts, address, port: sourcePort, ...near }),
    usesOf(source, opened, own, near),
  ]);
  const records: LogonEvidence = {
    session,
    opened,
    sources: hosts,
    connections: await ends(source, connections, user),
    around: [],
    explicit,
    sessions: [],
  };
  // Finding sessions by account reads all accounts.
  if (user === undefined || linkByRecords(records) !== undefined) {
    return records;
  }
  if (hosts.length > 0) {
    return { ...records, sessions: await openSessions(source, names, hosts, user, time) };
  }
  const around = address === undefined ? await connectionsTo(source, own, user.name, near) : [];
  const account = (one: { readonly process: ProcessNode }) => isSameAccount(one.process.user, user);
  return { ...records, around: await ends(source, around.filter(account), user) };
}

/** 4648 records of other hosts that name this host and this account at the time, with the process that made each. */
async function usesOf(
  source: LinkSource,
  opened: LogonFact,
  own: readonly string[],
  near: { readonly from: number; readonly to: number },
): Promise<readonly CredentialUse[]> {
  const [facts = []] = await source.logonFacts(
    [{ by: "target", label: firstLabel(opened.host), what: "explicit", ...near }],
    MOST,
  );
  const uses: CredentialUse[] = [];
  for (const fact of facts) {
    if (own.includes(fact.host) || !isSameAccount(fact.user, opened.user)) {
      continue;
    }
    const session = (await sessionsOf(source, [fact])).get(fact.source.eventId);
    const process = await source.processOfRecord(fact.source.eventId);
    // A service that acts for the session is not what used the credentials.
    const processKey = process !== undefined && process.sessionKey === session?.key ? process.key : undefined;
    uses.push({ fact, end: { host: fact.host, sessionKey: session?.key, processKey } });
  }
  return uses;
}

async function openSessions(
  source: LinkSource,
  names: LinkNames,
  hosts: readonly string[],
  user: Account,
  time: number,
): Promise<readonly LogonSession[]> {
  const userKeys = await names.keysOf(user);
  const { items } = userKeys.length === 0 ? { items: [] } : await source.sessions({ hosts, userKeys, limit: MOST });
  return items.filter((one) => !one.service && one.processCount > 0 && wasOpen(one, time));
}

/** Connections of an account's processes to a host, whose addresses are known from its own records. */
async function connectionsTo(
  source: LinkSource,
  own: readonly string[],
  userName: string,
  near: { readonly from: number; readonly to: number },
) {
  const destinations = [...new Set((await source.addresses({ hosts: own })).map(({ address }) => address))];
  return destinations.length === 0 ? [] : source.connections({ destinations, userName, ...near });
}

async function ends(
  source: LinkSource,
  found: readonly { readonly process: ProcessNode; readonly source: SourceRef }[],
  user: Account | undefined,
): Promise<readonly SourceConnection[]> {
  const keys = [...new Set(found.flatMap(({ process }) => process.sessionKey ?? []))];
  const { items } = keys.length === 0 ? { items: [] } : await source.sessions({ keys, limit: keys.length });
  const services = new Set(items.filter(({ service }) => service).map(({ key }) => key));
  return found.map(({ process, source: record }) => ({
    end: { host: process.host, sessionKey: process.sessionKey, processKey: process.key },
    service: process.sessionKey === undefined ? !isSameAccount(process.user, user) : services.has(process.sessionKey),
    source: record,
  }));
}

/** When a session can have made logons: while it was open, as far as its records tell. */
function openSpan({ opened, closed }: LogonSession): { readonly from: number; readonly to: number } {
  return {
    from: opened === undefined ? Number.MIN_SAFE_INTEGER : Date.parse(opened) - SKEW,
    to: closed === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(closed) + REACH,
  };
}

function wasOpen({ opened, closed }: LogonSession, time: number): boolean {
  const from = opened === undefined ? Number.NEGATIVE_INFINITY : Date.parse(opened) - SKEW;
  const to = closed === undefined ? Number.POSITIVE_INFINITY : Date.parse(closed) + SKEW;
  return time >= from && time <= to;
}

/** Where logons can have arrived that explicit credentials led to. */
async function targetsOf(hosts: HostNames, explicit: readonly LogonFact[]): Promise<readonly LogonProbe[]> {
  const names = await hosts(explicit.map(({ targetHost }) => targetHost));
  return explicit.flatMap(({ targetHost, time }) =>
    names
      .named(targetHost)
      .map((host) => ({ by: "host", host, what: "opened", from: time - SKEW, to: time + REACH }) as const),
  );
}

function distinctFacts(facts: readonly LogonFact[]): readonly LogonFact[] {
  return [...new Map(facts.map((fact) => [fact.source.eventId, fact])).values()].sort(
    (a, b) => a.time - b.time || Number(a.source.recordId ?? 0) - Number(b.source.recordId ?? 0),
  );
}

/** The sessions that these 4624 opened. */
async function sessionsOpenedBy(source: LinkSource, openings: readonly LogonFact[]): Promise<readonly LogonSession[]> {
  const found = await sessionsOf(source, openings);
  return [...new Map([...found.values()].map((session) => [session.key, session])).values()];
}

/** Ties logon events to their sessions, by event id: see `sessionsOf`. */
export function sessionsOfEvents(
  source: Pick<LinkSource, "sessions">,
  events: readonly StemmaEvent[],
): Promise<ReadonlyMap<string, LogonSession>> {
  return sessionsOf(
    source,
    events.flatMap((event) => {
      const fact = factOf(event);
      return fact?.kind === "logon" ? [fact] : [];
    }),
  );
}

/**
 * The session of each logon fact: the one that it opened, else the last one of its logon id that was opened before it.
 * Logon ids come again after a boot only; a session may go on being used after its logoff was recorded, so that does
 * not count.
 */
async function sessionsOf(
  source: Pick<LinkSource, "sessions">,
  facts: readonly Pick<LogonFact, "host" | "logonId" | "time" | "source">[],
): Promise<ReadonlyMap<string, LogonSession>> {
  const keysOf = ({ host, logonId, time }: Pick<LogonFact, "host" | "logonId" | "time">) => [
    sessionKey(host, logonId),
    sessionKey(host, logonId, time),
  ];
  const keys = [...new Set(facts.flatMap(keysOf))];
  const sessions = new Map<string, LogonSession>();
  for (let start = 0; start < keys.length; start += KEYS) {
    const slice = keys.slice(start, start + KEYS);
    for (const session of (await source.sessions({ keys: slice, limit: slice.length })).items) {
      sessions.set(session.key, session);
    }
  }
  return new Map(
    facts.flatMap((fact) => {
      const candidates = keysOf(fact).flatMap((key) => sessions.get(key) ?? []);
      const session =
        candidates.find(({ openedBy }) => openedBy?.eventId === fact.source.eventId) ??
        candidates.findLast(({ opened }) => opened === undefined || Date.parse(opened) - SKEW <= fact.time);
      return session === undefined ? [] : [[fact.source.eventId, session] as const];
    }),
  );
}

/** Keys asked for at once. */
const KEYS = 500;
