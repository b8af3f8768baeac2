import { eventSourceNames } from "#contracts/event-source";
import { canonicalChannel, soleProviderOf } from "../../../event/sources.ts";
import { parseTime } from "../../../event/time.ts";
import type { WindowsEvent } from "../../../event/windows-event.ts";
import { integerValue, type JsonObject, textValue } from "./json-object.ts";
import { recoverFromMessage } from "./message-values.ts";
import { timeOf } from "./record-time.ts";

/** Names that NXLog and its transport add. Every other name is the event's own data. */
const NXLOG_HEADER: ReadonlySet<string> = new Set([
  "@timestamp",
  "@version",
  "AccountName",
  "AccountType",
  "ActivityID",
  "Category",
  "Channel",
  "Domain",
  "EventID",
  "EventReceivedTime",
  "EventTime",
  "EventTypeOrignal",
  "ExecutionProcessID",
  "Hostname",
  "Keywords",
  "Message",
  "Opcode",
  "OpcodeValue",
  "ProcessID",
  "ProviderGuid",
  "RecordNumber",
  "RelatedActivityID",
  "Severity",
  "SeverityValue",
  "SourceModuleName",
  "SourceModuleType",
  "SourceName",
  "Task",
  "ThreadID",
  "UserID",
  "Version",
  "host",
  "port",
  "tags",
  "type",
]);

/** The header names of a PowerShell export, where `ProcessID` is the event's own data. */
const EXPORT_HEADER: ReadonlySet<string> = new Set([
  "@timestamp",
  "Channel",
  "EventID",
  "EventId",
  "Hostname",
  "Keywords",
  "Level",
  "Message",
  "ProviderGuid",
  "RecordNumber",
  "SourceName",
  "Task",
  "TimeCreated",
]);

/**
 * What NXLog writes into `EventType`. Sysmon's registry events have a value of that name, which NXLog overwrites: it is
 * recovered from the message.
 */
const NXLOG_EVENT_TYPES: ReadonlySet<string> = new Set([
  "INFO",
  "AUDIT_SUCCESS",
  "AUDIT_FAILURE",
  "WARNING",
  "ERROR",
  "CRITICAL",
  "VERBOSE",
  "DEBUG",
]);

/**
 * A Windows record as one flat JSON object, header and event data side by side: NXLog (`im_msvistalog`, also behind
 * Logstash), PowerShell exports with `TimeCreated`, and plain lists of Sysmon values.
 */
export function flatRecord(record: JsonObject): WindowsEvent | undefined {
  const code = integerValue(record["EventID"] ?? record["EventId"]);
  if (code === undefined) {
    return undefined;
  }
  const fromNxlog = record["EventTime"] !== undefined;
  const header = fromNxlog ? NXLOG_HEADER : EXPORT_HEADER;
  const data = new Map<string, string>();
  for (const name in record) {
    if (header.has(name)) {
      continue;
    }
    const text = textValue(record[name]);
    if (text === undefined || (fromNxlog && name === "EventType" && NXLOG_EVENT_TYPES.has(text))) {
      continue;
    }
    data.set(name, text);
  }
  const { provider, channel } = sourceOf(record, data);
  const message = textValue(record["Message"]);
  if (message !== undefined) {
    recoverFromMessage(provider, code, data, message);
  }
  return {
    provider,
    channel,
    computer: textValue(record["Hostname"]) ?? textValue(record["Computer"]) ?? "",
    code,
    version: integerValue(record["Version"]),
    recordId: textValue(record["RecordNumber"] ?? record["EventRecordID"]),
    ...timesOf(record),
    serviceSid: fromNxlog ? textValue(record["UserID"]) : undefined,
    servicePid: fromNxlog ? integerValue(record["ExecutionProcessID"] ?? record["ProcessID"]) : undefined,
    keywords: textValue(record["Keywords"]),
    message,
    data,
    unnamed: [],
  };
}

/** Some exports omit provider or channel: one implies the other, and only Sysmon writes `UtcTime`. */
function sourceOf(record: JsonObject, data: ReadonlyMap<string, string>): { provider: string; channel: string } {
  const provider = textValue(record["SourceName"] ?? record["ProviderName"]) ?? "";
  const channel = canonicalChannel(textValue(record["Channel"]) ?? "");
  if (provider !== "") {
    return { provider, channel };
  }
  if (channel === "" && data.has("UtcTime")) {
    const { sysmon } = eventSourceNames;
    return { provider: sysmon.provider, channel: sysmon.channel };
  }
  return { provider: soleProviderOf(channel) ?? channel, channel };
}

/** Where flat records have their time, in order of preference. */
const TIME_FIELDS = ["EventTime", "TimeCreated", "@timestamp", "TimeGenerated", "SystemTime", "_time"] as const;

function timesOf(record: JsonObject): Pick<WindowsEvent, "time" | "clock" | "unreadTime"> {
  const { time, absolute, unreadTime } = timeOf(record, TIME_FIELDS);
  if (time === undefined) {
    const own = unreadTime?.value === undefined ? textValue(record["UtcTime"]) : undefined;
    return { unreadTime: own === undefined ? unreadTime : { field: "UtcTime", value: own } };
  }
  const hasWallClock = record["EventTime"] !== undefined || record["TimeCreated"] !== undefined;
  if (absolute || !hasWallClock) {
    return { time };
  }
  const received = record["EventTime"] === undefined ? undefined : parseTime(textValue(record["@timestamp"]) ?? "");
  return { clock: { wall: time, received } };
}
