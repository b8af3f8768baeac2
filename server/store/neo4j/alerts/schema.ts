import { index, unique } from "../schema.ts";

/**
 * `(:Alert)-[:ABOUT]->(:Process)` and `(:Alert)-[:RAISED_BY]->(:Rule)`. What the queue filters, sorts and counts by are
 * properties of the alert; `body` is the whole alert. An `AlertSource` finds the alert that a rule raised on an event.
 */
export const alertSchema: readonly string[] = [
  unique("alert_id", "Alert", "id"),
  index("alert_time", "Alert", "time"),
  index("alert_item", "Alert", "itemKey", "time"),
  index("alert_rule", "Alert", "ruleId", "time"),
  index("alert_host", "Alert", "host", "time"),
  index("alert_user", "Alert", "userKey", "time"),
  index("alert_process", "Alert", "processKey"),
  index("alert_root", "Alert", "rootKey"),
  index("alert_left_item", "Alert", "leftItem"),
  index("alert_shape", "Alert", "ruleId", "shape"),
  unique("rule_id", "Rule", "id"),
  unique("alert_source_key", "AlertSource", "key"),
  index("alert_source_alert", "AlertSource", "alertId"),
  unique("alert_alias_old_id", "AlertAlias", "oldId"),
  index("alert_alias_id", "AlertAlias", "id"),
];

/** Work on alerts, exceptions and the audit trail. They refer to each other by id. */
export const workSchema: readonly string[] = [
  index("answer_alert", "Answer", "alertId"),
  index("transition_alert", "Transition", "alertId"),
  unique("checked_item_key", "CheckedItem", "alertId", "item"),
  unique("exception_id", "Exception", "id"),
  unique("exception_hit_key", "ExceptionHit", "key"),
  index("exception_hit_exception", "ExceptionHit", "exceptionId"),
  index("exception_hit_subject", "ExceptionHit", "subject"),
  unique("audit_sequence", "AuditRecord", "sequence"),
  index("audit_subject", "AuditRecord", "kind", "subjectId"),
  unique("audit_head_name", "AuditHead", "name"),
];
