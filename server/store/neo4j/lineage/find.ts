import type { ProcessRow } from "../../../lineage/process-row.ts";
import type {
  ExitRow,
  HistoryProbe,
  HostPid,
  PidHistory,
  PidWindow,
  StartProbe,
  StartsAround,
} from "../../../lineage/tables.ts";
import type { Queries } from "../connection.ts";
import { indexed } from "../indexed.ts";
import type { Reads } from "../reads.ts";
import { list, number, optionalText, type Row, text } from "../row.ts";
import { exitRow, processRow, rowMap, STORED_ROW, type StoredRow, storedRow } from "./rows.ts";

/**
 * Lookups by pid, name and time. Each list of probes is one query with a subquery per probe, which seeks in one index.
 * A hint names the index, because where only the nearest few are wanted, results have to come in its order. Both bounds
 * of a range are written as separate comparisons: of a chained comparison the index uses only one bound.
 */

const isNew = "NOT p.key IN $known";
const startsBy = {
  pid: `
    UNWIND $probes AS probe
    MATCH (p:Identity) USING INDEX p:Identity(host, ownPid, at)
    WHERE p.host = probe.host AND p.ownPid = probe.pid AND p.at >= probe.from AND p.at <= probe.to AND ${isNew}
    RETURN DISTINCT ${STORED_ROW}`,
  name: `
    UNWIND $probes AS probe
    MATCH (p:Identity) USING INDEX p:Identity(host, at, key)
    WHERE p.host = probe.host AND p.at >= probe.from AND p.at <= probe.to AND p.key IS NOT NULL AND p.ownName = probe.name
      AND ${isNew}
    RETURN DISTINCT ${STORED_ROW}`,
  "name-without-pid": `
    UNWIND $probes AS probe
    MATCH (p:Identity) USING INDEX p:Identity(host, lostName, at)
    WHERE p.host = probe.host AND p.lostName = probe.name AND p.at >= probe.from AND p.at <= probe.to AND ${isNew}
    RETURN DISTINCT ${STORED_ROW}`,
} as const;

export async function startsNear(
  queries: Queries,
  probes: readonly StartProbe[],
  known: ReadonlySet<string>,
): Promise<readonly StoredRow[]> {
  const requested = Map.groupBy(
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
    [...requested].map(([by, group]) => queries.run(startsBy[by], { probes: group, known: [...known] })),
  );
  const rows = new Map(found.flat().map((row) => [text(row, "key"), storedRow(row)]));
  return [...rows.values()];
}

const referencedPids = `
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
  const requested = distinct.map(({ host, pid }, number) => ({ host: indexed(host), pid, number }));
  const found = new Set((await queries.run(referencedPids, { pids: requested })).map((row) => number(row, "number")));
  return distinct.filter((_, index) => found.has(index));
}

/** Rows with the pid of a probe before and after its range, the nearest first, ties broken by key. */
const before = (columns: string, limit: number) => `
  COLLECT {
    MATCH (p:Identity) USING INDEX p:Identity(host, ownPid, at)
    WHERE p.host = probe.host AND p.ownPid = probe.pid AND p.at < probe.from
    RETURN {${columns}} ORDER BY p.host DESC, p.ownPid DESC, p.at DESC, p.key DESC LIMIT ${limit}
  }`;
const after = (columns: string, limit: number) => `
  COLLECT {
    MATCH (p:Identity) USING INDEX p:Identity(host, ownPid, at)
    WHERE p.host = probe.host AND p.ownPid = probe.pid AND p.at > probe.to
    RETURN {${columns}} ORDER BY p.host, p.ownPid, p.at, p.key LIMIT ${limit}
  }`;

const startsAroundEach = `
  UNWIND $probes AS probe
  RETURN probe.number AS number, ${before("at: p.at", 2)} AS before, ${after("at: p.at", 2)} AS after`;

export async function startsAround(queries: Queries, ranges: readonly PidWindow[]): Promise<readonly StartsAround[]> {
  const found = await runEach(queries, startsAroundEach, ranges);
  return ranges.map((_, index) => {
    const row = found.get(index);
    return row === undefined ? { before: [], after: [] } : { before: times(row, "before"), after: times(row, "after") };
  });
}

/**
 * Rows with their duplicates. `exits` are those between the outermost rows; on a side with fewer rows than requested
 * the range is unbounded.
 */
const historiesEach = (probes: string, always: string) => `
  UNWIND ${probes} AS probe
  WITH probe, ${before("node: p, at: p.at", 3)} AS before, ${after("node: p, at: p.at", 2)} AS after,
    COLLECT {
      MATCH (p:Identity) USING INDEX p:Identity(host, ownPid, at)
      WHERE p.host = probe.host AND p.ownPid = probe.pid AND p.at >= probe.from AND p.at <= probe.to
      RETURN {node: p}
    } AS within
  WITH probe, [one IN before + within + after | one.node] AS rows,
    CASE WHEN size(before) < 3 THEN ${always}[0] ELSE before[2].at END AS first,
    CASE WHEN size(after) < 2 THEN ${always}[1] ELSE after[1].at END AS last
  RETURN {number: probe.number,
    rows: [p IN rows | ${rowMap("p")}],
    duplicates: COLLECT { UNWIND rows AS p MATCH (p)-[:JOINED_TO]-(q:Identity) RETURN DISTINCT ${rowMap("q")} },
    exits: COLLECT {
      MATCH (x:Exit) USING INDEX x:Exit(host, pid, time)
      WHERE x.host = probe.host AND x.pid = probe.pid AND x.time >= first AND x.time <= last
      RETURN {body: x.body, processKey: x.processKey} ORDER BY x.time, x.eventId
    },
    referrers: COLLECT {
      MATCH (p:Identity) USING INDEX p:Identity(host, creatorPid, at)
      WHERE p.host = probe.hostOfReferrers AND p.creatorPid = probe.pid AND p.at >= probe.from AND p.at <= probe.to
      RETURN ${rowMap("p")} ORDER BY p.at, p.key
    }}`;

const ALWAYS = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const;

/** The part of a pid's history that each probe covers, see `PidHistory`. */
export async function readHistories(reads: Reads, probes: readonly HistoryProbe[]): Promise<readonly PidHistory[]> {
  const rows =
    probes.length === 0
      ? []
      : await reads.rows((parameters) =>
          historiesEach(parameters.add(requestedHistories(probes)), parameters.add(ALWAYS)),
        );
  return historiesOf(probes, rows, (row) => processRow(row));
}

/** The same within a write. `onRow` is called for each stored row. */
export async function histories(
  queries: Queries,
  probes: readonly HistoryProbe[],
  onRow: (stored: StoredRow) => void,
): Promise<readonly PidHistory[]> {
  const found =
    probes.length === 0
      ? []
      : await queries.run(`RETURN COLLECT { ${historiesEach("$probes", "$always")} } AS histories`, {
          probes: requestedHistories(probes),
          always: ALWAYS,
        });
  const rows = found.flatMap((row) => list(row, "histories"));
  return historiesOf(probes, rows, (row) => {
    const stored = storedRow(row);
    onRow(stored);
    return stored.row;
  });
}

function requestedHistories(probes: readonly HistoryProbe[]) {
  return probes.map((probe, number) => ({
    ...probe,
    number,
    host: indexed(probe.host),
    // Without a host nothing is found, and the seek costs nothing.
    hostOfReferrers: probe.referrers ? indexed(probe.host) : undefined,
  }));
}

function historiesOf(
  probes: readonly HistoryProbe[],
  found: readonly Row[],
  read: (row: Row) => ProcessRow,
): readonly PidHistory[] {
  const byNumber = new Map(found.map((row) => [number(row, "number"), row]));
  return probes.map((_, index) => {
    const row = byNumber.get(index);
    if (row === undefined) {
      return { rows: [], exits: [], referrers: [] };
    }
    const rows = new Map([...list(row, "rows"), ...list(row, "duplicates")].map((one) => [text(one, "key"), one]));
    return {
      rows: [...rows.values()].map(read),
      exits: list(row, "exits").map(exitOf),
      referrers: list(row, "referrers").map(read),
    };
  });
}

async function runEach(
  queries: Queries,
  query: string,
  probes: readonly PidWindow[],
): Promise<ReadonlyMap<number, Row>> {
  if (probes.length === 0) {
    return new Map();
  }
  const requested = probes.map((probe, number) => ({ ...probe, host: indexed(probe.host), number }));
  const rows = await queries.run(query, { probes: requested });
  return new Map(rows.map((row) => [number(row, "number"), row]));
}

function times(row: Row, column: string): readonly number[] {
  return list(row, column).map((one) => number(one, "at"));
}

function exitOf(row: Row): ExitRow {
  return exitRow(text(row, "body"), optionalText(row, "processKey"));
}
