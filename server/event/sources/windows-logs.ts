import { eventSourceNames } from "#contracts/event-source";
import { mapAnyRecord } from "./any.ts";
import type { Dataset, EventSource } from "./source.ts";

/** Sources whose records are searchable but have no mapping of their own. */

const {
  channel: operational,
  otherChannels: [classic],
} = eventSourceNames.powershell;

const powershellDatasets: ReadonlyMap<string, Dataset> = new Map([
  [operational.toLowerCase(), { module: "powershell", dataset: "windows.powershell_operational" }],
  [classic.toLowerCase(), { module: "powershell", dataset: "windows.powershell" }],
]);

export const powershell: EventSource = {
  id: "powershell",
  dataset: (channel) => powershellDatasets.get(channel.toLowerCase()),
  records: new Map([
    ["4103", {}],
    ["4104", {}],
  ]),
  map: mapAnyRecord,
};

export const wmi: EventSource = { id: "wmi", records: new Map(), map: mapAnyRecord };

export const system: EventSource = {
  id: "system",
  dataset: () => ({ module: "system", dataset: "system.system" }),
  records: new Map(),
  map: mapAnyRecord,
};

export const application: EventSource = {
  id: "application",
  dataset: () => ({ module: "system", dataset: "system.application" }),
  records: new Map(),
  map: mapAnyRecord,
};
