import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type IncidentRisk, incidentRisk } from "../../../alert/incident-risk.ts";
import { everything, oneOf } from "../clause.ts";
import { type Connection, number, type Row, text } from "../connection.ts";
import { changedSince, lastChange, noteChanges } from "./change-log.ts";

/**
 * Ranks the incidents whose alerts changed since they were ranked: triggers on `alerts` name them in
 * `unranked_incidents`, whoever writes. To be called in each write, before it is committed.
 */
export function rankIncidents(connection: Connection): void {
  const keys = connection
    .prepare("SELECT item_key FROM unranked_incidents")
    .all()
    .map((row) => text(row, "item_key"));
  if (keys.length === 0) {
    return;
  }
  const rankOfIncident = computedRanks(connection);
  const put = connection.prepare(
    `INSERT OR REPLACE INTO incident_ranks
       (item_key, score, rules, severity, hosts, alerts, rarity, signature)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = connection.prepare("DELETE FROM incident_ranks WHERE item_key = ?");
  for (const key of keys) {
    const rank = rankOfIncident(key);
    if (rank === undefined) {
      remove.run(key);
      continue;
    }
    const { score, rules, severity, hosts, alerts, rarity, signature } = rank;
    put.run(key, score, rules, severity, hosts, alerts, rarity, signature);
  }
  noteChanges(connection, keys);
  connection.execute("DELETE FROM unranked_incidents");
}

/** The rank of an incident as its alerts give it; undefined: it has none. */
function computedRanks(connection: Connection): (key: string) => IncidentRisk | undefined {
  const parts = connection.prepare(
    `SELECT a.rule_id AS rule_id, coalesce(a.shape, '') AS shape, a.severity AS severity, a.host AS host,
       count(*) AS alerts, c.incidents AS incidents,
       (a.status = 'closed' AND coalesce(a.close_reason, '') <> 'true-positive') AS dismissed
     FROM alerts a JOIN shape_counts c ON c.rule_id = a.rule_id AND c.shape = coalesce(a.shape, '')
     WHERE a.item_key = ? AND a.building_block = 0
     GROUP BY 1, 2, 3, 4, 7`,
  );
  return (key) => {
    const rows = parts.all(key);
    return rows.length === 0 ? undefined : incidentRisk(rows.map(partOf));
  };
}

/** Incidents at a time. */
const PAGE = 500;

/** The keys of incidents whose kept rank is not what their alerts give, or that are not ranked. */
export async function wrongRanks(connection: Connection): Promise<readonly string[]> {
  const rankOfIncident = computedRanks(connection);
  const kept = connection.prepare("SELECT * FROM incident_ranks WHERE item_key = ?");
  const keys = connection.prepare(
    `SELECT item_key FROM (SELECT item_key FROM incident_ranks UNION SELECT item_key FROM alerts WHERE building_block = 0)
     WHERE item_key > ? ORDER BY item_key LIMIT ${PAGE}`,
  );
  const wrong: string[] = [];
  for (let after = ""; ; await setImmediate()) {
    const page = keys.all(after).map((row) => text(row, "item_key"));
    for (const key of page) {
      const row = kept.get(key);
      if (!isDeepStrictEqual(row === undefined ? undefined : rankOf(row), rankOfIncident(key))) {
        wrong.push(key);
      }
    }
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) {
      return wrong;
    }
    after = last;
  }
}

/** The incident keeps the rank that it has until one of its alerts changes again. */
export function forgetUnranked(connection: Connection, key: string): void {
  noteChanges(connection, [key]);
  connection.prepare("DELETE FROM unranked_incidents WHERE item_key = ?").run(key);
}

export function nameUnranked(connection: Connection, key: string): void {
  connection.prepare("INSERT OR IGNORE INTO unranked_incidents VALUES (?)").run(key);
}

function partOf(row: Row) {
  const template = text(row, "shape");
  return {
    ruleId: text(row, "rule_id"),
    ...(template === "" ? {} : { commandTemplate: template }),
    severity: number(row, "severity"),
    host: text(row, "host"),
    alerts: number(row, "alerts"),
    incidents: number(row, "incidents"),
    dismissed: number(row, "dismissed") === 1,
  };
}

/** The ranks of all incidents by key. Each call reads only those that changed since the last one. */
export function knownRanks(connection: Connection): () => ReadonlyMap<string, IncidentRisk> {
  const ranks = new Map<string, IncidentRisk>();
  let seen: number | undefined;
  return () => {
    const last = lastChange(connection);
    const changed = seen === undefined ? undefined : changedSince(connection, seen);
    if (changed === undefined) {
      ranks.clear();
    }
    changed?.forEach((key) => void ranks.delete(key));
    const among = changed === undefined ? everything : oneOf("item_key", changed);
    for (const row of connection.prepare(`SELECT * FROM incident_ranks WHERE ${among.sql}`).all(...among.parameters)) {
      ranks.set(text(row, "item_key"), rankOf(row));
    }
    seen = last;
    return ranks;
  };
}

function rankOf(row: Row): IncidentRisk {
  return {
    score: number(row, "score"),
    rules: number(row, "rules"),
    severity: number(row, "severity"),
    hosts: number(row, "hosts"),
    alerts: number(row, "alerts"),
    rarity: number(row, "rarity"),
    signature: text(row, "signature"),
  };
}
