import { mapAnyRecord } from "./any.ts";
import type { EventSource, RecordType } from "./source.ts";
import { account, actorPid, file, program, record, type Step, url } from "./steps.ts";

/** Background Intelligent Transfer Service: jobs and their transfers. */

const job = (action: string, ...steps: readonly Step[]): RecordType =>
  record(
    { action, category: ["network"], type: ["info"] },
    account("user", "jobOwner", "User"),
    program("process", "processPath"),
    actorPid("processId"),
    ...steps,
  );

const transfer = (action: string): RecordType =>
  record({ action, category: ["network"], type: ["connection", "info"] }, url("url", "RemoteName"));

export const bitsClient: EventSource = {
  id: "bits-client",
  records: new Map<string, RecordType>([
    ["3", job("bits-job-created")],
    ["4", job("bits-job-completed")],
    ["5", job("bits-job-cancelled")],
    ["59", transfer("bits-transfer-started")],
    ["60", transfer("bits-transfer-stopped")],
    ["61", transfer("bits-transfer-failed")],
    ["16403", job("bits-file-added", url("RemoteName"), file("LocalName"))],
  ]),
  map: mapAnyRecord,
};
