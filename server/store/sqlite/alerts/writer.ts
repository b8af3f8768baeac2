import { accountLabel } from "../../../alert/account-label.ts";
import { alertDocument } from "../../../alert/document.ts";
import { incidentKey, mergedLineageKey, removedIncidentKey } from "../../../alert/incident-key.ts";
import type { AlertRecord } from "../../../alert/record.ts";
import { alertBody, alertOf, searchText, tacticsOf } from "../../alerts/body.ts";
import type { AlertWriter } from "../../alerts/port.ts";
import { type AlertMoves, rekeyAlerts, separateAlert } from "../../alerts/rekey.ts";
import { severityRank } from "../../alerts/severity.ts";
import { type Connection, text } from "../connection.ts";
import { alertStates, putState } from "./covered.ts";
import { deleteAlertValues, saveAlertValues, subjectId } from "./prefilter.ts";
import { statusesOf } from "./queue.ts";
import { forgetUnranked, nameUnranked } from "./ranks.ts";
import { findInStore, getAlert, mergesOf } from "./reader.ts";

const byProcess = `
  SELECT id, body, status, close_reason AS closeReason FROM alerts JOIN alert_bodies USING (id)
  WHERE rule_id = ? AND process_key = ? ORDER BY id`;
const alertWithId = `
  SELECT id, body, status, close_reason AS closeReason FROM alerts JOIN alert_bodies USING (id) WHERE id = ?`;
const bySourceEvent = `
  SELECT a.id AS id, body, status, close_reason AS closeReason
  FROM alert_sources s JOIN alerts a ON a.id = s.alert_id JOIN alert_bodies b ON b.id = s.alert_id
  WHERE s.event_id = ? AND s.rule_id = ?`;
const upsertAlert = `
  INSERT INTO alerts (id, rule_id, rule_name, severity, risk, building_block, time, detected_at, host, user_key,
    user_label, process_key, root_key, item_key, left_item, merge_from, shape, status, close_reason, tactics, subject)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET rule_name = excluded.rule_name, severity = excluded.severity, risk = excluded.risk,
    building_block = excluded.building_block, time = excluded.time, detected_at = excluded.detected_at,
    host = excluded.host, user_key = excluded.user_key, user_label = excluded.user_label,
    process_key = excluded.process_key, root_key = excluded.root_key, item_key = excluded.item_key,
    left_item = excluded.left_item, merge_from = excluded.merge_from, shape = excluded.shape,
    status = excluded.status, close_reason = excluded.close_reason, tactics = excluded.tactics,
    subject = excluded.subject`;
const upsertBody =
  "INSERT INTO alert_bodies (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body";
const upsertSearchText =
  "INSERT INTO alert_texts (id, search) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET search = excluded.search";
const upsertSource = `
  INSERT INTO alert_sources (event_id, rule_id, alert_id) VALUES (?, ?, ?)
  ON CONFLICT (event_id, rule_id) DO UPDATE SET alert_id = excluded.alert_id`;
const upsertAlias =
  "INSERT INTO alert_aliases (old_id, id) VALUES (?, ?) ON CONFLICT (old_id) DO UPDATE SET id = excluded.id";

export function alertWriter(connection: Connection): AlertWriter {
  const first = (sql: string, ...parameters: readonly string[]): AlertRecord | undefined => {
    const row = connection.prepare(sql).get(...parameters);
    return row === undefined ? undefined : alertOf(row);
  };
  const withKey = (column: "process_key" | "root_key", key: string) =>
    connection
      .prepare(
        `SELECT id, body, status, close_reason AS closeReason FROM alerts JOIN alert_bodies USING (id)
         WHERE ${column} = ? ORDER BY id`,
      )
      .all(key)
      .map(alertOf);
  const moves: AlertMoves = {
    referenced: async (keys) => keys,
    ofProcess: async (key) => withKey("process_key", key),
    ofRoot: async (key) => withKey("root_key", key),
    put: async (alert) => putAlert(connection, alert),
    delete: async (id) => deleteAlert(connection, id),
    moveWork: async (from, to) => moveWork(connection, from, to),
    async moveHits(from, to) {
      connection.prepare("UPDATE OR IGNORE exception_hits SET subject = ? WHERE subject = ?").run(to, from);
      connection.prepare("DELETE FROM exception_hits WHERE subject = ?").run(from);
    },
  };
  return {
    get: async (id) => getAlert(connection, id),
    find: (query) => findInStore(connection, query),
    existing: async (keys) =>
      keys.map(
        ({ ruleId, processKey, eventId }) =>
          (processKey === undefined ? undefined : first(byProcess, ruleId, processKey)) ??
          first(bySourceEvent, eventId, ruleId),
      ),
    put: async (alert) => putAlert(connection, alert),
    states: async (ids) => alertStates(connection, ids),
    putState: async (state) => putState(connection, state),
    statuses: async (keys) => statusesOf(connection, keys),
    async oldest(key) {
      const row = connection.prepare("SELECT id FROM alerts WHERE item_key = ? ORDER BY time, id LIMIT 1").get(key);
      return row === undefined ? undefined : text(row, "id");
    },
    rankLater: async (key) => forgetUnranked(connection, key),
    rankAgain: async (key) => nameUnranked(connection, key),
    merges: async (lineages) => mergesOf(connection, lineages),
    rekey: (changes) => rekeyAlerts(changes, moves),
    separate: (alert, parts) => separateAlert(alert, parts, moves),
  };
}

function putAlert(connection: Connection, alert: AlertRecord): void {
  const tactics = tacticsOf(alert);
  const document = alertDocument(alert);
  connection
    .prepare(upsertAlert)
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
      mergedLineageKey(alert),
      alert.commandTemplate,
      alert.status,
      alert.closeReason,
      JSON.stringify(tactics),
      subjectId(connection, document),
    );
  connection.prepare(upsertBody).run(alert.id, alertBody(alert));
  connection.prepare(upsertSearchText).run(alert.id, searchText(alert));
  saveAlertValues(connection, alert.id, document);
  connection.prepare("DELETE FROM alert_tactics WHERE alert_id = ?").run(alert.id);
  for (const tactic of tactics) {
    connection.prepare("INSERT INTO alert_tactics (alert_id, tactic) VALUES (?, ?)").run(alert.id, tactic);
  }
  for (const source of alert.sources) {
    connection.prepare(upsertSource).run(source.eventId, alert.rule.id, alert.id);
  }
}

function deleteAlert(connection: Connection, id: string): void {
  const row = connection.prepare(alertWithId).get(id);
  if (row !== undefined) {
    deleteAlertValues(connection, id, alertDocument(alertOf(row)));
  }
  connection.prepare("DELETE FROM alerts WHERE id = ?").run(id);
}

/** Moves answers, checklist items, transitions, proposals, its incident and former ids of an alert to its new id. */
function moveWork(connection: Connection, from: string, to: string): void {
  if (from === to) {
    return;
  }
  for (const table of ["answers", "transitions", "proposals"]) {
    connection.prepare(`UPDATE ${table} SET alert_id = ? WHERE alert_id = ?`).run(to, from);
  }
  connection.prepare("UPDATE OR IGNORE checked_items SET alert_id = ? WHERE alert_id = ?").run(to, from);
  connection.prepare("DELETE FROM checked_items WHERE alert_id = ?").run(from);
  connection
    .prepare(
      "UPDATE incidents SET alert_id = ?1, item_key = (SELECT item_key FROM alerts WHERE id = ?1) WHERE alert_id = ?2",
    )
    .run(to, from);
  connection.prepare("UPDATE alert_aliases SET id = ? WHERE id = ?").run(to, from);
  connection.prepare(upsertAlias).run(from, to);
}
