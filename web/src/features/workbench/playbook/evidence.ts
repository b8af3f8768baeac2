import type { ProcessNode } from "#contracts/lineage";
import type { Evidence } from "#contracts/playbook";
import type { QueryRun } from "#contracts/query-run";
import { fieldValues } from "../../../ui/event-columns.ts";
import { processName } from "../lineage/labels.ts";

/** Longest id and label that the contract accepts. */
const maxId = 500;
const maxLabel = 2000;

export function processEvidence(node: ProcessNode): Evidence {
  const label = `${processName(node)} ${node.pid ?? ""} on ${node.host}: ${node.commandLine ?? ""}`;
  return { kind: "process", id: node.key.slice(0, maxId), label: label.trim().slice(0, maxLabel) };
}

export function fieldEvidence(field: string, value: string): Evidence {
  const text = `${field}: ${value}`;
  return { kind: "field", id: text.slice(0, maxId), label: text.slice(0, maxLabel) };
}

type QueryRow = QueryRun["rows"][number];

/** A row of a query: the alert when it is one, else the event. */
export function queryRowEvidence(row: QueryRow, run: QueryRun): Evidence {
  const text = run.columns
    .flatMap((column) => fieldValues(row.fields, column))
    .join(" · ")
    .slice(0, 400);
  return {
    kind: row.alertId === undefined ? "event" : "alert",
    id: (row.alertId ?? row.id).slice(0, maxId),
    label: `${run.label}: ${text === "" ? row.time : text}`,
  };
}
