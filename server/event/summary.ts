import type { Fields } from "#contracts/event";
import { textOf, valuesOf } from "./event.ts";

/** Longer values are cut: a summary is one line. */
const MAX_VALUE = 300;
/** Values of a record without a summary of its own. */
const MAX_VALUES = 4;

/**
 * An event in one line, without its time, host and process: what was written, opened, queried, started. The parts that
 * are known are joined; a record of an unknown kind shows its first values. Values are those of the log: hostile text.
 */
export function eventSummary(fields: Fields): string {
  for (const summarise of summaries) {
    const text = summarise(fields);
    if (text !== undefined && text !== "") {
      return text;
    }
  }
  return "";
}

type Summary = (fields: Fields) => string | undefined;

const data = (name: string) => `winlog.event_data.${name}`;

function one(fields: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = valuesOf(fields, name).map(String).join(", ").replaceAll(/\s+/g, " ").trim();
    if (text !== "" && text !== "-") {
      return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
    }
  }
  return undefined;
}

function joined(...parts: readonly (string | undefined | false)[]): string {
  return parts.filter((part) => part !== undefined && part !== false && part !== "").join(" ");
}

const labelled = (label: string, value: string | undefined) => value && `${label} ${value}`;
const codeIs = (fields: Fields, ...codes: readonly string[]) => codes.includes(textOf(fields, "event.code") ?? "");

/** The first that has something to say is used: the more particular ones come first. */
const summaries: readonly Summary[] = [
  otherProcess,
  script,
  service,
  task,
  wmi,
  logCleared,
  logon,
  dns,
  registry,
  library,
  shareAccess,
  file,
  connection,
  object,
  // A start in the Security log names the account that the program runs as.
  processMoment,
  account,
  anything,
];

/** Access to another process, or a thread started in it. */
function otherProcess(fields: Fields): string | undefined {
  const target = one(fields, "Target.process.executable", data("TargetImage"));
  if (target === undefined || target === "<unknown process>") {
    return undefined;
  }
  const pid = one(fields, "Target.process.pid", data("TargetProcessId"));
  return joined(
    `→ ${target}`,
    pid && `(${pid})`,
    labelled("access", one(fields, data("GrantedAccess"))),
    labelled("thread at", one(fields, data("StartAddress"))),
    labelled("in", one(fields, data("StartModule"))),
  );
}

function script(fields: Fields): string | undefined {
  const block = textOf(fields, "powershell.file.script_block_text");
  if (block !== undefined) {
    const total = Number(textOf(fields, "powershell.total") ?? 1);
    const part = total > 1 && `(part ${textOf(fields, "powershell.sequence")} of ${total})`;
    return joined(part, one(fields, "powershell.file.script_block_text"));
  }
  return one(
    fields,
    "powershell.command.invocation_details",
    "powershell.command.value",
    "powershell.command.name",
    data("Payload"),
  );
}

function service(fields: Fields): string | undefined {
  const name = one(fields, "service.name", data("ServiceName"));
  if (name === undefined || codeIs(fields, "4768", "4769", "4770", "4771")) {
    return undefined;
  }
  const state = one(fields, "service.state");
  return joined(
    `service ${name}`,
    state && `is ${state}`,
    one(fields, data("ImagePath"), data("ServiceFileName")),
    labelled("as", one(fields, data("AccountName"), data("ServiceAccount"))),
  );
}

function task(fields: Fields): string | undefined {
  const name = one(fields, data("TaskName"));
  const content = textOf(fields, data("TaskContent")) ?? textOf(fields, data("TaskContentNew"));
  const command = content === undefined ? undefined : /<Command>([^<]{1,300})/i.exec(content)?.[1];
  const args = content === undefined ? undefined : /<Arguments>([^<]{1,300})/i.exec(content)?.[1];
  return name && joined(`task ${name}`, command ?? one(fields, data("ActionName"), data("Path")), args);
}

function wmi(fields: Fields): string | undefined {
  const source = textOf(fields, "event.provider") ?? "";
  if (codeIs(fields, "19", "20", "21") && source === "Microsoft-Windows-Sysmon") {
    return joined(
      one(fields, data("Operation")),
      one(fields, data("Name"), data("Consumer")),
      one(fields, data("Query"), data("Destination"), data("Filter")),
    );
  }
  return source === "Microsoft-Windows-WMI-Activity"
    ? one(fields, data("Operation"), data("PossibleCause"), data("CONSUMER"), data("ProviderPath"))
    : undefined;
}

function logCleared(fields: Fields): string | undefined {
  return codeIs(fields, "104", "1102") && /eventlog/i.test(textOf(fields, "event.provider") ?? "")
    ? joined(
        `log ${one(fields, data("Channel")) ?? "Security"} cleared`,
        labelled("by", one(fields, "user.name", data("SubjectUserName"))),
      )
    : undefined;
}

function logon(fields: Fields): string | undefined {
  if (!valuesOf(fields, "event.category").includes("authentication")) {
    return undefined;
  }
  return joined(
    one(fields, "event.action"),
    one(fields, "user.effective.name", "user.name", data("TargetUserName")),
    labelled("type", one(fields, "winlog.logon.type", data("LogonType"))),
    labelled("from", one(fields, "source.ip", "source.domain", data("WorkstationName"))),
    labelled("to", one(fields, data("TargetServerName"))),
    labelled("for", one(fields, data("ServiceName"))),
    textOf(fields, "event.outcome") === "failure" && "failed",
  );
}

function dns(fields: Fields): string | undefined {
  const name = one(fields, "dns.question.name");
  const answers = one(fields, "dns.resolved_ip");
  return name && joined(name, answers && `→ ${answers}`);
}

function registry(fields: Fields): string | undefined {
  const path = one(fields, "registry.path", "registry.key");
  const value = one(fields, "registry.data.strings", data("Details"), data("NewValue"));
  return path && joined(one(fields, data("EventType")), path, value && `= ${value}`);
}

function library(fields: Fields): string | undefined {
  const path = one(fields, "dll.path");
  const signer = one(fields, "dll.code_signature.subject_name");
  const known = textOf(fields, "dll.code_signature.exists") ?? textOf(fields, data("Signed"));
  return path && joined(path, signer ? `signed by ${signer}` : known === "false" && "not signed");
}

function shareAccess(fields: Fields): string | undefined {
  const share = one(fields, data("ShareName"));
  return (
    share &&
    joined(
      joined(share, one(fields, data("RelativeTargetName"))).replace(" ", "\\"),
      labelled("by", one(fields, "user.name")),
      labelled("from", one(fields, "source.ip", data("IpAddress"))),
    )
  );
}

function file(fields: Fields): string | undefined {
  return one(fields, "file.path", "file.name");
}

function connection(fields: Fields): string | undefined {
  const end = (side: "source" | "destination") => {
    const address = one(fields, `${side}.ip`, `${side}.address`, `${side}.domain`);
    const port = one(fields, `${side}.port`);
    return address === undefined ? undefined : `${address}${port === undefined ? "" : `:${port}`}`;
  };
  const [from, to] = [end("source"), end("destination")];
  const name = one(fields, "destination.domain");
  return from === undefined && to === undefined
    ? undefined
    : joined(
        from,
        to && `→ ${to}`,
        to !== undefined && !to.startsWith(name ?? "\u0000") && name !== undefined && `(${name})`,
        one(fields, "network.transport"),
      );
}

/** A handle to a file, a key or anything else that Windows audits. */
function object(fields: Fields): string | undefined {
  const name = one(fields, data("ObjectName"));
  return name && joined(one(fields, data("ObjectType")), name, labelled("access", one(fields, data("AccessMask"))));
}

/** What was done to an account or a group. */
function account(fields: Fields): string | undefined {
  const target = one(fields, "user.target.name", "group.name", data("TargetUserName"));
  const member = one(fields, data("MemberName"), data("MemberSid"));
  return target && joined(one(fields, "event.action"), target, labelled("member", member));
}

function processMoment(fields: Fields): string | undefined {
  const types = valuesOf(fields, "event.type");
  if (!valuesOf(fields, "event.category").includes("process")) {
    return undefined;
  }
  if (types.includes("start")) {
    return joined("started", one(fields, "process.command_line", "process.executable"));
  }
  return types.includes("end")
    ? joined("ended", one(fields, "process.executable"), labelled("exit code", one(fields, "process.exit_code")))
    : undefined;
}

/** The action, and the first values of the record; or else its text. */
function anything(fields: Fields): string | undefined {
  const values = Object.keys(fields)
    .filter((name) => name.startsWith("winlog.event_data.") && !dull.test(name))
    .flatMap((name) => {
      const text = one(fields, name);
      return text === undefined ? [] : [`${name.slice("winlog.event_data.".length)}=${text}`];
    });
  const text = joined(one(fields, "event.action"), ...values.slice(0, MAX_VALUES));
  const code = one(fields, "event.code");
  return text === "" ? (one(fields, "message") ?? (code && `event ${code}`)) : text;
}

/** Values that say who, when and where: these are shown besides. */
const dull =
  /\.(?:UtcTime|RuleName|Process(?:Guid|Id|Name)|Image|User|Subject\w+|.*(?:Rtid|RTID|Guid|GUID|Sid|Id|ID))$/;
