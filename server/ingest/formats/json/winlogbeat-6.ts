import type { WindowsEvent } from "../../../event/windows-event.ts";
import { eventDataOf } from "./event-data.ts";
import { integerValue, isObject, type JsonObject, textValue } from "./json-object.ts";
import { timeOf } from "./record-time.ts";

/** Winlogbeat before version 7: header names without a prefix, values in `event_data` or `user_data`. */
export function winlogbeat6(record: JsonObject): WindowsEvent | undefined {
  const code = integerValue(record["event_id"]);
  if (code === undefined) {
    return undefined;
  }
  const { time, unreadTime } = timeOf(record, ["@timestamp"]);
  const user = record["user"];
  const { data, unnamed } = eventDataOf(record["event_data"] ?? record["user_data"]);
  return {
    provider: textValue(record["source_name"]) ?? "",
    channel: textValue(record["log_name"]) ?? "",
    computer: textValue(record["computer_name"]) ?? "",
    code,
    version: integerValue(record["version"]),
    recordId: textValue(record["record_number"] ?? record["record_id"]),
    time,
    unreadTime,
    serviceSid: isObject(user) ? textValue(user["identifier"]) : undefined,
    servicePid: integerValue(record["process_id"]),
    keywords: keywordsOf(record["keywords"]),
    message: textValue(record["message"]),
    data,
    unnamed,
  };
}

function keywordsOf(value: unknown): string | undefined {
  return Array.isArray(value) ? value.map(textValue).join(", ") : textValue(value);
}
