import type { SourceRef } from "#contracts/event";
import type { LinkEnd, LogonLink, LogonSession } from "#contracts/lineage";
import type { LogonFact } from "./facts.ts";

/**
 * Everything that speaks for where a network logon came from. Pure values: whoever gathers them has narrowed them in
 * time.
 * See docs/decisions/0022.
 */
export interface LogonEvidence {
  /** The session that the logon opened. */
  readonly session: LogonSession;
  /** Its 4624. */
  readonly opened: LogonFact;
  /** Hosts that its source address or workstation name belongs to, its own left out; empty where it names no source. */
  readonly sources: readonly string[];
  /** Connections from the very address and port that the logon came from. */
  readonly connections: readonly SourceConnection[];
  /** Where the logon names no source: connections to its host by processes of its account, shortly before. */
  readonly around: readonly SourceConnection[];
  /** Uses of the account's credentials on this host at the time (4648), on other hosts. */
  readonly explicit: readonly CredentialUse[];
  /** Sessions of the account on the sources that were open at the time and that something ran in. */
  readonly sessions: readonly LogonSession[];
}

/** A connection that a process opened (Sysmon 3). */
export interface SourceConnection {
  readonly end: LinkEnd;
  /** It runs in a service session, as the one behind a shared service does: it stands for no one. */
  readonly service: boolean;
  readonly source: SourceRef;
}

export interface CredentialUse {
  readonly fact: LogonFact;
  readonly end: LinkEnd;
}

/** Network, clear text over the network, remote interactive. */
const REMOTE: ReadonlySet<number | undefined> = new Set([3, 8, 10]);

/**
 * Whether a logon can have been caused by a person's session on another host: services and machines log on by
 * themselves.
 */
export function canBeLinked(session: LogonSession, opened: LogonFact): boolean {
  const name = opened.user?.name ?? "";
  return (
    !session.service &&
    REMOTE.has(opened.logonType) &&
    name !== "" &&
    !name.endsWith("$") &&
    opened.user?.domain?.toUpperCase() !== "NT AUTHORITY"
  );
}

/**
 * Where a logon came from, by the strongest evidence that there is: a connection of its address and port, the use of
 * explicit credentials, an open session of the account on the host that it came from, a connection to its host at the
 * time. Where several fit on one kind of evidence, none is taken. Undefined: nothing says where it came from.
 */
export function linkLogon(evidence: LogonEvidence): LogonLink | undefined {
  return linkByRecords(evidence) ?? byAccount(evidence) ?? byTime(evidence);
}

/**
 * As far as records of the logon itself decide, whatever else speaks for a source: weaker evidence need not be gathered
 * then.
 */
export function linkByRecords(evidence: LogonEvidence): LogonLink | undefined {
  return byConnection(evidence) ?? byCredentials(evidence);
}

function byConnection(evidence: LogonEvidence): LogonLink | undefined {
  const { opened, connections } = evidence;
  const from = `${opened.sourceIp ?? ""} port ${opened.sourcePort ?? ""}`;
  return decided(
    evidence,
    "connection",
    "exact",
    connections.filter(({ service }) => !service),
    {
      one: `The logon came from ${from}, and that is the connection that this process opened.`,
      many: `The logon came from ${from}, and more than one process used that port at about that time.`,
    },
  );
}

function byCredentials(evidence: LogonEvidence): LogonLink | undefined {
  const { opened, explicit, sources } = evidence;
  const possible = explicit.filter(({ end }) => sources.length === 0 || sources.includes(end.host));
  const same = possible.filter(({ fact }) => fact.logonGuid !== undefined && fact.logonGuid === opened.logonGuid);
  const uses = (same.length > 0 ? same : possible).map(({ fact, end }) => ({ end, source: fact.source }));
  return decided(evidence, "explicit", same.length > 0 ? "exact" : "inferred", sessionsFirst(uses), {
    one:
      same.length > 0
        ? "The credentials were used there for this host (4648), with the logon's own identifier."
        : "The credentials of this account were used there for this host at that time (4648).",
    many: "The credentials of this account were used for this host in more than one session at that time (4648).",
  });
}

/** One session that used credentials by several processes (its own and a service for it) is one source. */
function sessionsFirst(uses: readonly Evidence[]): readonly Evidence[] {
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
    const why = `More than one host is known to have had ${place}.`;
    return linkOf(evidence, { basis: "account", certainty: "ambiguous", from: { host }, why, candidates });
  }
  const ends = sessions.map((session) => ({ end: { host: session.host, sessionKey: session.key } }));
  return (
    decided(evidence, "account", "inferred", ends, {
      one: `The logon came from ${place}, which is that host, and this was the only session of the account open there.`,
      many: `The logon came from ${place}, which is that host, and the account had more than one session open there.`,
    }) ??
    linkOf(evidence, {
      basis: "account",
      certainty: "inferred",
      from: { host },
      why: `The logon came from ${place}, which is that host; no session of the account is known there.`,
    })
  );
}

function byTime(evidence: LogonEvidence): LogonLink | undefined {
  return decided(
    evidence,
    "connection",
    "inferred",
    evidence.around.filter(({ service }) => !service),
    {
      one: "The logon names no source; this process of the account connected to its host just before.",
      many: "The logon names no source; more than one process of the account connected to its host just before.",
    },
  );
}

interface Evidence {
  readonly end: LinkEnd;
  readonly source?: SourceRef;
}

/** One end: that is it. Several: the host if they share it, and all of them as candidates. None: undefined. */
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
