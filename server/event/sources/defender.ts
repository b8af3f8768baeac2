import { type MutableFields, put } from "../values.ts";
import { mapAnyRecord } from "./any.ts";
import type { EventSource, RecordType } from "./source.ts";
import { account, fileFields, lowerCase, program, putFile, record, type Step, step, text } from "./steps.ts";

/** Microsoft Defender Antivirus. Its values have names with blanks: `Threat Name`. */

const SPACED = [
  "Action Name",
  "Category Name",
  "Detection User",
  "Feature Name",
  "New Value",
  "Old Value",
  "Origin Name",
  "Process Name",
  "Severity Name",
  "Source Name",
  "Threat Name",
] as const;

/** As Winlogbeat names them (`Threat_Name`), and Sigma rules (`ThreatName`). */
const aliases: readonly (readonly [name: string, ...fields: string[]])[] = SPACED.map((name) => [
  name,
  `winlog.event_data.${name.replaceAll(" ", "_")}`,
  `winlog.event_data.${name.replaceAll(" ", "")}`,
]);

const spaced = step(
  aliases.flatMap(([, ...fields]) => fields),
  (fields, data) => {
    for (const [name, ...others] of aliases) {
      const value = data.get(name);
      for (const field of value === undefined ? [] : others) {
        put(fields, field, value);
      }
    }
  },
);

/** `file:_C:\\x.exe; process:_pid:12,ProcessStart:1`: the first file, or the text as it is. */
const resource = step(fileFields, (fields: MutableFields, data) => {
  const path = data.get("Path") ?? data.get("Filename");
  putFile(fields, path === undefined ? undefined : (/(?:^|; ?)(?:container)?file:_([^;]+)/.exec(path)?.[1] ?? path));
});

const found: readonly Step[] = [
  spaced,
  resource,
  account("user", "Detection User", "Detection_User", "User"),
  program("process", "Process Name", "Process_Name"),
  text("rule.name", "Threat Name", "Threat_Name"),
  lowerCase("file.hash.sha256", "Sha256"),
];

const MALWARE = { category: ["malware"], type: ["info"] };

function threat(action: string): RecordType {
  return record({ action, ...MALWARE }, ...found);
}

const QUARANTINED = "malware-quarantined";

/** What was done about a threat, and whether that succeeded. */
const handled = step(["event.action", "event.outcome"], (fields, data) => {
  if ((data.get("Action Name") ?? data.get("Action_Name")) === "Quarantine") {
    fields["event.action"] = QUARANTINED;
  }
  const error = data.get("Error Code") ?? data.get("Error_Code");
  if (error !== undefined && error !== "" && error !== "-") {
    fields["event.outcome"] = /^0x0+$/i.test(error) ? "success" : "failure";
  }
});

function setting(action: string): RecordType {
  return record({ action, category: ["configuration"], type: ["change"] }, spaced, account("user", "User"));
}

function blocked(action: string): RecordType {
  return record(
    { action, category: ["process"], type: ["info"] },
    ...found,
    text("process.command_line", "Target Commandline", "Target_Commandline"),
    text("process.parent.command_line", "Parent Commandline", "Parent_Commandline"),
    text("destination.domain", "Destination"),
  );
}

export const defender: EventSource = {
  id: "defender",
  dataset: () => ({ module: "defender", dataset: "windows.windows_defender" }),
  records: new Map<string, RecordType>([
    ["1006", threat("malware-detected")],
    ["1007", threat("malware-action-taken")],
    ["1008", threat("malware-action-failed")],
    ["1015", threat("suspicious-behaviour-detected")],
    ["1116", threat("malware-detected")],
    [
      "1117",
      record(
        { action: "malware-detected", otherActions: [QUARANTINED], ...MALWARE, outcome: "audited" },
        ...found,
        handled,
      ),
    ],
    ["1118", threat("malware-action-failed")],
    ["1119", threat("malware-action-failed")],
    ["1121", blocked("attack-surface-reduction-blocked")],
    ["1122", blocked("attack-surface-reduction-audited")],
    ["1009", setting("item-restored-from-quarantine")],
    ["1013", setting("malware-history-deleted")],
    ["2000", setting("antivirus-updated")],
    ["2050", record({ action: "file-uploaded", category: ["file"], type: ["info"] }, ...found)],
    ["3002", setting("real-time-protection-failed")],
    ["3007", setting("real-time-protection-restarted")],
    ["5001", setting("real-time-protection-disabled")],
    ["5004", setting("real-time-protection-changed")],
    ["5007", setting("antivirus-configuration-changed")],
    ["5010", setting("malware-scanning-disabled")],
    ["5012", setting("virus-scanning-disabled")],
    ["5013", setting("tamper-protection-blocked-change")],
  ]),
  map: mapAnyRecord,
};
