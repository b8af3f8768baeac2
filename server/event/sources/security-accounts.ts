import {
  actor,
  caller,
  group,
  member,
  privileges,
  source,
  subject,
  targetUser,
  userAccountControl,
} from "./security-steps.ts";
import type { RecordType } from "./source.ts";
import {
  accountName,
  flags,
  localAddress,
  meaning,
  record,
  records,
  type Step,
  session,
  sid,
  step,
  text,
} from "./steps.ts";

/** Records of the Security log about accounts, groups, Kerberos tickets and credentials. */

type Entry = readonly [code: string, type: RecordType];

function iam(code: string, action: string, type: readonly string[], ...steps: readonly Step[]): Entry {
  return [code, record({ action, category: ["iam"], type, outcome: "audited" }, ...subject, ...steps)];
}

const user = (code: string, action: string, type: string, ...more: readonly Step[]): Entry =>
  iam(code, action, ["user", type], ...targetUser, ...actor, ...more);

/** The codes of one action for groups of several scopes: local, global, universal. */
function groups(codes: readonly string[], action: string, type: string, ...more: readonly Step[]): readonly Entry[] {
  const meaningOf = { action, category: ["iam"], type: ["group", type], outcome: "audited" } as const;
  return records(codes, record(meaningOf, ...subject, ...group, ...actor, ...more));
}

const computerObject: readonly Step[] = [
  text("winlog.computerObject.name", "TargetUserName"),
  text("winlog.computerObject.domain", "TargetDomainName"),
  text("winlog.computerObject.id", "TargetSid"),
];

const computer = (code: string, action: string, type: string): Entry =>
  iam(code, action, [type, "admin"], ...computerObject, ...actor, privileges, userAccountControl);

const accounts: readonly Entry[] = [
  user("4720", "added-user-account", "creation", userAccountControl),
  user("4722", "enabled-user-account", "change"),
  user("4723", "changed-password", "change"),
  user("4724", "reset-password", "change"),
  user("4725", "disabled-user-account", "deletion"),
  user("4726", "deleted-user-account", "deletion"),
  user("4738", "modified-user-account", "change", userAccountControl),
  user("4740", "locked-out-user-account", "change"),
  user("4767", "unlocked-user-account", "change"),
  user("4765", "added-sid-history", "change"),
  user("4766", "adding-sid-history-failed", "change"),
  user("4797", "query-existence-of-blank-password", "info"),
  user("4798", "group-membership-enumerated", "info", ...caller),
  iam(
    "4781",
    "renamed-user-account",
    ["user", "change"],
    text("user.target.name", "OldTargetUserName"),
    text("user.target.domain", "TargetDomainName"),
    sid("user.target.id", "TargetSid"),
    text("user.changes.name", "NewTargetUserName"),
  ),
  iam("4794", "set-directory-services-restore-mode-password", ["user", "change"], text("source.domain", "Workstation")),
  computer("4741", "added-computer-account", "creation"),
  computer("4742", "changed-computer-account", "change"),
  computer("4743", "deleted-computer-account", "deletion"),
  ...groups(["4727", "4731", "4754"], "added-group-account", "creation"),
  ...groups(["4728", "4732", "4756"], "added-member-to-group", "change", ...member),
  ...groups(["4729", "4733", "4757"], "removed-member-from-group", "change", ...member),
  ...groups(["4730", "4734", "4758"], "deleted-group-account", "deletion"),
  ...groups(["4735", "4737", "4755"], "modified-group-account", "change"),
  ...groups(["4764"], "type-changed-group-account", "change"),
  ...groups(["4799"], "user-member-enumerated", "info", ...caller),
  ...groups(["4744", "4749", "4759"], "added-distribution-group-account", "creation"),
  ...groups(["4745", "4750", "4760"], "changed-distribution-group-account", "change"),
  ...groups(["4746", "4751", "4761"], "added-member-to-distribution-group", "change", ...member),
  ...groups(["4747", "4752", "4762"], "removed-member-from-distribution-group", "change", ...member),
  ...groups(["4748", "4753", "4763"], "deleted-distribution-group-account", "deletion"),
  ...groups(["4783", "4790"], "added-group-account", "creation"),
];

/** The flags of a ticket (RFC 4120), as Elastic names them. */
const ticketOptions = flags(
  "winlog.event_data.TicketOptionsDescription",
  [
    [0x40000000, "Forwardable"],
    [0x20000000, "Forwarded"],
    [0x10000000, "Proxiable"],
    [0x8000000, "Proxy"],
    [0x4000000, "Allow-postdate"],
    [0x2000000, "Postdated"],
    [0x1000000, "Invalid"],
    [0x800000, "Renewable"],
    [0x400000, "Initial"],
    [0x200000, "Pre-authent"],
    [0x100000, "Opt-hardware-auth"],
    [0x80000, "Transited-policy-checked"],
    [0x40000, "Ok-as-delegate"],
    [0x20000, "Request-anonymous"],
    [0x10000, "Name-canonicalize"],
    [0x20, "Disable-transited-check"],
    [0x10, "Renewable-ok"],
    [0x8, "Enc-tkt-in-skey"],
    [0x2, "Renew"],
    [0x1, "Validate"],
  ],
  "TicketOptions",
);

const encryptionType = meaning(
  "winlog.event_data.TicketEncryptionTypeDescription",
  new Map([
    ["0x1", "DES-CBC-CRC"],
    ["0x3", "DES-CBC-MD5"],
    ["0x11", "AES128-CTS-HMAC-SHA1-96"],
    ["0x12", "AES256-CTS-HMAC-SHA1-96"],
    ["0x17", "RC4-HMAC"],
    ["0x18", "RC4-HMAC-EXP"],
    ["0xffffffff", "FAIL"],
  ]),
  "TicketEncryptionType",
);

/** Domain controllers write the result as a code; 0 is success. */
const result = step(["event.outcome"], (fields, data) => {
  const status = data.get("Status");
  if (status !== undefined && fields["event.outcome"] === undefined) {
    fields["event.outcome"] = /^0x0+$/i.test(status) ? "success" : "failure";
  }
});

const authenticatedUser: readonly Step[] = [
  accountName("user.name", "TargetUserName"),
  text("user.domain", "TargetDomainName"),
  sid("user.id", "TargetSid", "TargetUserSid"),
];

function ticket(code: string, action: string): Entry {
  const what = { action, category: ["authentication"], type: ["start"], outcome: "audited" } as const;
  const service = text("service.name", "ServiceName");
  return [code, record(what, ...authenticatedUser, service, source, ticketOptions, encryptionType, result)];
}

const authentication: readonly Entry[] = [
  ticket("4768", "kerberos-authentication-ticket-requested"),
  ticket("4769", "kerberos-service-ticket-requested"),
  ticket("4770", "kerberos-service-ticket-renewed"),
  ticket("4771", "kerberos-preauth-failed"),
  [
    "4776",
    record(
      { action: "credential-validated", category: ["authentication"], type: ["start"], outcome: "audited" },
      ...authenticatedUser,
      text("source.domain", "Workstation"),
      result,
    ),
  ],
  ["4649", record({ action: "replay-attack-detected", category: ["authentication"], type: ["info"] }, ...subject)],
  ...(
    [
      ["4778", "session-reconnected", "start"],
      ["4779", "session-disconnected", "end"],
    ] as const
  ).map(
    ([code, action, type]): Entry => [
      code,
      record(
        { action, category: ["authentication", "session"], type: [type], outcome: "audited" },
        text("user.name", "AccountName"),
        text("user.domain", "AccountDomain"),
        session("winlog.logon.id", "LogonID"),
        text("source.domain", "ClientName"),
        localAddress("source.ip", "ClientAddress"),
      ),
    ],
  ),
];

const credentials: readonly Entry[] = (
  [
    ["5379", "credential-manager-credentials-were-read"],
    ["5380", "vault-credential-find"],
    ["5381", "vault-credentials-were-read"],
    ["5382", "vault-credentials-were-read"],
  ] as const
).map(([code, action]) => iam(code, action, ["user", "info"], ...caller));

export const accountRecords: readonly Entry[] = [...accounts, ...authentication, ...credentials];
