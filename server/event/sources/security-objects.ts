import { putRegistry } from "../registry-fields.ts";
import { put } from "../values.ts";
import { accessMask, actor, caller, directoryObject, privileges, putEnd, source, subject } from "./security-steps.ts";
import type { RecordType } from "./source.ts";
import { actorPid, file, fileFields, meaning, program, putFile, record, type Step, step, text } from "./steps.ts";

/** Records of the Security log about objects, shares, the directory, connections, services and tasks. */

type Entry = readonly [code: string, type: RecordType];

function what(
  code: string,
  action: string | undefined,
  category: readonly string[] | undefined,
  type: readonly string[] | undefined,
  ...steps: readonly Step[]
): Entry {
  return [code, record({ action, category, type, outcome: "audited" }, ...steps)];
}

const REGISTRY_FIELDS = ["registry.hive", "registry.path", "registry.key", "registry.value"];

/** A key by its kernel name (`\REGISTRY\MACHINE\…`), where the object is one. */
const registryKey = step(REGISTRY_FIELDS, (fields, data) => {
  const name = data.get("ObjectName");
  if (name !== undefined && /^\\REGISTRY\\/i.test(name)) {
    putRegistry(fields, new Map([["TargetObject", name]]));
  }
});

const registryValue = step([...REGISTRY_FIELDS, "registry.data.type", "registry.data.strings"], (fields, data) => {
  const key = data.get("ObjectName");
  if (key === undefined) {
    return;
  }
  const value = data.get("ObjectValueName") ?? "";
  const details = data.get("NewValue") ?? "";
  putRegistry(
    fields,
    new Map([
      ["TargetObject", value === "" || value === "-" ? key : `${key}\\${value}`],
      ["EventType", value === "" || value === "-" ? "" : "SetValue"],
    ]),
  );
  put(fields, "registry.data.type", registryTypes.get(data.get("NewValueType") ?? ""));
  if (details !== "" && details !== "-") {
    fields["registry.data.strings"] = [details];
  }
});

const registryTypes: ReadonlyMap<string, string> = new Map([
  ["%%1873", "REG_SZ"],
  ["%%1874", "REG_EXPAND_SZ"],
  ["%%1875", "REG_BINARY"],
  ["%%1876", "REG_DWORD"],
  ["%%1879", "REG_MULTI_SZ"],
  ["%%1883", "REG_QWORD"],
]);

const object: readonly Step[] = [...subject, ...actor, accessMask];

const objects: readonly Entry[] = [
  ...["4656", "4658", "4660", "4661", "4663", "4690"].map((code) =>
    what(code, undefined, undefined, undefined, ...object, registryKey),
  ),
  what("4657", "registry-value-modified", ["registry", "configuration"], ["change"], ...object, registryValue),
  what("4662", "object-operation-performed", ["iam", "configuration"], ["admin", "change"], ...object),
  what("4670", "permissions-changed", ["iam", "configuration"], ["admin", "change"], ...object, registryKey),
  what("4673", "privileged-service-called", ["iam"], ["admin"], ...object, privileges),
  what("4674", "privileged-operation", ["iam"], ["admin"], ...object, privileges),
];

const change = text("event.reason", "OperationType");
const directory: readonly Entry[] = [
  what(
    "5136",
    "directory-service-object-modified",
    ["iam", "configuration"],
    ["admin", "change"],
    ...subject,
    change,
    directoryObject,
  ),
  ...(
    [
      ["5137", "directory-service-object-created", "creation"],
      ["5138", "directory-service-object-undeleted", "creation"],
      ["5139", "directory-service-object-moved", "change"],
      ["5141", "directory-service-object-deleted", "deletion"],
    ] as const
  ).map(([code, action, type]) =>
    what(code, action, ["iam", "configuration"], ["admin", type], ...subject, directoryObject),
  ),
];

/** A file on a share: by its place on this host, and by the name of the share. */
const sharedFile = step([...fileFields, "file.target_path"], (fields, data) => {
  const name = data.get("RelativeTargetName") ?? "";
  const folder = data.get("ShareLocalPath") ?? "";
  if (name === "" || name === "-") {
    put(fields, "file.directory", folder);
    return;
  }
  putFile(fields, folder === "" || folder === "-" ? name : `${folder}\\${name}`);
  fields["file.name"] = name;
  put(fields, "file.directory", folder);
  const share = data.get("ShareName") ?? "";
  put(fields, "file.target_path", share === "" || share === "-" ? undefined : `${share}\\${name}`);
});

const accessed = (code: string, action: string) =>
  what(code, action, ["network", "file"], ["info", "access"], ...subject, source, accessMask, sharedFile);

const shares: readonly Entry[] = [
  accessed("5140", "network-share-object-accessed"),
  accessed("5145", "network-share-object-access-checked"),
  ...(
    [
      ["5142", "network-share-object-added", "creation"],
      ["5143", "network-share-object-modified", "change"],
      ["5144", "network-share-object-deleted", "deletion"],
    ] as const
  ).map(([code, action, type]) => what(code, action, ["configuration"], [type], ...subject)),
];

const here = step(["source.ip", "source.port"], (fields, data) =>
  putEnd(fields, "source", data.get("SourceAddress"), data.get("SourcePort")),
);
const there = step(["destination.ip", "destination.address", "destination.port"], (fields, data) =>
  putEnd(fields, "destination", data.get("DestAddress"), data.get("DestPort")),
);

const port: readonly Step[] = [
  actorPid("ProcessID", "ProcessId"),
  program("process", "Application"),
  here,
  meaning(
    "network.transport",
    new Map([
      ["1", "icmp"],
      ["2", "igmp"],
      ["6", "tcp"],
      ["17", "udp"],
      ["47", "gre"],
      ["50", "esp"],
      ["58", "ipv6-icmp"],
    ]),
    "Protocol",
  ),
];

const connection: readonly Step[] = [
  ...port,
  there,
  meaning(
    "network.direction",
    new Map([
      ["%%14592", "inbound"],
      ["%%14593", "outbound"],
      ["%%14594", "forward"],
      ["%%14595", "bidirectional"],
    ]),
    "Direction",
  ),
];

const firewall: readonly Entry[] = [
  what("5152", "windows-firewall-packet-drop", ["network"], ["connection", "info", "denied"], ...connection),
  what("5154", "windows-firewall-listen-port", ["network"], ["info"], ...port),
  what("5156", "windows-firewall-connection", ["network"], ["connection", "info", "allowed"], ...connection),
  what("5157", "windows-firewall-packet-block", ["network"], ["connection", "info", "denied"], ...connection),
  what("5158", "windows-firewall-bind-local-port", ["network"], ["info"], ...port),
];

const SERVICE_TYPES = new Map([
  ["0x1", "Kernel Driver"],
  ["0x2", "File System Driver"],
  ["0x8", "Recognizer Driver"],
  ["0x10", "Win32 Own Process"],
  ["0x20", "Win32 Share Process"],
  ["0x110", "Interactive Own Process"],
  ["0x120", "Interactive Share Process"],
]);

const services: readonly Entry[] = [
  what(
    "4697",
    "service-installed",
    ["iam", "configuration"],
    ["admin", "change"],
    ...subject,
    ...caller,
    text("service.name", "ServiceName"),
    meaning("service.type", SERVICE_TYPES, "ServiceType"),
  ),
  ...(
    [
      ["4698", "scheduled-task-created", "creation"],
      ["4699", "scheduled-task-deleted", "deletion"],
      ["4700", "scheduled-task-enabled", "change"],
      ["4701", "scheduled-task-disabled", "change"],
      ["4702", "scheduled-task-updated", "change"],
    ] as const
  ).map(([code, action, type]) => what(code, action, ["iam", "configuration"], [type, "admin"], ...subject, ...caller)),
];

const certificate = (code: string, action: string) => what(code, action, ["iam"], ["info"], ...subject);

const others: readonly Entry[] = [
  what("4611", "trusted-logon-process-registered", ["configuration"], ["change"], ...subject),
  what("4616", "system-time-changed", ["configuration"], ["change"], ...subject, ...actor),
  what("4692", "data-protection-master-key-backup", ["iam"], ["info"], ...subject),
  what("5038", "code-integrity-hash-invalid", ["driver"], ["info"], file("param1")),
  what("6281", "code-integrity-page-hash-invalid", ["driver"], ["info"], file("param1")),
  what("6416", "external-device-recognised", ["driver"], ["info"], ...subject),
  what("6423", "device-installation-forbidden", ["driver"], ["denied"], ...subject),
  certificate("4886", "certificate-requested"),
  certificate("4887", "certificate-issued"),
  certificate("4898", "certificate-template-loaded"),
  certificate("4899", "certificate-template-updated"),
  certificate("4876", "certificate-backup-started"),
  what("4610", "authentication-package-loaded", ["configuration"], ["access"]),
  what("4614", "notification-package-loaded", ["configuration"], ["access"]),
  what("4622", "security-package-loaded", ["configuration"], ["access"]),
];

export const objectRecords: readonly Entry[] = [
  ...objects,
  ...directory,
  ...shares,
  ...firewall,
  ...services,
  ...others,
];
