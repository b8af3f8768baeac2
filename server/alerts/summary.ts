import type { AlertSummary } from "#contracts/alert";
import type { ProcessNode } from "#contracts/lineage";
import { numberOf, textOf } from "../event/event.ts";
import type { AlertRecord } from "../store/port.ts";

/**
 * An alert as lists show it. What lineage knows of its process goes before what the one record said; `path` holds the names
 * from the lineage root down to the process.
 */
export function summaryOf(
  alert: AlertRecord,
  process: ProcessNode | undefined,
  path: AlertSummary["path"],
): AlertSummary {
  const { fields } = alert;
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
      name: process?.name ?? textOf(fields, "process.name"),
      pid: process?.pid ?? numberOf(fields, "process.pid"),
      executable: process?.executable ?? textOf(fields, "process.executable"),
      commandLine: process?.commandLine ?? textOf(fields, "process.command_line"),
      parentName: textOf(fields, "process.parent.name"),
    },
    path,
    rootKey: alert.rootKey,
    status: alert.status,
    closeReason: alert.closeReason,
    message: alert.message,
    buildingBlock: alert.buildingBlock,
    techniques: [...alert.techniques],
    shape: alert.shape,
    sources: [...alert.sources],
  };
}
