import type { Fields } from "#contracts/event";
import { mapWindowsFields } from "./mapping.ts";
import { securityCodes } from "./mapping-security.ts";
import { sysmonCodes } from "./mapping-sysmon.ts";
import { SECURITY, SYSMON } from "./windows-event.ts";

/** A kind of Windows record with what its mapping can give. */
export interface RecordKind {
  readonly source: "sysmon" | "security" | "powershell";
  readonly code: string;
  /** Fields that are the same in every record of the kind. */
  readonly constant: Fields;
  /** Fields that a record of the kind can have. Its own values (`winlog.event_data.*`) are not told. */
  readonly fields: ReadonlySet<string>;
}

/** Fields that tell of which kind a record is. */
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

/** Stands for a record that has every value: the mapping asks by name and gets something of the right form. */
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

const logs: readonly {
  readonly source: RecordKind["source"];
  readonly provider: string;
  readonly channel: string;
  readonly codes: readonly number[];
}[] = [
  { source: "sysmon", provider: SYSMON, channel: "Microsoft-Windows-Sysmon/Operational", codes: sysmonCodes },
  { source: "security", provider: SECURITY, channel: "Security", codes: securityCodes },
  {
    source: "powershell",
    provider: "Microsoft-Windows-PowerShell",
    channel: "Microsoft-Windows-PowerShell/Operational",
    codes: [4103, 4104],
  },
];

/** All kinds that the mappings know, found out by mapping a record of each that has every value. */
export const recordKinds: readonly RecordKind[] = logs.flatMap(({ source, provider, channel, codes }) =>
  codes.map((code): RecordKind => {
    const fields = mapWindowsFields({
      provider,
      channel,
      code,
      computer: "host",
      recordId: "1",
      time: 0,
      data: new EveryValue(),
      unnamed: [],
    });
    return {
      source,
      code: String(code),
      constant: constantsOf(fields),
      fields: new Set(Object.keys(fields)),
    };
  }),
);

/** The values that tell of which kind an event is. */
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
