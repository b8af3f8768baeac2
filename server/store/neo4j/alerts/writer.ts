import { hash } from "node:crypto";
import { accountLabel } from "../../../alert/account-label.ts";
import { incidentKey, mergedLineageKey, removedIncidentKey } from "../../../alert/incident-key.ts";
import type { AlertRecord } from "../../../alert/record.ts";
import { alertBody, alertOf, searchText, tacticsOf } from "../../alerts/body.ts";
import type { AlertKey, AlertWriter } from "../../alerts/port.ts";
import { type AlertMoves, rekeyAlerts, separateAlert } from "../../alerts/rekey.ts";
import { severityRank } from "../../alerts/severity.ts";
import type { Writes } from "../connection.ts";
import { moveHits } from "../exceptions/adapter.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import { number, text } from "../row.ts";
import { moveWork } from "../triage/adapter.ts";
import { alertStates, putState } from "./covered.ts";
import { deletePrefilterValues, savePrefilterValues } from "./prefilter.ts";
import { statusesOf } from "./queue.ts";
import { findInStore, getAlert, mergesOf } from "./reader.ts";

const mergeAlert = `
  MERGE (a:Alert {id: $id})
  SET a += $properties, a.at = datetime({epochMillis: $time})
  MERGE (r:Rule {id: $rule.id})
  SET r.name = $rule.name, r.language = $rule.language
  MERGE (a)-[:RAISED_BY]->(r)
  WITH a
  CALL (a) { MATCH (a)-[about:ABOUT]->() DELETE about }
  CALL (a) { MATCH (p:Identity {key: $processKey}) CREATE (a)-[:ABOUT]->(p) }
  CALL (a) { MATCH (i:Incident {alertId: a.id}) SET i.itemKey = a.itemKey }
  CALL (a) {
    UNWIND $sources AS source
    MERGE (s:AlertSource {key: source.key})
    SET s.alertId = a.id, s.eventId = source.eventId
  }`;

/** An alert on the process takes precedence over one on the source event. */
const existingAlerts = `
  UNWIND $requested AS requested
  CALL (requested) {
    CALL (requested) {
      MATCH (a:Alert {ruleId: requested.ruleId, processKey: requested.processKey}) RETURN a, 0 AS precedence
      UNION ALL
      MATCH (s:AlertSource {key: requested.source}) MATCH (a:Alert {id: s.alertId}) RETURN a, 1 AS precedence
    }
    RETURN a.id AS id, a.body AS body, a.status AS status, a.closeReason AS closeReason ORDER BY precedence, a.id LIMIT 1
  }
  RETURN requested.index AS index, id, body, status, closeReason`;

const referencedKeys = `
  UNWIND $keys AS key
  WITH key WHERE EXISTS { MATCH (:Alert {processKey: key.indexed}) }
    OR EXISTS { MATCH (:Alert {rootKey: key.indexed}) } OR EXISTS { MATCH (:ExceptionHit {subject: key.indexed}) }
  RETURN key.index AS index`;

export function alertWriter(writes: Writes): AlertWriter {
  const withKey = async (property: "processKey" | "rootKey", key: string): Promise<readonly AlertRecord[]> => {
    const rows = await writes.run(
      `MATCH (a:Alert {${property}: $key}) RETURN a.id AS id, a.body AS body, a.status AS status, a.closeReason AS closeReason ORDER BY a.id`,
      {
        key: indexed(key),
      },
    );
    return rows.map(alertOf);
  };
  const moves: AlertMoves = {
    async referenced(keys) {
      const rows = await writes.run(referencedKeys, {
        keys: keys.map((key, index) => ({ indexed: indexed(key), index })),
      });
      return rows.flatMap((row) => keys[number(row, "index")] ?? []);
    },
    ofProcess: (key) => withKey("processKey", key),
    ofRoot: (key) => withKey("rootKey", key),
    put: async (alert) => putAlert(writes, alert),
    async delete(id) {
      deletePrefilterValues(writes, id);
      writes.later("MATCH (s:AlertSource {alertId: $id}) DELETE s", { id });
      writes.later("MATCH (a:Alert {id: $id}) DETACH DELETE a", { id });
    },
    async moveWork(from, to) {
      if (from !== to) {
        moveWork(writes, from, to);
        writes.later("MATCH (alias:AlertAlias {id: $from}) SET alias.id = $to", { from, to });
        writes.later("MERGE (alias:AlertAlias {oldId: $from}) SET alias.id = $to", { from, to });
      }
    },
    moveHits: (from, to) => moveHits(writes, from, to),
  };
  return {
    get: (id) => getAlert(writes, id),
    find: (query) => findInStore(writes, query),
    existing: (keys) => existing(writes, keys),
    put: async (alert) => putAlert(writes, alert),
    states: (ids) => alertStates(writes, ids),
    putState: async (state) => putState(writes, state),
    statuses: (keys) => statusesOf(writes, keys),
    async oldest(key) {
      const [row] = await writes.run(
        "MATCH (a:Alert {itemKey: $key}) RETURN a.id AS id ORDER BY a.time, a.id LIMIT 1",
        { key: indexed(key) },
      );
      return row === undefined ? undefined : text(row, "id");
    },
    // Ranks are computed when they are asked for.
    rankLater: async () => undefined,
    rankAgain: async () => undefined,
    merges: (lineages) => mergesOf(writes, lineages),
    rekey: (changes) => rekeyAlerts(changes, moves),
    separate: (alert, parts) => separateAlert(alert, parts, moves),
  };
}

async function existing(writes: Writes, keys: readonly AlertKey[]): Promise<readonly (AlertRecord | undefined)[]> {
  const requested = keys.map(({ ruleId, processKey, eventId }, index) => ({
    index,
    ruleId: indexed(ruleId),
    processKey: indexedIfAny(processKey),
    source: sourceKey(ruleId, eventId),
  }));
  const rows = requested.length === 0 ? [] : await writes.run(existingAlerts, { requested });
  const alerts = new Map(rows.map((row) => [number(row, "index"), alertOf(row)]));
  return requested.map(({ index }) => alerts.get(index));
}

function putAlert(writes: Writes, alert: AlertRecord): void {
  const ruleId = indexed(alert.rule.id);
  writes.later(mergeAlert, {
    id: alert.id,
    time: alert.time,
    rule: { id: ruleId, name: alert.rule.name, language: alert.rule.language },
    processKey: indexedIfAny(alert.processKey),
    properties: {
      ruleId,
      ruleName: alert.rule.name,
      message: alert.message,
      severity: alert.severity,
      severityRank: severityRank[alert.severity],
      risk: alert.riskScore,
      buildingBlock: alert.buildingBlock,
      time: alert.time,
      detectedAt: alert.detectedAt,
      host: indexed(alert.host),
      userKey: indexedIfAny(alert.userKey),
      user: alert.user === undefined ? undefined : accountLabel(alert.user),
      processKey: indexedIfAny(alert.processKey),
      rootKey: indexedIfAny(alert.rootKey),
      itemKey: indexed(incidentKey(alert)),
      leftItem: indexedIfAny(removedIncidentKey(alert)),
      mergeFrom: indexedIfAny(mergedLineageKey(alert)),
      shape: indexedIfAny(alert.commandTemplate),
      status: alert.status,
      closeReason: alert.closeReason,
      tactics: tacticsOf(alert),
      search: searchText(alert),
      body: alertBody(alert),
    },
    sources: alert.sources.map(({ eventId }) => ({ eventId, key: sourceKey(alert.rule.id, eventId) })),
  });
  savePrefilterValues(writes, [alert]);
}

function sourceKey(ruleId: string, eventId: string): string {
  return hash("sha256", JSON.stringify([ruleId, eventId]), "base64url");
}
