import type { Target } from "./target.ts";

/** What a field of a Sigma rule is in an event. */
export type FieldNames = (field: string) => Target;

const named = (name: string, original?: string): Target =>
  original === undefined ? { kind: "field", name } : { kind: "field", name, original };

/** The named values of a Windows record, as its provider wrote them. */
const eventData = (name: string) => `winlog.event_data.${name}`;

/** Fields of all Windows records: what stands in their header. */
const header: ReadonlyMap<string, Target> = new Map(
  Object.entries({
    EventID: named("event.code"),
    Provider_Name: named("event.provider"),
    ProviderName: named("event.provider"),
    Source: named("event.provider"),
    Channel: named("winlog.channel"),
    Computer: named("winlog.computer_name"),
    ComputerName: named("winlog.computer_name"),
    EventRecordID: named("winlog.record_id"),
    Message: named("message"),
    // Classic logs have values without names.
    Data: {
      kind: "any",
      operands: [
        { kind: "fields", pattern: eventData("param*") },
        { kind: "field", name: eventData("Data"), optional: false },
      ],
    } satisfies Target,
  }),
);

/** What the graph knows of the parent of the parent: see `graph-fields.ts`. */
const ofGrandparent: ReadonlyMap<string, string> = new Map(
  Object.entries({ Image: "executable", CommandLine: "command_line", ProcessName: "name", ProcessId: "pid" }),
);

function grandparent(field: string): Target | undefined {
  const [, part] = /^(?:Grand|ParentOf)Parent(.+)$/i.exec(field) ?? [];
  if (part === undefined) {
    return undefined;
  }
  const name = ofGrandparent.get(part);
  return name === undefined
    ? { kind: "absent", reason: "the graph does not know this of the parent of the parent" }
    : named(`process.parent.parent.${name}`);
}

/** Fields that name the acting process, its parent and what it worked on, in ECS. Whatever the operating system. */
const ecs: ReadonlyMap<string, string> = new Map(
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

/** Version information: of the process where it starts, else of what is loaded, which the mapping leaves as it was. */
const ofTheFile: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Description: "process.pe.description",
    Product: "process.pe.product",
    Company: "process.pe.company",
    FileVersion: "process.pe.file_version",
  }),
);

const user: Target = { kind: "account", accounts: [{ domain: "user.domain", name: "user.name" }] };
/** In a Security record of a start, `user` is who started it and `user.effective` whose token it has. */
const startedUser: Target = {
  kind: "account",
  accounts: [
    { domain: "user.effective.domain", name: "user.effective.name" },
    { domain: "user.domain", name: "user.name" },
  ],
};

/** Fields in the categories of windows: mapped to ECS where nothing is lost, else the record's own values. */
export function windowsNames(category: string): FieldNames {
  const own = windowsCategoryNames.get(category);
  const isStart = category === "process_creation";
  return (field) => {
    const special = own?.get(field) ?? header.get(field) ?? grandparent(field);
    if (special !== undefined) {
      return special;
    }
    if (field === "User") {
      return isStart ? startedUser : user;
    }
    const ecsName = ecs.get(field) ?? (isStart ? ofTheFile.get(field) : undefined);
    return ecsName === undefined ? named(eventData(field)) : named(ecsName, eventData(field));
  };
}

const script = named("powershell.file.script_block_text", eventData("ScriptBlockText"));
const hashesOf = (prefix: string): Target => ({ kind: "hashes", prefix, original: eventData("Hashes") });
const loaded = (path: string, prefix: string): ReadonlyMap<string, Target> =>
  new Map<string, Target>([
    ["ImageLoaded", named(path, eventData("ImageLoaded"))],
    ["ImagePath", named(path, eventData("ImageLoaded"))],
    ["Hashes", hashesOf(prefix)],
    ["OriginalFileName", named(eventData("OriginalFileName"))],
    ["md5", named(`${prefix}.hash.md5`)],
    ["sha1", named(`${prefix}.hash.sha1`)],
    ["sha256", named(`${prefix}.hash.sha256`)],
    ["Imphash", named(`${prefix}.pe.imphash`)],
  ]);
const source: ReadonlyMap<string, Target> = new Map([
  ["SourceImage", named("process.executable", eventData("SourceImage"))],
  ["SourceUser", user],
]);
const hashedFile: ReadonlyMap<string, Target> = new Map([
  ["Hashes", hashesOf("file")],
  ["Hash", named(eventData("Hash"))],
  ["Imphash", named("file.pe.imphash")],
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

/** Services of windows name fields as their records do. */
const recordNames: FieldNames = (field) =>
  header.get(field) ?? (field === "ScriptBlockText" ? script : named(eventData(field)));

/** Defender writes names with spaces (`Threat Name`), which rules leave out or write as `_`. */
const defenderNames: FieldNames = (field) => {
  const spaced = field.replaceAll("_", " ").replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ");
  return spaced === field
    ? recordNames(field)
    : (header.get(field) ?? {
        kind: "any",
        operands: [field, spaced].map((name) => ({ kind: "field", name: eventData(name), optional: false })),
      });
};

export function serviceNames(service: string | undefined): FieldNames {
  return service === "windefend" ? defenderNames : recordNames;
}

/** The categories of other operating systems. */
export const processNames: FieldNames = (field) => {
  const name = ecs.get(field) ?? ofTheFile.get(field);
  return field === "User"
    ? user
    : field === "Hashes"
      ? hashesOf("process")
      : (grandparent(field) ?? named(name ?? field));
};

/** Fields of the W3C log format and of the other names that rules about the web, names and connections use. */
const web: ReadonlyMap<string, string> = new Map(
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
    answer: "dns.answers.data",
    src_ip: "source.ip",
    src_port: "source.port",
  }),
);

export const webNames: FieldNames = (field) => named(web.get(field) ?? field);

/** Fields of other products below their prefix; names with dots may be whole ECS names already. */
export function unmappedNames(prefix: string): FieldNames {
  return (field) =>
    prefix === "" || field.startsWith(prefix)
      ? named(field)
      : {
          kind: "any",
          operands: [
            { kind: "field", name: `${prefix}${field}`, optional: false },
            { kind: "field", name: field, optional: false },
          ],
        };
}
