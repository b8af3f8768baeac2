import type { QueueQuery } from "#contracts/queue";
import { foldCase } from "../../condition/fold-case.ts";
import type { TimeRange } from "../events/port.ts";

/** The filters of the queue. Each can be left out, to count what it hides. */
export type QueueFilter =
  | "status"
  | "severity"
  | "rule"
  | "host"
  | "user"
  | "tactic"
  | "assignee"
  | "tag"
  | "window"
  | "text"
  | "buildingBlocks";

/** The words that the search text of an alert must contain, case-folded. */
export function queueWords(query: QueueQuery): readonly string[] {
  return (query.text ?? "")
    .split(/\s+/)
    .filter((word) => word !== "")
    .map(foldCase);
}

/** Whether alerts are filtered by the work on their incidents. */
export function isByWork({ assignee, unassigned, tag }: QueueQuery): boolean {
  return assignee.length > 0 || unassigned || tag.length > 0;
}

/** The time window of a queue query. A bound that is not a valid time is ignored. */
export function queueWindow(query: QueueQuery): TimeRange {
  return { from: instant(query.from), to: instant(query.to) };
}

function instant(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
