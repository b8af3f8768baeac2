/**
 * Labels for alert fields, which have the names of another product. ECS fields are shown by name: queries and rules are
 * written in these names.
 */
const labels: Readonly<Record<string, string>> = {
  "kibana.alert.building_block_type": "Building block",
  "kibana.alert.original_time": "Event time",
  "kibana.alert.reason": "Message",
  "kibana.alert.risk_score": "Risk score",
  "kibana.alert.rule.name": "Rule",
  "kibana.alert.rule.rule_id": "Rule ID",
  "kibana.alert.rule.threat.tactic.name": "Tactic",
  "kibana.alert.rule.threat.technique.id": "Technique",
  "kibana.alert.rule.version": "Rule version",
  "kibana.alert.severity": "Severity",
  "kibana.alert.threshold_result.count": "Event count",
  "kibana.alert.uuid": "Alert ID",
  "kibana.alert.workflow_status": "Status",
};

/** The label of a field, else its name. Show the name on hover. */
export const fieldLabel = (field: string): string =>
  (Object.hasOwn(labels, field) ? labels[field] : undefined) ?? field;
