import type { LogonLink, LogonSession } from "#contracts/lineage";
import type { AccountResolver } from "../account-identity.ts";
import type { LogonFact } from "../facts.ts";
import type { LogonProbe } from "../tables.ts";
import { gatherEvidence } from "./gather-evidence.ts";
import { canBeLinked, linkLogon } from "./link-logon.ts";
import { type HostNames, hostNames, keysOfAccount, type LinkNames } from "./link-names.ts";
import { type LinkSource, RECORD_LIMIT } from "./link-source.ts";
import { arrivalProbe, distinctFacts, openingProbe, targetProbe, usesProbe } from "./probes.ts";
import { sessionsOfFacts } from "./sessions-of-facts.ts";

export interface LogonLinks {
  /** The link from the session on another host that caused a logon; undefined if there is none or it is not known. */
  originOf(session: LogonSession): Promise<LogonLink | undefined>;
  /** The logons on other hosts that a session caused. */
  outboundOf(session: LogonSession): Promise<OutboundLogons>;
}

export interface OutboundLogons {
  /** Links from this session, or from one of several candidates (`ambiguous`), the earliest first. */
  readonly links: readonly LogonLink[];
  /** Uses of other credentials within the session (4648), the earliest first, whether or not a logon was found. */
  readonly explicit: readonly LogonFact[];
  /** Number of logons that were examined. */
  readonly examined: number;
  /** What was left out and why, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Links logon sessions to their origin on other hosts; `link-logon.ts` decides. Origin and outbound logons are one
 * relation read from both ends: the outbound logons of a session are those whose origin it is. Names of hosts and
 * accounts and the origins of sessions are kept, so create one instance per request. The origins of the `possible`
 * sessions are looked for together with the first one. See docs/decisions/0022.
 */
export function logonLinks(source: LinkSource, possible: readonly LogonSession[] = []): LogonLinks {
  let known: Promise<AccountResolver> | undefined;
  // All accounts and hosts are read once, when the origin of a remote logon is looked for, or names can be one host.
  const accounts = () => {
    known ??= source.accounts();
    return known;
  };
  const hosts = hostNames({ hostsLabelled: (labels) => source.hostsLabelled(labels), accounts });
  const names: LinkNames = {
    hosts,
    namesOf: async (host) => (await accounts()).hosts.all(host),
    keysOf: async (user) => keysOfAccount(await accounts(), user),
  };

  const origins = new Map<string, Promise<LogonLink | undefined>>();
  const originOf = (session: LogonSession): Promise<LogonLink | undefined> => {
    for (const one of origins.size === 0 ? possible : []) {
      const found = findOrigin(one);
      // A failure is that of whoever asks for this session.
      found.catch(() => undefined);
      origins.set(one.key, found);
    }
    const found = origins.get(session.key) ?? findOrigin(session);
    origins.set(session.key, found);
    return found;
  };
  const findOrigin = async (session: LogonSession): Promise<LogonLink | undefined> => {
    const opened = await openingOf(source, session);
    return opened === undefined || !canBeLinked(session, opened)
      ? undefined
      : linkLogon(await gatherEvidence(source, names, session, opened));
  };

  const outboundOf = async (session: LogonSession): Promise<OutboundLogons> => {
    if (session.service) {
      return { links: [], explicit: [], examined: 0, notes: [] };
    }
    const { explicit, openings } = await outboundRecords(source, hosts, session);
    const examined = openings.slice(0, RECORD_LIMIT);
    const sessions = (await sessionsOfFacts(source, examined)).values();
    const candidates = [...new Map([...sessions].map((one) => [one.key, one])).values()];
    const links = (await Promise.all(candidates.map(originOf)))
      .flatMap((link) => link ?? [])
      .filter((link) => comesFrom(link, session));
    links.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
    return {
      links,
      explicit: explicit.slice(0, RECORD_LIMIT),
      examined: examined.length,
      notes: [
        ...(explicit.length > RECORD_LIMIT
          ? [`Only the first ${RECORD_LIMIT} uses of other credentials are shown.`]
          : []),
        ...(openings.length > RECORD_LIMIT
          ? [`Only the first ${RECORD_LIMIT} logons from this host are examined.`]
          : []),
      ],
    };
  };

  return { originOf, outboundOf };
}

function comesFrom({ from, candidates = [] }: LogonLink, session: LogonSession): boolean {
  return [from, ...candidates].some((end) => end.sessionKey === session.key);
}

async function openingOf(source: LinkSource, { host, logonId, opened }: LogonSession): Promise<LogonFact | undefined> {
  if (opened === undefined) {
    return undefined;
  }
  const time = Date.parse(opened);
  const [facts = []] = await source.logonFacts([openingProbe({ host, logonId }, time)], 1);
  return facts[0];
}

/** Credentials that a session used, and logons on other hosts that used them or came from an address of its host. */
async function outboundRecords(
  source: LinkSource,
  hosts: HostNames,
  session: LogonSession,
): Promise<{ readonly explicit: readonly LogonFact[]; readonly openings: readonly LogonFact[] }> {
  const addresses = await addressesOf(source, hosts, session.host);
  const [uses = [], ...arrived] = await source.logonFacts(
    [usesProbe(session), ...addresses.map((address) => arrivalProbe(session, address))],
    RECORD_LIMIT + 1,
  );
  const owners = await sessionsOfFacts(source, uses);
  // If the logon id was reused after a boot, some uses may belong to another session.
  const explicit = uses.filter(({ source: { eventId } }) => {
    const owner = owners.get(eventId);
    return owner === undefined || owner.key === session.key;
  });
  const targets = explicit.length === 0 ? [] : await targetProbes(hosts, explicit.slice(0, RECORD_LIMIT));
  const used = await source.logonFacts(targets, RECORD_LIMIT + 1);
  return {
    explicit,
    openings: distinctFacts([...used, ...arrived]).filter(({ host }) => host !== session.host),
  };
}

/** Addresses of a host; of all its names if none was recorded under this one. */
async function addressesOf(source: LinkSource, hosts: HostNames, host: string): Promise<readonly string[]> {
  const own = await source.addresses({ hosts: [host] });
  const found = own.length > 0 ? own : await source.addresses({ hosts: (await hosts([host])).all(host) });
  return [...new Set(found.map(({ address }) => address))];
}

/** Where and when logons can have arrived that explicit credentials were used for. */
async function targetProbes(hosts: HostNames, explicit: readonly LogonFact[]): Promise<readonly LogonProbe[]> {
  const names = await hosts(explicit.map(({ targetHost }) => targetHost));
  return explicit.flatMap(({ targetHost, time }) => names.named(targetHost).map((host) => targetProbe(host, time)));
}
