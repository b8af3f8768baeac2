import { alertStatus } from "#contracts/alert";
import type { Activity, ProcessNode } from "#contracts/lineage";
import { fold } from "../../lineage/fold.ts";
import { NO_ACTIVITY } from "../../lineage/process-row.ts";
import { parentEdge } from "../../lineage/relations.ts";
import { type Connection, number, optionalNumber, optionalText, type Row, text } from "./connection.ts";
import { processRow, twinRow } from "./lineage-rows.ts";
import { severityOf } from "./queue-filter.ts";

/** Everything that a node is made of but its alerts, for the keys of a JSON array, in any order. */
const nodesByKey = `
  SELECT p.key, p.host, p.session_key, p.creator_pid, p.twin, p.body, p.at, p.child_count, p.parent_key,
    t.body AS twin_body, q.observed AS parent_observed, q.at AS parent_at, q.name AS parent_name,
    a.network, a.dns, a.file, a.registry, a.module, a.access, a.injection
  FROM json_each(?) wanted
  CROSS JOIN processes p ON p.key = wanted.value
  LEFT JOIN processes t ON t.key = p.twin
  LEFT JOIN processes q ON q.key = p.parent_key
  LEFT JOIN process_activity a ON a.key = p.key`;
const mergedInto = "SELECT merged_into FROM processes WHERE key = ?";
const upwards =
  "SELECT p.key, p.at, p.parent_key, q.at AS parent_at FROM processes p LEFT JOIN processes q ON q.key = p.parent_key WHERE p.key = ?";
const marksOf = `
  SELECT id, rule_name, severity, status, building_block, process_key FROM alerts
  WHERE process_key IN (SELECT value FROM json_each(?)) ORDER BY time, id`;

/** Reads nodes by the keys under which they are shown, in the keys' order; unknown keys are left out. */
export function readNodes(connection: Connection, keys: readonly string[]): readonly ProcessNode[] {
  if (keys.length === 0) {
    return [];
  }
  const list = JSON.stringify(keys);
  const marks = Map.groupBy(connection.prepare(marksOf).all(list), (row) => text(row, "process_key"));
  const nodes = new Map<string, ProcessNode>();
  for (const row of connection.prepare(nodesByKey).all(list)) {
    const node = nodeOf(connection, row, marks);
    nodes.set(node.key, node);
  }
  return keys.flatMap((key) => nodes.get(key) ?? []);
}

/** The key under which a process is shown now: itself, or that of the twin it was joined to. */
export function shownKey(connection: Connection, key: string): string | undefined {
  const row = connection.prepare(mergedInto).get(key);
  return row === undefined ? undefined : (optionalText(row, "merged_into") ?? key);
}

function nodeOf(connection: Connection, row: Row, marks: ReadonlyMap<string, readonly Row[]>): ProcessNode {
  const own = processRow(row);
  const twin = own.twin === undefined ? undefined : twinRow(own, row);
  const observed = optionalNumber(row, "parent_observed");
  const parent =
    observed === undefined ? undefined : { observed: observed === 1, name: optionalText(row, "parent_name") };
  return {
    ...fold(own, twin),
    ...parentEdge(own, twin, parent, isCut(connection, row)),
    activity: activityOf(row),
    childCount: number(row, "child_count"),
    alerts: (marks.get(own.key) ?? []).map((mark) => ({
      id: text(mark, "id"),
      ruleName: text(mark, "rule_name"),
      severity: severityOf(number(mark, "severity")),
      status: alertStatus.parse(text(mark, "status")),
      buildingBlock: number(mark, "building_block") === 1,
    })),
  };
}

function activityOf(row: Row): Activity {
  if (optionalNumber(row, "network") === undefined) {
    return NO_ACTIVITY;
  }
  return {
    network: number(row, "network"),
    dns: number(row, "dns"),
    file: number(row, "file"),
    registry: number(row, "registry"),
    module: number(row, "module"),
    access: number(row, "access"),
    injection: number(row, "injection"),
  };
}

/**
 * Whether the parent edge of a row is the one at which a circle is cut. In every circle some process has a parent that stands
 * no earlier than itself; of those the one with the smallest key is cut, so every reader cuts the same edge. All other edges
 * are told from the two times alone.
 */
function isCut(connection: Connection, row: Row): boolean {
  if (!isSuspect(row)) {
    return false;
  }
  const key = text(row, "key");
  const suspects = [key];
  const seen = new Set([key]);
  for (let next = optionalText(row, "parent_key"); next !== undefined; ) {
    if (next === key) {
      return suspects.every((other) => key <= other);
    }
    if (seen.has(next)) {
      return false;
    }
    seen.add(next);
    const above = connection.prepare(upwards).get(next);
    if (above === undefined) {
      return false;
    }
    if (isSuspect(above)) {
      suspects.push(next);
    }
    next = optionalText(above, "parent_key");
  }
  return false;
}

function isSuspect(row: Row): boolean {
  const own = optionalNumber(row, "at");
  const above = optionalNumber(row, "parent_at");
  return optionalText(row, "parent_key") !== undefined && own !== undefined && above !== undefined && above >= own;
}
