import { mapAnyRecord } from "./any.ts";
import type { EventSource, RecordType } from "./source.ts";
import { account, constant, param, program, record, type Step, session, sid, step, text } from "./steps.ts";

/** The System log. Many providers write to it, and each uses codes as it likes: an entry names its provider. */

type Entry = readonly [code: string, type: RecordType];

const SERVICES = "Service Control Manager";

function service(code: string, action: string, type: string, ...steps: readonly Step[]): Entry {
  return [code, record({ provider: SERVICES, action, category: ["configuration"], type: [type] }, ...steps)];
}

/** The state and start of services have no category: there are thousands, and no rule asks for one. */
function state(code: string, action: string, ...steps: readonly Step[]): Entry {
  return [code, record({ provider: SERVICES, action }, ...steps)];
}

function of(provider: string, code: string, action: string, ...steps: readonly Step[]): Entry {
  return [code, record({ provider, action }, ...steps)];
}

const named = param("service.name", 1);

const subject: readonly Step[] = [
  text("user.name", "SubjectUserName"),
  text("user.domain", "SubjectDomainName"),
  sid("user.id", "SubjectUserSid"),
  session("winlog.logon.id", "SubjectLogonId"),
];

/** The SID in the header is the account that asked for the change: this service logs as its caller. */
const installer = step(["user.id"], (fields, _data, { serviceSid }) => {
  if (serviceSid !== undefined) {
    fields["user.id"] = serviceSid;
  }
});

const records: ReadonlyMap<string, RecordType> = new Map<string, RecordType>([
  [
    "104",
    record(
      {
        provider: "Microsoft-Windows-Eventlog",
        action: "Log clear",
        category: ["configuration"],
        type: ["deletion"],
      },
      ...subject,
      constant("winlog.api", "wineventlog"),
    ),
  ],
  service(
    "7045",
    "service-installed",
    "creation",
    text("service.name", "ServiceName"),
    text("service.type", "ServiceType"),
    installer,
  ),
  service("7040", "service-start-type-changed", "change", param("service.name", 4), installer),
  state("7036", "service-state-changed", named, param("service.state", 2)),
  state("7034", "service-terminated-unexpectedly", named),
  state("7031", "service-terminated-unexpectedly", named),
  state("7023", "service-terminated-with-error", named),
  state("7024", "service-terminated-with-error", named),
  state("7000", "service-start-failed", named),
  state("7009", "service-start-timeout", param("service.name", 2)),
  state("7035", "service-control-sent", named),
  of("Microsoft-Windows-WER-SystemErrorReporting", "1001", "system-crashed"),
  of("Microsoft-Windows-DistributedCOM", "10001", "com-server-start-failed"),
  of("Microsoft-Windows-DistributedCOM", "10016", "com-permission-denied"),
  of("Microsoft-Windows-Kerberos-Key-Distribution-Center", "39", "certificate-mapping-weak"),
  of("Microsoft-Windows-Kerberos-Key-Distribution-Center", "41", "certificate-mapping-mismatch"),
  of("Microsoft-Windows-Kerberos-Key-Distribution-Center", "16", "kerberos-encryption-type-unsupported"),
  of("Microsoft-Windows-Kerberos-Key-Distribution-Center", "27", "kerberos-encryption-type-unsupported"),
  ...["35", "36", "37", "38"].map((code) =>
    of("Microsoft-Windows-Kerberos-Key-Distribution-Center", code, "ticket-without-attributes"),
  ),
  of("TermDD", "50", "remote-desktop-protocol-error"),
  of("TermDD", "56", "remote-desktop-protocol-error"),
  of("Microsoft-Windows-DHCP-Server", "1031", "dhcp-callout-library-failed"),
  of("Microsoft-Windows-DHCP-Server", "1032", "dhcp-callout-library-failed"),
  of("Microsoft-Windows-DHCP-Server", "1034", "dhcp-callout-library-failed"),
  of("LsaSrv", "6038", "ntlm-in-use"),
  of("LsaSrv", "6039", "ntlm-in-use"),
  of("Microsoft-Windows-Iphlpsvc", "4100", "isatap-router-set"),
  of("Microsoft-Windows-Directory-Services-SAM", "16990", "account-name-invalid"),
  of("Microsoft-Windows-Directory-Services-SAM", "16991", "account-name-invalid"),
  of("EventLog", "6005", "event-log-service-started"),
  of("EventLog", "6006", "event-log-service-stopped"),
  of("EventLog", "6008", "unexpected-shutdown"),
  of("EventLog", "6011", "computer-renamed"),
  of("User32", "1074", "shutdown-initiated", shutdownProgram(), account("user", "param7")),
  of("NETLOGON", "5805", "computer-authentication-failed"),
]);

/** `C:\\Windows\\system32\\shutdown.exe (HOST)` */
function shutdownProgram(): Step {
  const executable = program("process", "path");
  return step(executable.produces, (fields, data, event) => {
    const path = (data.get("param1") ?? event.unnamed[0])?.replace(/ \([^()]*\)$/, "");
    if (path !== undefined) {
      executable.map(fields, new Map([["path", path]]), event);
    }
  });
}

export const system: EventSource = {
  id: "system",
  dataset: () => ({ module: "system", dataset: "system.system" }),
  records,
  map: mapAnyRecord,
};
