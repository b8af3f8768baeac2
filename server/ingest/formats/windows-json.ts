import { parseTime } from "../../event/time.ts";
import type { WindowsEvent } from "../../event/windows-event.ts";
import { integerValue, isObject, type JsonObject, textValue } from "./json-object.ts";

/** Windows records in JSON that keep the event's data apart from its header. */

/** Winlogbeat before version 7: `event_data` or `user_data`, and header names without a prefix. */
export function readWinlogbeat6(record: JsonObject): WindowsEvent | undefined {
  const code = integerValue(record["event_id"]);
  if (code === undefined) {
    return undefined;
  }
  const user = record["user"];
  const { data, unnamed } = dataOf(record["event_data"] ?? record["user_data"]);
  return {
    provider: textValue(record["source_name"]) ?? "",
    channel: textValue(record["log_name"]) ?? "",
    computer: textValue(record["computer_name"]) ?? "",
    code,
    version: integerValue(record["version"]),
    recordId: textValue(record["record_number"] ?? record["record_id"]),
    time: parseTime(textValue(record["@timestamp"]) ?? ""),
    serviceSid: isObject(user) ? textValue(user["identifier"]) : undefined,
    servicePid: integerValue(record["process_id"]),
    message: textValue(record["message"]),
    data,
    unnamed,
  };
}

/** The `WindowsEvent` table of Log Analytics: `EventData` is JSON inside the JSON. */
export function readLogAnalytics(record: JsonObject): WindowsEvent | undefined {
  const code = integerValue(record["EventID"]);
  const content = record["EventData"];
  const value = typeof content === "string" ? parseObject(content) : content;
  if (code === undefined || !isObject(value)) {
    return undefined;
  }
  const { data, unnamed } = dataOf(value);
  return {
    provider: textValue(record["Provider"] ?? record["SourceName"]) ?? "",
    channel: textValue(record["Channel"]) ?? "",
    computer: textValue(record["Computer"]) ?? "",
    code,
    recordId: textValue(record["EventRecordId"] ?? record["EventRecordID"]),
    time: parseTime(textValue(record["TimeGenerated"] ?? record["TimeCreated"]) ?? ""),
    level: integerValue(record["EventLevel"]),
    task: integerValue(record["Task"]),
    data,
    unnamed,
  };
}

function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function dataOf(value: unknown): { data: Map<string, string>; unnamed: string[] } {
  const data = new Map<string, string>();
  const unnamed: string[] = [];
  if (isObject(value)) {
    for (const name in value) {
      const text = textValue(value[name]);
      if (text !== undefined) {
        // Winlogbeat calls values without a name param1, param2, and so on.
        if (/^param\d{1,4}$/.test(name)) {
          unnamed.push(text);
        } else {
          data.set(name, text);
        }
      }
    }
  }
  return { data, unnamed };
}
