import { eventSourceNames as sources } from "#contracts/event-source";
import type { Target } from "./target.ts";

/** Maps a field of a Sigma rule to event fields. */
export type FieldNames = (field: string) => Target;

const fieldTarget = (name: string, ...originals: readonly string[]): Target =>
  originals.length === 0 ? { kind: "field", name } : { kind: "field", name, originals };

/** The event field for a named value of a Windows record. */
const eventData = (name: string) => `winlog.event_data.${name}`;

/** Fields in the header of all Windows records. */
const headerFields: ReadonlyMap<string, Target> = new Map(
  Object.entries({
    EventID: fieldTarget("event.code"),
    Provider_Name: fieldTarget("event.provider"),
    ProviderName: fieldTarget("event.provider"),
    Source: fieldTarget("event.provider"),
    Channel: fieldTarget("winlog.channel"),
    Computer: fieldTarget("winlog.computer_name"),
    ComputerName: fieldTarget("winlog.computer_name"),
    EventRecordID: fieldTarget("winlog.record_id"),
    Message: fieldTarget("message"),
    // Classic logs have unnamed values.
    Data: {
      kind: "any",
      operands: [
        { kind: "fields", pattern: eventData("param*") },
        { kind: "field", name: eventData("Data"), optional: false },
      ],
    } satisfies Target,
  }),
);

/**
 * Names of the header that records also use for a value of their own: the log that was cleared, for instance. In rules
 * about a service, which names the log itself, they mean the record's own value where there is one.
 */
const ownFirst: ReadonlyMap<string, Target> = new Map(
  [
    ["Channel", "winlog.channel"],
    ["ProviderName", "event.provider"],
    ["Source", "event.provider"],
    ["ComputerName", "winlog.computer_name"],
    ["Message", "message"],
  ].map(([name = "", header = ""]) => [name, { kind: "first", names: [eventData(name), header] }]),
);

/** Fields of the grandparent process; see `graph-fields.ts`. */
const grandparentNames: ReadonlyMap<string, string> = new Map(
  Object.entries({ Image: "executable", CommandLine: "command_line", ProcessName: "name", ProcessId: "pid" }),
);

function grandparent(field: string): Target | undefined {
  const [, part] = /^(?:Grand|ParentOf)Parent(.+)$/i.exec(field) ?? [];
  if (part === undefined) {
    return undefined;
  }
  const name = grandparentNames.get(part);
  return name === undefined
    ? { kind: "absent", reason: "the process graph does not have this field of the grandparent process" }
    : fieldTarget(`process.parent.parent.${name}`);
}

/** The ECS fields for the acting process, its parent and its objects, on any operating system. */
const ecsNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Image: "process.executable",
    CommandLine: "process.command_line",
    ProcessId: "process.pid",
    ProcessGuid: "process.entity_id",
    ProcessName: "process.name",
    CurrentDirectory: "process.working_directory",
    OriginalFileName: "process.pe.original_file_name",
    ParentImage: "process.parent.executable",
    ParentCommandLine: "process.parent.command_line",
    ParentProcessId: "process.parent.pid",
    ParentProcessGuid: "process.parent.entity_id",
    md5: "process.hash.md5",
    sha1: "process.hash.sha1",
    sha256: "process.hash.sha256",
    Imphash: "process.pe.imphash",
    LogonId: "process.Ext.authentication_id",
    TargetFilename: "file.path",
    DestinationIp: "destination.ip",
    DestinationPort: "destination.port",
    DestinationHostname: "destination.domain",
    SourceIp: "source.ip",
    SourcePort: "source.port",
    SourceHostname: "source.domain",
    Protocol: "network.transport",
    QueryName: "dns.question.name",
    TargetObject: "registry.path",
    PipeName: "file.name",
  }),
);

/** Version information of a starting process; other records have that of the loaded file, which is not mapped. */
const versionInfoNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Description: "process.pe.description",
    Product: "process.pe.product",
    Company: "process.pe.company",
    FileVersion: "process.pe.file_version",
  }),
);

const user: Target = { kind: "account", accounts: [{ domain: "user.domain", name: "user.name" }] };
/** In a Security process start, `user` is the creator and `user.effective` the owner of the token. */
const startedUser: Target = {
  kind: "account",
  accounts: [
    { domain: "user.effective.domain", name: "user.effective.name" },
    { domain: "user.domain", name: "user.name" },
  ],
};

/** What only records of process starts say as a rule; others that do say it have it under the name of the rule. */
const aboutStarts: ReadonlySet<string> = new Set([
  "CommandLine",
  "CurrentDirectory",
  "OriginalFileName",
  "ParentImage",
  "ParentCommandLine",
  "ParentProcessId",
  "ParentProcessGuid",
  "LogonId",
]);
/** The names in process starts of the Security log. */
const securityNames: ReadonlyMap<string, readonly string[]> = new Map([
  ["Image", ["NewProcessName"]],
  ["ParentImage", ["ParentProcessName"]],
]);
/** Values of every process start of every version of Sysmon: one that is not there was a dash. */
const inEveryStart: ReadonlySet<string> = new Set(["Image", "CommandLine", "ParentImage", "ParentCommandLine"]);

/** Fields of the Windows categories: mapped to ECS where nothing is lost, else the values of the record. */
export function windowsNames(category: string): FieldNames {
  const own = windowsCategoryNames.get(category);
  const isStart = category === "process_creation";
  return (field) => {
    const special = own?.get(field) ?? headerFields.get(field) ?? grandparent(field);
    if (special !== undefined) {
      return special;
    }
    if (field === "User") {
      return isStart ? startedUser : user;
    }
    const ecsName = ecsNames.get(field) ?? (isStart ? versionInfoNames.get(field) : undefined);
    if (ecsName === undefined) {
      return fieldTarget(eventData(field));
    }
    if (!isStart && aboutStarts.has(field)) {
      return { kind: "first", names: [ecsName, eventData(field)] };
    }
    const originals = [field, ...(isStart ? (securityNames.get(field) ?? []) : [])].map(eventData);
    return isStart && inEveryStart.has(field)
      ? { kind: "field", name: ecsName, originals, always: sources.sysmon.provider }
      : { kind: "field", name: ecsName, originals };
  };
}

const script = fieldTarget("powershell.file.script_block_text", eventData("ScriptBlockText"));
const hashesOf = (prefix: string): Target => ({ kind: "hashes", prefix, original: eventData("Hashes") });
const loaded = (path: string, prefix: string): ReadonlyMap<string, Target> =>
  new Map<string, Target>([
    ["ImageLoaded", fieldTarget(path, eventData("ImageLoaded"))],
    ["ImagePath", fieldTarget(path, eventData("ImageLoaded"))],
    ["Hashes", hashesOf(prefix)],
    ["OriginalFileName", fieldTarget(eventData("OriginalFileName"))],
    ["md5", fieldTarget(`${prefix}.hash.md5`)],
    ["sha1", fieldTarget(`${prefix}.hash.sha1`)],
    ["sha256", fieldTarget(`${prefix}.hash.sha256`)],
    ["Imphash", fieldTarget(`${prefix}.pe.imphash`)],
  ]);
const source: ReadonlyMap<string, Target> = new Map([
  ["SourceImage", fieldTarget("process.executable", eventData("SourceImage"))],
  ["SourceUser", user],
]);
const hashedFile: ReadonlyMap<string, Target> = new Map([
  ["Hashes", hashesOf("file")],
  ["Hash", fieldTarget(eventData("Hash"))],
  ["Imphash", fieldTarget("file.pe.imphash")],
]);

const windowsCategoryNames: ReadonlyMap<string, ReadonlyMap<string, Target>> = new Map([
  [
    "process_creation",
    new Map<string, Target>([
      ["Hashes", hashesOf("process")],
      [
        "IntegrityLevel",
        {
          kind: "integrity",
          name: "process.Ext.token.integrity_level_name",
          original: eventData("IntegrityLevel"),
        },
      ],
    ]),
  ],
  ["image_load", loaded("dll.path", "dll")],
  ["driver_load", loaded("file.path", "file")],
  ["process_access", source],
  ["create_remote_thread", source],
  ["create_stream_hash", hashedFile],
  ["file_event", hashedFile],
  ["file_delete", hashedFile],
  ["file_executable_detected", hashedFile],
  ["ps_script", new Map([["ScriptBlockText", script]])],
]);

/** Antivirus products name what they found, and where. */
const antivirusFields: ReadonlyMap<string, Target> = new Map([
  ["Filename", fieldTarget("file.path")],
  ["Signature", fieldTarget("rule.name")],
]);

export const antivirusNames: FieldNames = (field) => antivirusFields.get(field) ?? processNames(field);

/** Values of the header that only rules about these services ask for. */
const serviceHeaders: ReadonlyMap<string, ReadonlyMap<string, Target>> = new Map([
  ["security", new Map<string, Target>([["Keywords", { kind: "keywords", original: eventData("Keywords") }]])],
  [
    "system",
    new Map<string, Target>([["ProcessId", { kind: "first", names: [eventData("ProcessId"), "winlog.process.pid"] }]]),
  ],
]);

/** Fields of the Windows services: the values of the record. */
const recordNames: FieldNames = (field) =>
  headerFields.get(field) ?? (field === "ScriptBlockText" ? script : fieldTarget(eventData(field)));

/** Defender has names with spaces (`Threat Name`), which rules omit or write as `_`. */
const defenderNames: FieldNames = (field) => {
  const spaced = field.replaceAll("_", " ").replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ");
  return spaced === field
    ? recordNames(field)
    : (headerFields.get(field) ?? {
        kind: "any",
        operands: [field, spaced].map((name) => ({ kind: "field", name: eventData(name), optional: false })),
      });
};

export function serviceNames(service: string | undefined): FieldNames {
  const names = service === "windefend" ? defenderNames : service === "sysmon" ? sysmonNames : recordNames;
  const header = serviceHeaders.get(service ?? "");
  return service === undefined ? names : (field) => ownFirst.get(field) ?? header?.get(field) ?? names(field);
}

/** Sysmon's own names, or where only a mapped event is left, its fields. */
const sysmonNames: FieldNames = (field) => {
  const name = ecsNames.get(field);
  return name === undefined ? recordNames(field) : { kind: "first", names: [eventData(field), name] };
};

/** Fields of the categories of other operating systems. */
export const processNames: FieldNames = (field) => {
  const name = ecsNames.get(field) ?? versionInfoNames.get(field);
  return field === "User"
    ? user
    : field === "Hashes"
      ? hashesOf("process")
      : (grandparent(field) ?? fieldTarget(name ?? field));
};

/** Fields of the W3C log format, and other names in rules about web, DNS and connections. */
const webFieldNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "c-ip": "source.ip",
    "c-uri": "url.original",
    "c-uri-extension": "url.extension",
    "c-uri-query": "url.query",
    "c-uri-stem": "url.path",
    "c-useragent": "user_agent.original",
    "cs-bytes": "http.request.bytes",
    "cs-cookie": "http.request.headers.cookie",
    "cs-host": "url.domain",
    "cs-method": "http.request.method",
    "cs-referer": "http.request.referrer",
    "cs-referrer": "http.request.referrer",
    "cs-uri": "url.original",
    "cs-uri-query": "url.query",
    "cs-uri-stem": "url.path",
    "cs-user-agent": "user_agent.original",
    "cs-username": "user.name",
    "r-dns": "url.domain",
    "sc-bytes": "http.response.bytes",
    "sc-status": "http.response.status_code",
    "s-ip": "server.ip",
    dst_ip: "destination.ip",
    dst_port: "destination.port",
    query: "dns.question.name",
    record_type: "dns.question.type",
    src_ip: "source.ip",
    src_port: "source.port",
  }),
);

/** Windows writes all answers as one text. */
const answers: Target = {
  kind: "any",
  operands: ["dns.answers.data", eventData("QueryResults")].map((name) => ({ kind: "field", name, optional: false })),
};

export const webNames: FieldNames = (field) =>
  field === "answer" ? answers : fieldTarget(webFieldNames.get(field) ?? field);

/** Fields of other products, with or without the prefix of the product. */
export function unmappedNames(prefix: string): FieldNames {
  return (field) =>
    prefix === "" || field.startsWith(prefix)
      ? fieldTarget(field)
      : {
          kind: "any",
          operands: [
            { kind: "field", name: `${prefix}${field}`, optional: false },
            { kind: "field", name: field, optional: false },
          ],
        };
}
