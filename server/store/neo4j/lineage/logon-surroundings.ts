import type { LogonSession } from "#contracts/lineage";
import { unitedPeriods } from "../../../lineage/addresses.ts";
import { firstLabel } from "../../../lineage/aliases.ts";
import type { LogonFact } from "../../../lineage/facts.ts";
import { CLOCK_SKEW, LOGON_DELAY } from "../../../lineage/links/clocks.ts";
import { RECORD_LIMIT } from "../../../lineage/links/link-source.ts";
import { arrivalProbe, credentialProbes, openingProbe, targetProbe, usesProbe } from "../../../lineage/links/probes.ts";
import type { LogonSurroundings } from "../../../lineage/links/read-ahead.ts";
import { sessionKeysOf } from "../../../lineage/links/sessions-of-facts.ts";
import type { LineageReader } from "../../lineage/port.ts";
import type { Reads } from "../reads.ts";
import { list, number, optionalText, type Row, text, texts } from "../row.ts";
import { addressOf } from "./logons.ts";
import { logonFact, sessionRow } from "./rows.ts";
import { SESSION, sessionOf } from "./sessions.ts";

/** Sessions read ahead at most. For further ones the links are found with single reads. */
const MAX_SESSIONS = 300;
const { MIN_SAFE_INTEGER: NEVER, MAX_SAFE_INTEGER: ALWAYS } = Number;

/**
 * `firstLabel` of a host. Should it differ from the original, what was read under it is not used, and read again.
 */
const label = (host: string) =>
  `CASE WHEN ${host} =~ '[0-9.]+' OR ${host} CONTAINS ':' THEN ${host} ELSE split(${host}, '.')[0] END`;
/** Binds `h` to the hosts with a first label. */
const hostsWith = (first: string) => `
  CALL (${first}) {
    MATCH (h:Host {name: ${first}}) WHERE h.processes IS NOT NULL RETURN h
    UNION
    MATCH (h:Host) WHERE h.name STARTS WITH ${first} + '.' AND h.processes IS NOT NULL RETURN h
  }`;
/** The first label of the client's name in the logon of a session `s`, or an impossible one. */
const sourceLabel = `coalesce(split(replace(toLower(s.sourceHost), '\\\\', ''), '.')[0], '?')`;
/** An account `u` in the spellings that records of processes have: with the first label of its domain. */
const spellings = `[u.key, split(split(u.key, '\\\\')[0], '.')[0] + '\\\\' + coalesce(split(u.key, '\\\\')[1], '')]`;
/** What was recorded of logons that a session `s` caused. */
const caused = `
  uses: COLLECT {
    MATCH (l:Logon) USING INDEX l:Logon(host, logonId)
    WHERE l.host = s.host AND l.logonId = s.logonId AND l.what = 'explicit'
      AND l.time >= coalesce(s.openedAt - ${CLOCK_SKEW}, ${NEVER})
    WITH l ORDER BY l.time, l.eventId LIMIT ${RECORD_LIMIT + 1}
    RETURN {body: l.body, label: l.target, time: l.time, arrived: COLLECT {
      WITH l.target AS target
      ${hostsWith("target")}
      RETURN {host: h.name, facts: COLLECT {
        MATCH (o:Logon) USING INDEX o:Logon(host, what, time)
        WHERE o.host = h.name AND o.what = 'opened' AND o.time >= l.time - ${CLOCK_SKEW}
          AND o.time <= l.time + ${LOGON_DELAY}
        RETURN {body: o.body, logonId: o.logonId, host: o.host} ORDER BY o.time, o.eventId LIMIT ${RECORD_LIMIT + 1}
      }}
    }}
  },
  arrived: COLLECT {
    MATCH (h:Host {name: s.host})-[had:HAD]->(e:Endpoint)
    RETURN {host: h.name, address: e.address, first: had.first, last: had.last, facts: COLLECT {
      MATCH (o:Logon) USING INDEX o:Logon(address, what, time)
      WHERE o.address = e.address AND o.what = 'opened' AND o.time >= coalesce(s.openedAt - ${CLOCK_SKEW}, ${NEVER})
        AND o.time <= coalesce(s.closed.epochMillis + ${LOGON_DELAY}, ${ALWAYS})
      RETURN {body: o.body, logonId: o.logonId, host: o.host} ORDER BY o.time, o.eventId LIMIT ${RECORD_LIMIT + 1}
    }} ORDER BY e.address
  }`;

/** What the sessions caused, for those with these keys. */
const causedBy = (keys: string) => `
  UNWIND ${keys} AS key
  MATCH (s:Session {key: key})
  RETURN {key: s.key, host: s.host, logonId: s.logonId, ${caused}}`;

/**
 * The sessions of these logons with what was recorded of their origin: the uses of credentials for the host of `s` at
 * the time of its logon (those that give the host another name are not read ahead), the hosts that it may have come
 * from, and sessions of its account that were open on them.
 */
const originsOf = (logons: string) => `
  UNWIND ${logons} AS one
  MATCH (s:Session {host: one.host, logonId: one.logonId})
  WITH s, ${sourceLabel} AS client,
    COLLECT {
      MATCH (s)-[:FROM]->(e:Endpoint)<-[had:HAD]-(h:Host)
      RETURN {host: h.name, address: e.address, first: had.first, last: had.last} ORDER BY h.name
    } AS had,
    COLLECT { MATCH (s)-[:OF]->(u:User) UNWIND ${spellings} AS key RETURN DISTINCT key } AS userKeys
  WITH s, client, had, userKeys, COLLECT {
    UNWIND [${label("s.host")}, client] + [one IN had | ${label("one.host")}] AS first
    WITH DISTINCT first
    RETURN {label: first, hosts: COLLECT { WITH first ${hostsWith("first")} RETURN h.name ORDER BY h.name }}
  } AS labelled
  WITH s, had, userKeys, labelled,
    [one IN had | one.host] + [one IN labelled WHERE one.label = client | one.hosts][0] AS sourceHosts
  RETURN {
    session: ${SESSION}, host: s.host, logonId: s.logonId, had: had, userKeys: userKeys, labelled: labelled,
    address: COLLECT { MATCH (s)-[:FROM]->(e:Endpoint) RETURN e.address }[0],
    credentials: COLLECT {
      MATCH (l:Logon) USING INDEX l:Logon(target, what, time)
      WHERE l.target = ${label("s.host")} AND l.what = 'explicit'
        AND l.time >= s.openedAt - ${LOGON_DELAY} AND l.time <= s.openedAt + ${CLOCK_SKEW}
      RETURN {body: l.body, host: l.host, logonId: l.logonId} ORDER BY l.time, l.eventId LIMIT ${RECORD_LIMIT}
    },
    sourceHosts: sourceHosts,
    onSources: COLLECT {
      UNWIND userKeys AS userKey
      MATCH (:User {key: userKey})-[:OF|ACTIVE_IN]-(c:Session)
      WHERE c.host IN sourceHosts AND c.processes > 0 AND coalesce(c.openedAt <= s.openedAt + ${CLOCK_SKEW}, true)
        AND coalesce(c.closed >= datetime({epochMillis: s.openedAt - ${CLOCK_SKEW}}), true)
      WITH DISTINCT c ORDER BY coalesce(c.openedAt, ${NEVER}) DESC, c.key
      RETURN {key: c.key, host: c.host, logonId: c.logonId,
        userKeys: COLLECT { MATCH (one:User)-[:OF|ACTIVE_IN]-(c) RETURN one.key }}
    }
  }`;

/** Sessions that a chain of logons is followed back over. */
const LEVELS = 3;
/** Logon types of sessions that come from another host. */
const REMOTE_TYPES: ReadonlySet<number | undefined> = new Set([3, 8, 10]);

/** Reads what the links of sessions usually need: see `LogonSurroundings`. A query per host that they lead back to. */
export async function logonSurroundings(
  reads: Reads,
  keys: readonly string[],
  readAccounts: LineageReader["accounts"],
): Promise<LogonSurroundings | undefined> {
  const [causes, accounts] = await Promise.all([
    keys.length === 0 ? [] : reads.rows((parameters) => causedBy(parameters.add(keys))),
    readAccounts(),
  ]);
  if (causes.length === 0) {
    return undefined;
  }
  const found: Found[] = [];
  const asked = new Set<string>();
  let isComplete = true;
  for (let level = distinct(causes.flatMap(logonsAfter)), round = 0; level.size > 0 && round <= LEVELS; round += 1) {
    const logons = [...level.values()].slice(0, Math.max(0, MAX_SESSIONS - found.length));
    isComplete &&= logons.length === level.size;
    level.forEach((_, name) => void asked.add(name));
    const rows = logons.length === 0 ? [] : await reads.rows((parameters) => originsOf(parameters.add(logons)));
    const read = rows.map((row) => ({ row, ...knownOf(rowIn(row, "session")), isExamined: round < LEVELS }));
    found.push(...read);
    level = new Map([...distinct(read.flatMap(logonsBefore))].filter(([name]) => !asked.has(name)));
  }
  return { ...surroundingsOf(causes, found, isComplete), accounts };
}

type Logon = Readonly<Record<"host" | "logonId", string>>;

/** A session that was read with its origin. */
interface Found {
  readonly row: Row;
  readonly session: LogonSession;
  readonly opening: LogonFact | undefined;
  /** Whether the sessions that it may come from were read, too. */
  readonly isExamined: boolean;
}

const comesFromAnotherHost = ({ session }: Found) => REMOTE_TYPES.has(session.logonType);

function distinct(logons: readonly Logon[]): ReadonlyMap<string, Logon> {
  return new Map(logons.map((logon) => [JSON.stringify([logon.host, logon.logonId]), logon]));
}

function logonsOf(row: Row): readonly Logon[] {
  const logonId = optionalText(row, "logonId");
  return logonId === undefined ? [] : [{ host: text(row, "host"), logonId }];
}

/** The logon of a session, and those on other hosts that it may have caused. */
function logonsAfter(row: Row): readonly Logon[] {
  const arrived = [...list(row, "arrived"), ...list(row, "uses").flatMap((use) => list(use, "arrived"))];
  const others = arrived.flatMap((one) => list(one, "facts")).flatMap(logonsOf);
  return [...logonsOf(row), ...others.filter(({ host }) => host !== text(row, "host"))];
}

/** The logons that a session may come from. */
function logonsBefore(found: Found): readonly Logon[] {
  const { row } = found;
  return comesFromAnotherHost(found) ? [...list(row, "credentials"), ...list(row, "onSources")].flatMap(logonsOf) : [];
}

type Facts = LogonSurroundings["facts"][number];

/** `isComplete`: all sessions that were looked for were read. */
function surroundingsOf(
  causes: readonly Row[],
  found: readonly Found[],
  isComplete: boolean,
): Omit<LogonSurroundings, "accounts"> {
  const examined = found.filter(({ isExamined }) => isExamined);
  const sessions = new Map<string, LogonSession | undefined>(found.map(({ session }) => [session.key, session]));
  const caused = causes.flatMap((row) => {
    const session = sessions.get(text(row, "key"));
    return session === undefined ? [] : [{ row, session }];
  });
  const originsOfEach = ({ row, opening }: Found) => (opening === undefined ? [] : credentials(row, opening));
  const ofCaused = caused.flatMap(({ row, session }) => causedFacts(row, session));
  if (isComplete) {
    const lookedFor = [...examined.filter(comesFromAnotherHost).flatMap(originsOfEach), ...ofCaused];
    for (const key of lookedFor.flatMap(({ facts }) => facts).flatMap(sessionKeysOf)) {
      sessions.set(key, sessions.get(key));
    }
  }
  return {
    sessions,
    examined: examined.map(({ session }) => session),
    facts: [...found.flatMap(openingOf), ...examined.flatMap(originsOfEach), ...ofCaused],
    hostsOfAddress: new Map(
      examined.flatMap(({ row }) => {
        const address = optionalText(row, "address");
        return address === undefined ? [] : [[address, unitedPeriods(list(row, "had").map(addressOf))] as const];
      }),
    ),
    addressesOfHost: new Map(
      caused.map(({ row, session }) => [session.host, unitedPeriods(list(row, "arrived").map(addressOf))] as const),
    ),
    hostsByLabel: new Map([
      ...examined.flatMap(({ row }) => labelled(list(row, "labelled"))),
      ...caused.flatMap(({ row }) =>
        list(row, "uses").flatMap((use) => labelled([{ label: use["label"], hosts: hostsIn(use) }])),
      ),
    ]),
    ofAccounts: examined.flatMap(({ row, opening }) =>
      opening === undefined
        ? []
        : [
            {
              at: opening.time,
              hosts: new Set(texts(row, "sourceHosts")),
              userKeys: new Set(texts(row, "userKeys")),
              sessions: list(row, "onSources").flatMap((one) => {
                const session = sessions.get(text(one, "key"));
                return session === undefined ? [] : [{ session, userKeys: texts(one, "userKeys") }];
              }),
            },
          ],
    ),
  };
}

function rowIn(row: Row, column: string): Row {
  return list({ only: [row[column]] }, "only")[0] ?? {};
}

function knownOf(row: Row): { readonly session: LogonSession; readonly opening: LogonFact | undefined } {
  return { session: sessionOf(row), opening: sessionRow(text(row, "body")).opened };
}

function openingOf({ session, opening }: ReturnType<typeof knownOf>): readonly Facts[] {
  return opening === undefined ? [] : [{ probe: openingProbe(session, opening.time), facts: [opening] }];
}

function credentials(row: Row, opening: LogonFact): readonly Facts[] {
  return credentialProbes(opening, [opening.host]).map((probe) => ({ probe, facts: factsIn(row, "credentials") }));
}

function causedFacts(row: Row, session: LogonSession): readonly Facts[] {
  const uses = list(row, "uses");
  return [
    { probe: usesProbe(session), facts: factsIn(row, "uses") },
    ...list(row, "arrived").map((one) => ({
      probe: arrivalProbe(session, text(one, "address")),
      facts: factsIn(one, "facts"),
    })),
    ...uses.flatMap((use) =>
      list(use, "arrived").map((one) => ({
        probe: targetProbe(text(one, "host"), number(use, "time")),
        facts: factsIn(one, "facts"),
      })),
    ),
  ];
}

function factsIn(row: Row, column: string): readonly LogonFact[] {
  return list(row, column).map((fact) => logonFact(text(fact, "body")));
}

function hostsIn(use: Row): readonly string[] {
  return list(use, "arrived").map((one) => text(one, "host"));
}

/** Labels with their hosts, without hosts that merely begin like one. */
function labelled(rows: readonly Row[]): readonly (readonly [string, readonly string[]])[] {
  return rows.flatMap((row) => {
    const first = optionalText(row, "label");
    return first === undefined || firstLabel(first) !== first
      ? []
      : [[first, texts(row, "hosts").filter((host) => firstLabel(host) === first)] as const];
  });
}
