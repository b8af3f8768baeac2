import { mapAnyRecord } from "./any.ts";
import type { EventSource, RecordType } from "./source.ts";
import { account, actorPid, record, type Step, text } from "./steps.ts";

/** WMI-Activity: providers loaded, failed operations, and subscriptions to events. */

const who: readonly Step[] = [
  account("user", "User"),
  actorPid("ClientProcessId", "ProcessID", "Processid", "processid"),
];

const subscription = (action: string): RecordType =>
  record({ action, category: ["configuration"], type: ["creation"] }, ...who, text("source.domain", "ClientMachine"));

export const wmi: EventSource = {
  id: "wmi",
  records: new Map<string, RecordType>([
    [
      "5857",
      record(
        { action: "wmi-provider-loaded" },
        ...who,
        text("process.name", "HostProcess"),
        text("dll.path", "ProviderPath"),
      ),
    ],
    [
      "5858",
      record({ action: "wmi-operation-failed", outcome: "failure" }, ...who, text("source.domain", "ClientMachine")),
    ],
    ["5859", subscription("wmi-filter-started")],
    ["5860", subscription("wmi-temporary-subscription-created")],
    ["5861", subscription("wmi-permanent-subscription-created")],
  ]),
  map: mapAnyRecord,
};
