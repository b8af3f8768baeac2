import type { SourceRef } from "#contracts/event";
import type { LinkEnd, LogonLink, LogonSession } from "#contracts/lineage";
import type { LogonFact } from "../facts.ts";
import { areLinked } from "../linked-sessions.ts";
import { isNobody } from "./link-names.ts";

/** Everything that indicates where a network logon came from: plain values near it in time. */
export interface LogonEvidence {
  /** The session that the logon opened. */
  readonly session: LogonSession;
  /** Its 4624. */
  readonly opened: LogonFact;
  /** Hosts of its source address or workstation name, except its own; empty if it names no source. */
  readonly sources: readonly string[];
  /** Connections from the source address and port of the logon. */
  readonly connections: readonly SourceConnection[];
  /** For logons without a source: connections to the host by processes of the account, shortly before. */
  readonly around: readonly SourceConnection[];
  /** Uses of the account's credentials for this host at the time (4648), on other hosts. */
  readonly explicit: readonly CredentialUse[];
  /** Sessions of the account on the sources that were open at the time and contain processes. */
  readonly sessions: readonly LogonSession[];
}

/** A connection that a process opened (Sysmon 3). */
export interface SourceConnection {
  readonly end: LinkEnd;
  /** It runs in a service session, where it acts for others: it is not attributed to any account. */
  readonly service: boolean;
  readonly source: SourceRef;
}

export interface CredentialUse {
  readonly fact: LogonFact;
  readonly end: LinkEnd;
}

/** Network, clear text over the network, remote interactive. */
const REMOTE: ReadonlySet<number | undefined> = new Set([3, 8, 10]);

/** Whether a session on another host can have caused a logon: services and machine accounts log on by themselves. */
export function canBeLinked(session: LogonSession, opened: LogonFact): boolean {
  const { user } = opened;
  return !session.service && REMOTE.has(opened.logonType) && user !== undefined && user.name !== "" && !isNobody(user);
}

/**
 * Where a logon came from, by the strongest kind of evidence: a connection from its address and port, explicit
 * credentials, an open session of the account on the source host, a connection to its host shortly before. The link is
 * ambiguous if several ends match on that kind, and undefined without any evidence. See docs/decisions/0022.
 */
export function linkLogon(evidence: LogonEvidence): LogonLink | undefined {
  return linkByRecords(evidence) ?? byAccount(evidence) ?? byTime(evidence);
}

/**
 * The part of `linkLogon` that records of the logon itself decide: if it does, weaker evidence need not be gathered.
 */
export function linkByRecords(evidence: LogonEvidence): LogonLink | undefined {
  return byConnection(evidence) ?? byCredentials(evidence);
}

function byConnection(evidence: LogonEvidence): LogonLink | undefined {
  const { opened, connections } = evidence;
  const from = `${opened.sourceIp ?? ""} port ${opened.sourcePort ?? ""}`;
  return decided(evidence, "connection", "exact", withoutServices(connections), {
    one: `The logon came from ${from}, over a connection that this process opened.`,
    many: `The logon came from ${from}; several processes used that port at about that time.`,
  });
}

function byCredentials(evidence: LogonEvidence): LogonLink | undefined {
  const { opened, explicit, sources } = evidence;
  const possible = explicit.filter(({ end }) => sources.length === 0 || sources.includes(end.host));
  const same = possible.filter(({ fact }) => fact.logonGuid !== undefined && fact.logonGuid === opened.logonGuid);
  const uses = (same.length > 0 ? same : possible).map(({ fact, end }) => ({ end, source: fact.source }));
  return decided(evidence, "explicit", same.length > 0 ? "exact" : "inferred", onePerSession(uses), {
    one:
      same.length > 0
        ? "Credentials were used there for this host with the same logon GUID (4648)."
        : "Credentials of this account were used there for this host at that time (4648).",
    many: "Several sessions used credentials of this account for this host at that time (4648).",
  });
}

/** A session in which several processes used credentials (its own and a service on its behalf) is one source. */
function onePerSession(uses: readonly Evidence[]): readonly Evidence[] {
  return [...Map.groupBy(uses, ({ end }) => `${end.host}\u0000${end.sessionKey}`).values()].flatMap((group) => {
    const [first] = group;
    const processes = new Set(group.flatMap(({ end }) => end.processKey ?? []));
    const [only, ...others] = processes;
    return first === undefined
      ? []
      : [{ ...first, end: { ...first.end, processKey: others.length === 0 ? only : undefined } }];
  });
}

function byAccount(evidence: LogonEvidence): LogonLink | undefined {
  const { sources, sessions, opened } = evidence;
  const [host, ...others] = sources;
  if (host === undefined) {
    return undefined;
  }
  const place = opened.sourceIp ?? opened.sourceHost ?? "its source";
  if (others.length > 0) {
    const candidates = sources.map((source) => ({ host: source }));
    const why = `The logon came from ${place}; several hosts are known by that.`;
    return linkOf(evidence, { basis: "account", certainty: "ambiguous", from: { host }, why, candidates });
  }
  const ends = onePerLogon(sessions).map((session) => ({ end: { host: session.host, sessionKey: session.key } }));
  const from = `The logon came from ${place}, which is that host`;
  return (
    decided(evidence, "account", "inferred", ends, {
      one: `${from}; this was the account's only open session there.`,
      many: `${from}; the account had several open sessions there.`,
    }) ??
    linkOf(evidence, {
      basis: "account",
      certainty: "inferred",
      from: { host },
      why: `${from}; no session of the account is known there.`,
    })
  );
}

/** The two halves of a split token are one person: the filtered one, which has the desktop, stands for both. */
function onePerLogon(sessions: readonly LogonSession[]): readonly LogonSession[] {
  return sessions.filter(
    (session) => session.elevated !== true || !sessions.some((other) => other !== session && areLinked(session, other)),
  );
}

function byTime(evidence: LogonEvidence): LogonLink | undefined {
  return decided(evidence, "connection", "inferred", withoutServices(evidence.around), {
    one: "The logon names no source; this process of the account connected to its host shortly before.",
    many: "The logon names no source; several processes of the account connected to its host shortly before.",
  });
}

function withoutServices(connections: readonly SourceConnection[]): readonly SourceConnection[] {
  return connections.filter(({ service }) => !service);
}

interface Evidence {
  readonly end: LinkEnd;
  readonly source?: SourceRef;
}

/** A link from the only end; of several ends an ambiguous link with all of them as candidates; undefined if none. */
function decided(
  evidence: LogonEvidence,
  basis: LogonLink["basis"],
  certainty: LogonLink["certainty"],
  found: readonly Evidence[],
  why: { readonly one: string; readonly many: string },
): LogonLink | undefined {
  const ends = [...new Map(found.map(({ end }) => [JSON.stringify(end), end])).values()];
  const [first, ...others] = ends;
  if (first === undefined) {
    return undefined;
  }
  const records = found.flatMap(({ source }) => source ?? []);
  return others.length === 0
    ? linkOf(evidence, { basis, certainty, from: first, why: why.one, records })
    : linkOf(evidence, {
        basis,
        certainty: "ambiguous",
        from: { host: first.host },
        why: why.many,
        candidates: ends,
        records,
      });
}

function linkOf(
  { session, opened }: LogonEvidence,
  found: Pick<LogonLink, "basis" | "certainty" | "from" | "why"> & {
    readonly candidates?: readonly LinkEnd[];
    readonly records?: readonly SourceRef[];
  },
): LogonLink {
  const { records = [], candidates, ...rest } = found;
  return {
    ...rest,
    to: { host: session.host, sessionKey: session.key },
    time: new Date(opened.time).toISOString(),
    user: opened.user,
    logonType: opened.logonType,
    evidence: [opened.source, ...records],
    ...(candidates === undefined ? {} : { candidates: [...candidates] }),
  };
}
