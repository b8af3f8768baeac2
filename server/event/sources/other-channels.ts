import { type EventSourceId, eventSourceNames } from "#contracts/event-source";
import { mapAnyRecord } from "./any.ts";
import type { EventSource, RecordType } from "./source.ts";
import { account, actorPid, file, lowerCase, program, record, records, type Step, sid, text } from "./steps.ts";

/** Channels with few codes that rules ask for: one table for all of them. */

type Entry = readonly [code: string, type: RecordType];

function codes(list: readonly string[], action: string, ...steps: readonly Step[]): readonly Entry[] {
  return records(list, record({ action }, ...steps));
}

function source<Id extends EventSourceId>(id: Id, ...entries: readonly (readonly Entry[])[]): EventSource {
  return { id, records: new Map(entries.flat()), map: mapAnyRecord };
}

const loadedFile: readonly Step[] = [
  file("FileNameBuffer", "File Name", "FileName"),
  program("process", "ProcessNameBuffer", "Process Name"),
  lowerCase("file.hash.sha256", "SHA256 Hash"),
];

const ruleChange: readonly Step[] = [
  program("process", "ModifyingApplication"),
  sid("user.id", "ModifyingUser"),
  text("rule.name", "RuleName"),
];
const settings = (type: string, action: string, list: readonly string[]): readonly Entry[] =>
  records(list, record({ action, category: ["configuration"], type: [type] }, ...ruleChange));

const ntlmUser: readonly Step[] = [
  text("user.name", "UserName", "ClientUserName"),
  text("user.domain", "DomainName", "ClientDomainName"),
  text("source.domain", "WorkstationName"),
  text("destination.domain", "TargetName"),
  actorPid("CallerPID", "ProcessId"),
  program("process", "ProcessName"),
];

export const codeIntegrity = source(
  "code-integrity",
  codes(["3001", "3002", "3004", "3023", "3033", "3077"], "code-blocked", ...loadedFile),
  codes(["3021", "3034", "3076", "3082", "3089"], "code-audited", ...loadedFile),
);

export const windowsFirewall = source(
  "windows-firewall",
  settings("creation", "windows-firewall-rule-added", ["2004", "2071", "2097"]),
  settings("change", "windows-firewall-rule-modified", ["2005", "2073"]),
  settings("deletion", "windows-firewall-rule-deleted", ["2006", "2033", "2052", "2059"]),
  settings("change", "windows-firewall-setting-changed", ["2002", "2003", "2008", "2010"]),
  settings("change", "windows-firewall-reset", ["2032", "2060"]),
);

export const ntlm = source("ntlm", codes(["8001", "8002", "8003", "8004"], "ntlm-authentication-audited", ...ntlmUser));

export const driverFrameworks = source(
  "driver-frameworks",
  codes(["2003"], "device-loaded"),
  codes(["2100", "2102"], "device-operation"),
);

export const ldapClient = source("ldap-client", codes(["30"], "ldap-search"));

export const appxDeployment = source(
  "appx-deployment",
  codes(
    ["400", "401", "412", "441", "442", "453", "454", "603", "854"],
    "package-deployment",
    program("process", "CallingProcess"),
  ),
);

export const appxPackaging = source("appx-packaging", codes(["157"], "package-signature-read"));

export const appmodelRuntime = source("appmodel-runtime", codes(["201"], "packaged-process-created"));

export const lsa = source("lsa", codes(["300"], "groups-assigned-to-logon", sid("user.id", "TargetUserSid")));

export const smbServer = source(
  "smb-server",
  codes(["4000"], "share-connected", text("file.path", "ShareName"), account("user", "UserName")),
);

export const smbClient = source("smb-client", codes(["30803", "30804", "30806", "31001", "31010"], "share-connection"));

export const certificateLifecycle = source("certificate-lifecycle", codes(["1007"], "certificate-exported"));

export const capi2 = source("capi2", codes(["70", "81"], "private-key-used"));

export const securityMitigations = source(
  "security-mitigations",
  codes(["11", "12"], "unsigned-image-load", ...loadedFile),
);

export const shellCore = source("shell-core", codes(["28115"], "shortcut-added"));

export const printService = source(
  "print-service",
  codes(["316"], "printer-driver-installed"),
  codes(["808"], "printer-plugin-load-failed"),
  codes(["4909"], "printer-policy-changed"),
);

export const iisConfiguration = source("iis-configuration", codes(["29"], "configuration-changed"));

export const exchangeManagement = source("exchange-management", codes(["1", "6", "8"], "exchange-command-run"));

const [analytical] = eventSourceNames["dns-server"].otherChannels;
export const dnsServer = source(
  "dns-server",
  codes(["150", "770", "771"], "plugin-library-loaded"),
  records(["257"], record({ channel: analytical, action: "dns-response" }, text("dns.question.name", "QNAME"))),
);

export const openssh = source("openssh", codes(["4"], "ssh-event"));

export const kernelFile = source(
  "kernel-file",
  codes(["12"], "file-opened", file("FileName"), program("process", "Image")),
  codes(["19", "27"], "file-renamed", file("FileName"), program("process", "Image")),
);
