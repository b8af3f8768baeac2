import { type StemmaEvent, textOf } from "../../event/event.ts";
import { UNKNOWN_HOST } from "../../event/host-id.ts";
import { hostName } from "../../event/values.ts";
import { hostOf } from "../event-fields.ts";
import { usableEntityId } from "../keys.ts";
import { type EvidenceRecord, evidenceKey, type HostEvidence, type HostNews } from "./evidence.ts";

/** What the records of a batch say about hosts. Nearly all repeat the record before, which costs two lookups. */
export function hostNewsOf(events: Iterable<StemmaEvent>): HostNews {
  const names = new Map<string, string>();
  const evidence = new Map<string, HostEvidence>();
  const add = (one: HostEvidence) => {
    const key = evidenceKey(one);
    if (!evidence.has(key)) {
      evidence.set(key, one);
    }
  };
  let last: StemmaEvent["fields"] = {};
  for (const event of events) {
    const { fields } = event;
    const isKnown = fields["host.name"] === last["host.name"] && fields["host.id"] === last["host.id"];
    if (!isKnown || names.size === 0) {
      last = fields;
      const name = hostOf(event);
      names.set(name, name);
      const id = ownId(event, name);
      if (id !== undefined) {
        add({ kind: "id", name, value: id, seen: recordOf(event) });
      }
    }
    const rename = fields["event.code"] === RENAMED ? renameOf(event) : undefined;
    if (rename !== undefined) {
      add(rename);
    }
  }
  return { names: [...names.values()], evidence: [...evidence.values()] };
}

/** The id that a machine or agent has; an id that was derived from the name of the host says nothing new. */
function ownId({ fields }: StemmaEvent, name: string): string | undefined {
  const id = usableEntityId(textOf(fields, "host.id"))?.toLowerCase();
  const derived = [name, textOf(fields, "winlog.computer_name")?.toLowerCase(), UNKNOWN_HOST, ""];
  return id === undefined || derived.includes(id) ? undefined : id;
}

/** System event 6011 of the event log service: the NetBIOS name of the computer was changed. */
const RENAMED = "6011";
const RENAME_TEXT = /\bchanged from (\S+) to (\S+?)\.?(?:\s|$)/;

function renameOf(event: StemmaEvent): HostEvidence | undefined {
  const { fields } = event;
  const provider = (textOf(fields, "event.provider") ?? event.source.provider)?.toLowerCase();
  if (provider !== "eventlog" && provider !== "microsoft-windows-eventlog") {
    return undefined;
  }
  const said = RENAME_TEXT.exec(textOf(fields, "message") ?? "");
  const name = nameIn(textOf(fields, "winlog.event_data.param1") ?? said?.[1]);
  const value = nameIn(textOf(fields, "winlog.event_data.param2") ?? said?.[2]);
  return name === undefined || value === undefined || name === value
    ? undefined
    : { kind: "rename", name, value, seen: recordOf(event) };
}

function nameIn(text: string | undefined): string | undefined {
  const name = text === undefined ? undefined : hostName(text);
  return name === undefined || !/^[^\s\u0000\\/]{1,255}$/.test(name) || name === "-" ? undefined : name;
}

function recordOf({ source, time }: StemmaEvent): EvidenceRecord {
  return { eventId: source.eventId, time, recordId: source.recordId };
}
