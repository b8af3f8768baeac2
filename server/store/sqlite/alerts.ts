import type { Page } from "#contracts/event";
import { accountLabel } from "../../alerts/account-label.ts";
import { alertDocument } from "../../alerts/document.ts";
import { alertId } from "../../alerts/identity.ts";
import { mergeAlerts } from "../../alerts/merge.ts";
import { compileCondition } from "../../condition/evaluate.ts";
import { foldCase } from "../../condition/fold-case.ts";
import { textOf } from "../../event/event.ts";
import type { AlertQuery, AlertReader, AlertRecord, AlertWriter } from "../port.ts";
import { alertFigures } from "./alert-figures.ts";
import { alertOf } from "./alert-row.ts";
import { type Connection, number, text } from "./connection.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { both, type Clause, oneOf, within } from "./narrow.ts";
import { rememberedQueue } from "./queue.ts";
import { severityRank } from "./queue-filter.ts";

const PAGE = 1_000;
const LATEST = Number.MAX_SAFE_INTEGER;

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
    ...exact("shape", query.shape),
    ...exact("building_block", query.buildingBlock === undefined ? undefined : Number(query.buildingBlock)),
    within("time", query),
  );
}

/** Newest first unless asked otherwise; the total is exact also under a condition. */
function findAlerts(connection: Connection, query: AlertQuery): Page<AlertRecord> {
  const [after, direction] = query.order === "oldest-first" ? [">", "ASC"] : ["<", "DESC"];
  const [cursorTime, cursorId] = decodeCursor(query.cursor, ["number", "string"]) ?? [];
  const isAfter = (time: number, id: string) =>
    cursorTime === undefined ||
    cursorId === undefined ||
    (query.order === "oldest-first"
      ? time > cursorTime || (time === cursorTime && id > cursorId)
      : time < cursorTime || (time === cursorTime && id < cursorId));
  const base = clauseOf(query);
  const rowsAfter = (time: number, id: string, limit: number) =>
    connection
      .prepare(
        `SELECT alerts.id, time, body FROM alerts JOIN alert_bodies USING (id)
         WHERE ${base.sql} AND (time, alerts.id) ${after} (?, ?)
         ORDER BY time ${direction}, alerts.id ${direction} LIMIT ?`,
      )
      .all(...base.parameters, time, id, limit);
  const start: readonly [number, string] = query.order === "oldest-first" ? [-LATEST, ""] : [LATEST, "\u{10ffff}"];
  const items: AlertRecord[] = [];
  let total = 0;
  let more = false;
  if (query.condition === undefined) {
    const counted = connection
      .prepare(`SELECT count(*) AS total FROM alerts WHERE ${base.sql}`)
      .get(...base.parameters);
    total = counted === undefined ? 0 : number(counted, "total");
    const rows = rowsAfter(cursorTime ?? start[0], cursorId ?? start[1], query.limit + 1);
    more = rows.length > query.limit;
    items.push(...rows.slice(0, query.limit).map(alertOf));
  } else {
    const matches = compileCondition(query.condition);
    let [time, id] = start;
    for (;;) {
      const rows = rowsAfter(time, id, PAGE);
      for (const row of rows) {
        const alert = alertOf(row);
        if (!matches(alertDocument(alert))) {
          continue;
        }
        total += 1;
        if (isAfter(alert.time, alert.id)) {
          if (items.length < query.limit) {
            items.push(alert);
          } else {
            more = true;
          }
        }
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) {
        break;
      }
      [time, id] = [number(last, "time"), text(last, "id")];
    }
  }
  const last = items.at(-1);
  return { items, total, ...(more && last !== undefined ? { next: encodeCursor([last.time, last.id]) } : {}) };
}

export function alertReader(connection: Connection): AlertReader {
  const queue = rememberedQueue(connection);
  return {
    get: async (id) => findAlert(connection, id),
    find: async (query) => findAlerts(connection, query),
    queue: async (query) => queue(query),
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
      .prepare("SELECT body FROM alerts JOIN alert_bodies USING (id) WHERE rule_id = ? AND process_key = ?")
      .get(ruleId, processKey);
    return row === undefined ? undefined : alertOf(row);
  };
  const put = (alert: AlertRecord) => putAlert(connection, alert);
  return {
    get: async (id) => findAlert(connection, id),
    find: async (query) => findAlerts(connection, query),
    async existing(ruleId, at) {
      const found = at.processKey === undefined ? undefined : byKey(ruleId, at.processKey);
      if (found !== undefined) {
        return found;
      }
      const row = connection
        .prepare(
          `SELECT body FROM alert_sources s JOIN alert_bodies b ON b.id = s.alert_id WHERE s.event_id = ? AND s.rule_id = ?`,
        )
        .get(at.eventId, ruleId);
      return row === undefined ? undefined : alertOf(row);
    },
    put: async (alert) => put(alert),
    async rekey(changes) {
      for (const [before, after] of changes) {
        const moved = connection
          .prepare("SELECT body FROM alerts JOIN alert_bodies USING (id) WHERE process_key = ?")
          .all(before)
          .map(alertOf);
        for (const alert of moved) {
          if (alert.sequence !== undefined) {
            put({ ...alert, processKey: after });
            continue;
          }
          const id = alertId(alert.rule.id, { processKey: after, eventId: "" });
          const other = byKey(alert.rule.id, after);
          const renamed = { ...alert, id, processKey: after };
          remove(connection, alert.id);
          if (other !== undefined && other.id !== id) {
            remove(connection, other.id);
          }
          put(other === undefined ? renamed : mergeAlerts({ ...other, id }, renamed));
          follow(connection, alert.id, id);
          if (other !== undefined) {
            follow(connection, other.id, id);
          }
        }
        for (const row of connection
          .prepare("SELECT body FROM alerts JOIN alert_bodies USING (id) WHERE root_key = ?")
          .all(before)) {
          put({ ...alertOf(row), rootKey: after });
        }
        connection.prepare("UPDATE OR IGNORE exception_hits SET subject = ? WHERE subject = ?").run(after, before);
        connection.prepare("DELETE FROM exception_hits WHERE subject = ?").run(before);
      }
    },
  };
}

function putAlert(connection: Connection, alert: AlertRecord): void {
  const tactics = [...new Set(alert.techniques.flatMap((known) => known.tactic ?? []))].sort();
  connection
    .prepare(
      `INSERT INTO alerts (id, rule_id, rule_name, severity, risk, building_block, time, detected_at, host, user_key,
         user_label, process_key, root_key, shape, status, close_reason, tactics)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET rule_name = excluded.rule_name, severity = excluded.severity, risk = excluded.risk,
         building_block = excluded.building_block, time = excluded.time, detected_at = excluded.detected_at,
         host = excluded.host, user_key = excluded.user_key, user_label = excluded.user_label,
         process_key = excluded.process_key, root_key = excluded.root_key, shape = excluded.shape,
         status = excluded.status, close_reason = excluded.close_reason, tactics = excluded.tactics`,
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
      alert.shape,
      alert.status,
      alert.closeReason,
      JSON.stringify(tactics),
    );
  connection
    .prepare("INSERT INTO alert_bodies (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body")
    .run(alert.id, JSON.stringify(alert));
  connection
    .prepare(
      "INSERT INTO alert_texts (id, search) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET search = excluded.search",
    )
    .run(alert.id, searchText(alert));
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

function searchText(alert: AlertRecord): string {
  const fields = alert.sequence?.last ?? alert.fields;
  const parts = [
    alert.message,
    alert.rule.name,
    alert.host,
    alert.user === undefined ? undefined : accountLabel(alert.user),
    textOf(fields, "process.executable"),
    textOf(fields, "process.command_line"),
    textOf(fields, "process.parent.executable"),
  ];
  return foldCase(parts.filter((part) => part !== undefined).join("\n"));
}

function remove(connection: Connection, id: string): void {
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
