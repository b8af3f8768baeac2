import { alertStatus } from "#contracts/alert";
import type { Activity, ProcessNode } from "#contracts/lineage";
import { childGroupOf } from "../../../lineage/child-group.ts";
import { mergeProcessRecords } from "../../../lineage/merge-process-records.ts";
import { NO_ACTIVITY } from "../../../lineage/process-facts.ts";
import {
  breaksCycle,
  type CycleMember,
  isBackwardEdge,
  type ParentState,
  parentEdge,
} from "../../../lineage/relations.ts";
import { severityOf } from "../../alerts/severity.ts";
import { readable, stored } from "../../damage.ts";
import { type Connection, number, optionalNumber, optionalText, type Row, text } from "../connection.ts";
import { processRow } from "./rows.ts";

/**
 * Nodes are read in a few statements for all of them. What most nodes lack (a duplicate, activity) or share (the
 * parent) is read separately: one statement that joins everything costs twice as much.
 */
const rowsOfKeys = `
  SELECT p.key, host, session_key, creator_pid, merged_into, twin, body, at, name, observed, child_count, parent_key, cluster
  FROM json_each(?) wanted CROSS JOIN processes p ON p.key = wanted.value`;
const parentsOfKeys = `
  SELECT p.key, at, name, observed FROM json_each(?) wanted CROSS JOIN processes p ON p.key = wanted.value`;
const activityOfKeys = `
  SELECT a.key, network, dns, file, registry, module, access, injection
  FROM json_each(?) wanted CROSS JOIN process_activity a ON a.key = wanted.value`;
/** Merges can be chained: a placeholder may be merged into a process that was itself merged. */
const currentKeysOf = `
  WITH RECURSIVE resolved (requested, key, next) AS (
    SELECT p.key, p.key, merged_into FROM json_each(?) wanted CROSS JOIN processes p ON p.key = wanted.value
    UNION
    SELECT requested, p.key, merged_into FROM resolved CROSS JOIN processes p ON p.key = resolved.next WHERE resolved.next IS NOT NULL
  )
  SELECT requested, key FROM resolved WHERE next IS NULL`;
const parentOf =
  "SELECT p.key, p.at, p.parent_key, q.at AS parent_at FROM processes p LEFT JOIN processes q ON q.key = p.parent_key WHERE p.key = ?";
const alertsOf = `
  SELECT id, rule_name, severity, status, building_block, process_key FROM alerts
  WHERE process_key IN (SELECT value FROM json_each(?)) ORDER BY time, id`;

/** Reads nodes by their current keys, in the order of the keys. Unknown keys are omitted. */
export function readNodes(connection: Connection, keys: readonly string[]): readonly ProcessNode[] {
  if (keys.length === 0) {
    return [];
  }
  const list = JSON.stringify(keys);
  const rows = byKey(connection.prepare(rowsOfKeys).all(list));
  const parentKeys = new Set([...rows.values()].flatMap((row) => optionalText(row, "parent_key") ?? []));
  const missing = [...parentKeys].filter((key) => !rows.has(key));
  const parents = byKey(missing.length === 0 ? [] : connection.prepare(parentsOfKeys).all(JSON.stringify(missing)));
  const twins = [...rows.values()].flatMap((row) => optionalText(row, "twin") ?? []);
  const duplicates = byKey(twins.length === 0 ? [] : connection.prepare(rowsOfKeys).all(JSON.stringify(twins)));
  const activity = byKey(connection.prepare(activityOfKeys).all(list));
  const alerts = Map.groupBy(connection.prepare(alertsOf).all(list), (row) => text(row, "process_key"));
  const found = keys.map((key) => rows.get(key)).filter((row) => row !== undefined);
  return readable(found, (row): ProcessNode => {
    const key = text(row, "key");
    const own = processRow(row);
    const twin = own.duplicate === undefined ? undefined : duplicates.get(own.duplicate);
    const duplicate = twin && processRow(twin);
    const parentKey = optionalText(row, "parent_key");
    const parent = parentKey === undefined ? undefined : (rows.get(parentKey) ?? parents.get(parentKey));
    const merged = mergeProcessRecords(own, duplicate);
    return {
      ...merged,
      childGroup: optionalText(row, "cluster") ?? childGroupOf(merged),
      ...parentEdge(own, duplicate, parent && parentState(parent), isCut(connection, row, parent)),
      activity: activityOf(activity.get(key)),
      childCount: number(row, "child_count"),
      alerts: (alerts.get(key) ?? []).map(alertOf),
    };
  });
}

function byKey(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [text(row, "key"), row]));
}

function parentState(row: Row): ParentState {
  return { observed: number(row, "observed") === 1, name: optionalText(row, "name") };
}

const alertOf = stored("alert", (row: Row): ProcessNode["alerts"][number] => {
  return {
    id: text(row, "id"),
    ruleName: text(row, "rule_name"),
    severity: severityOf(number(row, "severity")),
    status: alertStatus.parse(text(row, "status")),
    buildingBlock: number(row, "building_block") === 1,
  };
});

/**
 * Resolves keys of merged duplicates and replaced placeholders to the current key of the process. Unknown keys are
 * omitted.
 */
export function currentKeys(connection: Connection, keys: readonly string[]): ReadonlyMap<string, string> {
  const rows = connection.prepare(currentKeysOf).all(JSON.stringify(keys));
  return new Map(rows.map((row) => [text(row, "requested"), text(row, "key")]));
}

export function currentKey(connection: Connection, key: string): string | undefined {
  return currentKeys(connection, [key]).get(key);
}

export function activityOf(row: Row | undefined): Activity {
  return row === undefined
    ? NO_ACTIVITY
    : {
        network: number(row, "network"),
        dns: number(row, "dns"),
        file: number(row, "file"),
        registry: number(row, "registry"),
        module: number(row, "module"),
        access: number(row, "access"),
        injection: number(row, "injection"),
      };
}

/** Whether a cycle of parents is broken at the parent edge of this row. Few rows need a walk to decide that. */
function isCut(connection: Connection, row: Row, parent: Row | undefined): boolean {
  const first = onCircle(row, parent === undefined ? undefined : optionalNumber(parent, "at"));
  return isBackwardEdge(first) && breaksCycle(first.key, cycleFrom(connection, row, first));
}

/** The row and its ancestors up to where it occurs again; empty if it is not on a cycle. */
function cycleFrom(connection: Connection, row: Row, first: CycleMember): readonly CycleMember[] {
  const cycle = [first];
  const visited = new Set([first.key]);
  for (let next = optionalText(row, "parent_key"); next !== undefined && next !== first.key; ) {
    const parent = visited.has(next) ? undefined : connection.prepare(parentOf).get(next);
    if (parent === undefined) {
      return [];
    }
    visited.add(next);
    cycle.push(onCircle(parent, optionalNumber(parent, "parent_at")));
    next = optionalText(parent, "parent_key");
    if (next === undefined) {
      return [];
    }
  }
  return cycle;
}

function onCircle(row: Row, parentAt: number | undefined): CycleMember {
  return { key: text(row, "key"), at: optionalNumber(row, "at"), parentAt };
}
