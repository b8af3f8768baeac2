import type { AlertCorrelation } from "#contracts/alert";
import type { Fields, FieldValue } from "#contracts/event";
import type { AlertRecord } from "./record.ts";

/**
 * An alert as a searchable document: the fields of its leading event plus `event.kind` "signal" and `kibana.alert.*`,
 * the names of Elastic's alert documents, so that queries of guides find alerts through the same evaluator.
 * `@timestamp` is the time of detection; the event's own time is `kibana.alert.original_time`. The event's `event.*`
 * fields are kept under their own names, because guides query them on alerts, and repeated under
 * `kibana.alert.original_event.*`.
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
  if (alert.correlation !== undefined) {
    correlationFields(alert.correlation, document);
  }
  // The account whose token the process runs with; a Security record alone would name the account that created it.
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

/** Elastic's names for threshold, new-terms and suppressed alerts. Lists of objects become parallel arrays. */
function correlationFields(correlation: AlertCorrelation, document: Record<string, FieldValue>): void {
  const { terms, newTerms, counted, count, suppressed } = correlation;
  const put = (name: string, value: FieldValue | undefined) => {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) {
      document[`kibana.alert.${name}`] = value;
    }
  };
  put("start", correlation.from);
  put("new_terms", newTerms);
  const named = terms.flatMap(({ field, value }) => (value === undefined ? [] : [{ field, value }]));
  const putTerms = (of: string) => {
    put(
      `${of}.terms.field`,
      named.map(({ field }) => field),
    );
    put(
      `${of}.terms.value`,
      named.map(({ value }) => value),
    );
  };
  if (correlation.measure === "count" && (suppressed === undefined || counted.some(({ least = 0 }) => least > 1))) {
    const distinct = counted.flatMap(({ field, count: values }) => (field === undefined ? [] : [{ field, values }]));
    putTerms("threshold_result");
    put("threshold_result.count", count);
    put("threshold_result.from", correlation.from);
    put(
      "threshold_result.cardinality.field",
      distinct.map(({ field }) => field),
    );
    put(
      "threshold_result.cardinality.value",
      distinct.map(({ values }) => values),
    );
  }
  if (suppressed !== undefined) {
    putTerms("suppression");
    put("suppression.start", correlation.from);
    put("suppression.end", correlation.to);
    put("suppression.docs_count", suppressed.count);
  }
}
