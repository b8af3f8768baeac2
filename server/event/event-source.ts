import { type StemmaEvent, textOf, valuesOf } from "./event.ts";

const channels: ReadonlyMap<string, string> = new Map([
  ["microsoft-windows-sysmon/operational", "sysmon"],
  ["microsoft-windows-sysmon", "sysmon"],
  ["security", "security"],
  ["microsoft-windows-security-auditing", "security"],
  ["microsoft-windows-powershell/operational", "powershell"],
  ["microsoft-windows-powershell", "powershell"],
  ["windows powershell", "powershell"],
  ["powershell", "powershell"],
  ["powershellcore/operational", "powershell"],
  ["microsoft-windows-wmi-activity/operational", "wmi"],
  ["system", "system"],
  ["application", "application"],
]);

/** Which kind of log told of an event: "sysmon", "security", …; else its channel, provider or dataset in lower case. */
export function eventSource(event: StemmaEvent): string {
  const { channel, provider } = event.source;
  const known = knownSource(channel) ?? knownSource(provider);
  if (known !== undefined) {
    return known;
  }
  const name =
    channel ?? provider ?? textOf(event.fields, "data_stream.dataset") ?? textOf(event.fields, "event.module");
  return name?.toLowerCase() ?? "other";
}

const sysmonKinds: ReadonlyMap<string, string> = new Map([
  ["7", "module"],
  ["8", "injection"],
  ["10", "access"],
  ["22", "dns"],
  ["25", "injection"],
]);

function knownSource(name: string | undefined): string | undefined {
  return name === undefined ? undefined : (spelt.get(name) ?? channels.get(name.toLowerCase()));
}

/** As Windows spells them: no lower-casing for nearly every event. */
const spelt: ReadonlyMap<string, string> = new Map([
  ["Microsoft-Windows-Sysmon/Operational", "sysmon"],
  ["Security", "security"],
  ["Microsoft-Windows-PowerShell/Operational", "powershell"],
  ["Windows PowerShell", "powershell"],
]);

/** What an event tells of its process, in the words of the `activity` counts; "process" and "logon" beside them. */
export function eventKind(event: StemmaEvent, source = eventSource(event)): string | undefined {
  const code = event.source.code ?? textOf(event.fields, "event.code");
  if (code !== undefined && source === "sysmon") {
    const kind = sysmonKinds.get(code);
    if (kind !== undefined) {
      return kind;
    }
  }
  const categories = valuesOf(event.fields, "event.category");
  if (categories.includes("registry")) {
    return "registry";
  }
  const category = categories[0];
  if (category === "authentication") {
    return "logon";
  }
  if (category === "network" && event.fields["dns.question.name"] !== undefined) {
    return "dns";
  }
  if (category === "library") {
    return "module";
  }
  return category === undefined ? undefined : String(category);
}
