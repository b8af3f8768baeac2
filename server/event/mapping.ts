import { auditOutcome } from "./audit-outcome.ts";
import type { StemmaEvent } from "./event.ts";
import { hostIdOfName } from "./host-id.ts";
import { contentIdentity, listDigest, recordIdentity } from "./identity.ts";
import { mappingOf } from "./sources.ts";
import { isoTime } from "./time.ts";
import { ownTime, TimeCorrector, type TimeReading } from "./time-correction.ts";
import { emptyFields, hostName, type MutableFields, put } from "./values.ts";
import type { WindowsEvent } from "./windows-event.ts";

/** Where a record was read. */
export interface Origin {
  readonly file: string;
  readonly offset: number;
  /** The time inferred from the rest of the file; by default the record's own. */
  readonly time?: TimeReading;
}

/** A Windows record as an event with ECS names. All its named values are kept as `winlog.event_data.*`. */
export function mapWindowsEvent(event: WindowsEvent, origin: Origin): StemmaEvent {
  const reading = origin.time ?? new TimeCorrector().read(event);
  if (reading === undefined) {
    throw new Error("a record without a time is rejected before it is mapped");
  }
  const code = codeText(event.code);
  const id = identityOf(event, code);
  const fields = mapWindowsFields(event);
  if (reading.estimated) {
    fields["stemma.time.estimated"] = true;
  }
  putSourceClock(fields, reading);
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

/** Keeps the time that was not used, so that a record with two times says so. */
export function putSourceClock(fields: MutableFields, { sourceClock }: TimeReading): void {
  if (sourceClock !== undefined) {
    fields[SOURCE_CLOCK] = isoTime(sourceClock);
  }
}

/** What the source's own clock said about an event, if that is more than an hour from the event's time. */
export const SOURCE_CLOCK = "stemma.time.source_clock";

/** The ECS fields alone; `mapping-ecs.ts` overlays those of a document. */
export function mapWindowsFields(event: WindowsEvent): MutableFields {
  const fields = emptyFields();
  const { data } = event;
  const code = codeText(event.code);
  fields["event.kind"] = "event";
  fields["event.code"] = code;
  put(fields, "event.provider", event.provider);
  fields["host.id"] = hostIdOfName(event.computer);
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
  for (const [name, value] of data) {
    fields[dataName(name)] = value;
  }
  for (const [index, value] of event.unnamed.entries()) {
    fields[dataName(`param${index + 1}`)] = value;
  }
  if (data.size === 0 && event.unnamed.length === 0) {
    put(fields, "message", event.message);
  }
  mapBySource(fields, event);
  return fields;
}

function mapBySource(fields: MutableFields, event: WindowsEvent): void {
  const { type, map, dataset } = mappingOf(event, codeText(event.code));
  if (dataset !== undefined) {
    fields["event.module"] = dataset.module;
    fields["event.dataset"] = dataset.dataset;
    fields["data_stream.dataset"] = dataset.dataset;
  }
  if (type?.action !== undefined) {
    fields["event.action"] = type.action;
  }
  if (type?.category !== undefined) {
    fields["event.category"] = type.category;
  }
  if (type?.type !== undefined) {
    fields["event.type"] = type.type;
  }
  const outcome = auditOutcome(event.keywords) ?? type?.outcome;
  if (outcome !== undefined && outcome !== "audited") {
    fields["event.outcome"] = outcome;
  }
  map(fields, event.data, event);
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
  const time = ownTime(event) ?? event.time ?? event.clock?.wall ?? 0;
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
  readonly original: readonly string[];
  readonly sorted: readonly string[];
  /** Of `sorted`. */
  readonly digest: string;
}

/** Records of one code name their values in the same order, so sorted names are cached per code and only compared. */
const namesByCode = new Map<number, Names>();

function namesOf(event: WindowsEvent): Names {
  const known = namesByCode.get(event.code);
  if (known !== undefined && known.original.length === event.data.size) {
    let at = 0;
    for (const name of event.data.keys()) {
      if (name !== known.original[at]) {
        break;
      }
      at += 1;
    }
    if (at === known.original.length) {
      return known;
    }
  }
  const original = [...event.data.keys()];
  const sorted = original.toSorted();
  const names = { original, sorted, digest: listDigest(sorted) };
  if (namesByCode.size < 10_000) {
    namesByCode.set(event.code, names);
  }
  return names;
}
