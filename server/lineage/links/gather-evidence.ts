import type { Account } from "#contracts/account";
import type { LogonSession } from "#contracts/lineage";
import { hostsOfAddress, placeAddress } from "../addresses.ts";
import type { LogonFact } from "../facts.ts";
import { type TimeSpan, wasOpen } from "./clocks.ts";
import { type CredentialUse, type LogonEvidence, linkByRecords, type SourceConnection } from "./link-logon.ts";
import { isSameAccount, type LinkNames } from "./link-names.ts";
import { type LinkSource, type ProcessConnection, RECORD_LIMIT } from "./link-source.ts";
import { credentialProbes, distinctFacts, nearLogon } from "./probes.ts";
import { sessionsOfFacts } from "./sessions-of-facts.ts";

/**
 * Reads what indicates where a logon came from, the strongest kinds first; weaker kinds only if those do not decide.
 */
export async function gatherEvidence(
  source: LinkSource,
  known: LinkNames,
  session: LogonSession,
  opened: LogonFact,
): Promise<LogonEvidence> {
  const { time, sourcePort, user } = opened;
  const nothing = { session, opened, sources: [], connections: [], around: [], explicit: [], sessions: [] };
  const { named, hosts } = await sourceHosts(source, known, session, opened);
  if (named.length > 0 && hosts.length === 0) {
    // It came from its own host.
    return nothing;
  }
  const address = placeAddress(opened.sourceIp);
  const near = nearLogon(time);
  const names = await known.namesOf(session.host);
  const [connections, explicit] = await Promise.all([
    address === undefined || sourcePort === undefined || sourcePort === 0 || hosts.length === 0
      ? []
      : source.connections({ hosts, address, port: sourcePort, ...near }),
    credentialUses(source, opened, names),
  ]);
  const records: LogonEvidence = {
    ...nothing,
    sources: hosts,
    connections: await connectionEnds(source, connections, user),
    explicit,
  };
  if (user === undefined || linkByRecords(records) !== undefined) {
    return records;
  }
  if (hosts.length > 0) {
    return { ...records, sessions: await openSessions(source, known, hosts, user, time) };
  }
  const around = address === undefined ? await connectionsTo(source, names, user.name, near) : [];
  const ofAccount = around.filter(({ process }) => isSameAccount(process.user, user));
  return { ...records, around: await connectionEnds(source, ofAccount, user) };
}

/** Hosts that a logon names as its source, and these without its own. */
async function sourceHosts(
  source: LinkSource,
  names: LinkNames,
  session: LogonSession,
  { time, sourceIp, sourceHost }: LogonFact,
) {
  const address = placeAddress(sourceIp);
  const known = address === undefined ? [] : await source.addresses({ addresses: [address] });
  const byAddress = hostsOfAddress(known, time);
  const aliases = await names.hosts([session.host, sourceHost, ...byAddress]);
  const own = aliases.all(session.host);
  // The client chooses the name that it sends; the address is the one that the connection came from.
  const named = byAddress.length > 0 ? byAddress : aliases.named(sourceHost);
  const others = [...new Set(named.map((host) => aliases.shown(host)))].filter((host) => !own.includes(host));
  return { named, hosts: others.flatMap((host) => aliases.all(host)) };
}

/**
 * 4648 records of other hosts that name the logon's host, under any of its names, and its account at the time, with the
 * process that made each. The client chooses which name it uses.
 */
async function credentialUses(
  source: LinkSource,
  opened: LogonFact,
  own: readonly string[],
): Promise<readonly CredentialUse[]> {
  const found = await source.logonFacts(credentialProbes(opened, own), RECORD_LIMIT);
  const facts = distinctFacts(found).filter(
    (fact) => !own.includes(fact.host) && isSameAccount(fact.user, opened.user),
  );
  const [sessions, processes] = await Promise.all([
    sessionsOfFacts(source, facts),
    source.processesOfRecords(facts.map((fact) => fact.source.eventId)),
  ]);
  return facts.map((fact) => {
    const session = sessions.get(fact.source.eventId);
    const process = processes.get(fact.source.eventId);
    // A service that acts for the session did not itself use the credentials.
    const processKey = process !== undefined && process.sessionKey === session?.key ? process.key : undefined;
    return { fact, end: { host: fact.host, sessionKey: session?.key, processKey } };
  });
}

async function openSessions(
  source: LinkSource,
  names: LinkNames,
  hosts: readonly string[],
  user: Account,
  time: number,
): Promise<readonly LogonSession[]> {
  const userKeys = await names.keysOf(user);
  const { items } =
    userKeys.length === 0
      ? { items: [] }
      : await source.sessions({ hosts, userKeys, openAt: time, limit: RECORD_LIMIT });
  return items.filter((one) => !one.service && one.processCount > 0 && wasOpen(one, time));
}

/** Connections of an account's processes to a host, whose addresses are known from its own records. */
async function connectionsTo(
  source: LinkSource,
  own: readonly string[],
  userName: string,
  near: TimeSpan,
): Promise<readonly ProcessConnection[]> {
  const destinations = [...new Set((await source.addresses({ hosts: own })).map(({ address }) => address))];
  return destinations.length === 0 ? [] : source.connections({ destinations, userName, ...near });
}

async function connectionEnds(
  source: LinkSource,
  connections: readonly ProcessConnection[],
  user: Account | undefined,
): Promise<readonly SourceConnection[]> {
  const keys = [...new Set(connections.flatMap(({ process }) => process.sessionKey ?? []))];
  const { items } = keys.length === 0 ? { items: [] } : await source.sessions({ keys, limit: keys.length });
  const services = new Set(items.filter(({ service }) => service).map(({ key }) => key));
  return connections.map(({ process, source: record }) => ({
    end: { host: process.host, sessionKey: process.sessionKey, processKey: process.key },
    service: process.sessionKey === undefined ? !isSameAccount(process.user, user) : services.has(process.sessionKey),
    source: record,
  }));
}
