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
/**
 * Binds `l` to the uses of credentials for the host of `s` at the time of its logon. Those that give the host another
 * name are not read ahead.
 */
const credentialsFor = `
  MATCH (l:Logon) USING INDEX l:Logon(target, what, time)
  WHERE l.target = ${label("s.host")} AND l.what = 'explicit'
    AND l.time >= s.openedAt - ${LOGON_DELAY} AND l.time <= s.openedAt + ${CLOCK_SKEW}`;
/** Binds `h` to the hosts that a session `s` may have come from. */
const sourceHosts = `
  CALL (s) {
    MATCH (s)-[:FROM]->(:Endpoint)<-[:HAD]-(h:Host) RETURN h
    UNION
    WITH s, ${sourceLabel} AS client
    ${hostsWith("client")}
    RETURN h
  }`;
/**
 * Binds `c` to sessions of the account of `s` that were open on the hosts that it may have come from, and `v` to the
 * account.
 */
const onSources = `
  ${sourceHosts}
  MATCH (s)-[:OF]->(u:User)
  MATCH (v:User) WHERE v.key IN ${spellings}
  MATCH (v)-[:OF|ACTIVE_IN]-(c:Session)
  WHERE c.host = h.name AND c.processes > 0 AND coalesce(c.openedAt <= s.openedAt + ${CLOCK_SKEW}, true)
    AND coalesce(c.closed >= datetime({epochMillis: s.openedAt - ${CLOCK_SKEW}}), true)`;
/** Sessions from which those of a list may originate. */
const originsOf = (sessions: string, as: string) => `
  CALL (${sessions}) {
    UNWIND ${sessions} AS s
    WITH s WHERE s.logonType IN [3, 8, 10]
    CALL (s) {
      ${credentialsFor}
      MATCH (c:Session {host: l.host, logonId: l.logonId})
      RETURN c
      UNION
      WITH s
      ${onSources}
      RETURN c
    }
    WITH DISTINCT c LIMIT ${MAX_SESSIONS}
    RETURN collect(c) AS ${as}
  }`;

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

/** What was recorded of the origin of a session `s`. */
const origin = `
  address: COLLECT { MATCH (s)-[:FROM]->(e:Endpoint) RETURN e.address }[0],
  had: COLLECT {
    MATCH (s)-[:FROM]->(e:Endpoint)<-[had:HAD]-(h:Host)
    RETURN {host: h.name, address: e.address, first: had.first, last: had.last} ORDER BY h.name
  },
  credentials: COLLECT {
    ${credentialsFor} RETURN {body: l.body} ORDER BY l.time, l.eventId LIMIT ${RECORD_LIMIT}
  },
  labelled: COLLECT {
    WITH [${label("s.host")}, ${sourceLabel}] +
      COLLECT { MATCH (s)-[:FROM]->(:Endpoint)<-[:HAD]-(h:Host) RETURN ${label("h.name")} } AS labels
    UNWIND labels AS first
    WITH DISTINCT first
    RETURN {label: first, hosts: COLLECT { WITH first ${hostsWith("first")} RETURN h.name ORDER BY h.name }}
  },
  sourceHosts: COLLECT { WITH s ${sourceHosts} RETURN DISTINCT h.name },
  userKeys: COLLECT { MATCH (s)-[:OF]->(u:User) UNWIND ${spellings} AS key RETURN DISTINCT key },
  onSources: COLLECT {
    WITH s ${onSources}
    WITH DISTINCT c ORDER BY coalesce(c.openedAt, ${NEVER}) DESC, c.key
    RETURN {key: c.key, userKeys: COLLECT { MATCH (one:User)-[:OF|ACTIVE_IN]-(c) RETURN one.key }}
  }`;

const surroundings = (keys: string) => `
  UNWIND ${keys} AS key
  MATCH (s:Session {key: key})
  WITH collect(s) AS own
  WITH own, COLLECT { UNWIND own AS s RETURN {key: s.key, host: s.host, ${caused}} } AS caused
  CALL (own, caused) {
    UNWIND own AS s
    MATCH (c:Session {host: s.host, logonId: s.logonId})
    RETURN c
    UNION
    UNWIND caused AS one
    UNWIND one.arrived AS a
    UNWIND a.facts AS fact
    MATCH (c:Session {host: fact.host, logonId: fact.logonId}) WHERE c.host <> one.host
    RETURN c
    UNION
    UNWIND caused AS one
    UNWIND one.uses AS u
    UNWIND u.arrived AS a
    UNWIND a.facts AS fact
    MATCH (c:Session {host: fact.host, logonId: fact.logonId}) WHERE c.host <> one.host
    RETURN c
  }
  WITH caused, collect(DISTINCT c)[..${MAX_SESSIONS}] AS level0
  ${originsOf("level0", "level1")}
  ${originsOf("level1", "level2")}
  ${originsOf("level2", "level3")}
  WITH caused, level0 + level1 + level2 AS examined, level3
  RETURN {
    caused: caused,
    examined: COLLECT { UNWIND examined AS s WITH DISTINCT s RETURN {session: ${SESSION}, ${origin}} },
    sessions: COLLECT { UNWIND level3 AS s RETURN ${SESSION} }
  }`;

/** Reads what the links of sessions usually need: see `LogonSurroundings`. */
export async function logonSurroundings(
  reads: Reads,
  keys: readonly string[],
  readAccounts: LineageReader["accounts"],
): Promise<LogonSurroundings | undefined> {
  const [[found], accounts] = await Promise.all([
    keys.length === 0 ? [] : reads.rows((parameters) => surroundings(parameters.add(keys))),
    readAccounts(),
  ]);
  return found === undefined ? undefined : { ...surroundingsOf(found), accounts };
}

type Facts = LogonSurroundings["facts"][number];

function surroundingsOf(found: Row): Omit<LogonSurroundings, "accounts"> {
  const examined = list(found, "examined").map((row) => ({ row, ...knownOf(rowIn(row, "session")) }));
  const all = [...examined, ...list(found, "sessions").map(knownOf)];
  const sessions = new Map<string, LogonSession | undefined>(all.map(({ session }) => [session.key, session]));
  const caused = list(found, "caused").flatMap((row) => {
    const session = sessions.get(text(row, "key"));
    return session === undefined ? [] : [{ row, session }];
  });
  const ofOrigins = examined.flatMap(({ row, opening }) => (opening === undefined ? [] : credentials(row, opening)));
  const ofCaused = caused.flatMap(({ row, session }) => causedFacts(row, session));
  if (all.length < MAX_SESSIONS) {
    for (const key of [...ofOrigins, ...ofCaused].flatMap(({ facts }) => facts).flatMap(sessionKeysOf)) {
      sessions.set(key, sessions.get(key));
    }
  }
  return {
    sessions,
    examined: examined.map(({ session }) => session),
    facts: [...all.flatMap(openingOf), ...ofOrigins, ...ofCaused],
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
