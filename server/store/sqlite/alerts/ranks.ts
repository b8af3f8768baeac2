import { type IncidentRisk, incidentRisk } from "../../../alert/incident-risk.ts";
import { type Connection, number, type Row, text } from "../connection.ts";

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
  const parts = connection.prepare(
    `SELECT a.rule_id AS rule_id, coalesce(a.shape, '') AS shape, a.severity AS severity, a.host AS host,
       count(*) AS alerts, c.incidents AS incidents,
       (a.status = 'closed' AND coalesce(a.close_reason, '') <> 'true-positive') AS dismissed
     FROM alerts a JOIN shape_counts c ON c.rule_id = a.rule_id AND c.shape = coalesce(a.shape, '')
     WHERE a.item_key = ? AND a.building_block = 0
     GROUP BY 1, 2, 3, 4, 7`,
  );
  const put = connection.prepare(
    `INSERT OR REPLACE INTO incident_ranks
       (item_key, score, rules, severity, hosts, alerts, rarity, signature, changed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT changes FROM alert_changes))`,
  );
  const remove = connection.prepare("DELETE FROM incident_ranks WHERE item_key = ?");
  for (const key of keys) {
    const rows = parts.all(key);
    if (rows.length === 0) {
      remove.run(key);
      continue;
    }
    const { score, rules, severity, hosts, alerts, rarity, signature } = incidentRisk(rows.map(partOf));
    put.run(key, score, rules, severity, hosts, alerts, rarity, signature);
  }
  connection.execute("DELETE FROM unranked_incidents");
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

/**
 * The ranks of all incidents by key. Each call reads only those that changed since the last one. Incidents that are
 * gone may still be in it.
 */
export function knownRanks(connection: Connection): () => ReadonlyMap<string, IncidentRisk> {
  const ranks = new Map<string, IncidentRisk>();
  let seen = -1;
  return () => {
    const rows = connection.prepare("SELECT * FROM incident_ranks WHERE changed > ? ORDER BY changed").all(seen);
    for (const row of rows) {
      ranks.set(text(row, "item_key"), rankOf(row));
      seen = number(row, "changed");
    }
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
