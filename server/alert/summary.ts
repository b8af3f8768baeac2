import type { AlertReference, AlertSummary } from "#contracts/alert";
import { numberOf, textOf } from "../event/event.ts";
import { incidentKey } from "./incident-key.ts";
import type { AlertRecord } from "./record.ts";

/** An alert as lists show it. `path` comes from lineage: the processes from the root down to the alert's own. */
export function alertSummaryOf(alert: AlertRecord, path: AlertSummary["path"] = []): AlertSummary {
  const fields = alert.sequence?.last ?? alert.fields;
  return {
    id: alert.id,
    rule: alert.rule,
    severity: alert.severity,
    riskScore: alert.riskScore,
    time: new Date(alert.time).toISOString(),
    detectedAt: new Date(alert.detectedAt).toISOString(),
    host: alert.host,
    user: alert.user,
    process: {
      key: alert.processKey,
      name: textOf(fields, "process.name"),
      pid: numberOf(fields, "process.pid"),
      executable: textOf(fields, "process.executable"),
      commandLine: textOf(fields, "process.command_line"),
      parentName: textOf(fields, "process.parent.name"),
      basis: basisOf(alert),
    },
    path,
    rootKey: alert.rootKey,
    incidentKey: incidentKey(alert),
    merged: alert.merged === undefined ? undefined : { ...alert.merged, at: new Date(alert.merged.at).toISOString() },
    removed:
      alert.removed === undefined ? undefined : { ...alert.removed, at: new Date(alert.removed.at).toISOString() },
    status: alert.status,
    closeReason: alert.closeReason,
    message: alert.message,
    buildingBlock: alert.buildingBlock,
    techniques: [...alert.techniques],
    commandTemplate: alert.commandTemplate,
    sources: [...alert.sources],
  };
}

function basisOf({ processKey, byPid, sources }: AlertRecord): AlertSummary["process"]["basis"] {
  if (processKey === undefined) {
    return undefined;
  }
  return byPid?.some(({ eventId }) => eventId === sources[0]?.eventId) === true ? "pid" : "record";
}

/** An alert as a list of something else names it. */
export function alertReferenceOf({ rule, severity, host, status, fields, sequence }: AlertRecord): AlertReference {
  return { rule, severity, host, status, processName: textOf(sequence?.last ?? fields, "process.name") };
}
