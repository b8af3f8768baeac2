import type { SourceRef } from "./event.ts";

/** How an event source is named: in its records, and for people. */
export interface EventSourceNames {
  /** For people. */
  readonly label: string;
  /** The channel of its records, as Windows spells it. */
  readonly channel: string;
  readonly otherChannels?: readonly string[];
  /** The provider of its records; absent when many providers write to its channel. */
  readonly provider?: string;
  readonly otherProviders?: readonly string[];
}

/**
 * Every event source, by the id that databases and playbooks use. A new source is a record here; the compiler then asks
 * `server/event/sources.ts` for its mapping. See docs/adding-a-format.md.
 */
export const eventSourceNames = {
  sysmon: {
    label: "Sysmon",
    channel: "Microsoft-Windows-Sysmon/Operational",
    provider: "Microsoft-Windows-Sysmon",
  },
  security: {
    label: "Security",
    channel: "Security",
    provider: "Microsoft-Windows-Security-Auditing",
  },
  powershell: {
    label: "PowerShell",
    channel: "Microsoft-Windows-PowerShell/Operational",
    otherChannels: ["Windows PowerShell", "PowerShellCore/Operational"],
    provider: "Microsoft-Windows-PowerShell",
    otherProviders: ["PowerShell"],
  },
  wmi: { label: "WMI", channel: "Microsoft-Windows-WMI-Activity/Operational" },
  system: { label: "System", channel: "System" },
  application: { label: "Application", channel: "Application" },
  "task-scheduler": {
    label: "Task Scheduler",
    channel: "Microsoft-Windows-TaskScheduler/Operational",
    provider: "Microsoft-Windows-TaskScheduler",
  },
  defender: {
    label: "Defender",
    channel: "Microsoft-Windows-Windows Defender/Operational",
    provider: "Microsoft-Windows-Windows Defender",
  },
  "terminal-services": {
    label: "Remote Desktop",
    channel: "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
    otherChannels: [
      "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
      "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational",
      "Microsoft-Windows-TerminalServices-RDPClient/Operational",
    ],
    provider: "Microsoft-Windows-TerminalServices-LocalSessionManager",
    otherProviders: [
      "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
      "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS",
      "Microsoft-Windows-TerminalServices-ClientActiveXCore",
    ],
  },
  "bits-client": {
    label: "BITS",
    channel: "Microsoft-Windows-Bits-Client/Operational",
    provider: "Microsoft-Windows-Bits-Client",
  },
  applocker: {
    label: "AppLocker",
    channel: "Microsoft-Windows-AppLocker/EXE and DLL",
    otherChannels: [
      "Microsoft-Windows-AppLocker/MSI and Script",
      "Microsoft-Windows-AppLocker/Packaged app-Deployment",
      "Microsoft-Windows-AppLocker/Packaged app-Execution",
    ],
    provider: "Microsoft-Windows-AppLocker",
  },
  "dns-client": {
    label: "DNS client",
    channel: "Microsoft-Windows-DNS-Client/Operational",
    otherChannels: ["Microsoft-Windows-DNS Client Events/Operational"],
    provider: "Microsoft-Windows-DNS-Client",
  },
  "code-integrity": {
    label: "Code Integrity",
    channel: "Microsoft-Windows-CodeIntegrity/Operational",
    provider: "Microsoft-Windows-CodeIntegrity",
  },
  "windows-firewall": {
    label: "Windows Firewall",
    channel: "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
    provider: "Microsoft-Windows-Windows Firewall With Advanced Security",
  },
  ntlm: {
    label: "NTLM",
    channel: "Microsoft-Windows-NTLM/Operational",
    provider: "Microsoft-Windows-NTLM",
    otherProviders: ["Microsoft-Windows-Security-Netlogon"],
  },
  "driver-frameworks": {
    label: "Driver Frameworks",
    channel: "Microsoft-Windows-DriverFrameworks-UserMode/Operational",
    provider: "Microsoft-Windows-DriverFrameworks-UserMode",
  },
  "ldap-client": {
    label: "LDAP client",
    channel: "Microsoft-Windows-LDAP-Client/Debug",
    provider: "Microsoft-Windows-LDAP-Client",
  },
  "appx-deployment": {
    label: "AppX deployment",
    channel: "Microsoft-Windows-AppXDeploymentServer/Operational",
    provider: "Microsoft-Windows-AppXDeployment-Server",
  },
  "appx-packaging": {
    label: "AppX packaging",
    channel: "Microsoft-Windows-AppxPackaging/Operational",
    otherChannels: ["Microsoft-Windows-AppxPackagingOM/Microsoft-Windows-AppxPackaging/Operational"],
    provider: "Microsoft-Windows-AppxPackagingOM",
  },
  "appmodel-runtime": {
    label: "AppModel runtime",
    channel: "Microsoft-Windows-AppModel-Runtime/Admin",
    provider: "Microsoft-Windows-AppModel-Runtime",
  },
  lsa: { label: "LSA", channel: "Microsoft-Windows-LSA/Operational" },
  "smb-server": {
    label: "SMB server",
    channel: "Microsoft-Windows-SMBServer/Connectivity",
    otherChannels: ["Microsoft-Windows-SMBServer/Security", "Microsoft-Windows-SMBServer/Operational"],
    provider: "Microsoft-Windows-SMBServer",
  },
  "smb-client": {
    label: "SMB client",
    channel: "Microsoft-Windows-SmbClient/Connectivity",
    otherChannels: ["Microsoft-Windows-SmbClient/Security", "Microsoft-Windows-SmbClient/Operational"],
    provider: "Microsoft-Windows-SMBClient",
  },
  "certificate-lifecycle": {
    label: "Certificate lifecycle",
    channel: "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
    provider: "Microsoft-Windows-CertificateServicesClient-Lifecycle-System",
  },
  capi2: { label: "CAPI2", channel: "Microsoft-Windows-CAPI2/Operational", provider: "Microsoft-Windows-CAPI2" },
  "security-mitigations": {
    label: "Security mitigations",
    channel: "Microsoft-Windows-Security-Mitigations/KernelMode",
    otherChannels: ["Microsoft-Windows-Security-Mitigations/UserMode"],
    provider: "Microsoft-Windows-Security-Mitigations",
  },
  "shell-core": {
    label: "Shell",
    channel: "Microsoft-Windows-Shell-Core/Operational",
    provider: "Microsoft-Windows-Shell-Core",
  },
  "print-service": {
    label: "Print service",
    channel: "Microsoft-Windows-PrintService/Operational",
    otherChannels: ["Microsoft-Windows-PrintService/Admin"],
    provider: "Microsoft-Windows-PrintService",
  },
  "iis-configuration": {
    label: "IIS configuration",
    channel: "Microsoft-IIS-Configuration/Operational",
    provider: "Microsoft-Windows-IIS-Configuration",
  },
  "exchange-management": { label: "Exchange", channel: "MSExchange Management" },
  "dns-server": {
    label: "DNS server",
    channel: "DNS Server",
    otherChannels: ["Microsoft-Windows-DNS-Server/Analytical", "Microsoft-Windows-DNS-Server/Audit"],
    provider: "Microsoft-Windows-DNS-Server-Service",
    otherProviders: ["Microsoft-Windows-DNSServer"],
  },
  "kernel-file": {
    label: "Kernel file",
    channel: "Microsoft-Windows-Kernel-File/Analytic",
    provider: "Microsoft-Windows-Kernel-File",
  },
  openssh: { label: "OpenSSH", channel: "OpenSSH/Operational", otherChannels: ["OpenSSH/Admin"], provider: "OpenSSH" },
} as const satisfies Readonly<Record<string, EventSourceNames>>;

export type EventSourceId = keyof typeof eventSourceNames;

export const eventSourceIds = Object.keys(eventSourceNames) as readonly EventSourceId[];

export function isEventSourceId(text: string): text is EventSourceId {
  return Object.hasOwn(eventSourceNames, text);
}

export function channelsOf(names: EventSourceNames): readonly string[] {
  return [names.channel, ...(names.otherChannels ?? [])];
}

export function providersOf(names: EventSourceNames): readonly string[] {
  return [...(names.provider === undefined ? [] : [names.provider]), ...(names.otherProviders ?? [])];
}

const idByName: ReadonlyMap<string, EventSourceId> = new Map(
  eventSourceIds.flatMap((id) =>
    [...channelsOf(eventSourceNames[id]), ...providersOf(eventSourceNames[id])].flatMap((name) => [
      // As Windows spells it, so that nearly every lookup needs no conversion.
      [name, id] as const,
      [name.toLowerCase(), id] as const,
    ]),
  ),
);

/** The source with this channel or provider, in any spelling. */
export function sourceIdByName(name: string): EventSourceId | undefined {
  return idByName.get(name) ?? idByName.get(name.toLowerCase());
}

/** The source of a record: by its channel, or by its provider when it was forwarded to another channel. */
export function sourceIdOf({ channel, provider }: Pick<SourceRef, "channel" | "provider">): EventSourceId | undefined {
  return (
    (channel === undefined ? undefined : sourceIdByName(channel)) ??
    (provider === undefined ? undefined : sourceIdByName(provider))
  );
}

/** The label of a source as coverage names it: a known id, or the name of another channel. */
export function sourceLabel(source: string): string {
  return isEventSourceId(source) ? eventSourceNames[source].label : source;
}

/** A short name for a record: "Sysmon 1", "Security 4688", or its provider where a channel has many. */
export function recordLabel(source: Pick<SourceRef, "channel" | "provider" | "code">): string {
  const id = sourceIdOf(source);
  const names: EventSourceNames | undefined = id === undefined ? undefined : eventSourceNames[id];
  const name =
    names?.provider === undefined
      ? (source.provider?.replace("Microsoft-Windows-", "") ?? source.channel ?? "record")
      : names.label;
  return source.code === undefined ? name : `${name} ${source.code}`;
}
