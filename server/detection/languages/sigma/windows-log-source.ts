import { eventSourceNames as sources } from "#contracts/event-source";
import { and, type Condition, equals, or, wildcard } from "../../../condition/tree.ts";

/** The Windows events for the categories and services of Sigma. */

const onWindows = equals("host.os.type", "windows");

/** Sysmon events with these codes, and the corresponding Elastic Defend events where there are any. */
function sysmon(
  codes: string | readonly string[],
  more: { readonly category?: string; readonly types?: readonly string[]; readonly dataset?: string } = {},
): Condition {
  const own = and(equals("event.provider", sources.sysmon.provider), equals("event.code", codes));
  if (more.category === undefined) {
    return and(onWindows, own);
  }
  const category = equals("event.category", more.category);
  return more.dataset === undefined
    ? and(category, onWindows, own)
    : and(
        category,
        onWindows,
        or(own, and(equals("data_stream.dataset", more.dataset), equals("event.type", more.types ?? []))),
      );
}

const [windowsPowershell, powershellCore] = sources.powershell.otherChannels;
const POWERSHELL = [sources.powershell.channel, powershellCore];
const powershell = (code: string) => and(onWindows, channel(POWERSHELL), equals("event.code", code));
const classic = (code: string) => and(onWindows, channel(windowsPowershell), equals("event.code", code));
const kernelFile = (codes: readonly string[]) =>
  and(onWindows, equals("event.provider", "Microsoft-Windows-Kernel-File"), equals("event.code", codes));

function channel(names: string | readonly string[]): Condition {
  return equals("winlog.channel", names, { caseInsensitive: true });
}

/** Sigma's categories for the product windows. Sysmon 12 covers keys and values that are added or deleted. */
export const windowsCategories: ReadonlyMap<string, Condition> = new Map([
  ["process_creation", and(equals("event.category", "process"), onWindows, equals("event.type", "start"))],
  ["process_termination", sysmon("5", { category: "process", types: ["end"], dataset: "endpoint.events.process" })],
  ["process_access", sysmon("10")],
  ["process_tampering", sysmon("25")],
  ["create_remote_thread", sysmon("8")],
  ["raw_access_thread", sysmon("9")],
  ["driver_load", sysmon("6")],
  ["image_load", sysmon("7")],
  ["file_event", sysmon("11", { category: "file", types: ["creation"], dataset: "endpoint.events.file" })],
  ["file_change", sysmon("2", { category: "file" })],
  ["file_delete", sysmon(["23", "26"], { category: "file", types: ["deletion"], dataset: "endpoint.events.file" })],
  ["file_delete_detected", sysmon("26", { category: "file" })],
  ["file_block_executable", sysmon("27")],
  ["file_block_shredding", sysmon("28")],
  ["file_executable_detected", sysmon("29")],
  ["file_access", kernelFile(["12"])],
  ["file_rename", kernelFile(["19", "27"])],
  ["create_stream_hash", sysmon("15", { category: "file" })],
  ["network_connection", sysmon("3", { category: "network", types: ["start"], dataset: "endpoint.events.network" })],
  ["dns_query", sysmon("22", { category: "network", types: ["info"], dataset: "endpoint.events.network" })],
  ["registry_event", sysmon(["12", "13", "14"], { category: "registry" })],
  ["registry_add", sysmon("12", { category: "registry" })],
  ["registry_delete", sysmon("12", { category: "registry" })],
  ["registry_set", sysmon("13", { category: "registry" })],
  ["registry_rename", sysmon("14", { category: "registry" })],
  ["pipe_created", sysmon(["17", "18"])],
  ["wmi_event", sysmon(["19", "20", "21"])],
  ["clipboard_capture", sysmon("24")],
  ["sysmon_status", sysmon(["4", "16"])],
  ["sysmon_error", sysmon("255")],
  ["ps_module", powershell("4103")],
  ["ps_script", powershell("4104")],
  ["ps_classic_start", classic("400")],
  ["ps_classic_provider_start", classic("600")],
  ["ps_classic_script", classic("800")],
  ["antivirus", and(onWindows, channel("Microsoft-Windows-Windows Defender/Operational"))],
]);

const operational = (name: string) => `Microsoft-Windows-${name}/Operational`;

/** The channels of Sigma's services for the product windows; a trailing `*` matches all channels below. */
const channels: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    application: [sources.application.channel],
    security: [sources.security.channel],
    system: [sources.system.channel],
    sysmon: [sources.sysmon.channel],
    powershell: POWERSHELL,
    "powershell-classic": [windowsPowershell],
    applocker: ["Microsoft-Windows-AppLocker/*"],
    "appmodel-runtime": ["Microsoft-Windows-AppModel-Runtime/Admin"],
    "appxdeployment-server": [operational("AppXDeploymentServer")],
    "appxpackaging-om": ["Microsoft-Windows-AppxPackaging/Operational", "Microsoft-Windows-AppxPackagingOM/*"],
    bitlocker: ["Microsoft-Windows-BitLocker/BitLocker Management"],
    "bits-client": [operational("Bits-Client")],
    capi2: [operational("CAPI2")],
    "certificateservicesclient-lifecycle-system": [operational("CertificateServicesClient-Lifecycle-System")],
    "codeintegrity-operational": [operational("CodeIntegrity")],
    dhcp: [operational("DHCP-Server"), "DhcpAdminEvents"],
    "diagnosis-scripted": [operational("Diagnosis-Scripted")],
    "dns-client": ["Microsoft-Windows-DNS Client Events/Operational", operational("DNS-Client")],
    "dns-server": ["DNS Server"],
    "dns-server-analytic": ["Microsoft-Windows-DNS-Server/Analytical"],
    "dns-server-audit": ["Microsoft-Windows-DNS-Server/Audit"],
    "driver-framework": [operational("DriverFrameworks-UserMode")],
    "firewall-as": ["Microsoft-Windows-Windows Firewall With Advanced Security/*"],
    "hyper-v-worker": ["Microsoft-Windows-Hyper-V-Worker*"],
    "iis-configuration": ["Microsoft-IIS-Configuration/Operational"],
    "kernel-event-tracing": ["Microsoft-Windows-Kernel-EventTracing*"],
    "kernel-shimengine": [operational("Kernel-ShimEngine")],
    ldap: ["Microsoft-Windows-LDAP-Client/Debug"],
    ldap_debug: ["Microsoft-Windows-LDAP-Client/Debug"],
    "lsa-server": [operational("LSA")],
    "microsoft-servicebus-client": ["Microsoft-ServiceBus-Client/*"],
    "msexchange-management": ["MSExchange Management"],
    ntfs: [operational("Ntfs")],
    ntlm: [operational("NTLM")],
    openssh: ["OpenSSH/Operational"],
    "printservice-admin": ["Microsoft-Windows-PrintService/Admin"],
    "printservice-operational": [operational("PrintService")],
    "security-mitigations": ["Microsoft-Windows-Security-Mitigations*"],
    sense: [operational("SENSE")],
    "shell-core": [operational("Shell-Core")],
    "smbclient-connectivity": ["Microsoft-Windows-SmbClient/Connectivity"],
    "smbclient-security": ["Microsoft-Windows-SmbClient/Security"],
    "smbserver-connectivity": ["Microsoft-Windows-SMBServer/Connectivity"],
    taskscheduler: [operational("TaskScheduler")],
    "terminalservices-localsessionmanager": [operational("TerminalServices-LocalSessionManager")],
    vhdmp: ["Microsoft-Windows-VHDMP-Operational", "Microsoft-Windows-VHDMP/Operational"],
    windefend: ["Microsoft-Windows-Windows Defender/Operational"],
    wmi: [sources.wmi.channel],
  }),
);

export function windowsService(service: string): Condition | undefined {
  const names = channels.get(service);
  if (names === undefined) {
    return undefined;
  }
  return names.some((name) => name.includes("*"))
    ? and(onWindows, wildcard("winlog.channel", names, { caseInsensitive: true, escape: true }))
    : and(onWindows, channel(names));
}
