import type { Fields } from "#contracts/event";
import type { QueryRun } from "#contracts/query-run";
import { fieldValues } from "../../../ui/event-columns.ts";
import { eqlText } from "../../../ui/hunt-path.ts";
import { readAddress, writeAddress } from "../url.ts";

type QueryRow = QueryRun["rows"][number];

/** Milliseconds before and after a row that timeline and Hunt show. */
const AROUND = 300_000;

/** The address of the tree with the process of a row selected; undefined if no process is known. */
export function treeOf(search: URLSearchParams, { processKey }: QueryRow): URLSearchParams | undefined {
  return processKey === undefined
    ? undefined
    : writeAddress(search, { view: "tree", node: processKey, lineage: unfiltered(search) });
}

/** The address of the timeline of the row's host around the row, with its event chosen. */
export function timelineOf(search: URLSearchParams, row: QueryRow): URLSearchParams {
  const time = Date.parse(row.time);
  return writeAddress(search, {
    view: "timeline",
    ...(row.processKey === undefined ? {} : { node: row.processKey }),
    lineage: {
      ...unfiltered(search),
      span: { from: time - AROUND, to: time + AROUND },
      hiddenKinds: new Set(),
      around: fieldValues(row.fields, "host.name")[0],
      event: eventOf(row),
    },
  });
}

/** What a filter hides is shown: it was asked for. */
const unfiltered = (search: URLSearchParams) => ({ ...readAddress(search).lineage, find: "", alertsOnly: false });

/** The record of a row: of an alert the one that it was raised on. */
const eventOf = ({ id, source, alertId }: QueryRow): string => (alertId === undefined ? id : (source?.eventId ?? id));

/** Fields that single out a record; of the first group all that it has, then what was acted on. */
const identities = [
  ["process.entity_id"],
  ["process.pid", "process.name"],
  ["winlog.event_data.TargetLogonId"],
  ["user.name"],
] as const;
const objects = [
  "dns.question.name",
  "destination.ip",
  "destination.port",
  "file.path",
  "registry.path",
  "dll.path",
  "source.ip",
] as const;

/** The search of Hunt that finds the row: its host, who did it and what it was done to, in the minutes around it. */
export function huntOf(row: QueryRow): URLSearchParams {
  const { fields } = row;
  const who = identities.find(([first]) => eqlValue(fields, first) !== undefined) ?? [];
  const conditions = ["host.name", ...who, ...objects].flatMap((field) => {
    const value = eqlValue(fields, field);
    return value === undefined ? [] : [`${field} == ${value}`];
  });
  const time = Date.parse(row.time);
  return new URLSearchParams({
    language: "eql",
    query: `any where ${conditions.length === 0 ? "true" : conditions.join(" and ")}`,
    from: new Date(time - AROUND).toISOString(),
    to: new Date(time + AROUND).toISOString(),
  });
}

/** A single value as EQL writes it. */
function eqlValue(fields: Fields, field: string): string | undefined {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  switch (typeof value) {
    case "string":
      return eqlText(value);
    case "number":
    case "boolean":
      return String(value);
    default:
      return undefined;
  }
}
