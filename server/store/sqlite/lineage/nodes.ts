import { alertStatus } from "#contracts/alert";
import type { Activity, ProcessNode } from "#contracts/lineage";
import { childGroupOf } from "../../../lineage/child-group.ts";
import { mergeProcessRecords } from "../../../lineage/merge-process-records.ts";
import { NO_ACTIVITY } from "../../../lineage/process-row.ts";
import { canBeCut, isCutAt, type OnCircle, type ParentState, parentEdge } from "../../../lineage/relations.ts";
import { severityOf } from "../../alerts/severity.ts";
import { type Connection, number, optionalNumber, optionalText, type Row, text } from "../connection.ts";
import { loadRows, processRow } from "./rows.ts";

/**
 * Nodes are read in a few statements for all of them, and what nearly all lack (a twin, activity) or share (the parent) on
 * its own: one statement that joins everything costs twice as much.
 */
const rowsOfKeys = `
  SELECT p.key, host, session_key, creator_pid, merged_into, twin, body, at, name, observed, child_count, parent_key, cluster
  FROM json_each(?) wanted CROSS JOIN processes p ON p.key = wanted.value`;
const statesOfKeys = `
  SELECT p.key, at, name, observed FROM json_each(?) wanted CROSS JOIN processes p ON p.key = wanted.value`;
const activityOfKeys = `
  SELECT a.key, network, dns, file, registry, module, access, injection
  FROM json_each(?) wanted CROSS JOIN process_activity a ON a.key = wanted.value`;
/** Keys may lead to each other one after the other: a placeholder to a process that was joined to another. */
const whereKeysLead = `
  WITH RECURSIVE led (asked, key, next) AS (
    SELECT p.key, p.key, merged_into FROM json_each(?) wanted CROSS JOIN processes p ON p.key = wanted.value
    UNION
    SELECT asked, p.key, merged_into FROM led CROSS JOIN processes p ON p.key = led.next WHERE led.next IS NOT NULL
  )
  SELECT asked, key FROM led WHERE next IS NULL`;
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
  const rows = byKey(connection.prepare(rowsOfKeys).all(list));
  const parents = new Set([...rows.values()].flatMap((row) => optionalText(row, "parent_key") ?? []));
  const strangers = [...parents].filter((key) => !rows.has(key));
  const others = byKey(strangers.length === 0 ? [] : connection.prepare(statesOfKeys).all(JSON.stringify(strangers)));
  const twins = loadRows(
    connection,
    [...rows.values()].flatMap((row) => optionalText(row, "twin") ?? []),
  );
  const activity = byKey(connection.prepare(activityOfKeys).all(list));
  const marks = Map.groupBy(connection.prepare(marksOf).all(list), (row) => text(row, "process_key"));
  return keys.flatMap((key): readonly ProcessNode[] => {
    const row = rows.get(key);
    if (row === undefined) {
      return [];
    }
    const own = processRow(row);
    const twin = own.duplicate === undefined ? undefined : twins.get(own.duplicate);
    const parentKey = optionalText(row, "parent_key");
    const above = parentKey === undefined ? undefined : (rows.get(parentKey) ?? others.get(parentKey));
    const known = mergeProcessRecords(own, twin);
    return [
      {
        ...known,
        childGroup: optionalText(row, "cluster") ?? childGroupOf(known),
        ...parentEdge(own, twin, above === undefined ? undefined : stateOf(above), isCut(connection, row, above)),
        activity: activityOf(activity.get(key)),
        childCount: number(row, "child_count"),
        alerts: (marks.get(key) ?? []).map(markOf),
      },
    ];
  });
}

function byKey(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [text(row, "key"), row]));
}

function stateOf(row: Row): ParentState {
  return { observed: number(row, "observed") === 1, name: optionalText(row, "name") };
}

function markOf(row: Row): ProcessNode["alerts"][number] {
  return {
    id: text(row, "id"),
    ruleName: text(row, "rule_name"),
    severity: severityOf(number(row, "severity")),
    status: alertStatus.parse(text(row, "status")),
    buildingBlock: number(row, "building_block") === 1,
  };
}

/** By key, the one under which a process is shown now: itself, or that of the twin it was joined to. Unknown ones are left out. */
export function shownKeys(connection: Connection, keys: readonly string[]): ReadonlyMap<string, string> {
  const rows = connection.prepare(whereKeysLead).all(JSON.stringify(keys));
  return new Map(rows.map((row) => [text(row, "asked"), text(row, "key")]));
}

export function shownKey(connection: Connection, key: string): string | undefined {
  return shownKeys(connection, [key]).get(key);
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

/** Whether the parent edge of a row is the one at which a circle is cut: only for few it takes a walk to tell. */
function isCut(connection: Connection, row: Row, parent: Row | undefined): boolean {
  const first = onCircle(row, parent === undefined ? undefined : optionalNumber(parent, "at"));
  return canBeCut(first) && isCutAt(first.key, circleFrom(connection, row, first));
}

/** The row and those above it up to where the row comes again; nothing when the way ends, or turns elsewhere. */
function circleFrom(connection: Connection, row: Row, first: OnCircle): readonly OnCircle[] {
  const circle = [first];
  const seen = new Set([first.key]);
  for (let next = optionalText(row, "parent_key"); next !== undefined && next !== first.key; ) {
    const above = seen.has(next) ? undefined : connection.prepare(upwards).get(next);
    if (above === undefined) {
      return [];
    }
    seen.add(next);
    circle.push(onCircle(above, optionalNumber(above, "parent_at")));
    next = optionalText(above, "parent_key");
    if (next === undefined) {
      return [];
    }
  }
  return circle;
}

function onCircle(row: Row, parentAt: number | undefined): OnCircle {
  return { key: text(row, "key"), at: optionalNumber(row, "at"), parentAt };
}
