import type { Fields, FieldValue } from "#contracts/event";
import type { AlertRecord } from "../store/port.ts";

/**
 * An alert as a searchable document: the fields of its leading event beside `event.kind` "signal" and `kibana.alert.*`
 * (names of Elastic's alert documents), so that the queries of guides find alerts with the one evaluator. `@timestamp` is
 * the time of detection; the event's own time is `kibana.alert.original_time`. The event's `event.*` stay, as guides ask
 * for them on alerts too, and stand under `kibana.alert.original_event.*` as well.
 */
export function alertDocument(alert: AlertRecord): Fields {
  const document: Record<string, FieldValue> = Object.create(null);
  for (const [name, value] of Object.entries(alert.fields)) {
    document[name] = value;
    if (name.startsWith("event.")) {
      document[`kibana.alert.original_event.${name.slice("event.".length)}`] = value;
    }
  }
  document["event.kind"] = "signal";
  document["@timestamp"] = new Date(alert.detectedAt).toISOString();
  document["kibana.alert.original_time"] = new Date(alert.time).toISOString();
  document["kibana.alert.uuid"] = alert.id;
  document["kibana.alert.workflow_status"] = alert.status === "escalated" ? "acknowledged" : alert.status;
  document["kibana.alert.severity"] = alert.severity;
  document["kibana.alert.risk_score"] = alert.riskScore;
  document["kibana.alert.reason"] = alert.message;
  document["kibana.alert.rule.rule_id"] = alert.rule.id;
  document["kibana.alert.rule.name"] = alert.rule.name;
  document["kibana.alert.rule.version"] = alert.rule.version;
  if (alert.buildingBlock) {
    document["kibana.alert.building_block_type"] = "default";
  }
  const tactics = [...new Set(alert.techniques.flatMap((technique) => technique.tactic ?? []))];
  if (tactics.length > 0) {
    document["kibana.alert.rule.threat.tactic.name"] = tactics;
  }
  if (alert.techniques.length > 0) {
    document["kibana.alert.rule.threat.technique.id"] = alert.techniques.map((technique) => technique.id);
  }
  // Whose token the process runs with; a Security record alone would name the creator.
  if (alert.user !== undefined) {
    document["user.name"] = alert.user.name;
    if (alert.user.domain !== undefined) {
      document["user.domain"] = alert.user.domain;
    }
    if (alert.user.id !== undefined) {
      document["user.id"] = alert.user.id;
    }
  }
  return document;
}
