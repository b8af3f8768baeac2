import type { Fields } from "#contracts/event";
import { numberOf, type StemmaEvent, textOf, valuesOf } from "./event.ts";
import { hostIdOfDocument } from "./host-id.ts";
import { contentIdentity, recordIdentity } from "./identity.ts";
import { mapWindowsFields, type Origin, putSourceClock } from "./mapping.ts";
import { isImage } from "./path.ts";
import { sourceOfProvider } from "./sources.ts";
import { isoTime, parseTime } from "./time.ts";
import { ownTime, reconciled } from "./time-correction.ts";
import { emptyFields, entityId, hostName, logonId, type MutableFields, NULL_SID } from "./values.ts";
import type { WindowsEvent } from "./windows-event.ts";

const EVENT_DATA = "winlog.event_data.";
const USER_DATA = "winlog.user_data.";

/**
 * A document that already has ECS names (Winlogbeat, Elastic Agent, Elastic Defend), flattened. Its own fields take
 * precedence; if it contains the values of a Windows record, the Windows mapping adds what its pipeline omitted.
 * `undefined` when it has no time that can be read, as every event needs one.
 */
export function mapEcs(document: Fields, origin: Origin): StemmaEvent | undefined {
  const time = parseTime(textOf(document, "@timestamp") ?? "");
  if (time === undefined) {
    return undefined;
  }
  const windows = windowsEventOf(document, time);
  const fields = windows === undefined ? emptyFields() : mapWindowsFields(windows);
  for (const name in document) {
    const value = document[name];
    const isBlank = (value === "" || value === "-") && !name.startsWith(EVENT_DATA);
    if (value !== undefined && !isBlank && name !== "@timestamp") {
      fields[name] = value;
    }
  }
  fields["host.id"] = hostIdOfDocument(document);
  normalise(fields, windows);
  if (windows !== undefined) {
    putSourceClock(fields, reconciled(time, ownTime(windows), false));
  }
  const id = identityOf(document, windows, time);
  return {
    id,
    time,
    fields,
    source: {
      eventId: id,
      file: origin.file,
      offset: origin.offset,
      provider: textOf(fields, "event.provider"),
      channel: textOf(fields, "winlog.channel"),
      code: textOf(fields, "event.code"),
      recordId: textOf(fields, "winlog.record_id"),
      time: isoTime(time),
    },
  };
}

/** The Windows record inside a Winlogbeat document, as far as its pipeline kept it. */
function windowsEventOf(document: Fields, time: number): WindowsEvent | undefined {
  const provider = textOf(document, "winlog.provider_name") ?? textOf(document, "event.provider");
  const code = Number(textOf(document, "winlog.event_id") ?? textOf(document, "event.code") ?? Number.NaN);
  const channel = textOf(document, "winlog.channel");
  if (provider === undefined || channel === undefined || !Number.isInteger(code)) {
    return undefined;
  }
  const data = new Map<string, string>();
  for (const name in document) {
    const prefix = name.startsWith(EVENT_DATA) ? EVENT_DATA : name.startsWith(USER_DATA) ? USER_DATA : undefined;
    const value = document[name];
    if (prefix !== undefined && value !== undefined) {
      data.set(name.slice(prefix.length), typeof value === "object" ? value.join(", ") : String(value));
    }
  }
  return {
    provider,
    channel,
    computer: textOf(document, "winlog.computer_name") ?? textOf(document, "host.name") ?? "",
    code,
    recordId: textOf(document, "winlog.record_id"),
    time,
    keywords: valuesOf(document, "winlog.keywords").join(", ") || undefined,
    serviceSid: textOf(document, "winlog.user.identifier"),
    servicePid: numberOf(document, "winlog.process.pid"),
    data,
    unnamed: [],
  };
}

function normalise(fields: MutableFields, windows: WindowsEvent | undefined): void {
  const host = textOf(fields, "host.name") ?? textOf(fields, "host.hostname");
  if (host !== undefined) {
    fields["host.name"] = hostName(host);
  }
  const code = textOf(fields, "event.code");
  if (code !== undefined) {
    fields["event.code"] = code;
  }
  fields["event.kind"] ??= "event";
  for (const name of ENTITY_IDS) {
    const text = textOf(fields, name);
    // Only GUIDs in braces have several spellings; the ids of other sensors are case-sensitive.
    if (text?.startsWith("{")) {
      const id = entityId(text);
      if (id === undefined) {
        delete fields[name];
      } else {
        fields[name] = id;
      }
    }
  }
  for (const name of LOGON_IDS) {
    const text = textOf(fields, name);
    const id = logonId(text);
    if (id !== undefined) {
      fields[name] = id;
    }
  }
  for (const name of USER_IDS) {
    if (fields[name] === NULL_SID) {
      delete fields[name];
    }
  }
  if (windows !== undefined) {
    for (const name of IMAGES) {
      const text = textOf(fields, name);
      if (text !== undefined && !isImage(text)) {
        delete fields[name];
      }
    }
    sourceOfProvider(windows.provider)?.normalise?.(fields, windows);
  }
}

const ENTITY_IDS = ["process.entity_id", "process.parent.entity_id"] as const;
const LOGON_IDS = ["winlog.logon.id", "process.Ext.authentication_id"] as const;
const IMAGES = ["process.executable", "process.name", "process.parent.executable", "process.parent.name"] as const;
const USER_IDS = ["user.id", "user.effective.id"] as const;

function identityOf(document: Fields, windows: WindowsEvent | undefined, time: number): string {
  if (windows?.recordId !== undefined) {
    return recordIdentity({
      computer: windows.computer,
      channel: windows.channel,
      provider: windows.provider,
      code: String(windows.code),
      recordId: windows.recordId,
      time: ownTime(windows) ?? time,
    });
  }
  const own = textOf(document, "event.id");
  if (own !== undefined) {
    return contentIdentity(["event.id", textOf(document, "agent.id") ?? textOf(document, "host.id") ?? "", own]);
  }
  const parts: string[] = [];
  for (const name of Object.keys(document).sort()) {
    const value = document[name];
    parts.push(name, typeof value === "object" ? value.join("\n") : String(value));
  }
  return contentIdentity(parts);
}
