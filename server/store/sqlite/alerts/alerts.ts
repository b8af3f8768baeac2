import type { Page } from "#contracts/event";
import { accountLabel } from "../../../alert/account-label.ts";
import { alertDocument } from "../../../alert/document.ts";
import { incidentKey, removedIncidentKey } from "../../../alert/incident-key.ts";
import type { AlertRecord } from "../../../alert/record.ts";
import { alertBody, searchText, tacticsOf } from "../../alerts/body.ts";
import { findAlerts } from "../../alerts/find.ts";
import type { AlertQuery, AlertReader, AlertWriter } from "../../alerts/port.ts";
import { prefilterAlerts } from "../../alerts/prefilter.ts";
import { memoizedQueue } from "../../alerts/queue-page.ts";
import { rekeyAlerts } from "../../alerts/rekey.ts";
import { severityRank } from "../../alerts/severity.ts";
import { type Connection, number, text } from "../connection.ts";
import { both, type Clause, oneOf, within } from "../events/prefilter.ts";
import { alertFigures } from "./figures.ts";
import { alertIndexes, alertsAt, forgetValues, keepValues, subjectNumber } from "./prefilter.ts";
import { dataVersion, queueRows } from "./queue.ts";
import { alertOf } from "./row.ts";

function findAlert(connection: Connection, id: string): AlertRecord | undefined {
  const row =
    connection.prepare("SELECT body FROM alert_bodies WHERE id = ?").get(id) ??
    connection
      .prepare("SELECT body FROM alert_aliases a JOIN alert_bodies b ON b.id = a.id WHERE a.old_id = ?")
      .get(id);
  return row === undefined ? undefined : alertOf(row);
}

function clauseOf(query: AlertQuery): Clause {
  const exact = (column: string, value: string | number | undefined): Clause[] =>
    value === undefined ? [] : [{ sql: `${column} = ?`, parameters: [value] }];
  const list = (column: string, values: readonly string[] | undefined): Clause[] =>
    values === undefined ? [] : [oneOf(column, values)];
  return both(
    ...list("alerts.id", query.ids),
    ...list("rule_id", query.ruleIds),
    ...list("host", query.hosts),
    ...list("user_key", query.userKeys),
    ...list("process_key", query.processKeys),
    ...list("status", query.statuses),
    ...exact("root_key", query.rootKey),
    ...exact("item_key", query.incidentKey),
    ...exact("left_item", query.removedFrom),
    ...exact("shape", query.commandTemplate),
    ...exact("building_block", query.buildingBlock === undefined ? undefined : Number(query.buildingBlock)),
    within("time", query),
  );
}

async function find(connection: Connection, query: AlertQuery): Promise<Page<AlertRecord>> {
  const [after, direction] = query.order === "oldest-first" ? [">", "ASC"] : ["<", "DESC"];
  const { places, left } = await prefilterAlerts(query.condition, alertIndexes(connection));
  const { sql: from, parameters } = alertsAt(places);
  const base = clauseOf(query);
  return findAlerts(
    { ...query, condition: left },
    {
      async count() {
        const counted = connection
          .prepare(`SELECT count(*) AS total FROM ${from} WHERE ${base.sql}`)
          .get(...parameters, ...base.parameters);
        return counted === undefined ? 0 : number(counted, "total");
      },
      async after(time, id, limit) {
        return connection
          .prepare(
            `SELECT body FROM (
             SELECT alerts.id, time FROM ${from} WHERE ${base.sql} AND (time, alerts.id) ${after} (?, ?)
             ORDER BY time ${direction}, alerts.id ${direction} LIMIT ?
           ) found CROSS JOIN alert_bodies USING (id) ORDER BY time ${direction}, id ${direction}`,
          )
          .all(...parameters, ...base.parameters, time, id, limit)
          .map(alertOf);
      },
    },
  );
}

export function alertReader(connection: Connection): AlertReader {
  const queue = memoizedQueue(queueRows(connection), () => dataVersion(connection));
  return {
    get: async (id) => findAlert(connection, id),
    find: (query) => find(connection, query),
    queue,
    async perDay(ruleId) {
      return connection
        .prepare(
          `SELECT strftime('%Y-%m-%d', time / 1000, 'unixepoch') AS day, count(*) AS count FROM alerts
           WHERE rule_id = ? GROUP BY day ORDER BY day`,
        )
        .all(ruleId)
        .map((row) => ({ day: text(row, "day"), count: number(row, "count") }));
    },
    ...alertFigures(connection),
  };
}

export function alertWriter(connection: Connection): AlertWriter {
  const byKey = (ruleId: string, processKey: string): AlertRecord | undefined => {
    const row = connection
      .prepare("SELECT body FROM alerts JOIN alert_bodies USING (id) WHERE rule_id = ? AND process_key = ? ORDER BY id")
      .get(ruleId, processKey);
    return row === undefined ? undefined : alertOf(row);
  };
  const bySource = (ruleId: string, eventId: string): AlertRecord | undefined => {
    const row = connection
      .prepare(
        `SELECT body FROM alert_sources s JOIN alert_bodies b ON b.id = s.alert_id WHERE s.event_id = ? AND s.rule_id = ?`,
      )
      .get(eventId, ruleId);
    return row === undefined ? undefined : alertOf(row);
  };
  const put = (alert: AlertRecord) => putAlert(connection, alert);
  const of = (column: "process_key" | "root_key", key: string) =>
    connection
      .prepare(`SELECT body FROM alerts JOIN alert_bodies USING (id) WHERE ${column} = ? ORDER BY id`)
      .all(key)
      .map(alertOf);
  return {
    get: async (id) => findAlert(connection, id),
    find: (query) => find(connection, query),
    existing: async (places) =>
      places.map(
        ({ ruleId, processKey, eventId }) =>
          (processKey === undefined ? undefined : byKey(ruleId, processKey)) ?? bySource(ruleId, eventId),
      ),
    put: async (alert) => put(alert),
    rekey: (changes) =>
      rekeyAlerts(changes, {
        named: async (keys) => keys,
        ofProcess: async (key) => of("process_key", key),
        ofRoot: async (key) => of("root_key", key),
        put: async (alert) => put(alert),
        remove: async (id) => remove(connection, id),
        follow: async (before, after) => follow(connection, before, after),
        async moveHits(before, after) {
          connection.prepare("UPDATE OR IGNORE exception_hits SET subject = ? WHERE subject = ?").run(after, before);
          connection.prepare("DELETE FROM exception_hits WHERE subject = ?").run(before);
        },
      }),
  };
}

function putAlert(connection: Connection, alert: AlertRecord): void {
  const tactics = tacticsOf(alert);
  const document = alertDocument(alert);
  connection
    .prepare(
      `INSERT INTO alerts (id, rule_id, rule_name, severity, risk, building_block, time, detected_at, host, user_key,
         user_label, process_key, root_key, item_key, left_item, shape, status, close_reason, tactics, subject)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET rule_name = excluded.rule_name, severity = excluded.severity, risk = excluded.risk,
         building_block = excluded.building_block, time = excluded.time, detected_at = excluded.detected_at,
         host = excluded.host, user_key = excluded.user_key, user_label = excluded.user_label,
         process_key = excluded.process_key, root_key = excluded.root_key, item_key = excluded.item_key,
         left_item = excluded.left_item, shape = excluded.shape,
         status = excluded.status, close_reason = excluded.close_reason, tactics = excluded.tactics,
         subject = excluded.subject`,
    )
    .run(
      alert.id,
      alert.rule.id,
      alert.rule.name,
      severityRank[alert.severity],
      alert.riskScore,
      Number(alert.buildingBlock),
      alert.time,
      alert.detectedAt,
      alert.host,
      alert.userKey,
      alert.user === undefined ? undefined : accountLabel(alert.user),
      alert.processKey,
      alert.rootKey,
      incidentKey(alert),
      removedIncidentKey(alert),
      alert.commandTemplate,
      alert.status,
      alert.closeReason,
      JSON.stringify(tactics),
      subjectNumber(connection, document),
    );
  connection
    .prepare("INSERT INTO alert_bodies (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body")
    .run(alert.id, alertBody(alert));
  connection
    .prepare(
      "INSERT INTO alert_texts (id, search) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET search = excluded.search",
    )
    .run(alert.id, searchText(alert));
  keepValues(connection, alert.id, document);
  connection.prepare("DELETE FROM alert_tactics WHERE alert_id = ?").run(alert.id);
  for (const tactic of tactics) {
    connection.prepare("INSERT INTO alert_tactics (alert_id, tactic) VALUES (?, ?)").run(alert.id, tactic);
  }
  for (const source of alert.sources) {
    connection
      .prepare(
        `INSERT INTO alert_sources (event_id, rule_id, alert_id) VALUES (?, ?, ?)
         ON CONFLICT (event_id, rule_id) DO UPDATE SET alert_id = excluded.alert_id`,
      )
      .run(source.eventId, alert.rule.id, alert.id);
  }
}

function remove(connection: Connection, id: string): void {
  const row = connection.prepare("SELECT body FROM alert_bodies WHERE id = ?").get(id);
  if (row !== undefined) {
    forgetValues(connection, id, alertDocument(alertOf(row)));
  }
  connection.prepare("DELETE FROM alerts WHERE id = ?").run(id);
}

/** The work on an alert and its old names go on under its new id. */
function follow(connection: Connection, before: string, after: string): void {
  if (before === after) {
    return;
  }
  for (const table of ["answers", "transitions"]) {
    connection.prepare(`UPDATE ${table} SET alert_id = ? WHERE alert_id = ?`).run(after, before);
  }
  connection.prepare("UPDATE OR IGNORE checked_items SET alert_id = ? WHERE alert_id = ?").run(after, before);
  connection.prepare("DELETE FROM checked_items WHERE alert_id = ?").run(before);
  connection.prepare("UPDATE alert_aliases SET id = ? WHERE id = ?").run(after, before);
  connection
    .prepare("INSERT INTO alert_aliases (old_id, id) VALUES (?, ?) ON CONFLICT (old_id) DO UPDATE SET id = excluded.id")
    .run(before, after);
}
