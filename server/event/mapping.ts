import type { StemmaEvent } from "./event.ts";
import { contentIdentity, listDigest, recordIdentity } from "./identity.ts";
import { mapSecurity } from "./mapping-security.ts";
import { mapSysmon } from "./mapping-sysmon.ts";
import { isoTime } from "./time.ts";
import { readTime, sysmonTime, type TimeReading } from "./time-correction.ts";
import { emptyFields, hostName, type MutableFields, put } from "./values.ts";
import { SECURITY, SYSMON, type WindowsEvent } from "./windows-event.ts";

/** Where a record stood, and what its file says about its time (absent: what the record says itself). */
export interface Origin {
  readonly file: string;
  readonly offset: number;
  readonly time?: TimeReading;
}

/** Turns a Windows record into an event with ECS names. All its named values stay as `winlog.event_data.*`. */
export function mapWindowsEvent(event: WindowsEvent, origin: Origin): StemmaEvent {
  const reading = origin.time ?? readTime(event) ?? { time: event.clock?.wall ?? 0, estimated: true };
  const code = codeText(event.code);
  const id = identityOf(event, code);
  const fields = mapWindowsFields(event);
  if (reading.estimated) {
    fields["stemma.time.estimated"] = true;
  }
  return {
    id,
    time: reading.time,
    fields,
    source: {
      eventId: id,
      file: origin.file,
      offset: origin.offset,
      provider: event.provider === "" ? undefined : event.provider,
      channel: event.channel === "" ? undefined : event.channel,
      code,
      recordId: event.recordId,
      time: isoTime(reading.time),
    },
  };
}

/** The ECS fields alone; `mapping-ecs.ts` lays those of a document over them. */
export function mapWindowsFields(event: WindowsEvent): MutableFields {
  const fields = emptyFields();
  const { data } = event;
  const code = codeText(event.code);
  fields["event.kind"] = "event";
  fields["event.code"] = code;
  put(fields, "event.provider", event.provider);
  if (event.computer !== "") {
    fields["host.name"] = hostName(event.computer);
    fields["winlog.computer_name"] = event.computer;
  }
  fields["host.os.type"] = "windows";
  put(fields, "winlog.channel", event.channel);
  put(fields, "winlog.provider_name", event.provider);
  fields["winlog.event_id"] = code;
  put(fields, "winlog.record_id", event.recordId);
  put(fields, "winlog.user.identifier", event.serviceSid);
  if (event.servicePid !== undefined) {
    fields["winlog.process.pid"] = event.servicePid;
  }
  if (event.provider === SYSMON) {
    mapSysmon(fields, event.code, data);
  } else if (event.provider === SECURITY) {
    mapSecurity(fields, event.code, data);
  } else {
    mapOther(fields, event);
  }
  for (const [name, value] of data) {
    fields[dataName(name)] = value;
  }
  for (const [index, value] of event.unnamed.entries()) {
    fields[dataName(`param${index + 1}`)] = value;
  }
  if (data.size === 0 && event.unnamed.length === 0) {
    put(fields, "message", event.message);
  }
  return fields;
}

/** By channel (lower case): module and dataset of the integrations that collect it. */
const CHANNELS: ReadonlyMap<string, readonly [module: string, dataset: string]> = new Map([
  ["security", ["security", "system.security"]],
  ["system", ["system", "system.system"]],
  ["application", ["system", "system.application"]],
  ["windows powershell", ["powershell", "windows.powershell"]],
  ["microsoft-windows-powershell/operational", ["powershell", "windows.powershell_operational"]],
]);

function mapOther(fields: MutableFields, event: WindowsEvent): void {
  const known = CHANNELS.get(event.channel.toLowerCase());
  if (known !== undefined) {
    fields["event.module"] = known[0];
    fields["event.dataset"] = known[1];
    fields["data_stream.dataset"] = known[1];
  }
  const { data } = event;
  put(fields, "powershell.file.script_block_text", data.get("ScriptBlockText"));
  put(fields, "powershell.file.script_block_id", data.get("ScriptBlockId"));
  put(fields, "user.name", data.get("SubjectUserName"));
  put(fields, "user.domain", data.get("SubjectDomainName"));
}

const dataNames = new Map<string, string>();
const DATA_NAME_LIMIT = 20_000;

function dataName(name: string): string {
  const known = dataNames.get(name);
  if (known !== undefined) {
    return known;
  }
  if (dataNames.size >= DATA_NAME_LIMIT) {
    dataNames.clear();
  }
  const full = `winlog.event_data.${name}`;
  dataNames.set(name, full);
  return full;
}

const codeTexts = new Map<number, string>();

function codeText(code: number): string {
  let text = codeTexts.get(code);
  if (text === undefined) {
    text = String(code);
    if (codeTexts.size < 100_000) {
      codeTexts.set(code, text);
    }
  }
  return text;
}

function identityOf(event: WindowsEvent, code: string): string {
  const time = sysmonTime(event) ?? event.time ?? event.clock?.wall ?? 0;
  if (event.recordId !== undefined) {
    return recordIdentity({
      computer: event.computer,
      channel: event.channel,
      provider: event.provider,
      code,
      recordId: event.recordId,
      time,
    });
  }
  const parts = [
    hostName(event.computer),
    event.channel.toLowerCase(),
    event.provider,
    code,
    String(event.time ?? event.clock?.wall ?? ""),
  ];
  const { sorted, digest } = namesOf(event);
  parts.push(digest);
  for (const name of sorted) {
    parts.push(event.data.get(name) ?? "");
  }
  parts.push(...event.unnamed);
  if (sorted.length === 0 && event.message !== undefined) {
    parts.push(event.message);
  }
  return contentIdentity(parts);
}

interface Names {
  readonly given: readonly string[];
  readonly sorted: readonly string[];
  /** Of the sorted names. */
  readonly digest: string;
}

/** Records of one kind name their values in one order, so the sorted names are kept per code and checked by a walk. */
const namesByCode = new Map<number, Names>();

function namesOf(event: WindowsEvent): Names {
  const known = namesByCode.get(event.code);
  if (known !== undefined && known.given.length === event.data.size) {
    let at = 0;
    for (const name of event.data.keys()) {
      if (name !== known.given[at]) {
        break;
      }
      at += 1;
    }
    if (at === known.given.length) {
      return known;
    }
  }
  const given = [...event.data.keys()];
  const sorted = given.toSorted();
  const names = { given, sorted, digest: listDigest(sorted) };
  if (namesByCode.size < 10_000) {
    namesByCode.set(event.code, names);
  }
  return names;
}
