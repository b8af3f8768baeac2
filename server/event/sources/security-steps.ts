import { canonicalAddress } from "../address.ts";
import { type MutableFields, parseNumber, put } from "../values.ts";
import { accountName, actorPid, flags, program, type Step, session, sid, step, text } from "./steps.ts";

/** Values that many records of the Security log share. */

type Data = ReadonlyMap<string, string>;

/** Who acted. */
export const subject: readonly Step[] = [
  text("user.name", "SubjectUserName"),
  text("user.domain", "SubjectDomainName"),
  sid("user.id", "SubjectUserSid"),
  session("winlog.logon.id", "SubjectLogonId"),
];

/** The account that a logon is about, as the user. */
export const targetAsUser: readonly Step[] = [
  text("user.name", "TargetUserName"),
  text("user.domain", "TargetDomainName"),
  sid("user.id", "TargetUserSid", "TargetSid"),
];

/** The account that was changed. */
export const targetUser: readonly Step[] = [
  accountName("user.target.name", "TargetUserName"),
  text("user.target.domain", "TargetDomainName"),
  sid("user.target.id", "TargetSid", "TargetUserSid"),
];

/** The account whose rights the action has. */
export const effectiveUser: readonly Step[] = [
  accountName("user.effective.name", "TargetUserName"),
  text("user.effective.domain", "TargetDomainName"),
  sid("user.effective.id", "TargetUserSid"),
];

const groupOf = (prefix: string): readonly Step[] => [
  text(`${prefix}.name`, "TargetUserName"),
  text(`${prefix}.domain`, "TargetDomainName"),
  text(`${prefix}.id`, "TargetSid", "TargetUserSid"),
];
export const group: readonly Step[] = groupOf("group");

/** The member by its distinguished name (`CN=Ada,OU=Staff,DC=example`); of a local group only the SID is known. */
export const member: readonly Step[] = [
  sid("user.target.id", "MemberSid"),
  step(["user.target.name", "user.target.domain"], (fields, data) => {
    const parts = distinguishedName(data.get("MemberName"));
    put(fields, "user.target.name", parts.find(({ type }) => type === "CN")?.value);
    put(fields, "user.target.domain", parts.find(({ type }) => type === "DC")?.value);
  }),
  ...groupOf("user.target.group"),
];

/** The object of the directory service that was changed: an account, a group. */
export const directoryObject: Step = step(["user.target.name", "group.name"], (fields, data) => {
  const name = distinguishedName(data.get("ObjectDN")).find(({ type }) => type === "CN")?.value;
  const kind = data.get("ObjectClass")?.toLowerCase() ?? "";
  if (kind.includes("user")) {
    put(fields, "user.target.name", name);
  } else if (kind.includes("group")) {
    put(fields, "group.name", name);
  }
});

/** The parts of a distinguished name (RFC 4514), with escaped characters as they are. */
function distinguishedName(text: string | undefined): readonly { readonly type: string; readonly value: string }[] {
  return (text?.match(/(?:\\.|[^,\\])+/gs) ?? []).flatMap((part) => {
    const at = part.indexOf("=");
    const value = part
      .slice(at + 1)
      .replaceAll(/\\(?:([0-9a-f]{2})|(.))/gis, (_all, hex: string | undefined, other) =>
        hex === undefined ? String(other) : String.fromCharCode(Number.parseInt(hex, 16)),
      );
    return at < 0 ? [] : [{ type: part.slice(0, at).trim().toUpperCase(), value: value.trim() }];
  });
}

/** The process that caused the record. */
export const actor: readonly Step[] = [actorPid("ProcessId"), program("process", "ProcessName")];

/** The process that called a service, which recorded it. */
export const caller: readonly Step[] = [
  actorPid("CallerProcessId", "ClientProcessId", "ProcessId"),
  program("process", "CallerProcessName", "ProcessName"),
];

/** The address from which it came; a port counts only with an address. */
export const source: Step = step(["source.ip", "source.port"], (fields, data) =>
  putEnd(fields, "source", data.get("IpAddress"), data.get("IpPort")),
);

export function putEnd(
  fields: MutableFields,
  end: "source" | "destination",
  address: string | undefined,
  port: string | undefined,
): void {
  const ip = address === undefined ? undefined : canonicalAddress(address);
  if (ip !== undefined) {
    fields[`${end}.ip`] = ip;
    if (end === "destination") {
      fields["destination.address"] = ip;
    }
    const number = parseNumber(port);
    if (number !== undefined) {
      fields[`${end}.port`] = number;
    }
  }
}

/** The rights that a mask grants, by the names for directory objects, which Elastic uses for all objects. */
export const accessMask: Step = flags(
  "winlog.event_data.AccessMaskDescription",
  [
    [0x1, "Create Child"],
    [0x2, "Delete Child"],
    [0x4, "List Contents"],
    [0x8, "SELF"],
    [0x10, "Read Property"],
    [0x20, "Write Property"],
    [0x40, "Delete Treee"],
    [0x80, "List Object"],
    [0x100, "Control Access"],
    [0x10000, "DELETE"],
    [0x20000, "READ_CONTROL"],
    [0x40000, "WRITE_DAC"],
    [0x80000, "WRITE_OWNER"],
    [0x100000, "SYNCHRONIZE"],
    [0x1000000, "ADS_RIGHT_ACCESS_SYSTEM_SECURITY"],
    [0x10000000, "ADS_RIGHT_GENERIC_ALL"],
    [0x20000000, "ADS_RIGHT_GENERIC_EXECUTE"],
    [0x40000000, "ADS_RIGHT_GENERIC_WRITE"],
    [0x80000000, "ADS_RIGHT_GENERIC_READ"],
  ],
  "AccessMask",
);

/** Privileges one by one: Windows writes them as lines of one value. */
export const privileges: Step = step(["winlog.event_data.PrivilegeList"], (fields: MutableFields, data: Data) => {
  const list = data.get("PrivilegeList");
  if (list !== undefined && /\s/.test(list.trim())) {
    fields["winlog.event_data.PrivilegeList"] = list.trim().split(/\s+/);
  }
});

/** What the bits of a new `UserAccountControl` mean (MS-SAMR). */
export const userAccountControl: Step = flags(
  "winlog.event_data.NewUACList",
  [
    [0x1, "USER_ACCOUNT_DISABLED"],
    [0x2, "USER_HOME_DIRECTORY_REQUIRED"],
    [0x4, "USER_PASSWORD_NOT_REQUIRED"],
    [0x8, "USER_TEMP_DUPLICATE_ACCOUNT"],
    [0x10, "USER_NORMAL_ACCOUNT"],
    [0x20, "USER_MNS_LOGON_ACCOUNT"],
    [0x40, "USER_INTERDOMAIN_TRUST_ACCOUNT"],
    [0x80, "USER_WORKSTATION_TRUST_ACCOUNT"],
    [0x100, "USER_SERVER_TRUST_ACCOUNT"],
    [0x200, "USER_DONT_EXPIRE_PASSWORD"],
    [0x400, "USER_ACCOUNT_AUTO_LOCKED"],
    [0x800, "USER_ENCRYPTED_TEXT_PASSWORD_ALLOWED"],
    [0x1000, "USER_SMARTCARD_REQUIRED"],
    [0x2000, "USER_TRUSTED_FOR_DELEGATION"],
    [0x4000, "USER_NOT_DELEGATED"],
    [0x8000, "USER_USE_DES_KEY_ONLY"],
    [0x10000, "USER_DONT_REQUIRE_PREAUTH"],
    [0x20000, "USER_PASSWORD_EXPIRED"],
    [0x40000, "USER_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION"],
    [0x80000, "USER_NO_AUTH_DATA_REQUIRED"],
    [0x100000, "USER_PARTIAL_SECRETS_ACCOUNT"],
    [0x200000, "USER_USE_AES_KEYS"],
  ],
  "NewUacValue",
);
