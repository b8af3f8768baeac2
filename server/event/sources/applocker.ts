import { eventSourceNames } from "#contracts/event-source";
import { mapAnyRecord } from "./any.ts";
import type { Dataset, EventSource, RecordType } from "./source.ts";
import { actorPid, file, lowerCase, record, records, type Step, session, sid, step, text } from "./steps.ts";

/**
 * AppLocker: programs, installers, scripts and packaged apps that its policy allowed, would not allow, or blocked. A
 * record is about a file: only some of them start a process, which has a record of its own.
 */

const {
  channel: programs,
  otherChannels: [scripts, deployments, executions],
} = eventSourceNames.applocker;

const datasets: ReadonlyMap<string, Dataset> = new Map(
  (
    [
      [programs, "exe_and_dll"],
      [scripts, "msi_and_script"],
      [deployments, "packaged_app_deployment"],
      [executions, "packaged_app_execution"],
    ] as const
  ).map(([channel, name]) => [channel.toLowerCase(), { module: "applocker", dataset: `windows.applocker_${name}` }]),
);

/** `O=PUBLISHER, L=…\\PRODUCT\\FILE.EXE\\1.0` */
const binaryName = step(["file.pe.original_file_name", "file.pe.product", "file.pe.file_version"], (fields, data) => {
  const [publisher, product, name, version] = (data.get("Fqbn") ?? "").split("\\");
  if (publisher !== "" && product !== undefined && name !== undefined && version !== undefined) {
    fields["file.pe.product"] = product;
    fields["file.pe.original_file_name"] = name;
    fields["file.pe.file_version"] = version;
  }
});

const steps: readonly Step[] = [
  sid("user.id", "TargetUser"),
  session("winlog.logon.id", "TargetLogonId"),
  actorPid("TargetProcessId"),
  file("FullFilePath", "FilePath"),
  lowerCase("file.hash.sha256", "FileHash"),
  binaryName,
  text("rule.name", "RuleName"),
];

const decided = (action: string, ...type: readonly string[]): RecordType =>
  record({ action, category: ["process"], type: ["info", ...type] }, ...steps);

export const applocker: EventSource = {
  id: "applocker",
  dataset: (channel) => datasets.get(channel.toLowerCase()),
  records: new Map<string, RecordType>([
    ...records(["8002", "8005", "8020", "8023"], decided("file-allowed", "allowed")),
    ...records(["8003", "8006", "8021", "8024"], decided("file-would-be-blocked", "allowed")),
    ...records(
      ["8004", "8007", "8008", "8022", "8025", "8029", "8035", "8036", "8040"],
      decided("file-blocked", "denied"),
    ),
    ["8001", record({ action: "policy-applied", category: ["configuration"], type: ["change"] })],
  ]),
  map: mapAnyRecord,
};
