import type {
  ExitRow,
  HistoryProbe,
  HostPid,
  PidHistory,
  PidWindow,
  StartProbe,
  StartsAround,
} from "../../../lineage/tables.ts";
import { list, number, optionalText, type Queries, type Row, text } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { exitRow, rowMap, STORED_ROW, type StoredRow, storedRow } from "./rows.ts";

/**
 * Look-ups by pid, name and time. Each list of probes is one query: a subquery per probe that seeks in one index, named by a
 * hint, because the order of the results has to be the index's where only the nearest few are wanted. Both ends of a stretch are
 * written as comparisons of their own: of a chained one an index takes a single end.
 */

const unknown = "NOT p.key IN $known";
const near = {
  pid: `
    UNWIND $probes AS probe
    MATCH (p:Identity) USING INDEX p:Identity(host, ownPid, at)
    WHERE p.host = probe.host AND p.ownPid = probe.pid AND p.at >= probe.from AND p.at <= probe.to AND ${unknown}
    RETURN DISTINCT ${STORED_ROW}`,
  name: `
    UNWIND $probes AS probe
    MATCH (p:Identity) USING INDEX p:Identity(host, at, key)
    WHERE p.host = probe.host AND p.at >= probe.from AND p.at <= probe.to AND p.key IS NOT NULL AND p.ownName = probe.name
      AND ${unknown}
    RETURN DISTINCT ${STORED_ROW}`,
  "name-without-pid": `
    UNWIND $probes AS probe
    MATCH (p:Identity) USING INDEX p:Identity(host, lostName, at)
    WHERE p.host = probe.host AND p.lostName = probe.name AND p.at >= probe.from AND p.at <= probe.to AND ${unknown}
    RETURN DISTINCT ${STORED_ROW}`,
} as const;

export async function startsNear(
  queries: Queries,
  probes: readonly StartProbe[],
  known: ReadonlySet<string>,
): Promise<readonly StoredRow[]> {
  const asked = Map.groupBy(
    probes.map((probe) => ({
      by: probe.by,
      host: indexed(probe.host),
      from: probe.from,
      to: probe.to,
      pid: probe.by === "pid" ? probe.pid : undefined,
      name: probe.by === "pid" ? undefined : indexed(probe.name),
    })),
    (probe) => probe.by,
  );
  const found = await Promise.all(
    [...asked].map(([by, some]) => queries.run(near[by], { probes: some, known: [...known] })),
  );
  const rows = new Map(found.flat().map((row) => [text(row, "key"), storedRow(row)]));
  return [...rows.values()];
}

const namedPidsOf = `
  UNWIND $pids AS one
  WITH one WHERE
    EXISTS {
      MATCH (x:Exit) USING INDEX x:Exit(host, pid, time)
      WHERE x.host = one.host AND x.pid = one.pid AND x.time IS NOT NULL
    } OR EXISTS {
      MATCH (p:Identity) USING INDEX p:Identity(host, creatorPid, at)
      WHERE p.host = one.host AND p.creatorPid = one.pid AND p.at IS NOT NULL
    }
  RETURN one.number AS number`;

export async function namedPids(queries: Queries, pids: readonly HostPid[]): Promise<readonly HostPid[]> {
  const distinct = [...new Map(pids.map((one) => [`${one.host}\u0000${one.pid}`, one])).values()];
  if (distinct.length === 0) {
    return [];
  }
  const asked = distinct.map(({ host, pid }, number) => ({ host: indexed(host), pid, number }));
  const found = new Set((await queries.run(namedPidsOf, { pids: asked })).map((row) => number(row, "number")));
  return distinct.filter((_, index) => found.has(index));
}

/** Those with the pid of a probe before and after its stretch, nearest first; of several that began together those by key. */
const before = (what: string, most: number) => `
  COLLECT {
    MATCH (p:Identity) USING INDEX p:Identity(host, ownPid, at)
    WHERE p.host = probe.host AND p.ownPid = probe.pid AND p.at < probe.from
    RETURN {${what}} ORDER BY p.host DESC, p.ownPid DESC, p.at DESC, p.key DESC LIMIT ${most}
  }`;
const after = (what: string, most: number) => `
  COLLECT {
    MATCH (p:Identity) USING INDEX p:Identity(host, ownPid, at)
    WHERE p.host = probe.host AND p.ownPid = probe.pid AND p.at > probe.to
    RETURN {${what}} ORDER BY p.host, p.ownPid, p.at, p.key LIMIT ${most}
  }`;

const startsAroundEach = `
  UNWIND $probes AS probe
  RETURN probe.number AS number, ${before("at: p.at", 2)} AS before, ${after("at: p.at", 2)} AS after`;

export async function startsAround(queries: Queries, ranges: readonly PidWindow[]): Promise<readonly StartsAround[]> {
  const found = await each(queries, startsAroundEach, ranges);
  return ranges.map((_, index) => {
    const row = found.get(index);
    return row === undefined ? { before: [], after: [] } : { before: times(row, "before"), after: times(row, "after") };
  });
}

/**
 * A row and, where it was joined with another, that one. `exits` lie between the outermost rows found; where fewer than the
 * wanted ones exist, the stretch is open.
 */
const historiesEach = `
  UNWIND $probes AS probe
  WITH probe, ${before("node: p, at: p.at", 3)} AS before, ${after("node: p, at: p.at", 2)} AS after,
    COLLECT {
      MATCH (p:Identity) USING INDEX p:Identity(host, ownPid, at)
      WHERE p.host = probe.host AND p.ownPid = probe.pid AND p.at >= probe.from AND p.at <= probe.to
      RETURN {node: p}
    } AS within
  WITH probe, [one IN before + within + after | one.node] AS rows,
    CASE WHEN size(before) < 3 THEN $ever[0] ELSE before[2].at END AS first,
    CASE WHEN size(after) < 2 THEN $ever[1] ELSE after[1].at END AS last
  RETURN probe.number AS number,
    [p IN rows | ${rowMap("p")}] AS rows,
    COLLECT { UNWIND rows AS p MATCH (p)-[:JOINED_TO]-(q:Identity) RETURN DISTINCT ${rowMap("q")} } AS partners,
    COLLECT {
      MATCH (x:Exit) USING INDEX x:Exit(host, pid, time)
      WHERE x.host = probe.host AND x.pid = probe.pid AND x.time >= first AND x.time <= last
      RETURN {body: x.body, processKey: x.processKey} ORDER BY x.time, x.eventId
    } AS exits,
    COLLECT {
      MATCH (p:Identity) USING INDEX p:Identity(host, creatorPid, at)
      WHERE p.host = probe.hostOfReferrers AND p.creatorPid = probe.pid AND p.at >= probe.from AND p.at <= probe.to
      RETURN ${rowMap("p")} ORDER BY p.at, p.key
    } AS referrers`;

const EVER = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const;

/** A part of a pid's history for each probe, see `PidHistory`; `onRow` is told of each row as it is stored. */
export async function histories(
  queries: Queries,
  probes: readonly HistoryProbe[],
  onRow: (stored: StoredRow) => void = () => undefined,
): Promise<readonly PidHistory[]> {
  const read = (row: Row) => {
    const stored = storedRow(row);
    onRow(stored);
    return stored.row;
  };
  const asked = probes.map((probe) => ({
    ...probe,
    // Nothing is on no host: a seek for it costs nothing.
    hostOfReferrers: probe.referrers ? indexed(probe.host) : undefined,
  }));
  const found = await each(queries, historiesEach, asked);
  return probes.map((_, index) => {
    const row = found.get(index);
    if (row === undefined) {
      return { rows: [], exits: [], referrers: [] };
    }
    const rows = new Map([...list(row, "rows"), ...list(row, "partners")].map((one) => [text(one, "key"), one]));
    return {
      rows: [...rows.values()].map(read),
      exits: list(row, "exits").map(exitOf),
      referrers: list(row, "referrers").map(read),
    };
  });
}

async function each(queries: Queries, query: string, probes: readonly PidWindow[]): Promise<ReadonlyMap<number, Row>> {
  if (probes.length === 0) {
    return new Map();
  }
  const asked = probes.map((probe, number) => ({ ...probe, host: indexed(probe.host), number }));
  const rows = await queries.run(query, { probes: asked, ever: EVER });
  return new Map(rows.map((row) => [number(row, "number"), row]));
}

function times(row: Row, column: string): readonly number[] {
  return list(row, column).map((one) => number(one, "at"));
}

function exitOf(row: Row): ExitRow {
  return exitRow(text(row, "body"), optionalText(row, "processKey"));
}
