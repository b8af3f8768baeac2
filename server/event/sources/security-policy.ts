import { actor, privileges, subject } from "./security-steps.ts";
import type { RecordType } from "./source.ts";
import { record, type Step, step, text } from "./steps.ts";

/** Records of the Security log about the log itself, audit policy, rights, trusts and the firewall. */

type Entry = readonly [code: string, type: RecordType];

function change(
  code: string,
  action: string,
  category: readonly string[],
  type: readonly string[],
  ...steps: readonly Step[]
): Entry {
  return [code, record({ action, category, type, outcome: "audited" }, ...subject, ...steps)];
}

const CONFIGURATION = ["configuration"];
const ADMIN_CONFIGURATION = ["iam", "configuration"];
const admin = (code: string, action: string, type: string, ...steps: readonly Step[]) =>
  change(code, action, ADMIN_CONFIGURATION, ["admin", type], ...steps);

/** Written by the service of the event log. */
function log(code: string, action: string, category: readonly string[], type: readonly string[]): Entry {
  return [code, record({ action, category, type, provider: "Microsoft-Windows-Eventlog" }, ...subject)];
}

const auditLog: readonly Entry[] = [
  log("1100", "logging-service-shutdown", ["process"], ["end"]),
  log("1102", "audit-log-cleared", ["iam"], ["admin", "change"]),
  log("1104", "logging-full", ["iam"], ["admin"]),
  log("1105", "auditlog-archieved", ["iam"], ["admin"]),
  log("1108", "logging-processing-error", ["iam"], ["admin"]),
];

/** The names of audit subcategories by the fourth byte of their GUIDs (MS-GPAC 2.2.1.4), by category. */
const SUBCATEGORIES: readonly (readonly [category: string, names: Readonly<Record<string, string>>])[] = [
  [
    "System",
    {
      "10": "Security State Change",
      "11": "Security System Extension",
      "12": "System Integrity",
      "13": "IPsec Driver",
      "14": "Other System Events",
    },
  ],
  [
    "Logon/Logoff",
    {
      "15": "Logon",
      "16": "Logoff",
      "17": "Account Lockout",
      "18": "IPsec Main Mode",
      "19": "IPsec Quick Mode",
      "1A": "IPsec Extended Mode",
      "1B": "Special Logon",
      "1C": "Other Logon/Logoff Events",
      "43": "Network Policy Server",
      "47": "User / Device Claims",
      "49": "Group Membership",
    },
  ],
  [
    "Object Access",
    {
      "1D": "File System",
      "1E": "Registry",
      "1F": "Kernel Object",
      "20": "SAM",
      "21": "Certification Services",
      "22": "Application Generated",
      "23": "Handle Manipulation",
      "24": "File Share",
      "25": "Filtering Platform Packet Drop",
      "26": "Filtering Platform Connection",
      "27": "Other Object Access Events",
      "44": "Detailed File Share",
      "45": "Removable Storage",
      "46": "Central Policy Staging",
    },
  ],
  [
    "Privilege Use",
    { "28": "Sensitive Privilege Use", "29": "Non Sensitive Privilege Use", "2A": "Other Privilege Use Events" },
  ],
  [
    "Detailed Tracking",
    {
      "2B": "Process Creation",
      "2C": "Process Termination",
      "2D": "DPAPI Activity",
      "2E": "RPC Events",
      "48": "Plug and Play Events",
      "4A": "Token Right Adjusted Events",
    },
  ],
  [
    "Policy Change",
    {
      "2F": "Audit Policy Change",
      "30": "Authentication Policy Change",
      "31": "Authorization Policy Change",
      "32": "MPSSVC Rule-Level Policy Change",
      "33": "Filtering Platform Policy Change",
      "34": "Other Policy Change Events",
    },
  ],
  [
    "Account Management",
    {
      "35": "User Account Management",
      "36": "Computer Account Management",
      "37": "Security Group Management",
      "38": "Distribution Group Management",
      "39": "Application Group Management",
      "3A": "Other Account Management Events",
    },
  ],
  [
    "DS Access",
    {
      "3B": "Directory Service Access",
      "3C": "Directory Service Changes",
      "3D": "Directory Service Replication",
      "3E": "Detailed Directory Service Replication",
    },
  ],
  [
    "Account Logon",
    {
      "3F": "Credential Validation",
      "40": "Kerberos Service Ticket Operations",
      "41": "Other Account Logon Events",
      "42": "Kerberos Authentication Service",
    },
  ],
];

const subcategories: ReadonlyMap<string, readonly [category: string, name: string]> = new Map(
  SUBCATEGORIES.flatMap(([category, names]) =>
    Object.entries(names).map(
      ([byte, name]) => [`{0CCE92${byte}-69AE-11D9-BED3-505054503030}`, [category, name]] as const,
    ),
  ),
);

const AUDIT_CHANGES: ReadonlyMap<string, string> = new Map([
  ["%%8448", "Success removed"],
  ["%%8449", "Success Added"],
  ["%%8450", "Failure removed"],
  ["%%8451", "Failure Added"],
]);

const auditPolicy: Step = step(
  ["winlog.event_data.Category", "winlog.event_data.SubCategory", "winlog.event_data.AuditPolicyChangesDescription"],
  (fields, data) => {
    const known = subcategories.get(data.get("SubcategoryGuid")?.toUpperCase() ?? "");
    if (known !== undefined) {
      [fields["winlog.event_data.Category"], fields["winlog.event_data.SubCategory"]] = known;
    }
    const changes = data.get("AuditPolicyChanges")?.match(/%%\d+/g) ?? [];
    if (changes.length > 0) {
      fields["winlog.event_data.AuditPolicyChangesDescription"] = changes.map(
        (code) => AUDIT_CHANGES.get(code) ?? code.slice(2),
      );
    }
  },
);

export const policyRecords: readonly Entry[] = [
  ...auditLog,
  admin("4704", "user-right-assigned", "change", privileges),
  admin("4705", "user-right-removed", "change", privileges),
  change("4706", "domain-trust-added", CONFIGURATION, ["creation"]),
  change("4707", "domain-trust-removed", CONFIGURATION, ["deletion"]),
  change("4713", "kerberos-policy-changed", CONFIGURATION, ["change"]),
  change("4714", "encrypted-data-recovery-policy-changed", CONFIGURATION, ["change"]),
  change("4715", "object-audit-policy-changed", CONFIGURATION, ["change"]),
  change("4716", "trusted-domain-information-changed", CONFIGURATION, ["change"]),
  admin("4717", "system-security-access-granted", "change", text("user.target.id", "TargetSid")),
  admin("4718", "system-security-access-removed", "deletion", text("user.target.id", "TargetSid")),
  admin("4719", "changed-audit-config", "change", auditPolicy),
  change("4739", "domain-policy-changed", CONFIGURATION, ["change"]),
  admin("4817", "object-audit-changed", "change"),
  admin("4902", "user-audit-policy-created", "creation"),
  admin("4904", "security-event-source-added", "change", ...actor),
  admin("4905", "security-event-source-removed", "deletion", ...actor),
  admin("4906", "crash-on-audit-changed", "change"),
  admin("4907", "audit-setting-changed", "change", ...actor),
  admin("4908", "special-group-table-changed", "change"),
  admin("4912", "per-user-audit-policy-changed", "change", auditPolicy),
  change("4946", "windows-firewall-rule-added", CONFIGURATION, ["creation"]),
  change("4947", "windows-firewall-rule-modified", CONFIGURATION, ["change"]),
  change("4948", "windows-firewall-rule-deleted", CONFIGURATION, ["deletion"]),
  change("4950", "windows-firewall-setting-changed", CONFIGURATION, ["change"]),
  change("4954", "windows-firewall-group-policy-changed", CONFIGURATION, ["change"]),
  change("4964", "logged-in-special", ["iam"], ["admin", "group"]),
  change("5024", "windows-firewall-service-started", ["process"], ["start"]),
  change("5025", "windows-firewall-service-stopped", ["process"], ["end"]),
  change("5033", "windows-firewall-driver-started", ["driver"], ["start"]),
  change("5034", "windows-firewall-driver-stopped", ["driver"], ["end"]),
  change("5037", "windows-firewall-driver-error", ["driver"], ["end"]),
];
