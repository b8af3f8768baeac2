import type { AlertSummary } from "#contracts/alert";
import type { EventView } from "#contracts/event";
import type { ProcessNode } from "#contracts/lineage";

/** What an assistant needs of the values that the API returns: without what only a page needs. */

export function alertShape(alert: AlertSummary) {
  const { id, rule, severity, riskScore, time, host, user, process, status, closeReason, message, techniques } = alert;
  return {
    id,
    rule: { id: rule.id, name: rule.name },
    severity,
    riskScore,
    time,
    host,
    user,
    process,
    path: alert.path.map(({ name, pid }) => `${name}${pid === undefined ? "" : ` (${pid})`}`),
    status,
    closeReason,
    message,
    techniques: techniques.map((technique) => `${technique.id} ${technique.name}`),
    commandTemplate: alert.commandTemplate,
    events: alert.sources.map(({ eventId }) => eventId),
  };
}

export function processShape(node: ProcessNode) {
  const { key, host, pid, name, executable, commandLine, user, start, end, sessionKey, parent, childCount } = node;
  return {
    key,
    host,
    pid,
    name,
    executable,
    commandLine,
    user,
    start,
    end,
    sessionKey,
    parent: parent && { key: parent.key, certainty: parent.certainty },
    parentUnknown: node.parentUnknown,
    placeholder: node.placeholder || undefined,
    activity: node.activity,
    childCount,
    alerts: node.alerts.map(({ id, ruleName, severity, status }) => ({ id, ruleName, severity, status })),
    hashes: node.hashes,
  };
}

export function eventShape({ id, time, fields, processKey, source }: EventView) {
  return { id, time, processKey, source: source.provider ?? source.channel, code: source.code, fields };
}
