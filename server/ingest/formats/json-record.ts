import { flattenDocument } from "../../event/flatten.ts";
import type { FormatItem } from "../record.ts";
import { readFlatRecord } from "./flat-record.ts";
import { isObject } from "./json-object.ts";
import { readLogAnalytics, readWinlogbeat6 } from "./windows-json.ts";

/** A JSON value of one of the known shapes as a format item; `undefined` when it is none of them. */
export function readJsonRecord(value: unknown, offset: number, original: unknown): FormatItem | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const record = value;
  if (record["EventID"] !== undefined || record["EventId"] !== undefined) {
    const event = record["EventData"] === undefined ? readFlatRecord(record) : readLogAnalytics(record);
    return event === undefined ? undefined : { kind: "windows", event, offset, original };
  }
  if (record["event_id"] !== undefined && record["log_name"] !== undefined) {
    const event = readWinlogbeat6(record);
    return event === undefined ? undefined : { kind: "windows", event, offset, original };
  }
  const inner = record["_source"];
  const document = isObject(inner) ? inner : record;
  if (document["@timestamp"] !== undefined) {
    return { kind: "ecs", fields: flattenDocument(document), offset, original };
  }
  return undefined;
}
