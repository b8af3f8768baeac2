import type { WindowsEvent } from "../../../event/windows-event.ts";
import { eventDataOf } from "./event-data.ts";
import { integerValue, isObject, type JsonObject, textValue } from "./json-object.ts";
import { timeOf } from "./record-time.ts";

/** The `WindowsEvent` table of Azure Log Analytics, where `EventData` is JSON text inside the JSON. */
export function logAnalytics(record: JsonObject): WindowsEvent | undefined {
  const code = integerValue(record["EventID"]);
  const content = record["EventData"];
  const values = typeof content === "string" ? parseOrUndefined(content) : content;
  if (code === undefined || !isObject(values)) {
    return undefined;
  }
  const { time, unreadTime } = timeOf(record, ["TimeGenerated", "TimeCreated", "@timestamp"]);
  const { data, unnamed } = eventDataOf(values);
  return {
    provider: textValue(record["Provider"] ?? record["SourceName"]) ?? "",
    channel: textValue(record["Channel"]) ?? "",
    computer: textValue(record["Computer"]) ?? "",
    code,
    recordId: textValue(record["EventRecordId"] ?? record["EventRecordID"]),
    time,
    unreadTime,
    level: integerValue(record["EventLevel"]),
    task: integerValue(record["Task"]),
    data,
    unnamed,
  };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
