import { flattenDocument } from "../../../event/flatten.ts";
import type { WindowsEvent } from "../../../event/windows-event.ts";
import type { FormatItem } from "../../record.ts";
import { flatRecord } from "./flat-record.ts";
import { isObject, type JsonObject } from "./json-object.ts";
import { logAnalytics } from "./log-analytics.ts";
import { winlogbeat6 } from "./winlogbeat-6.ts";

/** How an exporter writes an event as a JSON object. A new shape is such a record in `shapes`. */
export interface JsonShape {
  /** For people: who writes it. */
  readonly name: string;
  /** For people: what a record must have. */
  readonly requires: string;
  matches(record: JsonObject): boolean;
  /** `undefined` when the record lacks something every event needs. */
  read(record: JsonObject, from: RecordOrigin): FormatItem | undefined;
}

/** Where the record was in the file, and its own text. */
export interface RecordOrigin {
  readonly offset: number;
  readonly original: string;
}

/** The first match decides. */
export const shapes: readonly JsonShape[] = [
  {
    name: "Log Analytics",
    requires: "EventID and EventData",
    matches: (record) => hasEventId(record) && record["EventData"] !== undefined,
    read: (record, from) => windowsItem(logAnalytics(record), from),
  },
  {
    name: "NXLog or PowerShell",
    requires: "EventID and a time",
    matches: hasEventId,
    read: (record, from) => windowsItem(flatRecord(record), from),
  },
  {
    name: "Winlogbeat 6",
    requires: "event_id and log_name",
    matches: (record) => record["event_id"] !== undefined && record["log_name"] !== undefined,
    read: (record, from) => windowsItem(winlogbeat6(record), from),
  },
  {
    name: "ECS",
    requires: "@timestamp",
    matches: (record) => documentOf(record)["@timestamp"] !== undefined,
    read: (record, { offset, original }) => ({
      kind: "ecs",
      fields: flattenDocument(documentOf(record)),
      offset,
      original,
    }),
  },
];

export function shapeOf(record: JsonObject): JsonShape | undefined {
  return shapes.find((shape) => shape.matches(record));
}

function hasEventId(record: JsonObject): boolean {
  return record["EventID"] !== undefined || record["EventId"] !== undefined;
}

/** The document itself; of an Elasticsearch hit, its `_source`. */
function documentOf(record: JsonObject): JsonObject {
  const inner = record["_source"];
  return isObject(inner) ? inner : record;
}

function windowsItem(event: WindowsEvent | undefined, { offset, original }: RecordOrigin): FormatItem | undefined {
  return event === undefined ? undefined : { kind: "windows", event, offset, original };
}
