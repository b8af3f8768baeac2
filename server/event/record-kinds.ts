import type { Fields } from "#contracts/event";
import { type EventSourceId, type EventSourceNames, eventSourceIds, eventSourceNames } from "#contracts/event-source";
import { mapWindowsFields } from "./mapping.ts";
import { eventSources } from "./sources.ts";

/** A kind of Windows record (an event code of a source) and the fields its mapping can produce. */
export interface RecordKind {
  readonly source: EventSourceId;
  readonly code: string;
  /** Fields with the same value in every record of the kind. */
  readonly constant: Fields;
  /** Fields that a record of the kind can have, except its own values (`winlog.event_data.*`). */
  readonly fields: ReadonlySet<string>;
}

/** Fields that identify the kind of a record. */
export const kindFields: readonly string[] = [
  "event.action",
  "event.category",
  "event.code",
  "event.dataset",
  "event.kind",
  "event.module",
  "event.outcome",
  "event.provider",
  "event.type",
  "data_stream.dataset",
  "host.os.type",
  "winlog.channel",
  "winlog.event_id",
  "winlog.provider_name",
];

/** The data of a record that has every value: the mapping asks by name and gets a value of a suitable form. */
class EveryValue extends Map<string, string> {
  override get(name: string): string {
    return (forms.find(([pattern]) => pattern.test(name)) ?? textForm)[1];
  }
}

const textForm = [/(?:)/, "C:\\Windows\\System32\\cmd.exe"] as const;
const forms: readonly (readonly [name: RegExp, value: string])[] = [
  [/guid$/i, "{11111111-2222-3333-4444-555555555555}"],
  [/LogonId$/, "0x4242"],
  [/(?:ProcessId|ThreadId|Port|Status)$/, "4242"],
  [/Sid$/, "S-1-5-21-1-2-3-1001"],
  [/(?:Ip|IpAddress)$/, "192.0.2.1"],
  [/^QueryResults$/, "192.0.2.1;"],
  [/^Hash/, `MD5=${"a".repeat(32)},SHA1=${"a".repeat(40)},SHA256=${"a".repeat(64)},IMPHASH=${"a".repeat(32)}`],
  [/User$/, "DOMAIN\\name"],
  [/^LogonType$/, "3"],
  [/^MandatoryLabel$/, "S-1-16-12288"],
  [/^TargetObject$/, "HKLM\\SOFTWARE\\Key\\Value"],
  [/^EventType$/, "SetValue"],
  [/^(?:Signed|Initiated)$/, "true"],
];

/** Values that any record can have. */
const header = { servicePid: 4, serviceSid: "S-1-5-18" };

/**
 * Every kind listed by an event source: the fields of its steps, and those of a record of the kind that has every
 * value. Records that are audited as success or failure are two kinds, as are those with one of two actions.
 */
export const recordKinds: readonly RecordKind[] = eventSourceIds.flatMap((source) =>
  [...eventSources[source].records].flatMap(([code, type]): readonly RecordKind[] => {
    const names: EventSourceNames = eventSourceNames[source];
    const fields = mapWindowsFields({
      provider: type.provider ?? names.provider ?? "",
      channel: type.channel ?? names.channel,
      code: Number(code),
      computer: "host",
      recordId: "1",
      time: 0,
      ...header,
      data: new EveryValue(),
      unnamed: [],
    });
    const outcomes = type.outcome === "audited" ? ["success", "failure"] : [fields["event.outcome"]];
    const actions = [fields["event.action"], ...(type.otherActions ?? [])];
    return outcomes.flatMap((outcome) =>
      actions.map((action) => ({
        source,
        code,
        constant: constantsOf({
          ...fields,
          ...(outcome === undefined ? {} : { "event.outcome": outcome }),
          ...(action === undefined ? {} : { "event.action": action }),
        }),
        fields: new Set([...Object.keys(fields), ...(type.produces ?? [])]),
      })),
    );
  }),
);

/** A Windows record of a log without a mapping of its own: any channel, provider and code, and its own values. */
export const anyWindowsRecord: {
  readonly constant: Fields;
  readonly fields: ReadonlySet<string>;
  /** Fields that can have any value. */
  readonly open: ReadonlySet<string>;
} = {
  constant: { "event.kind": "event", "host.os.type": "windows" },
  fields: new Set(
    Object.keys(
      mapWindowsFields({
        provider: "any",
        channel: "any",
        code: 0,
        computer: "host",
        recordId: "1",
        time: 0,
        ...header,
        data: new EveryValue(),
        unnamed: [],
      }),
    ),
  ),
  open: new Set(["event.code", "winlog.event_id", "event.provider", "winlog.provider_name", "winlog.channel"]),
};

/** The values that identify the kind of an event. */
export function constantsOf(fields: Fields): Fields {
  const constants: Record<string, Fields[string]> = Object.create(null);
  for (const name of kindFields) {
    const value = fields[name];
    if (value !== undefined) {
      constants[name] = value;
    }
  }
  return constants;
}
