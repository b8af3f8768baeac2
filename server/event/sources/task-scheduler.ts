import { mapAnyRecord } from "./any.ts";
import type { EventSource, RecordType } from "./source.ts";
import { account, actorPid, program, record, type Step } from "./steps.ts";

/** The Task Scheduler's own log. */

type Entry = readonly [code: string, type: RecordType];

function change(code: string, action: string, type: string): Entry {
  const what = { action, category: ["configuration"], type: [type] };
  return [code, record(what, account("user", "UserContext", "UserName"))];
}

function run(code: string, action: string, ...steps: readonly Step[]): Entry {
  return [code, record({ action, category: ["process"], type: ["info"] }, account("user", "UserContext"), ...steps)];
}

export const taskScheduler: EventSource = {
  id: "task-scheduler",
  records: new Map([
    change("106", "scheduled-task-created", "creation"),
    change("140", "scheduled-task-updated", "change"),
    change("141", "scheduled-task-deleted", "deletion"),
    change("142", "scheduled-task-disabled", "change"),
    run("100", "scheduled-task-started"),
    run("102", "scheduled-task-completed"),
    run("110", "scheduled-task-run-by-user"),
    run("118", "scheduled-task-triggered-by-start"),
    run("119", "scheduled-task-triggered-by-logon"),
    run("129", "scheduled-task-process-created", actorPid("ProcessID"), program("process", "Path")),
    run("200", "scheduled-task-action-started", program("process", "ActionName")),
    run("201", "scheduled-task-action-completed", program("process", "ActionName")),
  ]),
  map: mapAnyRecord,
};
